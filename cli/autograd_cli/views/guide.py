"""Pages of ``functions`` and ``explain``: what a function does, what an error means, with examples that were run."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from autograd_cli import document as doc
from autograd_cli.document import Text
from autograd_cli.environment import Environment, StandardInput
from autograd_cli.guide.catalogue import Command, Entry, Example, Script
from autograd_cli.guide.functions import Outline, describe, outline
from autograd_cli.main import perform
from autograd_cli.signals import INTERRUPTED
from autograd_cli.views import pick
from autograd_core.ops.spec import Function

WIDEST = 100  # columns that are comfortable to read
NOTHING = "no gradient flows"
EXPLAIN, FUNCTIONS = "autograd-cli/explain/1", "autograd-cli/functions/1"  # schemas

_RECORD = "name group signature doc"  # a function in short, in plain
Groups = Mapping[str, Sequence[Function]]  # functions by the name of their group

Blocks = list[doc.Block | Sequence[doc.Block]]


def functions_answer(groups: Groups, *, names: bool = False) -> doc.Answer:
    """Every function of some groups: how it is called, what it does, and its rule; for people the ``names`` alone."""
    every = [one for members in groups.values() for one in members]
    return doc.Answer(
        document=lambda look: doc.Document("functions", _names(groups) if names else _functions(groups), WIDEST),
        json=lambda look: {"schema": FUNCTIONS, "ok": True, "functions": [_in_short(outline(one)) for one in every]},
        records=lambda look: (("function", *pick(one, _RECORD).values()) for one in every),
    )


def function_answer(function: Function, schema: str) -> doc.Answer:
    """Everything about one function."""
    one = outline(function)
    told = describe(one)

    def whole(look: doc.Display) -> dict[str, Any]:
        output, status = _run(told["example"], look)
        shown = {"command": told["example"].text, "output": output, "exit": status}
        return {"schema": schema, "ok": True, "functions": [_in_short(one) | told | {"example": shown}]}

    def records() -> Iterator[tuple[str, ...]]:
        yield ("function", *pick(function, _RECORD).values())
        yield from (("rule", name, rule or NOTHING) for name, rule in one.rules)
        yield from (("argument", each["name"], _argument(each)) for each in (*told["operands"], *told["parameters"]))

    return doc.Answer(
        document=lambda look: doc.Document(function.name, list(_function(one, told, look)), WIDEST),
        json=whole,
        records=lambda look: records(),
    )


def topics_answer(entries: Iterable[Entry]) -> doc.Answer:
    """Every topic with its title."""
    known = list(entries)
    words = (
        "autograd-cli explain TOPIC: a topic or a code of this list, a function, or a message of PyTorch, NumPy or "
        "JAX, pasted in quotes."
    )
    listed: Blocks = [doc.Lines([[words]], hang=0)]
    for title, coded in (("Topics", False), ("Codes of errors and warnings", True)):
        terms = _terms((one.topic, [one.title]) for one in known if one.topic.startswith("AG") == coded)
        listed.append([doc.Title(title), terms])
    return doc.Answer(
        document=lambda look: doc.Document("explain", listed, WIDEST),
        json=lambda look: {"schema": EXPLAIN, "ok": True, "topics": [pick(one, "topic title names") for one in known]},
        records=lambda look: (("topic", entry.topic, entry.title) for entry in known),
    )


def topic_answer(entry: Entry) -> doc.Answer:
    """One topic."""

    def whole(look: doc.Display) -> dict[str, Any]:
        example, *fixes = (_example_json(one, look) for one in (entry.example, *entry.fixes))
        said = pick(entry, "topic title names meaning why says", example=example, fixes=fixes, related=entry.related)
        return {"schema": EXPLAIN, "ok": True, "entry": said}

    return doc.Answer(
        document=lambda look: doc.Document(entry.topic, list(_topic(entry, look)), WIDEST),
        json=whole,
        records=lambda look: [("topic", entry.topic, entry.title), ("means", entry.meaning), ("why", entry.why)],
    )


def _in_short(one: Outline) -> dict[str, Any]:
    """A function in short, as JSON has it."""
    known = pick(one, "function.name function.group function.signature function.doc function.aliases written flows")
    return known | {"gradient": dict(one.rules), "for": one.setting or None}


def _names(groups: Groups) -> Blocks:
    intro = "autograd-cli functions GROUP lists what a group has, with rules; functions NAME tells all about one."
    listed = ((group, ", ".join(one.name for one in members)) for group, members in groups.items())
    rows = [(Text(group, doc.NAME), [Text(words, doc.FORMULA)]) for group, words in listed]
    return [doc.Lines([[intro]], hang=0), doc.Fields(rows)]


def _functions(groups: Groups) -> Blocks:
    words = (
        "Below each function: the gradient that reaches its operands, where g is the gradient of the result and y the "
        "result. autograd-cli functions NAME tells more."
    )
    blocks: Blocks = [doc.Lines([[words]], hang=0)]
    for group, members in groups.items():
        rows: list[tuple[str, doc.Parts]] = []
        for one in members:
            rule = outline(one)
            text = "; ".join(f"{name}: {way or NOTHING}" for name, way in rule.rules) if rule.flows else NOTHING
            text = text if rule.written is None else f"= {rule.written}"
            told = f"{text}   ({rule.setting})" if rule.setting else text
            rows.append((one.signature, [one.doc, Text(told, doc.CODE if rule.flows else "")]))
        blocks.append([doc.Title(group), _terms(rows)])
    return blocks


def _terms(rows: Iterable[tuple[str, doc.Parts]], role: str = doc.FORMULA) -> doc.Fields:
    """Words with texts beside them."""
    return doc.Fields([(Text(word, role), list(texts)) for word, texts in rows], indent=2)


def _paragraph(text: str) -> doc.Lines:
    return doc.Lines([[text]], hang=0, indent=2)


def _function(one: Outline, told: Mapping[str, Any], look: doc.Display) -> Iterator[Sequence[doc.Block]]:
    """How it is called, what it is, its gradient, its arguments and shapes, kinks, and an example."""
    function = one.function
    yield [doc.Lines([[Text(function.signature, doc.NAME)]], hang=4), _paragraph(function.doc)]
    facts = {
        "group": function.group,
        "also": ", ".join(function.aliases),
        "method": f"{function.operands[0]}.{function.name}(...)" if function.method else "",
        "node" if len(one.nodes) == 1 else "nodes": ", ".join(one.nodes),
    }
    yield [_terms(((word, [text]) for word, text in facts.items() if text), role="")]
    yield [doc.Title("Gradient"), *_gradient(one)]
    arguments = [(each["name"], [_argument(each)]) for each in (*told["operands"], *told["parameters"])]
    if arguments:
        yield [doc.Title("Arguments"), _terms(arguments)]
    yield [doc.Title("Shapes"), *map(_paragraph, told["shapes"])]
    if one.kinks:
        kinks = ((operation, [choice]) for operation, choice in one.kinks)
        yield [doc.Title("Where there is no derivative"), _terms(kinks)]
    yield [doc.Title("Example"), *_example(told["example"], look)]


def _gradient(one: Outline) -> Iterator[doc.Block]:
    if one.written is not None:
        yield _paragraph(f"{one.function.name} is written as {one.written}")
    if one.rules:
        yield _terms((name, [Text(rule, doc.CODE) if rule else NOTHING]) for name, rule in one.rules)
    elif one.written is None:
        yield _paragraph(f"a constant: {NOTHING}")
    used = any(rule for _, rule in one.rules)
    meaning = f"{one.g} is the gradient of the result, {one.y} the result" if used else ""
    if notes := [note for note in (meaning, one.setting and f"written for {one.setting}") if note]:
        yield _paragraph("; ".join(notes))


def _argument(one: Mapping[str, Any]) -> str:
    default = f"{one['default']} if not given" if one.get("default") is not None else ""
    spellings = f"also spelled {', '.join(one['spellings'])}" if one.get("spellings") else ""
    return "; ".join(part for part in (one["meaning"], one.get("allowed"), default, spellings) if part)


def _topic(entry: Entry, look: doc.Display) -> Iterator[doc.Block | Sequence[doc.Block]]:
    """What frameworks say, what it means, why, an example, and what works."""
    yield doc.Lines([[Text(entry.topic, doc.NAME), f"  {entry.title}"]])
    for framework, said in entry.says.items():
        listed = [doc.Lines([[f"- {text}"] for text in said], indent=2)] if len(said) > 1 else map(_paragraph, said)
        yield [doc.Title(f"{framework} says"), *listed]
    yield [doc.Title("What it means"), _paragraph(entry.meaning)]
    yield [doc.Title("Why"), _paragraph(entry.why)]
    yield [doc.Title("Example"), *_example(entry.example, look)]
    title = [doc.Title("What works" if entry.example.shows else "Now try")]
    for place, one in enumerate(entry.fixes):
        yield [*title[place:], *_example(one, look)]
    if entry.related:
        yield doc.Lines([[f"See also: {', '.join(entry.related)}"]], hang=0)


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


def _example_json(one: Example, look: doc.Display) -> dict[str, Any]:
    output, status = _run(one, look)
    return {"input": one.text, "shows": one.shows or None, "output": output, "exit": status}


def run_example(example: Example, *, width: int | None = None, ascii: bool = False) -> tuple[str, int]:
    """What an example writes on both streams, as a terminal of ``width`` columns shows them, and its exit status."""
    if isinstance(example, Script):
        return example.output, example.status
    page = io.TextIOWrapper(io.BytesIO(), "ascii" if ascii else "utf-8", errors="backslashreplace", newline="")
    content = None if example.line.endswith("<&-") else io.BytesIO(f"{example.stdin or ''}\n".encode())
    variables = {"COLUMNS": str(width)} if width else {}
    status = perform(example.words, Environment(StandardInput(content), page, page, variables))
    if status == INTERRUPTED:
        raise KeyboardInterrupt
    page.seek(0)
    return page.read(), status
