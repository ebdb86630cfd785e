"""The answer of ``export``: a program or a document that gives the same numbers elsewhere."""

from __future__ import annotations

from autograd_cli.document.blocks import Answer, Code, Document
from autograd_cli.views.gradient import gradient_arrays
from autograd_cli.views.records import expression_json
from autograd_core.expr.read_text import typed_text
from autograd_core.report import Report

SCHEMA = "autograd-cli/export/1"


def program_answer(expression: str, target: str, text: str, report: Report | None = None) -> Answer:
    """What ``export`` answers; as a table, or in a file of its own kind, it is the program letter for letter.

    ``report`` has the numbers that the program asserts.
    """
    language = "latex" if target == "latex" else "python"
    return Answer(
        document=lambda look: Document(typed_text(expression).strip(), [Code(text, language)]),
        json=lambda look: {"schema": SCHEMA, "ok": True, **expression_json(expression), "to": target, "program": text},
        records=lambda look: [("program", target, text)],
        arrays=None if report is None else lambda: gradient_arrays(report),
        others={"program": lambda look, stream: stream.writelines([text])},
    )
