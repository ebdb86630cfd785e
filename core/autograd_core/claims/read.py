"""From the text of claims to what each one says about which derivative.

A claim is ``name = formula``. ``name = A = B`` is a derivation: each formula is said to equal the one before it, also
where lines that begin with ``=`` continue it. ``df = ... dx ...`` is about a differential.
``2,4,6``, ``1,2;3,4`` or ``[[1,2],[3,4]]`` are numbers, with the digits they were rounded to.
"""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd_core.claims.problem import DIFFERENTIAL, ENTRY, GRADIENT, HESSIAN, Problem
from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError, ExpressionError, LimitError, Span, UsageError
from autograd_core.expr.build import constant
from autograd_core.expr.nodes import Const, Expr
from autograd_core.expr.parser import CONSTANTS, Source, is_name, read_pieces
from autograd_core.expr.tokenizer import Piece, scan
from autograd_core.limits import MAX_CHARACTERS, MAX_CLAIMS

Array = npt.NDArray[Any]

About = tuple[str, tuple[str, ...]]
"""What is claimed: the kind of derivative, and the names of the inputs or statements."""

MAX_STEPS = 200
"""Equalities that one derivation may have."""

_EQUALS = re.compile(r"(?<![=<>!])=(?!=)")
_SHORT = re.compile(r"(?:d\s*\w+\s*/\s*d\s*(?P<over>\w+)|(?P<grad>\w+?)(?:\s*\.\s*|_)grad|grad_(?P<of>\w+))")
_SECOND = re.compile(
    r"d\s*(?:\*\*\s*)?2\s*\w*\s*/\s*\(?\s*d\s*(?P<one>\w+?)\s*(?:(?:\*\*\s*)?2|\*?\s*d\s*(?P<two>\w+))\s*\)?"
)

_INDEXED = re.compile(r"(\w+)\s*\[([\d\s,]+)\]")
"""``x[1]``, of which the derivative by one entry is claimed."""

_ONLY_NUMBERS = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|\b(?:inf|nan|pi|e)\b|[-+*/(),;\[\]\s]", re.ASCII | re.I)
_LITERAL = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.ASCII | re.I)
_NUMBER = re.compile(rf"[-+]?{_LITERAL.pattern}", re.ASCII | re.I)

SIGNIFICANT, MOST_MOVED = 6, 8
"""Significant digits of a number in a formula from which on it may be rounded, and how many of them are tried."""

MOST_ROUNDING = 1e-2
"""Rounding, relative to a number itself, up to which it stands for the one it was rounded from."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """An array that was typed; ``unit`` is one in the last decimal of each entry, 0 where it is exact."""

    array: Array
    unit: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return self.array.shape

    def rounding(self) -> Array:
        """How far each entry may be from a number that was rounded, or cut off, to the digits typed."""
        with np.errstate(invalid="ignore"):
            return np.where(self.unit <= MOST_ROUNDING * np.abs(self.array), self.unit * (1 + 1e-9), 0.0)

    def few_digits(self, truth: Array) -> bool:
        """Whether these are other numbers, rounded, to so few digits that they say too little."""
        half = self.unit * (0.5 + 1e-9)
        return truth.shape == self.shape and bool(half.any() and (np.abs(self.array - truth) <= half).all())


class Moved(NamedTuple):
    """A number in a formula that may be rounded, as typed, and the formula with one more in its last digit."""

    text: str
    formula: Expr


@dataclass(frozen=True, slots=True)
class ClaimedStep:
    """What stands behind one ``=`` of a claim: a formula (``source``) or numbers, and where it begins in the text."""

    text: str
    span: Span
    source: Source | None = None
    numbers: Numbers | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What is said about one derivative: of ``kind``, by the inputs or statements ``names``, called ``label``.

    ``text`` is what was typed behind the first ``=``, ``whole`` all that it was read from; spans of errors point into
    ``whole``. ``steps`` holds one formula, or those of a derivation. ``read`` is ``whole`` where it is not what was
    typed but what that was read as.
    """

    kind: str
    names: tuple[str, ...]
    label: str
    text: str
    whole: str
    steps: tuple[ClaimedStep, ...]
    read: str | None = None


_NEXT = re.compile(r";(?=\s*\w+(?:\s*,\s*\w+)?\s*=(?!=))")
"""The end of a claim before another; elsewhere ``;`` may begin a row of numbers."""


@dataclass(frozen=True, slots=True)
class ClaimStatement:
    """One statement of a text of claims: what stands before its first ``=``, and behind each; None for nothing."""

    piece: Piece
    target: str | None
    bodies: tuple[Piece | None, ...]


def _span(piece: Piece) -> Span:
    """Where a piece stands in the text."""
    return piece.origin[0], piece.origin[-1] + 1


@dataclass(frozen=True, slots=True)
class Known:
    """The names that a claim may be about: inputs and statements, and ``of``, what is claimed by default."""

    inputs: Sequence[str]
    statements: Collection[str]
    of: str = GRADIENT

    def target(self, word: str, body: str, moving: Collection[str], *, last: bool) -> About | None:
        """The kind of claim that a word before ``=`` makes, and the names it is about; None for a helper.

        ``moving`` are the names that hold a direction ``dx`` in ``body``.
        """
        word = unicodedata.normalize("NFKC", word.strip())
        known = [*self.inputs, *self.statements]
        if (entry := _INDEXED.fullmatch(word)) and entry[1] in self.inputs and self.of == GRADIENT:
            return ENTRY, (entry[1], re.sub(r"\s+", "", entry[2]))
        if word not in known and (second := _SECOND.fullmatch(word)):
            return _about(HESSIAN, [second["one"], second["two"] or second["one"]], known)
        if self.of != GRADIENT and (last or word in self.inputs or "," in word):
            names = [each.strip() for each in word.split(",")]
            return _about(self.of, names, known) if len(names) <= (2 if self.of == HESSIAN else 1) else None
        if word not in known and re.fullmatch(r"d\w+", word) and not _words(body).isdisjoint(moving):
            return (DIFFERENTIAL, (word[1:],)) if last or word[1:] in self.statements else None
        if word not in known and (short := _SHORT.fullmatch(word)):
            return _about(GRADIENT, [short["over"] or short["grad"] or short["of"]], known)
        if word in self.inputs or not last:
            return (GRADIENT, (word,)) if word in self.inputs else None
        short_for = _about(GRADIENT, [word[1:]], known) if word not in known and word.startswith("d") else None
        return short_for or _about(GRADIENT, [word], known)


def read_claims(text: str, inputs: Sequence[str], statements: Collection[str], of: str = GRADIENT) -> list[Claim]:
    """The claims of a text, one or several, each with the helpers that stand before it.

    A statement that sets an input is a claim; so is the last one if it sets a name that EXPR sets, or ``dx`` for an
    input ``x``. ``df/dx = ...`` and ``x.grad = ...`` are claims too, and ``df = ...`` in directions ``dx``; ``of`` says
    whether the others are about the gradient, the Jacobian or the Hessian. Any other statement is a helper. With a
    single input its name may be left out. Raises ExpressionError or UsageError, pointing into ``text``.
    """
    if len(text) > MAX_CHARACTERS:
        raise LimitError(f"the claims have {len(text):,} characters; the limit is {MAX_CHARACTERS:,}", code="AG802")
    known = Known(inputs, statements, of)
    try:
        found, rest = _numeric_lines(_NEXT.sub("\n", text), known)
        found += _formulas(rest, text, known)
    except AutogradError as error:
        error.text = text if error.span is not None else error.text
        raise
    if not found:
        raise ExpressionError("the claim is empty", code="AG601", hint=f"`claim {inputs[0]} = 2*{inputs[0]}`")
    if len(found) > MAX_CLAIMS:
        raise UsageError(f"{len(found):,} claims are given, and {MAX_CLAIMS:,} is the limit")
    return [claim for _, claim in sorted(found, key=lambda item: item[0])]


def _about(kind: str, words: Sequence[str], known: Sequence[str]) -> About | None:
    """A kind of claim with the names it is about, in whatever case they are written; None where one is not known."""
    found: list[str] = []
    for word in words:
        near = [word] if word in known else [one for one in known if one.casefold() == word.casefold()]
        found += near if len(near) == 1 else []
    return (kind, tuple(found)) if len(found) == len(words) else None


def _numeric_lines(text: str, known: Known) -> tuple[list[tuple[int, Claim]], str]:
    """The claims in numbers, each on a line of its own, and the text with blanks in their place."""
    found: list[tuple[int, Claim]] = []
    left: list[str] = []
    place = 0
    alone = known.inputs[0] if len(known.inputs) == 1 else None
    for line in text.splitlines(keepends=True):
        head, equals, tail = line.partition("=")
        given = tail if equals else line
        about = known.target(head, "", (), last=True) if equals else (known.of, (alone,)) if alone else None
        hidden = any(re.search(rf"\b{each}\b", given) for each in known.inputs if each in CONSTANTS)
        values = numbers(given) if about is not None and not hidden and (head.strip() or not equals) else None
        if about is not None and values is not None:
            kind, names = about
            shown = given.partition("#")[0].strip()
            start = place + line.index(shown, len(head) + 1 if equals else 0)
            step = ClaimedStep(shown, (start, start + len(shown)), numbers=values)
            found.append((place, Claim(kind, names, _label(kind, names), shown, text, (step,))))
        left.append(line if values is None else re.sub(r"[^\r\n]", " ", line))
        place += len(line)
    return found, "".join(left)


def _formulas(text: str, whole: str, known: Known) -> Iterator[tuple[int, Claim]]:
    """The claims in formulas, each read from the helpers before it and what stands behind its own ``=``."""
    parts = [_statement(piece) for piece in _continued(scan(text))]
    claims: list[tuple[ClaimStatement, About, int]] = []
    helpers: list[ClaimStatement] = []
    moving = {f"d{name}" for name in known.inputs} - {*known.inputs, *known.statements}
    for place, part in enumerate(parts):
        last = place == len(parts) - 1
        code = " ".join(body.code for body in part.bodies if body is not None)
        if part.target is None:
            if not last or len(known.inputs) != 1:
                raise _nameless(part, known.inputs, last=last)
            about: About | None = (known.of, (known.inputs[0],))
        else:
            about = known.target(part.target, code, moving, last=last)
            if about is None and (last or not is_name(part.target)):
                raise _no_target(part, known.inputs)
        if about is None or (about[0] == DIFFERENTIAL and not last):
            helpers.append(part)
            own = {part.target or ""}
            moving = moving - own if _words(code).isdisjoint(moving) else moving | own
        if about is not None:
            claims.append((part, about, len(helpers) - (about[0] == DIFFERENTIAL and not last)))
    for part, (kind, names), before in claims:
        label = _label(kind, names)
        if len(part.bodies) > MAX_STEPS:
            raise LimitError(f"a derivation has {len(part.bodies):,} steps, and {MAX_STEPS} is the limit", code="AG802")
        steps = tuple(_step(part, body, helpers[:before], label, every=part is parts[-1]) for body in part.bodies)
        start, end = _span(part.piece)
        yield start, Claim(kind, names, label, whole[steps[0].span[0] : end], whole, steps)


def _label(kind: str, names: Sequence[str]) -> str:
    """What stands before the ``=`` of a claim."""
    return {DIFFERENTIAL: f"d{names[0]}", ENTRY: f"{names[0]}[{names[-1]}]"}.get(kind, ",".join(names))


def _step(
    part: ClaimStatement, body: Piece | None, helpers: Sequence[ClaimStatement], label: str, *, every: bool
) -> ClaimedStep:
    """One formula of a claim, with the helpers that it needs."""
    if body is None:
        many = len(part.bodies) > 1
        words = f"a step of the derivation of {label} is empty" if many else f"the claim for {label} is empty"
        raise ExpressionError(words, code="AG601", span=_span(part.piece))
    values = numbers(body.code) if len(part.bodies) > 1 else None
    if values is not None:
        return ClaimedStep(body.code, _span(body), numbers=values)
    own = [*_needed(helpers, body, every=every and body is part.bodies[0]), body]
    return ClaimedStep(body.code, _span(body), source=read_pieces(own, "; ".join(piece.code for piece in own)))


def _continued(pieces: Sequence[Piece]) -> list[Piece]:
    """The statements of a text; a line that begins with ``=`` belongs to the one before it, as does one after ``=``."""
    found: list[Piece] = []
    for piece in pieces:
        before = found[-1] if found else None
        continues = _EQUALS.match(piece.code) or (before is not None and _EQUALS.search(before.code[-1:]))
        if before is None or not continues:
            found.append(piece)
            continue
        found[-1] = Piece(f"{before.code} {piece.code}", [*before.origin, before.origin[-1], *piece.origin])
    return found


def _needed(helpers: Sequence[ClaimStatement], body: Piece, *, every: bool) -> list[Piece]:
    """The helpers that a formula is made of; the last claim is read with ``every`` one, so that none goes unread."""
    wanted = _words(body.code)
    found: list[Piece] = []
    for helper in reversed(helpers):
        if every or not wanted.isdisjoint(_words(helper.target or "")):
            found.append(helper.piece)
            wanted |= _words(helper.piece.code)
    return found[::-1]


def _words(code: str) -> set[str]:
    """The names in a text, and what else looks like one."""
    return set(re.findall(r"\w+", unicodedata.normalize("NFKC", code)))


def _statement(piece: Piece) -> ClaimStatement:
    """A statement taken apart at each ``=`` outside of brackets."""
    code, depth = piece.code, 0
    ends: list[int] = []
    for place, ch in enumerate(code):
        depth += (ch in "([{") - (ch in ")]}")
        if depth == 0 and _EQUALS.match(code, place):
            ends.append(place)
    target = code[: ends[0]].strip() if ends else ""
    if not target or (re.search(r"[=<>!()\[\]]", target) and not _INDEXED.fullmatch(target)):
        return ClaimStatement(piece, None, (piece,))
    bodies = [_part(piece, start + 1, end) for start, end in zip(ends, [*ends[1:], len(code)], strict=True)]
    return ClaimStatement(piece, target, tuple(bodies))


def _part(piece: Piece, start: int, end: int) -> Piece | None:
    """A range of a piece without the blanks around it; None where nothing is left."""
    code = piece.code[start:end]
    shift = start + len(code) - len(code.lstrip())
    code = code.strip()
    return Piece(code, piece.origin[shift : shift + len(code)]) if code else None


def _nameless(part: ClaimStatement, inputs: Sequence[str], *, last: bool) -> ExpressionError:
    span = _span(part.piece)
    if not last:
        return ExpressionError("this value has no name: a helper is set as in p = softmax(z)", code="AG609", span=span)
    return ExpressionError(
        "this claim does not say whose gradient it is",
        code="AG609",
        span=span,
        why=f"the inputs are {', '.join(inputs)}",
        hint=f"`claim {inputs[0] if inputs else 'x'} = {part.piece.code[:60]}`",
    )


def _no_target(part: ClaimStatement, inputs: Sequence[str]) -> ExpressionError:
    known = ", ".join(inputs)
    return ExpressionError(
        f"{part.target} is not an input of the expression",
        code="AG101",
        span=(part.piece.origin[0], part.piece.origin[len(part.target or part.piece.code) - 1] + 1),
        why=f"the last statement of a claim gives the gradient of an input: {known}" if known else None,
        hint=f"{inputs[0]} = ..." if inputs else None,
    )


def rounded_numbers(problem: Problem, source: Source) -> tuple[Moved, ...]:
    """The numbers of a formula that may be rounded: six significant digits or more, some behind the point."""
    found: list[Moved] = []
    for statement in source.statements:
        for node in ast.walk(statement.value):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, float)
                and (unit := _rounded(repr(node.value)))
            ):
                builder = problem.builder(source)
                builder.changes[node] = Const(node.value + unit)
                found.append(Moved(repr(node.value), builder.program().result))
                if len(found) == MOST_MOVED:
                    return tuple(found)
    return tuple(found)


def _rounded(text: str) -> float:
    """One in the last digit of a number that may be rounded, 0 for one that is exact."""
    digits = "".join(map(str, Decimal(text).as_tuple().digits)).strip("0")
    return 0.0 if len(digits) < SIGNIFICANT or float(text).is_integer() else _unit(text)


def numbers(text: str) -> Numbers | None:
    """The numbers that a text consists of; None for a formula."""
    text = text.partition("#")[0].strip()
    if not text or _ONLY_NUMBERS.sub("", text) or not re.search(r"\d|inf|nan|pi|\be\b", text):
        return None
    if text.startswith("["):
        written = text
    elif "(" in text and ("," in text or ";" in text):
        return None
    elif ";" in text:
        rows = text.removesuffix(";").split(";")
        written = "[" + ", ".join(f"[{row.strip().removesuffix(',')}]" for row in rows) + "]"
    elif "," in text:
        written = f"[{text.removesuffix(',')}]"
    else:
        written = text
    try:
        array = constant(written)
    except AutogradError:
        return None
    return Numbers(array, _units(written, array))


def _units(written: str, array: Array) -> Array:
    """One in the last decimal of each entry that has decimals."""
    entries = re.sub(r"[\[\]\s]", "", written).split(",")
    if len(entries) != array.size:
        return np.zeros(array.shape)
    units = [_unit(entry, value) for entry, value in zip(entries, array.ravel().tolist(), strict=True)]
    return np.array(units).reshape(array.shape)


def _unit(entry: str, value: float = 0.0) -> float:
    """One in the last decimal of a number, 0 where it has none; of arithmetic, as far off as the numbers in it."""
    if not _NUMBER.fullmatch(entry):
        return sum(_rounded(each) / float(each) for each in _LITERAL.findall(entry) if float(each)) * abs(value)
    return float(f"1e{Decimal(entry).as_tuple().exponent}") if re.search(r"\.\d", entry) else 0.0
