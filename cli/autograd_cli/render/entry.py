"""Entries of the guide as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autograd_cli.rehearsal import Rehearsal
from autograd_cli.render.ink import STRONG, Line, clean, folded
from autograd_cli.render.prose import apart, bullets, heading, paragraph, room, terms
from autograd_cli.render.view import View
from autograd_core.guide.entry import Entry, Example


def page(entry: Entry, example: list[Line], fixes: list[list[Line]], view: View) -> list[Line]:
    """An entry; ``example`` and ``fixes`` are the examples with what they wrote."""
    lines = folded([(clean(entry.topic, view), STRONG), (f"  {clean(entry.title, view)}", "")], room(view), 2)
    for framework, said in entry.says.items():
        lines += heading(f"{framework} says", view)
        lines += bullets(said, view)
    lines += [*heading("What it means", view), *paragraph(entry.meaning, view)]
    lines += [*heading("Why", view), *paragraph(entry.why, view)]
    lines += [*heading("Example", view), *example]
    lines += [*heading("Now try" if not entry.example.shows else "What works", view), *apart(fixes)]
    if entry.related:
        lines += [[], *paragraph(f"See also: {', '.join(entry.related)}", view, indent=0)]
    return lines


def contents(entries: Iterable[Entry], view: View) -> list[Line]:
    """Every topic with its title."""
    known = list(entries)
    codes = [(one.topic, one.title) for one in known if one.topic.startswith("AG")]
    words = [(one.topic, one.title) for one in known if not one.topic.startswith("AG")]
    lines = paragraph(
        "autograd-cli explain TOPIC: a topic or a code of this list, a function, or a message of PyTorch, NumPy or "
        "JAX, pasted in quotes.",
        view,
        indent=0,
    )
    lines += [*heading("Topics", view), *terms(words, view)]
    return [*lines, *heading("Codes of errors and warnings", view), *terms(codes, view)]


def summary(entry: Entry) -> dict[str, Any]:
    """An entry in short, for JSON."""
    return {"topic": entry.topic, "title": entry.title, "names": list(entry.names)}


def entry_object(entry: Entry, example: Rehearsal, fixes: list[Rehearsal]) -> dict[str, Any]:
    """An entry in full, for JSON."""
    return {
        **summary(entry),
        "says": {framework: list(said) for framework, said in entry.says.items()},
        "meaning": entry.meaning,
        "why": entry.why,
        "example": _example(entry.example, example),
        "fixes": [_example(one, done) for one, done in zip(entry.fixes, fixes, strict=True)],
        "related": list(entry.related),
    }


def _example(one: Example, done: Rehearsal) -> dict[str, Any]:
    return {"input": one.text, "shows": one.shows or None, "output": done.output, "exit": done.status}
