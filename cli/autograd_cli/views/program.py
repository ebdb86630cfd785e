"""The answer of ``export``: a program or a document that gives the same numbers elsewhere."""

from __future__ import annotations

from autograd_cli.document import Answer, Code, Document

SCHEMA = "autograd-cli/export/1"


def program_answer(expression: str, target: str, text: str) -> Answer:
    """What ``export`` answers; as a table, or in a file of its own kind, it is the program letter for letter."""
    language = "latex" if target == "latex" else "python"
    return Answer(
        document=lambda look: Document(expression.strip(), [Code(text, language)]),
        json=lambda look: {"schema": SCHEMA, "ok": True, "expression": expression, "to": target, "program": text},
        records=lambda look: [("program", target, text)],
        others={"program": lambda look, stream: stream.writelines([text])},
    )
