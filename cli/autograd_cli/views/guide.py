"""Pages of ``functions`` and ``explain``: what a function does, what an error means, with examples that were run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from autograd_cli.document import blocks as doc
from autograd_cli.document.blocks import Text
from autograd_cli.guide.entry import Command, Entry, Example
from autograd_cli.guide.functions import Argument, Description
from autograd_cli.guide.rules import Outline, outline
from autograd_cli.guide.run_example import run_example
from autograd_cli.views.reports import pick
from autograd_core.ops.spec import Function

WIDEST = 100
"""Columns that are comfortable to read."""

NOTHING = "no gradient flows"

Groups = Mapping[str, Sequence[Function]]
"""Functions by the name of their group."""

Blocks = list[doc.Block | Sequence[doc.Block]]


def functions_answer(groups: Groups, schema: str) -> doc.Answer:
    """Every function of some groups: how it is called, what it does, and its rule."""
    every = [one for members in groups.values() for one in members]
    return doc.Answer(
        document=lambda look: _functions(groups),
        json=lambda look: {"schema": schema, "ok": True, "functions": [_outline_json(outline(one)) for one in every]},
        records=lambda look: map(_record, every),
    )


def groups_answer(groups: Groups, schema: str) -> doc.Answer:
    """The names of the functions of every group."""
    whole = functions_answer(groups, schema)
    return doc.Answer(document=lambda look: _groups(groups), json=whole.json, records=whole.records)


def function_answer(one: Description, schema: str) -> doc.Answer:
    """Everything about one function."""
    return doc.Answer(
        document=lambda look: _function(one, look),
        json=lambda look: {"schema": schema, "ok": True, "functions": [_description_json(one, look)]},
        records=lambda look: _function_records(one),
    )


def topics_answer(entries: Iterable[Entry], schema: str) -> doc.Answer:
    """Every topic with its title."""
    known = list(entries)
    return doc.Answer(
        document=lambda look: _topics(known),
        json=lambda look: {"schema": schema, "ok": True, "topics": [_entry_json(entry) for entry in known]},
        records=lambda look: (("topic", entry.topic, entry.title) for entry in known),
    )


def topic_answer(entry: Entry, schema: str) -> doc.Answer:
    """One topic."""

    def whole(look: doc.Display) -> dict[str, Any]:
        example = {"example": _example_json(entry.example, look)}
        fixes = {"fixes": [_example_json(one, look) for one in entry.fixes], "related": list(entry.related)}
        return {"schema": schema, "ok": True, "entry": {**_entry_json(entry), **_says(entry), **example, **fixes}}

    return doc.Answer(
        document=lambda look: _topic(entry, look),
        json=whole,
        records=lambda look: [("topic", entry.topic, entry.title), ("means", entry.meaning), ("why", entry.why)],
    )


def _groups(groups: Groups) -> doc.Document:
    intro = "autograd-cli functions GROUP lists what a group has, with rules; functions NAME tells all about one."
    rows: list[tuple[doc.Part, doc.Parts]] = []
    for group, members in groups.items():
        rows.append((Text(group, doc.NAME), [Text(", ".join(one.name for one in members), doc.FORMULA)]))
    return doc.Document("functions", [doc.Lines([[intro]], hang=0), doc.Fields(rows)], WIDEST)


def _functions(groups: Groups) -> doc.Document:
    words = (
        "Below each function: the gradient that reaches its operands, where g is the gradient of the result and y the "
        "result. autograd-cli functions NAME tells more."
    )
    blocks: Blocks = [doc.Lines([[words]], hang=0)]
    for group, members in groups.items():
        rows = [(one.signature, [one.doc, rule_text(outline(one))]) for one in members]
        blocks.append([doc.Title(group), _terms(rows, widest=24)])
    return doc.Document("functions", blocks, WIDEST)


def rule_text(one: Outline) -> str:
    """The rule of a function in a line."""
    if one.written is not None:
        text = f"= {one.written}"
    elif one.flows:
        text = "; ".join(f"{name}: {rule or NOTHING}" for name, rule in one.rules)
    else:
        text = NOTHING
    return f"{text}   ({one.setting})" if one.setting else text


def _terms(rows: Iterable[tuple[str, Sequence[str]]], role: str = doc.FORMULA, widest: int = 28) -> doc.Fields:
    """Words with texts beside them."""
    return doc.Fields([(Text(word, role), list(texts)) for word, texts in rows], indent=2, widest=widest)


def _paragraph(text: str) -> doc.Lines:
    return doc.Lines([[text]], hang=0, indent=2)


def _function(one: Description, look: doc.Display) -> doc.Document:
    """How it is called, what it is, its gradient, its arguments and shapes, kinks, and an example."""
    outline, function = one.outline, one.outline.function
    blocks: Blocks = [[doc.Lines([[Text(function.signature, doc.NAME)]], hang=4), _paragraph(function.doc)]]
    blocks.append(_terms(((word, [text]) for word, text in _facts(one)), role=""))
    blocks.append([doc.Title("Gradient"), *_gradient(outline)])
    arguments = [(each.name, [_argument(each)]) for each in (*one.operands, *one.params)]
    if arguments:
        blocks.append([doc.Title("Arguments"), _terms(arguments)])
    blocks.append([doc.Title("Shapes"), *map(_paragraph, one.shapes)])
    if outline.kinks:
        kinks = ((operation, [choice]) for operation, choice in outline.kinks)
        blocks.append([doc.Title("Where there is no derivative"), _terms(kinks)])
    blocks.append([doc.Title("Example"), *_example(one.example, look)])
    return doc.Document(function.name, blocks, WIDEST)


def _facts(one: Description) -> Iterator[tuple[str, str]]:
    function, nodes = one.outline.function, one.outline.nodes
    yield "group", function.group
    if function.aliases:
        yield "also", ", ".join(function.aliases)
    if function.method:
        yield "method", f"{one.operands[0].name}.{function.name}(...)"
    if nodes:
        yield "node" if len(nodes) == 1 else "nodes", ", ".join(nodes)
    if one.domain:
        ranges = ", ".join(f"{name} from {low:g} to {high:g}" for name, low, high in one.domain)
        yield "smooth", f"at least for {ranges}"


def _gradient(one: Outline) -> Iterator[doc.Block]:
    if one.written is not None:
        yield _paragraph(f"{one.function.name} is written as {one.written}")
    if one.rules:
        yield _terms((name, [rule or NOTHING]) for name, rule in one.rules)
    elif one.written is None:
        yield _paragraph(f"a constant: {NOTHING}")
    notes = []
    if any(rule for _, rule in one.rules):
        notes.append(f"{one.g} is the gradient of the result, {one.y} the result")
    if one.setting:
        notes.append(f"written for {one.setting}")
    if notes:
        yield _paragraph("; ".join(notes))


def _argument(one: Argument) -> str:
    parts = [one.meaning]
    if one.allowed:
        parts.append(one.allowed)
    if one.default is not None:
        parts.append(f"{one.default} if not given")
    if one.spellings:
        parts.append(f"also spelled {', '.join(one.spellings)}")
    return "; ".join(part for part in parts if part)


def _topics(entries: Sequence[Entry]) -> doc.Document:
    words = (
        "autograd-cli explain TOPIC: a topic or a code of this list, a function, or a message of PyTorch, NumPy or "
        "JAX, pasted in quotes."
    )
    codes = [(one.topic, [one.title]) for one in entries if one.topic.startswith("AG")]
    topics = [(one.topic, [one.title]) for one in entries if not one.topic.startswith("AG")]
    blocks: Blocks = [
        doc.Lines([[words]], hang=0),
        [doc.Title("Topics"), _terms(topics)],
        [doc.Title("Codes of errors and warnings"), _terms(codes)],
    ]
    return doc.Document("explain", blocks, WIDEST)


def _topic(entry: Entry, look: doc.Display) -> doc.Document:
    """What frameworks say, what it means, why, an example, and what works."""
    blocks: Blocks = [doc.Lines([[Text(entry.topic, doc.NAME), f"  {entry.title}"]])]
    for framework, said in entry.says.items():
        several = [doc.Lines([[f"- {text}"] for text in said], indent=2)]
        blocks.append([doc.Title(f"{framework} says"), *([_paragraph(said[0])] if len(said) == 1 else several)])
    blocks.append([doc.Title("What it means"), _paragraph(entry.meaning)])
    blocks.append([doc.Title("Why"), _paragraph(entry.why)])
    blocks.append([doc.Title("Example"), *_example(entry.example, look)])
    works: Blocks = [_example(one, look) for one in entry.fixes]
    title = doc.Title("Now try" if not entry.example.shows else "What works")
    if works:
        first = works[0]
        assert isinstance(first, list)
        blocks += [[title, *first], *works[1:]]
    if entry.related:
        blocks.append(doc.Lines([[f"See also: {', '.join(entry.related)}"]], hang=0))
    return doc.Document(entry.topic, blocks, WIDEST)


def _run(one: Example, look: doc.Display) -> tuple[str, int]:
    """What an example writes in the room that its output has on the page, and its exit status."""
    width = min(look.width or WIDEST, WIDEST)
    return run_example(one, width=max(width, 30) - 2, ascii=look.ascii)


def _example(one: Example, look: doc.Display) -> list[doc.Block]:
    """An example as it is typed, and what it wrote."""
    prompt = "$ " if isinstance(one, Command) else ""
    text = "\n".join(prompt + line for line in one.text.splitlines())
    output, _ = _run(one, look)
    typed = doc.Code(text, "console" if prompt else "python", 2, doc.FORMULA)
    return [typed, doc.Code(output if prompt else f"\n{output}", "", 2)]


def _says(entry: Entry) -> dict[str, Any]:
    return pick(entry, "meaning why", says=dict(entry.says))


def _entry_json(entry: Entry) -> dict[str, Any]:
    """An entry in short."""
    return pick(entry, "topic title names")


def _example_json(one: Example, look: doc.Display) -> dict[str, Any]:
    output, status = _run(one, look)
    return {"input": one.text, "shows": one.shows or None, "output": output, "exit": status}


def _outline_json(one: Outline) -> dict[str, Any]:
    """A function in short."""
    found = pick(one.function, "name group signature doc aliases", written=one.written, flows=one.flows)
    return {**found, "gradient": dict(one.rules), "for": one.setting or None}


def _description_json(one: Description, look: doc.Display) -> dict[str, Any]:
    """A function in full."""
    output, status = _run(one.example, look)
    return {
        **_outline_json(one.outline),
        "operands": [pick(each, "name meaning") for each in one.operands],
        "parameters": [
            pick(each, "name meaning default spellings", allowed=each.allowed or None) for each in one.params
        ],
        "kinks": [{"operation": operation, "choice": choice} for operation, choice in one.outline.kinks],
        "domain": {name: [low, high] for name, low, high in one.domain},
        "example": {"command": one.example.text, "output": output, "exit": status},
        "method": one.outline.function.method,
        "shapes": one.shapes,
        "nodes": one.outline.nodes,
    }


def _record(one: Function) -> tuple[str, ...]:
    """A function in short, in plain."""
    return ("function", one.name, one.group, one.signature, one.doc)


def _function_records(one: Description) -> Iterator[tuple[str, ...]]:
    yield _record(one.outline.function)
    yield from (("rule", name, rule or NOTHING) for name, rule in one.outline.rules)
    yield from (("argument", each.name, _argument(each)) for each in (*one.operands, *one.params))
