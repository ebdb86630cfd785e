"""An answer as text: one writer for each form, each imported only when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import BinaryIO, TextIO

from autograd_cli.document.blocks import Answer, Display

FORMS = ("table", "json", "plain", "markdown", "latex")
"""The forms of every answer; files can hold svg, html and npz besides."""

_DOCUMENTS = {
    "table": ("terminal", "write_terminal"),
    "markdown": ("markdown", "write_markdown"),
    "latex": ("latex", "write_latex"),
    "svg": ("pictures", "write_svg"),
    "html": ("html", "write_html"),
}


def load(form: str) -> None:
    """Import what writes a form, while there is something else to wait for."""
    module, _ = _DOCUMENTS.get(form, (form if form == "json" else "plain", ""))
    import_module(f"autograd_cli.writers.{module}")


def write(answer: Answer, form: str, display: Display, stream: TextIO) -> None:
    """Write an answer in a form that is text."""
    if form in answer.others:
        answer.others[form](display, stream)
    elif form == "json":
        from autograd_cli.writers.json import write_json

        write_json(answer.json(display), stream)
    elif form == "plain":
        from autograd_cli.writers.plain import write_records

        write_records(answer.records(display), display, stream)
    elif form == "csv":
        from autograd_cli.writers.plain import write_columns

        assert answer.table is not None
        write_columns(*answer.table(), stream)
    else:
        module, name = _DOCUMENTS[form]
        writer = getattr(import_module(f"autograd_cli.writers.{module}"), name)
        writer(answer.document(display), display, stream)


def write_bytes(answer: Answer, stream: BinaryIO) -> None:
    """Write the arrays of an answer for NumPy."""
    from autograd_cli.writers.plain import write_npz

    assert answer.arrays is not None
    write_npz(*answer.arrays(), stream)
