"""An answer in each form, written by a writer of its own that is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, TextIO

from autograd_cli.document.blocks import Answer, Display, Document

FORMS = ("table", "json", "plain", "markdown", "latex")
"""The forms of every answer; files can hold svg, html and npz besides."""


def document_writer(form: str) -> Callable[[Document, Display, TextIO], None]:
    """What writes a document in a form, imported."""
    if form == "markdown":
        from autograd_cli.writers.markdown import write_markdown as found
    elif form == "latex":
        from autograd_cli.writers.latex import write_latex as found
    elif form == "svg":
        from autograd_cli.writers.svg import write_svg as found
    elif form == "html":
        from autograd_cli.writers.html import write_html as found
    else:
        from autograd_cli.writers.terminal import write_terminal as found
    return found


def write(answer: Answer, form: str, display: Display, stream: TextIO) -> None:
    """Write an answer in a form that is text."""
    if form in answer.others:
        answer.others[form](display, stream)
    elif form == "json":
        from autograd_cli.writers.data import write_json

        write_json(answer.json(display), stream)
    elif form == "plain":
        from autograd_cli.writers.data import write_records

        write_records(answer.records(display), display, stream)
    elif form == "csv":
        from autograd_cli.writers.data import write_columns

        assert answer.table is not None
        write_columns(*answer.table(), stream)
    else:
        document_writer(form)(answer.document(display), display, stream)


def write_bytes(answer: Answer, stream: BinaryIO) -> None:
    """Write the arrays of an answer for NumPy."""
    from autograd_cli.writers.data import write_npz

    assert answer.arrays is not None
    write_npz(*answer.arrays(), stream)
