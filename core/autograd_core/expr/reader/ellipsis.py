"""Sums and products that are written with an ellipsis, as ``x_1^2 + ... + x_n^2``: sums over an index."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from autograd_core.expr.reader import notation
from autograd_core.expr.reader.tokenizer import named
from autograd_core.expr.reader.tree import Node, closing, is_op, past, past_marks

MOST = 8
"""Ellipses of one text that are replaced."""

_ENDS = ("+", "-", "=", "<", ">", "<=", ">=", "==")
_TIMES = ("*", "·", "×")
_NUMBERED = re.compile(r"([^\W\d_])(\d{1,3}|[^\W\d_])")
"""``x1`` and ``xn``, which stand for ``x_1`` and ``x_n`` here."""

Unit = tuple[str, Sequence[Node]]
"""A text that another one may stand for, and its tokens: a token, or what stands in the braces of an index."""


def without_ellipses(tokens: Sequence[Node], known: Callable[[str], bool]) -> Sequence[Node]:
    """The tokens with a sum over an index for each ellipsis; ``known`` tells which words have a value.

    Raises ExpressionError for an ellipsis that is none of a sum or a product.
    """
    for _ in range(MOST):
        place = next((at for at, token in enumerate(tokens) if is_op(token, "...") and not _is_index(tokens, at)), None)
        if place is None:
            return tokens
        tokens = _summed(tokens, place, known)
    return tokens


def _is_index(tokens: Sequence[Node], place: int) -> bool:
    """Whether three dots stand between the brackets of an index: ``x[..., 0]``."""
    dots = tokens[place].end - tokens[place].start == 3
    return dots and any(each.text in ("[", "]") for each in (*tokens[:place][-1:], *tokens[place + 1 :][:1]))


def _summed(tokens: Sequence[Node], place: int, known: Callable[[str], bool]) -> Sequence[Node]:
    """The tokens with the terms or factors around an ellipsis as one sum or product."""
    dots, before, after = tokens[place], tokens[:place], tokens[place + 1 :]
    sign = after[0].text if before and after and before[-1].text == after[0].text else ""
    if after and (sign in ("+", "-", ",") or is_op(after[0], *_TIMES)):
        after = after[1:]
    last = after[: _end(after) if sign in ("+", "-") else past_marks(after, 1)]
    parts = _terms(before, sign) if sign in ("+", "-", ",") else _factors(before, len(last))
    start, number, made = place, 0, None
    for at, part in parts:
        found = _like(part, last, known)
        if found is None or (made is not None and found[0] != number - 1):
            break
        start, (number, made) = at, found
    if made is None or (sign == "-" and not (start and is_op(tokens[start - 1], "-"))):
        raise named("an ellipsis", dots.span)
    if sign == ",":  # f(x_1, ..., x_n)
        return [*tokens[:start], *[each for text, own in made[:1] for each in own], *after[len(last) :]]
    used = {each.text for each in tokens}
    index = next((letter for letter in "ijkmpqu" if not known(letter) and letter not in used), None)
    if index is None:
        raise named("an ellipsis", dots.span)
    span = tokens[start].start, last[-1].end
    upper = next(own for text, own in made if own and text == "")
    body = [each for text, own in made for each in (own if text else [Node("name", index, *own[0].span, whole=True)])]
    lower = Node("name", index, *span), "=", Node("num", str(number), *span)
    sign = "∑" if sign in ("+", "-") else "∏"
    whole: list[str | Node] = ["(", sign, "_", "(", *lower, ")", "^", "(", *upper, ")", "(", *body, ")", ")"]
    summed = [Node(notation.KINDS.get(each, "op"), each, *span) if isinstance(each, str) else each for each in whole]
    return [*tokens[:start], *summed, *after[len(last) :]]


def _end(tokens: Sequence[Node]) -> int:
    """Where a term ends."""
    at = 0
    while at < len(tokens) and tokens[at].kind not in ("close", "sep"):
        if is_op(tokens[at], *_ENDS) and at and tokens[at - 1].kind != "op":
            break
        at = past(tokens, at)
    return min(at, len(tokens))


def _terms(tokens: Sequence[Node], sign: str) -> Iterator[tuple[int, Sequence[Node]]]:
    """The terms before the sign that ends tokens, from the last to the first, each with its place."""
    end, depth = len(tokens) - 1, 0
    for at in range(end - 1, -2, -1):
        token = tokens[at] if at >= 0 else None
        depth += 0 if token is None else (token.kind == "close") - (token.kind == "open")
        ends = token is not None and is_op(token, *_ENDS) and tokens[at - 1].kind != "op"
        if depth < 0 or token is None or (depth == 0 and (ends or token.kind == "sep")):
            yield at + 1, tokens[at + 1 : end]
            if token is None or token.text != sign:
                return
            end = at


def _factors(tokens: Sequence[Node], length: int) -> Iterator[tuple[int, Sequence[Node]]]:
    """The factors of so many tokens before an ellipsis, from the last to the first, each with its place."""
    end = len(tokens)
    while end:
        end -= is_op(tokens[end - 1], *_TIMES)
        start = end - length
        if start < 0:
            return
        yield start, tokens[start:end]
        end = start


def _units(tokens: Sequence[Node], known: Callable[[str], bool]) -> list[Unit]:
    """The tokens of a term, those in the braces of an index or a power as one."""
    found: list[Unit] = []
    at = 0
    while at < len(tokens):
        token, behind = tokens[at], at + 1
        numbered = _NUMBERED.fullmatch(token.text) if token.kind == "name" and not known(token.text) else None
        if len(token.text) == 2 and token.text.isalpha() and at and is_op(tokens[at - 1], "_"):  # x_ny_n
            found += [(letter, [token.named(letter)]) for letter in token.text]
        elif numbered is not None:
            mark = Node("op", "_", *token.span)
            rest = Node("num" if numbered[2].isdigit() else "name", numbered[2], *token.span)
            found += [(numbered[1], [token.named(numbered[1])]), ("_", [mark]), (numbered[2], [rest])]
        elif token.text == "{" and at and is_op(tokens[at - 1], "_", "^"):
            end = closing(tokens, at)
            inner = tokens[at + 1 : end]
            whole = not any(is_op(each, "_") for each in inner)  # and not {x_1}
            behind = end + 1 if whole else behind
            found.append(("".join(each.text for each in inner), inner) if whole else (token.text, [token]))
        else:
            found.append((token.text, [token]))
        at = behind
    return found


def _like(part: Sequence[Node], last: Sequence[Node], known: Callable[[str], bool]) -> tuple[int, list[Unit]] | None:
    """The number in a term where another has the last index, and that term with an empty text for the index."""
    one, other = _units(part, known), _units(last, known)
    if len(one) != len(other):
        return None
    apart = [at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a[0] != b[0]]
    numbers, ends = {one[at][0] for at in apart}, {other[at][0] for at in apart}
    if len(numbers) != 1 or len(ends) != 1 or not (number := numbers.pop()).isdigit() or len(number) > 6:
        return None
    if (end := ends.pop()).isalpha() and len(end) > 1 and not known(end):  # A_{nn}
        return None
    return int(number), [("", own) if at in apart else (text, own) for at, (text, own) in enumerate(other)]
