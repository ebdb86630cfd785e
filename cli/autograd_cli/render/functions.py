"""Functions of the language as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autograd_cli.rehearsal import Rehearsal
from autograd_cli.render.ink import STRONG, Line, clean, folded
from autograd_cli.render.prose import apart, heading, paragraph, room, terms
from autograd_cli.render.view import View
from autograd_core.guide.functions import Argument, Description, Outline

NOTHING = "no gradient flows"


def listing(outlines: Iterable[Outline], view: View) -> list[Line]:
    """Every function by group: how it is called, what it does, and its rule."""
    lines = paragraph(
        "Below each function: the gradient that reaches its operands, where g is the gradient of the result and y the "
        "result. autograd-cli functions NAME tells more.",
        view,
        indent=0,
    )
    groups: dict[str, list[Outline]] = {}
    for one in outlines:
        groups.setdefault(one.group, []).append(one)
    for group, members in groups.items():
        lines += heading(group, view)
        lines += terms(((one.signature, (one.doc, rule_text(one))) for one in members), view, most=24)
    return lines


def rule_text(one: Outline) -> str:
    """The rule of a function in a line."""
    if one.written is not None:
        text = f"= {one.written}"
    elif one.flows:
        text = "; ".join(f"{name}: {rule or NOTHING}" for name, rule in one.rules)
    else:
        text = NOTHING
    return f"{text}   ({one.setting})" if one.setting else text


def page(one: Description, example: list[Line], view: View) -> list[Line]:
    """Everything about one function; ``example`` is shown at the end."""
    outline = one.outline
    blocks = [[*folded([(clean(outline.signature, view), STRONG)], room(view), 4), *paragraph(outline.doc, view)]]
    facts = [("group", outline.group)]
    if outline.aliases:
        facts.append(("also", ", ".join(outline.aliases)))
    if one.method:
        facts.append(("method", f"{one.operands[0].name}.{outline.name}(...)"))
    if one.nodes:
        facts.append(("node" if len(one.nodes) == 1 else "nodes", ", ".join(one.nodes)))
    if one.domain:
        ranges = ", ".join(f"{name} from {low:g} to {high:g}" for name, low, high in one.domain)
        facts.append(("smooth", f"at least for {ranges}"))
    blocks.append(terms(facts, view, style=""))
    blocks.append(_gradient(outline, view))
    arguments = [*one.operands, *one.params]
    if arguments:
        blocks.append(_titled("Arguments", terms(((a.name, _argument(a)) for a in arguments), view), view))
    blocks.append(_titled("Shapes", [[("  " + clean(text, view), "")] for text in one.shapes], view))
    if one.kinks:
        blocks.append(_titled("Where there is no derivative", terms(one.kinks, view), view))
    return apart([*blocks, _titled("Example", example, view)])


def _titled(title: str, lines: list[Line], view: View) -> list[Line]:
    return [*heading(title, view)[1:], *lines]


def _gradient(one: Outline, view: View) -> list[Line]:
    lines: list[Line] = []
    if one.written is not None:
        lines += paragraph(f"{one.name} is written as {one.written}", view)
    if one.rules:
        lines += terms(((name, rule or NOTHING) for name, rule in one.rules), view)
    elif one.written is None:
        lines += paragraph(f"a constant: {NOTHING}", view)
    notes = []
    if any(rule for _, rule in one.rules):
        notes.append(f"{one.g} is the gradient of the result, {one.y} the result")
    if one.setting:
        notes.append(f"written for {one.setting}")
    if notes:
        lines += paragraph("; ".join(notes), view)
    return _titled("Gradient", lines, view)


def _argument(one: Argument) -> str:
    parts = [one.meaning]
    if one.allowed:
        parts.append(one.allowed)
    if one.default is not None:
        parts.append(f"{one.default} if not given")
    if one.spellings:
        parts.append(f"also spelled {', '.join(one.spellings)}")
    return "; ".join(part for part in parts if part)


def outline_object(one: Outline) -> dict[str, Any]:
    """A function in short, for JSON."""
    return {
        "name": one.name,
        "group": one.group,
        "signature": one.signature,
        "doc": one.doc,
        "aliases": list(one.aliases),
        "gradient": dict(one.rules),
        "written": one.written,
        "flows": one.flows,
        "for": one.setting or None,
    }


def description_object(one: Description, shown: Rehearsal) -> dict[str, Any]:
    """A function in full, for JSON."""
    return {
        **outline_object(one.outline),
        "method": one.method,
        "operands": [{"name": a.name, "meaning": a.meaning} for a in one.operands],
        "parameters": [
            {
                "name": a.name,
                "meaning": a.meaning,
                "allowed": a.allowed or None,
                "default": a.default,
                "spellings": list(a.spellings),
            }
            for a in one.params
        ],
        "shapes": list(one.shapes),
        "kinks": [{"operation": operation, "choice": choice} for operation, choice in one.kinks],
        "nodes": list(one.nodes),
        "domain": {name: [low, high] for name, low, high in one.domain},
        "example": {"command": one.example.text, "output": shown.output, "exit": shown.status},
    }
