"""One text in, an expression of the language out, with what has to be said of it."""

from __future__ import annotations

import ast
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any

import numpy as np

from autograd_core.errors import AutogradError, ExpressionError, LimitError, ShapeError, Span
from autograd_core.expr.build import Program, parse
from autograd_core.expr.read_text import ReadText
from autograd_core.expr.reader.code import joined
from autograd_core.expr.reader.entries import entry_notes
from autograd_core.expr.reader.frames import Unframed
from autograd_core.expr.reader.item import Item, Notes, call, written
from autograd_core.expr.reader.names import Names, split_runs
from autograd_core.expr.reader.nearest import nearest, one_line
from autograd_core.expr.reader.program import Reader, Script, Statement, ordered
from autograd_core.expr.reader.resolve import Resolver
from autograd_core.expr.reader.scope import Doubt
from autograd_core.expr.reader.tokens import Token, Tokenizer
from autograd_core.expr.reader.tree import Parser
from autograd_core.expr.remember import kept, recalled
from autograd_core.expr.source import Source, read
from autograd_core.limits import MAX_CHARACTERS, limits
from autograd_core.ops.registry import op as ops
from autograd_core.ops.spec import Shape
from autograd_core.records import record

MAX_READ = 60_000
"""Characters of a text that is read as mathematics."""

_SET = re.compile(
    r"(?:^|[;,\n])[ \t]*(?:\\math\w+\{[ ]?|\\)?(\w{1,200})[ ]?\}?[ \t]*(?:\([^()=\n]{0,200}\))?[ \t]*=(?!=)"
)
_CODE = re.compile(r"\*\*|@|\b(?:axis|dim|keepdims?)\s*=|\.[a-z_]+\(|[\w)\]]\s*\*\s*[\w(]")
_MATHEMATICS = re.compile(r"[\\{}|²³ᵀ√∑Σ‖⊙∘⊗·−]|\^\s*[({T-]|'|_[a-z]\b")
_SPLIT_BY_COMMA = re.compile(r"(?<![\w.,])\d+,\d+(?![\w.,])")


@record(frozen=True, slots=True)
class Note:
    """A warning about a reading: its code and sentence."""

    code: str
    message: str


@record(frozen=True, slots=True)
class Reading:
    """How a text was read.

    ``text`` is in the language and ``source`` what was read of it; ``origin`` holds, for each of its characters, the
    place in ``typed``. ``values`` are texts of values that the text gives to names itself, ``seed`` that of the grad
    tensor.
    """

    typed: str
    text: str
    source: Source
    origin: Sequence[int] | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    seed: str | None = None
    notes: tuple[Note, ...] = ()

    @property
    def expression(self) -> str:
        """The text in the language; where anything is to be said of it, with what was typed and the notes."""
        if self.read is None and not self.notes:
            return self.text
        return ReadText(self.text, self.typed, [(note.code, note.message) for note in self.notes])

    @property
    def read(self) -> str | None:
        """What was read, None where nothing was changed."""
        return None if self.origin is None else self.text

    def located(self, error: AutogradError) -> AutogradError:
        """The error, pointing into what was typed."""
        if self.origin is not None and error.text == self.text:
            error.text, error.read = self.typed, self.text
            error.span = None if error.span is None else self.place(error.span)
        return error

    def place(self, span: Span) -> Span:
        """The range of what was typed for a range of the text."""
        assert self.origin is not None
        if not self.origin or span == (0, len(self.text)):
            return 0, len(self.typed)
        places = self.origin[span[0] : max(span[1], span[0] + 1)] or self.origin[-1:]
        return min(places), max(places) + 1


@record(slots=True)
class Wanted:
    """What the answer needs: the shapes of grad tensors, None for none; ``anything`` where every result will do."""

    seeds: Sequence[Shape] = ()
    anything: bool = False

    def fits(self, shape: Shape) -> bool:
        """Whether a result of this shape can be answered."""
        if self.anything or int(np.prod(shape)) == 1:
            return True
        return bool(self.seeds) and all(seed in ((), shape) for seed in self.seeds)


ValueOf = Callable[[str, str], Any]


_known: OrderedDict[Any, Reading] = OrderedDict()
MOST_READINGS = 64
"""Readings that are remembered: a batch asks for the same text again and again."""


def remembered(
    typed: str, inputs: Mapping[str, Any], *, syntax: str = "auto", wanted: Wanted, value_of: ValueOf | None = None
) -> Reading:
    """What ``interpret`` gives, without reading a text again for inputs of the same shapes."""
    shapes = tuple((name, each if isinstance(each, tuple) else np.shape(each)) for name, each in inputs.items())
    key = (typed, syntax, shapes, tuple(wanted.seeds), wanted.anything, limits())
    found = _known.get(key)
    if found is None:
        found = _known[key] = interpret(typed, inputs, syntax=syntax, wanted=wanted, value_of=value_of)
        if len(_known) > MOST_READINGS:
            _known.popitem(last=False)
    return found


def interpret(
    typed: str,
    inputs: Mapping[str, Any],
    *,
    syntax: str = "auto",
    wanted: Wanted | None = None,
    value_of: ValueOf | None = None,
) -> Reading:
    """Read a text for inputs of known shapes: as the language where it is in it, else as mathematics or code.

    ``inputs`` gives an array or a shape by name. ``value_of(name, text)`` makes an array of a value that the text
    gives itself. Raises AutogradError pointing into ``typed``, with the nearest text that can be read.
    """
    wanted = wanted or Wanted()
    try:
        return _interpret(typed, inputs, syntax, wanted, value_of)
    except AutogradError as error:

        def attempt(text: str) -> str:
            found = _interpret(text, inputs, syntax, wanted, value_of)
            own = bool(found.values or found.seed)
            shape = () if own else _shape(found, inputs)
            if not wanted.fits(shape):
                raise ShapeError("another shape is wanted")
            return one_line(text) if own else found.text.strip()

        error.rewrites = error.rewrites or nearest(typed, error, attempt)
        raise


def _interpret(typed: str, inputs: Mapping[str, Any], syntax: str, wanted: Wanted, value_of: ValueOf | None) -> Reading:
    """Read a text for inputs of known shapes, or raise what is wrong with it."""
    if len(typed) > MAX_CHARACTERS:
        raise LimitError(f"the expression has {len(typed):,} characters; the limit is {MAX_CHARACTERS:,}", code="AG802")
    own: AutogradError | None = None
    plain: Reading | None = None
    if syntax != "math":
        try:
            source = read(typed)
            plain = Reading(typed, typed, source)
        except AutogradError as error:
            own = error
    if syntax == "python":
        if own is not None:
            raise own
        assert plain is not None
        return plain
    if own is not None and only_python(typed, inputs):
        raise own
    if plain is not None:
        found, own = _language(plain, inputs, wanted)
        if found is not None:
            return found
    bare = _unframed(typed, inputs)
    if bare is not None:
        return _framed(typed, bare, inputs, syntax, wanted, value_of)
    if len(typed) > MAX_READ or isinstance(own, LimitError):
        if plain is not None:
            return plain
        raise own or LimitError(f"the text has {len(typed):,} characters; the limit is {MAX_READ:,}", code="AG802")
    try:
        reading = _Interpreter(typed, inputs, value_of, math=syntax == "math").reading()
    except AutogradError as error:
        if plain is not None and not _better(error, plain, own, inputs):
            return plain
        if own is not None and plain is not None and error.rewrites:
            own.rewrites = error.rewrites
            raise own from None
        error.text = typed if error.span is not None else error.text
        if own is not None and plain is None and (own.code == "AG610" or not _ours(error, own, typed)):
            raise own from None
        raise
    if plain is not None and own is None and not reading.values and not wanted.fits(_shape(reading, inputs)):
        return plain
    return reading


def _unframed(typed: str, inputs: Mapping[str, Any]) -> Unframed | None:
    """The text without what stands around its formula; None where nothing does."""
    found = Unframed(typed, Names(list(inputs)).__contains__)
    return found if found.text != typed and found.text.strip() else None


def _framed(
    typed: str,
    bare: Unframed,
    inputs: Mapping[str, Any],
    syntax: str,
    wanted: Wanted,
    value_of: ValueOf | None,
) -> Reading:
    """The reading of what stands between a question and its end, pointing into all that was typed."""
    start = len(bare.text) - len(bare.text.lstrip())
    try:
        found = _interpret(bare.text.strip(), inputs, syntax, wanted, value_of)
    except AutogradError as error:
        if error.span is not None:
            error.span = (error.span[0] + start, error.span[1] + start)
        error.text = typed
        raise
    origin = range(len(found.text)) if found.origin is None else found.origin
    notes = [
        Note("AG418", f"'{words if len(words) <= 60 else words[:57] + '...'}' was left out") for words in bare.left_out
    ]
    return Reading(
        typed, found.text, found.source, [place + start for place in origin], found.values, found.seed,
        (*notes, *found.notes),
    )  # fmt: skip


_PYTHON = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Dict, ast.NamedExpr)


def only_python(typed: str, inputs: Mapping[str, Any]) -> bool:
    """Whether a text holds what only Python means: a comprehension, a dictionary, a set, a text in quotes.

    ``b'*A*b`` is a transpose where b has a value, and braces are a group where the text has signs of LaTeX.
    """
    try:
        tree = ast.parse(typed.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    for node in ast.walk(tree):
        text = isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
        )
        if text and (node is tree.body or isinstance(node, ast.JoinedStr)) and typed.strip()[:1] not in inputs:
            return True
        if isinstance(node, _PYTHON) or (isinstance(node, ast.Set) and not re.search(r"[\\^_]", typed)):
            return True
    return False


def _language(plain: Reading, inputs: Mapping[str, Any], wanted: Wanted) -> tuple[Reading | None, AutogradError | None]:
    """The reading of a text in the language, None where mathematics may mean something else by it."""
    source = plain.source
    if any(name not in inputs for name in source.variables) or _several(source):
        return None, None
    try:
        program = recalled(source.text, inputs) or kept(parse(source, inputs), inputs)
    except ShapeError as error:
        return None, error
    except AutogradError as error:
        return (None, error) if error.code in ("AG603", "AG604", "AG611", "AG612") else (plain, None)
    if _raised(program) or (source.names and not program.result.depends):
        return None, None
    if not wanted.fits(program.result.shape):
        return None, None
    notes = tuple(Note(code, words) for words, code in entry_notes(program).found.items())
    return Reading(plain.typed, plain.text, source, notes=notes), None


def _shape(reading: Reading, inputs: Mapping[str, Any]) -> Shape:
    return parse(reading.source, inputs).result.shape


def _several(source: Source) -> bool:
    """Whether a text sets several names of which none uses another: all of them are results."""
    names = source.names
    if len(source.statements) < 2 or len(names) < len(source.statements):
        return False
    used = {n.id for s in source.statements for n in ast.walk(s.value) if isinstance(n, ast.Name)}
    return used.isdisjoint(names)


def _raised(program: Program) -> bool:
    """Whether a square matrix is raised to -1 by ``^``, which is its inverse."""
    from autograd_core.expr.nodes import Call, topological

    text = program.source.text
    for node in topological([program.result]):
        if isinstance(node, Call) and node.op is ops.pow_scalar and node.span is not None:
            shape = node.operands[0].shape
            square = len(shape) == 2 and shape[0] == shape[1] and -1.0 in node.params.values()
            if square and "^-1" in re.sub(r"[\s(){}]", "", text[slice(*node.span)]):
                return True
    return False


def _better(error: AutogradError, plain: Reading, own: AutogradError | None, inputs: Mapping[str, Any]) -> bool:
    """Whether what the reader says is worth more than what the language says of a text that is in it."""
    if error.rewrites or error.code == "AG619":
        return True
    lacking = "no value for " + ", ".join(name for name in plain.source.variables if name not in inputs)
    return own is None and error.code == "AG605" and error.message != lacking


def _ours(error: AutogradError, own: AutogradError, typed: str) -> bool:
    """Whether the reader's error is told, and not the language's, which may be about a sign the reader knows."""
    if own.code == "AG602" and error.code != "AG602":
        return True
    if error.rewrites or error.code in ("AG605", "AG301", "AG803", "AG802"):
        return True
    return bool(_MATHEMATICS.search(typed)) or error.code in ("AG603",)


class _Interpreter:
    """Reads one text that is not in the language, or means something else in mathematics."""

    def __init__(self, typed: str, inputs: Mapping[str, Any], value_of: ValueOf | None, *, math: bool) -> None:
        self.typed = typed
        self.inputs = inputs
        self.value_of = value_of
        self.math = math
        self.strict = bool(_CODE.search(typed)) and not _MATHEMATICS.search(typed) and not math
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
            refused.rewrites = (first.text,)
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
        made = [match[1] for match in _SET.finditer(self.typed)]
        names = Names(list(self.inputs), made)
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

    def as_code(self, script: Script, inputs: Mapping[str, Any], notes: Notes) -> Reading | None:
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
        self, script: Script, inputs: Mapping[str, Any], notes: Notes, way: int
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
                doubts.append(Doubt(-1, [" ".join(way) for way in ways[:2]], token.start, token.end))
            loose += [(t.start, t.end) for t in tokens if t.side == "run"]
            root = Parser(self.typed, tokens, names).parse()
            resolver = Resolver(self.typed, names, shapes, {}, entries=self.by_entry, relaxed=self.relaxed)
            item = resolver.resolve(root)
            if way and resolver.doubts and not doubts:
                resolver = Resolver(
                    self.typed, names, shapes, {resolver.doubts[0].key: 1}, entries=self.by_entry, relaxed=self.relaxed
                )
                item = resolver.resolve(root)
            if item.kind in ("results", "numbers"):
                shown, results_in = _as_list(item), item.kind == "results"
                item = call("stack", [shown], item.shape, item.start, item.end) if results_in else shown
            doubts += resolver.doubts
            loose += resolver.loose
            text, origin = written(item)
            notes.found.update(resolver.notes.of(text))
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
            shown = _as_list(results)
            parts = [written(call("stack", [shown], (), 0, len(self.typed)))]
        elif script.statements[-1].target is not None and len(parts) == 1:
            skip = len(f"{script.statements[-1].target} = ")
            parts = [(parts[0][0][skip:], parts[0][1][skip:])]
        text, origin = _program(parts)
        try:
            source = read(text)
        except AutogradError as error:
            raise Reading(self.typed, text, Source(text), origin).located(error) from None
        return self.finished(text, origin, source, script, notes), doubts, loose

    def finished(self, text: str, origin: list[int], source: Source, script: Script, notes: Notes) -> Reading:
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


def _as_list(items: Item | Sequence[Item]) -> Item:
    """Items in square brackets."""
    if isinstance(items, Item):
        parts = [("[", items.start, items.start + 1), *items.parts[1:-1], ("]", items.end - 1, items.end)]
        return Item(items.shape, parts, 6, items.start, items.end)
    start, end = items[0].start, items[-1].end
    found: list[Any] = [("[", start, start + 1)]
    for place, item in enumerate(items):
        found += [(", ", item.start, item.start + 1)] * (place > 0) + [item]
    return Item((), [*found, ("]", end - 1, end)], 6, start, end)


def _written(statement: Statement) -> tuple[str, list[int]]:
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
    shown = typed[doubt.start : doubt.end]
    error = ExpressionError(
        f"'{shown if len(shown) < 60 else shown[:57] + '...'}' can be read in two ways",
        code="AG619",
        span=(doubt.start, doubt.end),
        text=typed,
        why=f"it is {doubt.texts[0][:80]} or {doubt.texts[1][:80]}",
    )
    error.rewrites = tuple(dict.fromkeys(texts))
    return error


def _refuse_decimal_commas(tokens: Sequence[Token], typed: str) -> None:
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
