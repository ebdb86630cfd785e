"""From the text of claims to what each one says about which gradient."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.numeric import Numbers, numbers
from autograd_core.errors import AutogradError, ExpressionError, LimitError, Span, UsageError
from autograd_core.expr.scan import Piece, scan
from autograd_core.expr.source import CONSTANTS, Source, is_name, read_pieces
from autograd_core.limits import MAX_CHARACTERS, MAX_CLAIMS
from autograd_core.records import record

Array = npt.NDArray[Any]

_SETS = re.compile(r"([^=<>!()\[\]]*[^=<>!()\[\]\s])\s*=(?!=)")
_SHORT = re.compile(r"(?:d\s*\w+\s*/\s*d\s*(?P<over>\w+)|(?P<grad>\w+)\s*\.\s*grad|grad_(?P<of>\w+))")


@record(frozen=True, slots=True)
class Claim:
    """What is said about one gradient: a formula (``source``) or numbers.

    ``name`` is the input, or the statement of the expression, whose gradient it is. ``text`` is the formula as it was
    typed, ``whole`` all that it was read from; spans of errors point into ``whole``.
    """

    name: str
    text: str
    whole: str
    source: Source | None = None
    numbers: Numbers | None = None


@record(frozen=True, slots=True)
class Statement:
    """One statement of a text of claims: what stands before its ``=``, and what behind it, None for nothing."""

    piece: Piece
    target: str | None
    body: Piece | None

    @property
    def start(self) -> int:
        """The first character of the statement in the text."""
        return self.piece.origin[0]

    @property
    def end(self) -> int:
        """The character behind the statement."""
        return self.piece.origin[-1] + 1


def read_claims(text: str, inputs: Sequence[str], statements: Collection[str]) -> list[Claim]:
    """The claims of a text, one or several, each with the helpers that stand before it.

    A statement that sets an input is a claim; so is the last one if it sets a name that EXPR sets, or ``dx`` for an
    input ``x``. ``df/dx = ...`` and ``x.grad = ...`` are claims too. Any other statement is a helper. With a single
    input its name may be left out. Raises ExpressionError or UsageError, pointing into ``text``.
    """
    if len(text) > MAX_CHARACTERS:
        raise LimitError(f"the claims have {len(text):,} characters; the limit is {MAX_CHARACTERS:,}", code="AG802")
    try:
        found, rest = _numeric_lines(text, inputs, statements)
        found += _formulas(rest, text, inputs, statements)
    except AutogradError as error:
        error.text = text if error.span is not None else error.text
        raise
    if not found:
        raise ExpressionError("the claim is empty", code="AG601", hint=f"--claim '{inputs[0]} = 2*{inputs[0]}'")
    if len(found) > MAX_CLAIMS:
        raise _too_many(len(found))
    return [claim for _, claim in sorted(found, key=lambda item: item[0])]


def numeric_claim(name: str, array: Array, text: str) -> Claim:
    """A claim that gives the gradient in numbers, exactly."""
    return Claim(name, text, text, numbers=Numbers(np.asarray(array, dtype=np.float64), np.zeros(np.shape(array))))


def target_of(word: str, inputs: Sequence[str], statements: Collection[str], *, last: bool) -> str | None:
    """The gradient that a word before ``=`` speaks of; None for a helper."""
    word = unicodedata.normalize("NFKC", word.strip())
    known = [*inputs, *statements]
    if (short := _SHORT.fullmatch(word)) and word not in known:
        return _meant(short["over"] or short["grad"] or short["of"], known)
    if word in inputs:
        return word
    if last:
        if word in statements:
            return word
        if word.startswith("d") and (meant := _meant(word[1:], known)):
            return meant
        return _meant(word, known)
    return None


def _meant(word: str, known: Sequence[str]) -> str | None:
    if word in known:
        return word
    near = [one for one in known if one.casefold() == word.casefold()]
    return near[0] if len(near) == 1 else None


def _numeric_lines(
    text: str, inputs: Sequence[str], statements: Collection[str]
) -> tuple[list[tuple[int, Claim]], str]:
    """The claims in numbers, each on a line of its own, and the text with blanks in their place."""
    found: list[tuple[int, Claim]] = []
    left: list[str] = []
    place = 0
    for line in text.splitlines(keepends=True):
        head, equals, tail = line.partition("=")
        name = target_of(head, inputs, statements, last=True) if equals else inputs[0] if len(inputs) == 1 else None
        given = tail if equals else line
        hidden = any(re.search(rf"\b{each}\b", given) for each in inputs if each in CONSTANTS)
        values = numbers(given) if name is not None and not hidden else None
        if name is not None and values is not None:
            found.append((place, Claim(name, given.partition("#")[0].strip(), line.strip(), numbers=values)))
        left.append(line if values is None else re.sub(r"[^\r\n]", " ", line))
        place += len(line)
    return found, "".join(left)


def _formulas(text: str, whole: str, inputs: Sequence[str], statements: Collection[str]) -> Iterator[tuple[int, Claim]]:
    """The claims in formulas, each read from the helpers before it and what stands behind its own ``=``."""
    parts = [_statement(piece) for piece in scan(text)]
    claims: list[tuple[Statement, str, int]] = []
    helpers: list[Statement] = []
    for place, part in enumerate(parts):
        last = place == len(parts) - 1
        if part.target is None:
            name = inputs[0] if last and len(inputs) == 1 else None
            if name is None:
                raise _nameless(part, inputs, last=last)
        else:
            name = target_of(part.target, inputs, statements, last=last)
            if name is None and (last or not is_name(part.target)):
                raise _no_target(part, inputs)
        if name is None:
            helpers.append(part)
        else:
            claims.append((part, name, len(helpers)))
    if len(claims) > MAX_CLAIMS:
        raise _too_many(len(claims))
    for part, name, before in claims:
        body = part.body
        if body is None:
            raise ExpressionError(f"the claim for {name} is empty", code="AG601", span=(part.start, part.end))
        own = [*_needed(helpers[:before], body, every=part is parts[-1]), body]
        source = read_pieces(own, "; ".join(piece.code for piece in own))
        yield part.start, Claim(name, text[body.origin[0] : part.end], whole, source=source)


def _needed(helpers: Sequence[Statement], body: Piece, *, every: bool) -> list[Piece]:
    """The helpers that a formula is made of; the last claim is read with ``every`` one, so that none goes unread."""
    wanted = _names(body.code)
    found: list[Piece] = []
    for helper in reversed(helpers):
        if every or not wanted.isdisjoint(_names(helper.target or "")):
            found.append(helper.piece)
            wanted |= _names(helper.piece.code)
    return found[::-1]


def _names(code: str) -> set[str]:
    """The names in a text, and what else looks like one."""
    return set(re.findall(r"\w+", unicodedata.normalize("NFKC", code)))


def _statement(piece: Piece) -> Statement:
    match = _SETS.match(piece.code)
    if match is None:
        return Statement(piece, None, piece)
    code = piece.code[match.end() :].lstrip()
    body = Piece(code, piece.origin[len(piece.code) - len(code) :]) if code else None
    return Statement(piece, match[1].strip(), body)


def _too_many(count: int) -> UsageError:
    return UsageError(f"{count:,} claims are given, and {MAX_CLAIMS:,} is the limit")


def _nameless(part: Statement, inputs: Sequence[str], *, last: bool) -> ExpressionError:
    span: Span = (part.start, part.end)
    if not last:
        return ExpressionError("this value has no name: a helper is set as in p = softmax(z)", code="AG609", span=span)
    return ExpressionError(
        "this claim does not say whose gradient it is",
        code="AG609",
        span=span,
        why=f"the inputs are {', '.join(inputs)}",
        hint=f"--claim '{inputs[0] if inputs else 'x'} = {part.piece.code[:60]}'",
    )


def _no_target(part: Statement, inputs: Sequence[str]) -> ExpressionError:
    known = ", ".join(inputs)
    return ExpressionError(
        f"{part.target} is not an input of the expression",
        code="AG101",
        span=(part.start, part.piece.origin[len(part.target) - 1] + 1 if part.target else part.end),
        why=f"the last statement of a claim gives the gradient of an input: {known}" if known else None,
        hint=f"{inputs[0]} = ..." if inputs else None,
    )
