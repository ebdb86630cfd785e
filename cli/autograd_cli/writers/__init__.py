"""An answer in each form, written by a writer of its own that is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import BinaryIO, TextIO

from autograd_cli.document.blocks import Answer, Display, Document

FORMS = ("table", "json", "plain", "markdown", "latex")
"""The forms of every answer; files can hold svg, html and npz besides."""

_OWN = ("markdown", "latex", "svg", "html")
"""The forms of documents that are not what a terminal shows."""


def document_writer(form: str) -> Callable[[Document, Display, TextIO], None]:
    """What writes a document in a form, imported."""
    found: Callable[[Document, Display, TextIO], None]
    found = import_module(f"autograd_cli.writers.{form if form in _OWN else 'terminal'}").write
    return found


def write(answer: Answer, form: str, display: Display, stream: TextIO) -> None:
    """Write an answer in a form that is text."""
    from autograd_cli.writers import data

    if form in answer.others:
        answer.others[form](display, stream)
    elif form == "json":
        data.write_json(answer.json(display), stream)
    elif form == "plain":
        data.write_records(answer.records(display), display, stream)
    elif form == "csv" and answer.table is not None:
        data.write_columns(*answer.table(), stream)
    else:
        document_writer(form)(answer.document(display), display, stream)


def write_bytes(answer: Answer, stream: BinaryIO) -> None:
    """Write the arrays of an answer for NumPy."""
    from autograd_cli.writers.data import write_npz

    assert answer.arrays is not None
    write_npz(*answer.arrays(), stream)
