"""One pass over a text that is not in the language: its statements, as mathematics or as code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd_core.errors import AutogradError, ExpressionError, Span
from autograd_core.expr.build import parse
from autograd_core.expr.parser import Source, read
from autograd_core.expr.reader.code import joined
from autograd_core.expr.reader.elaboration import Elaborator
from autograd_core.expr.reader.item import ATOM, Item, Notes, call, listed, written
from autograd_core.expr.reader.names import Names, set_names, split_runs
from autograd_core.expr.reader.parser import Parser
from autograd_core.expr.reader.program import Reader
from autograd_core.expr.reader.reading import MATHEMATICS, Note, Reading, ValueOf
from autograd_core.expr.reader.scope import Doubt
from autograd_core.expr.reader.script import TokenScript, TokenStatement, ordered
from autograd_core.expr.reader.tokenizer import Tokenizer
from autograd_core.expr.reader.tree import Node
from autograd_core.ops.spec import Shape

_CODE = re.compile(r"\*\*|@|\b(?:axis|dim|keepdims?)\s*=|\.[a-z_]+\(|[\w)\]]\s*\*\s*[\w(]")


class Interpreter:
    """Reads one text that is not in the language, or means something else in mathematics."""

    def __init__(self, typed: str, inputs: Mapping[str, Any], value_of: ValueOf | None, *, math: bool) -> None:
        self.typed = typed
        self.inputs = inputs
        self.value_of = value_of
        self.math = math
        self.strict = bool(_CODE.search(typed)) and not MATHEMATICS.search(typed) and not math
        self.relaxed = False
        self.by_entry = bool(re.search(r"\*\*|@|\.[a-z_]+\(", typed)) and not math

    def reading(self) -> Reading:
        """The reading; where two fit, an error with both."""
        try:
            first, doubts, loose = self.once(0)
        except AutogradError as error:
            raise self.with_rewriting(error) from None
        if doubts:
            second, _, _ = self.once(1)
            raise _ambiguous(doubts[0], self.typed, [first.text, second.text])
        if loose and self.strict and first.read is not None:
            refused = ExpressionError(
                "a product without a sign stands in code",
                code="AG601",
                span=loose[0],
                text=self.typed,
                why="in code every product has a sign",
            )
            values = [f"{name} = {text}" for name, text in first.values.items()]
            refused.rewrites = ("; ".join([*values, first.text]),)
            raise refused
        return first

    def with_rewriting(self, error: AutogradError) -> AutogradError:
        """The error with the text as it would be if @ were a product of mathematics, where that can be read."""
        if not self.relaxed and "@" in self.typed and error.code in ("AG301", "AG619"):
            self.relaxed = True
            try:
                found, doubts, _ = self.once(0)
                if not found.values:
                    parse(found.source, self.inputs)
            except AutogradError:
                return error
            error.rewrites = () if doubts else (found.text,)
        return error

    def once(self, way: int) -> tuple[Reading, list[Doubt], list[Span]]:
        """One pass; ``way`` says how the first place is read that can be read in two ways."""
        names = Names(list(self.inputs), set_names(self.typed))
        notes = Notes()
        tokens = Tokenizer(self.typed, names.__contains__).run()
        _refuse_decimal_commas(tokens, self.typed)
        reader = Reader(self.typed, names, list(self.inputs), notes, self.shape_of)
        script = reader.read(tokens)
        script.statements = ordered(script.statements)
        inputs = dict(self.inputs)
        for name, text in script.values.items():
            if self.value_of is not None:
                inputs[name] = self.value_of(name, text)
        if not script.statements:
            raise ExpressionError("there is no expression in this text", span=(0, len(self.typed)), text=self.typed)
        if script.code or script.values or script.seed is not None:
            found = self.as_code(script, inputs, notes)
            if found is not None:
                return found, [], []
        return self.as_mathematics(script, inputs, notes, way)

    def shape_of(self, name: str, values: Mapping[str, str]) -> Shape | None:
        """The shape of a value from outside or in the text itself; None for any other name."""
        if name in self.inputs:
            found = self.inputs[name]
        elif name in values and self.value_of is not None:
            found = self.value_of(name, values[name])
        else:
            return None
        return found if isinstance(found, tuple) else np.shape(found)

    def as_code(self, script: TokenScript, inputs: Mapping[str, Any], notes: Notes) -> Reading | None:
        """The program in the language as it stands, without what was left out; None where that is not in it."""
        parts = [_written(statement) for statement in script.statements]
        text, origin = _program(parts)
        try:
            source = read(text)
            if any(name not in inputs for name in source.variables):
                return None
            parse(source, inputs)
        except AutogradError:
            return None
        return self.finished(text, origin, source, script, notes)

    def as_mathematics(
        self, script: TokenScript, inputs: Mapping[str, Any], notes: Notes, way: int
    ) -> tuple[Reading, list[Doubt], list[Span]]:
        """Every statement read as mathematics."""
        shapes: dict[str, Shape] = {n: v if isinstance(v, tuple) else np.shape(v) for n, v in inputs.items()}
        parts: list[tuple[str, list[int]]] = []
        doubts: list[Doubt] = []
        loose: list[Span] = []
        results: list[Item] = []
        used: set[str] = set()
        for statement in script.statements:
            names = Names(list(shapes))
            tokens, split = split_runs(statement.tokens, names, 0 if doubts else way)
            for token, ways in split:
                doubts.append(Doubt(-1, [" ".join(way) for way in ways[:2]], token.span))
            loose += [t.span for t in tokens if t.side == "run"]
            root = Parser(self.typed, names).parse(tokens)
            elaborator = Elaborator(self.typed, names, shapes, {}, entries=self.by_entry, relaxed=self.relaxed)
            item = elaborator.elaborate(root)
            if way and elaborator.doubts and not doubts:
                elaborator = Elaborator(
                    self.typed,
                    names,
                    shapes,
                    {elaborator.doubts[0].key: 1},
                    entries=self.by_entry,
                    relaxed=self.relaxed,
                )
                item = elaborator.elaborate(root)
            if item.kind in ("results", "numbers"):
                shown = Item(
                    item.shape,
                    [("[", item.start, item.start + 1), *item.parts[1:-1], ("]", item.end - 1, item.end)],
                    ATOM,
                    *item.span,
                )
                item = call("stack", [shown], item.shape, item.span) if item.kind == "results" else shown
            doubts += elaborator.doubts
            loose += elaborator.loose
            text, origin = written(item)
            notes.found.update(elaborator.notes.of(text))
            used.update(re.findall(r"\w+", text))
            target = statement.target
            if target is not None:
                shapes[target] = item.shape
                head = f"{target} = "
                text, origin = head + text, [statement.start] * len(head) + origin
            results.append(item)
            parts.append((text, origin))
        targets = [statement.target for statement in script.statements]
        if len(targets) > 1 and None not in targets and used.isdisjoint(str(t) for t in targets):
            shown = listed("[", results, "]", (), (results[0].start, results[-1].end))
            parts = [written(call("stack", [shown], (), (0, len(self.typed))))]
        elif script.statements[-1].target is not None and len(parts) == 1:
            skip = len(f"{script.statements[-1].target} = ")
            parts = [(parts[0][0][skip:], parts[0][1][skip:])]
        text, origin = _program(parts)
        try:
            source = read(text)
        except AutogradError as error:
            raise Reading(self.typed, text, Source(text), origin).located(error) from None
        return self.finished(text, origin, source, script, notes), doubts, loose

    def finished(self, text: str, origin: list[int], source: Source, script: TokenScript, notes: Notes) -> Reading:
        """The reading of a text that is in the language now."""
        changed = text != self.typed
        return Reading(
            self.typed,
            text,
            source,
            origin if changed else None,
            dict(script.values),
            script.seed,
            tuple(Note(code, sentence) for sentence, code in notes.found.items()),
        )


def _written(statement: TokenStatement) -> tuple[str, list[int]]:
    text, origin = joined(statement.tokens)
    if statement.target is None:
        return text, origin
    head = f"{statement.target} = "
    return head + text, [statement.start] * len(head) + origin


def _program(parts: Sequence[tuple[str, list[int]]]) -> tuple[str, list[int]]:
    """Statements as one text."""
    text: list[str] = []
    origin: list[int] = []
    for part, places in parts:
        if text:
            text.append("; ")
            origin += [places[0]] * 2
        text.append(part)
        origin += places
    return "".join(text), origin


def _ambiguous(doubt: Doubt, typed: str, texts: Sequence[str]) -> ExpressionError:
    """The error for a text with two readings, which offers both."""
    shown = typed[slice(*doubt.span)]
    error = ExpressionError(
        f"'{shown if len(shown) < 60 else shown[:57] + '...'}' can be read in two ways",
        code="AG619",
        span=doubt.span,
        text=typed,
        why=f"it is {doubt.texts[0][:80]} or {doubt.texts[1][:80]}",
    )
    error.rewrites = tuple(dict.fromkeys(texts))
    return error


def _refuse_decimal_commas(tokens: Sequence[Node], typed: str) -> None:
    """``0,5`` is no number."""
    depth = 0
    for place, token in enumerate(tokens):
        depth += (token.kind == "open") - (token.kind == "close")
        if token.kind != "sep" or token.text != "," or not 0 < place < len(tokens) - 1 or depth:
            continue
        before, after = tokens[place - 1], tokens[place + 1]
        if before.kind == after.kind == "num" and not token.blank and not after.blank:
            span = (before.start, after.end)
            error = ExpressionError(
                f"'{typed[slice(*span)]}': a comma is no decimal point", code="AG601", span=span, text=typed,
                hint=f"write {before.text}.{after.text}",
            )  # fmt: skip
            if "," not in before.text:
                error.rewrites = (typed[: token.start] + "." + typed[token.end :],)
            raise error
