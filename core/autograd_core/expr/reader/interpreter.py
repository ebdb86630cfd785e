"""One pass over a text that is not in the language: its statements, as mathematics or as code."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice, product
from typing import Any

from autograd_core.errors import AutogradError, ExpressionError, Span, UsageError
from autograd_core.expr.parser import Source, read
from autograd_core.expr.reader.blocks import without_blocks
from autograd_core.expr.reader.elaboration import Elaborator
from autograd_core.expr.reader.ellipsis import without_ellipses
from autograd_core.expr.reader.item import Item, MisfitError, call, listed, spelled, stacked, unpacked
from autograd_core.expr.reader.names import Key, Names, apart, set_names, split_runs, sum_limits
from autograd_core.expr.reader.parser import Parser
from autograd_core.expr.reader.program import Program
from autograd_core.expr.reader.reading import MATHEMATICS, Note, Reading, Task, shape_of, whole_number
from autograd_core.expr.reader.scope import COUNTED
from autograd_core.expr.reader.sentences import Sentence
from autograd_core.expr.reader.tokenizer import Tokenizer
from autograd_core.expr.reader.tree import Node, TokenStatement, ordered
from autograd_core.expr.tokenizer import wrong
from autograd_core.ops.spec import Shape

_TIGHT = re.compile(r"(?<![^\W\d][^\W\d])(?<!\\)e\^(-?(?:\d+(?:\.\d+)?|[A-Za-z]))([^\W\d_]\w*)(?!\()")
"""``e^2x`` and ``e^-rt``, which are e^2 x and e^-r t as s^2t is s^2 t."""

MAX_DOUBTS = 3
"""Words of one sentence whose other reading is tried."""

MAX_SIZES = 64
"""Sizes of identities and vectors of ones in one statement that are tried."""

_CODE = re.compile(r"\*\*|@|\b(?:axis|dim|keepdims?)\s*=|\.[a-z_]+\(|[\w)\]]\s*\*\s*[\w(]")

_KRONECKER = re.compile(r"⊗|\\otimes|\bkron\b")
"""What has sizes that are products of others."""

_BY_ENTRY = re.compile(r"\*\*|@|%\*%|\.[a-z_]+\(|\.shape\b|\blen\(|\b(?:row|col)(?:Sums|Means)\(")
_OF_MATRICES = re.compile(
    r"(?<!\d)\.[-+*/^]|(?:^|[=(,;])[ \t]*@\(|->(?!\s*[\w.]+\s*:|\w*['\"])|\b(?:abs2|ForwardDiff|Zygote|Flux)\b"
    r"|(?<![\w'\"])\w+'\s*\*|\)'\s*\*",
    re.MULTILINE,
)
"""What MATLAB and Julia have, where ``*`` is a product of matrices and ``.*`` one by entry."""


class Interpreter:
    """Reads one text that is not in the language, or means something else in mathematics.

    Of the last pass ``doubts`` are the places that can be read in two ways, ``loose`` the products without a sign,
    ``notes`` what is to be said of it; ``chosen`` says how a place was read that can be read in several ways.
    """

    def __init__(self, task: Task) -> None:
        self.task = task
        self.typed = task.typed
        self.relaxed = False
        self.chosen: Mapping[Key, int] = {}
        self.other = self.in_doubt = 0
        self.in_words = False
        self.limits = sum_limits(self.typed)

    def reading(self) -> Reading:
        """The reading; where words can reach further or less far, the usual one that fits, which says the other."""
        self.other, found = 0, []
        failed: AutogradError | None = None
        while self.other <= min(self.in_doubt, MAX_DOUBTS):
            try:
                found.append(self.as_meant())
            except AutogradError as error:
                failed = failed or error
            self.other += 1
        if not found:
            assert failed is not None
            raise failed
        if len(found) == 1:
            return found[0]
        fitting = [each for each in found if each.values or self.task.wanted.fits(self.task.shape(each))] or found
        first, *others = dict.fromkeys(each.text for each in fitting)
        said = f"the words were read as {first}; they can mean {' or '.join(others)} too"
        return replace(fitting[0], notes=(*fitting[0].notes, *([Note("AG417", said)] if others else [])))

    def as_meant(self) -> Reading:
        """The reading; where two fit, an error with both."""
        try:
            first = self.once({})
        except AutogradError as error:
            raise self.with_rewriting(error) from None
        if self.doubts:
            key, ways = next(iter(self.doubts.items()))
            raise _ambiguous(key[1], ways, self.typed, [first.text, self.once({key: 1}).text])
        mathematics = self.task.syntax == "math" or MATHEMATICS.search(self.typed)
        if self.loose and first.read is not None and not mathematics and _CODE.search(self.typed):
            why = "in code every product has a sign"
            refused = wrong("a product without a sign stands in code", self.loose[0], why=why)
            refused.rewrites = ("; ".join([*(f"{name} = {text}" for name, text in first.values.items()), first.text]),)
            raise refused
        return first

    def with_rewriting(self, error: AutogradError) -> AutogradError:
        """The error with the text as it would be if @ were a product of mathematics, where that can be read."""
        if "@" in self.typed and error.code in ("AG301", "AG619"):
            self.relaxed = True
            with suppress(AutogradError):
                found = self.once({})
                if not found.values:
                    self.task.shape(found)
                error.rewrites = () if self.doubts else (found.text,)
        return error

    def once(self, chosen: Mapping[Key, int]) -> Reading:
        """One pass; ``chosen`` says how a place is read that can be read in several ways."""
        self.chosen = chosen
        self.doubts: dict[Key, list[str]] = {}
        self.loose: list[Span] = []
        self.counts: set[str] = set()
        self.notes: dict[str, str] = {}
        given = list(self.task.inputs)
        names = Names(given, set_names(self.typed))
        whole = without_blocks(Tokenizer(self.typed, names.__contains__).run(), self.task.inputs)
        sentence = Sentence(whole, names.__contains__, other=self.other)
        tokens = without_ellipses(sentence.found, names.__contains__)
        self.in_words, self.in_doubt = sentence.spoken, sentence.doubts
        _refuse_decimal_commas(tokens, self.typed)
        program = Program(self.typed, names, given, self.notes)
        program.read(tokens)
        statements = program.statements
        if len(statements) > 1:
            every = Names([*given, *program.values, *(each.target for each in statements if each.target is not None)])
            statements = ordered([replace(each, tokens=list(apart(each.tokens, every))) for each in statements])
        if not statements:
            raise wrong("there is no expression in this text", (0, len(self.typed)))
        code = self.task.syntax != "math" and (program.code.found or _BY_ENTRY.search(self.typed) is not None)
        self.by_entry = code and _OF_MATRICES.search(self.typed) is None
        self.replaced = program.renamed.keys()
        inputs = self.with_values(self.task.inputs, program.values)
        try:
            source, origin = self.as_mathematics(statements, inputs)
        except UsageError as error:
            error.retry = {name: program.code.weights.get(name, value) for name, value in (error.retry or {}).items()}
            raise
        named = self.task.places if given or program.code.found else source.names
        places = places_of(source, inputs, named)
        if places and self.task.value_of is not None:
            program.values.update(places)
            statements = [each for each in statements if each.target not in places]
            source, origin = self.as_mathematics(statements, self.with_values(inputs, places))
        counts = sorted(self.counts.intersection(inputs).difference(source.variables))
        for name in counts:
            self.notes[f"{name} is {whole_number(inputs[name])}: it counts, and has no gradient"] = "AG417"
        for power in _TIGHT.finditer(self.typed) if "e" not in names else ():
            raised = "\\" not in self.typed and power[0][2:].lstrip("-") not in names and all(map(names.find, power[2]))
            if power[1][-1:].isalpha() and not raised:
                continue  # e^sin x, x e^x sin x, a name of two letters
            said = f"{power[0]} was read as e^{power[1]} {power[2]}; e^({power[1]}{power[2]}) is another number"
            self.notes[said] = "AG417"
        notes = tuple(Note(code, sentence) for sentence, code in self.notes.items())
        changed = origin if source.text != self.typed else None
        return Reading(self.typed, source.text, source, changed, program.values, program.seed, notes, counts=counts)

    def with_values(self, inputs: Mapping[str, Any], values: Mapping[str, str]) -> Mapping[str, Any]:
        """The inputs with those that the text gives a value itself."""
        value_of = self.task.value_of
        return {**inputs, **{name: value_of(name, text) for name, text in values.items()}} if value_of else inputs

    def as_mathematics(
        self, statements: Sequence[TokenStatement], inputs: Mapping[str, Any]
    ) -> tuple[Source, list[int]]:
        """Every statement in the language, and for each of its characters its place in the text that was typed."""
        shapes = {name: shape_of(value) for name, value in inputs.items()}
        numbers = {name: number for name, each in inputs.items() if (number := whole_number(each)) is not None}
        results: list[Item] = []
        for statement in statements:
            results.append(self.elaborated(statement, shapes, numbers))
            if statement.target is not None:
                shapes[statement.target] = results[-1].shape
                if results[-1].kind == "number" and results[-1].text().isdigit():
                    numbers[statement.target] = int(results[-1].text())
        targets = [statement.target for statement in statements]
        several = len(targets) > 1 and not {None, *self.replaced}.intersection(targets)
        several = several and len({item.shape for item in results}) == 1
        if several and not any(word in targets for item in results for word in re.findall(r"\w+", item.text())):
            parts: list[str | Item] = [call("stack", [Item((), listed("[", results, "]"))])]
        else:
            parts = _program(statements, results)
        text, origin = spelled(parts)
        try:
            return read(text), origin
        except AutogradError as error:
            raise Reading(self.typed, text, Source(text), origin).located(error) from None

    def sized(
        self,
        statement: TokenStatement,
        root: Node,
        names: Names,
        shapes: Mapping[str, Shape],
        numbers: Mapping[str, int],
    ) -> tuple[Elaborator, Item]:
        """The item of a tree with the sizes of identities and vectors of ones that fit, if these are the only ones."""
        square = self.task.wanted.square
        every = {size for shape in shapes.values() for size in shape} | {square}
        every |= {one * other for one in every for other in every} if _KRONECKER.search(self.typed) else set()
        fitting: dict[str, tuple[Elaborator, Item]] = {}
        failed: AutogradError | None = None
        sizes = sorted(every - {0, 1}) or sorted(every - {0})
        waiting: list[Sequence[int]] = [(size,) for size in sizes] or [()]
        for assumed in waiting:
            elaborator = Elaborator(self.typed, names, shapes, self.chosen, self.by_entry, self.relaxed, assumed)
            elaborator.numbers, elaborator.square, elaborator.kept = numbers, square, self.task.wanted.kept
            try:
                item = elaborator.elaborate(root, statement.letters)
                fitting.setdefault(item.text() if len(waiting) > 1 else "", (elaborator, item))
            except AutogradError as error:
                failed = failed or error
            count = len(elaborator.asked)
            if not count:
                break
            if assumed == waiting[-1] and len(assumed) == 1 < count and not fitting:
                waiting += islice(product(sizes, repeat=count), MAX_SIZES)
        if len(fitting) != 1:
            raise failed or MisfitError("the size of this is not known", span=root.span, hint="eye(3), ones(3)")
        return next(iter(fitting.values()))

    def elaborated(self, statement: TokenStatement, shapes: Mapping[str, Shape], numbers: Mapping[str, int]) -> Item:
        """The item of one statement; adds to what is to be said of all."""
        names = Names(list(shapes))
        names.limits = self.limits
        tokens, split = split_runs(statement.tokens, names, self.chosen)
        self.loose += [token.span for token in tokens if token.side == "run"]
        root = Parser(self.typed, names).parse(tokens)
        elaborator, item = self.sized(statement, root, names, shapes, numbers)
        if statement.part is not None:
            item = unpacked(item, *statement.part)
        elif item.kind == "parts":
            raise MisfitError("these are several arrays", span=item.span, hint="q, k = x.chunk(2); sum(q*k)")
        elif item.kind == "sizes":
            raise wrong("a shape is not a value: it is a setting, as in zeros(x.shape)", item.span, "AG603")
        self.doubts |= split | elaborator.doubts
        self.loose += elaborator.loose
        self.counts |= elaborator.counts
        noted = [elaborator.notes, *(part.notes for part in item.walk() if isinstance(part, Item))]
        for said, code in [note for notes in noted for note in notes.items()]:
            if not (said.startswith(COUNTED) and any(each.startswith(COUNTED) for each in self.notes)):
                self.notes[said] = code
        if item.kind == "numbers":
            return replace(item, parts=listed("[", [part for part in item.parts if isinstance(part, Item)], "]"))
        return stacked(item)


def _program(statements: Sequence[TokenStatement], results: Sequence[Item]) -> list[str | Item]:
    """Statements as one text, each with the name that it sets where they are several."""
    parts: list[str | Item] = []
    for statement, item in zip(statements, results, strict=True):
        place = (statement.start, statement.start)
        sets = statement.target is not None and len(results) > 1
        parts += [*["; "] * bool(parts), *[Item((), [f"{statement.target} = "], span=place)] * sets, item]
    return parts


def _ambiguous(span: Span, ways: Sequence[str], typed: str, texts: Sequence[str]) -> ExpressionError:
    """The error for a text with two readings, which offers both."""
    shown = typed[slice(*span)]
    shown = shown if len(shown) < 60 else shown[:57] + "..."
    why = f"it is {ways[0][:80]} or {ways[1][:80]}"
    error = wrong(f"'{shown}' can be read in two ways", span, "AG619", why=why)
    error.rewrites = tuple(dict.fromkeys(texts))
    return error


def _refuse_decimal_commas(tokens: Sequence[Node], typed: str) -> None:
    """``0,5`` is no number."""
    depth = 0
    for before, comma, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        depth += (before.kind == "open") - (before.kind == "close")
        tight = not depth and comma.text == "," and not (comma.blank or after.blank)
        if tight and before.kind == after.kind == "num":
            span, number = (before.start, after.end), f"{before.text.replace('.', '')}.{after.text}"
            error = wrong(f"'{typed[slice(*span)]}': a comma is no decimal point", span, hint=f"write {number}")
            error.rewrites = (typed[: before.start] + number + typed[after.end :],)
            raise error


def places_of(source: Source, inputs: Mapping[str, Any], names: Collection[str]) -> dict[str, str]:
    """Those of ``names`` that are set to numbers alone, as in ``at x = sqrt(2)``, where all others have values."""
    if any(name not in inputs for name in source.variables):
        return {}
    texts = {s.name: source.text[slice(*s.span(s.value))] for s in source.statements[:-1] if s.name and s.name in names}
    return {name: text for name, text in texts.items() if not read(text).variables}
