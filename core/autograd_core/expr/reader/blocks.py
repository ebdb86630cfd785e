"""Functions and loops of MATLAB, Julia, R, JavaScript, C and Mathematica, as definitions and statements in a row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from autograd_core.errors import LimitError
from autograd_core.expr.reader.code import rewritten, text_of
from autograd_core.expr.reader.notation import MEASURES, words
from autograd_core.expr.reader.reading import shape_of, whole_number
from autograd_core.expr.reader.tree import Change, Node, bracketed, closing, head, is_op, position, split, text_at

MAX_TOKENS = 20_000
"""Tokens of a function, or of the turns of a loop."""

TYPES = words("double float int auto const let var val local")
"""Words before a name that is set, in C, JavaScript and their like."""

MAX_TEXT = 3_000
"""Tokens of a text that is looked through: each bracket in it is, up to its end."""

_OPENS = ("function", "for", "while", "if", "switch", "begin", "let")
"""Words whose block ends with ``end`` in MATLAB and Julia."""


def without_blocks(tokens: Sequence[Node], inputs: Mapping[str, Any]) -> list[Node]:
    """The tokens with every function as ``f(x, y) = value`` or ``@(x, y) value``, and loops turn by turn.

    What cannot be written so stays. ``inputs`` tell the limits of loops. Raises LimitError for what is too long.
    """
    texts = {token.text for token in tokens}
    found = list(tokens)
    if len(found) > MAX_TEXT:
        return found
    if "for" in texts and not texts.isdisjoint(("end", "{")):
        found = _turns_in_a_row(found, inputs)
    if not texts.isdisjoint(("function", *TYPES, "@")) and not texts.isdisjoint(("end", "{", "function")):
        found = rewritten(found, _function, ("function", "@", "(", *TYPES))
    known = "[" in texts and ("_" in texts or not texts.isdisjoint(("Sum", "Product", "Simplify")))
    return _of_mathematica(found, inputs) if known else found


def _turns_in_a_row(tokens: list[Node], inputs: Mapping[str, Any]) -> list[Node]:
    """``for i = 1:3 ... end`` with its body for each number, the innermost loop first."""
    for place in reversed([at for at, token in enumerate(tokens) if token.text == "for" and token.kind == "name"]):
        bracket = text_at(tokens, place + 1) == "("
        start = place + 1 + bracket
        close = closing(tokens, place + 1) if bracket else len(tokens)
        ends = (at for at in range(start, len(tokens)) if tokens[at].text in "\n{;" or at == close)
        stop = next(ends, len(tokens))
        limits = split(tokens[start + 2 : stop], between=":")
        body = _body(tokens, stop + bracket)
        if body is None or text_at(tokens, start + 1) not in ("=", "in") or len(limits) != 2:
            continue
        first, last = (_limit(text_of(each), inputs) for each in limits)
        inner = tokens[body[0] : body[1]]
        if first is None or last is None or _is_split(inner):
            continue
        if (last - first + 1) * len(inner) > MAX_TOKENS:
            raise LimitError("a loop is too long to be written out", code="AG803")
        found = tokens[:place]
        for turn in range(first, last + 1):
            own = {tokens[start].text: [Node("num", str(turn), *tokens[start].span)]}
            found += [*_folded(_with_values(inner, own)), Node("sep", "\n", *tokens[body[1]].span)]
        tokens = [*found, *tokens[body[2] :]]
    return tokens


def _folded(tokens: Sequence[Node]) -> list[Node]:
    """The tokens with the number that an index as ``2 - 1`` is."""
    found: list[Node] = []
    for token in tokens:
        found.append(token)
        before, left, sign, right = [*[Node("", "", 0, 0)] * 5, *found][-5:-1]
        numbers = left.text.isdigit() and right.text.isdigit() and sign.text in ("+", "-")
        if numbers and before.text in ("[", "(", ",") and token.text in ("]", ")", ","):
            number = int(left.text) + (int(right.text) if sign.text == "+" else -int(right.text))
            found[-4:-1] = [Node("num", str(number), left.start, right.end, left.blank)]
    return found


def _limit(text: str, inputs: Mapping[str, Any]) -> int | None:
    """The whole number that a limit of a loop is: digits, a size as ``length(x)``, an input; None for others."""
    size = re.fullmatch(r"(\w+)\((\w+)(?:, ?(\d))?\)", text)
    value = inputs.get(size[2] if size else text)
    if re.fullmatch(r"-?\d{1,6}", text):
        return int(text)
    if size is None or value is None or size[1] not in MEASURES:
        return None if value is None else whole_number(value)
    shape, axis = shape_of(value), int(size[3] or 1) - 1
    return shape[axis] if axis < len(shape) and (size[3] or len(shape) == 1) else None


def _is_split(tokens: Sequence[Node]) -> bool:
    """Whether there is anything in statements that may not be carried out."""
    return any(token.text in ("if", "while", "break", "continue", "return", "switch") for token in tokens)


def _body(tokens: Sequence[Node], start: int) -> tuple[int, int, int] | None:
    """Where the block that begins behind ``start`` begins and ends, and where what stands behind it begins."""
    while text_at(tokens, start) == "\n":
        start += 1
    if text_at(tokens, start) == "{":
        end = closing(tokens, start)
        return (start + 1, end, end + 1) if end < len(tokens) else None
    depth = brackets = 0
    for place in range(start, len(tokens)):
        token = tokens[place]
        brackets += (token.kind == "open") - (token.kind == "close")
        if brackets or token.kind != "name":
            continue
        if token.text == "end" and not depth:
            return start, place, place + 1
        depth += (token.text in _OPENS) - (token.text == "end")
    return None


def _function(tokens: Sequence[Node], place: int) -> Change:
    """A function with a body of statements as the definition of its value."""
    starts, at = tokens[place].text, place + 1
    if starts == "(" and text_at(tokens, closing(tokens, place) + 1) in ("=>", "->"):  # (x) => { return x; }
        end = closing(tokens, place)
        body = _body(tokens, end + 2) if text_at(tokens, end + 2) == "{" else None
        value = _value(tokens[body[0] : body[1]], "") if body is not None else None
        return None if value is None or body is None else ([*tokens[place : end + 2], *value], body[2] - place)
    if starts not in ("function", "@", *TYPES):
        return None
    out = ""
    if starts == "function" and (equals := _sign_before_bracket(tokens, at)) is not None:  # function [J, grad] = f(x)
        out = tokens[at + (tokens[at].kind == "open")].text
        at = equals + 1
    named = starts != "@" and at < len(tokens) and tokens[at].kind == "name"
    opening = at + named
    if text_at(tokens, opening) != "(" or (starts in TYPES and not named):
        return None
    end = closing(tokens, opening)
    braces = text_at(tokens, end + 1) == "{"
    if end >= len(tokens) or (not braces and starts != "function"):
        return None
    body = _body(tokens, end + 1)
    if body is None and out:  # a file of MATLAB may end without the word
        body = end + 1, len(tokens), len(tokens)
    value = _value(tokens[body[0] : body[1]], out) if body is not None else None
    if value is None or body is None:
        return None
    names = [each for each in tokens[opening + 1 : end] if each.text not in TYPES]
    head_ = [tokens[opening], *names, tokens[end]]
    line = Node("sep", "\n", *tokens[end].span)
    if not named:
        return [Node("op", "@", *tokens[place].span, tokens[place].blank), *head_, *value], body[2] - place
    return [tokens[at], *head_, Node("op", "=", *tokens[end].span), *value, line], body[2] - place


def _sign_before_bracket(tokens: Sequence[Node], at: int) -> int | None:
    """Where ``=`` stands in ``J = f(x)`` and ``[J, grad] = f(x)``."""
    end = closing(tokens, at) if text_at(tokens, at) == "[" else at
    return end + 1 if text_at(tokens, end + 1) == "=" else None


def _value(tokens: Sequence[Node], out: str) -> list[Node] | None:
    """What the statements of a function come to; ``out`` is the name that holds it, if any. None for others."""
    known: dict[str, list[Node]] = {}
    found: list[Node] | None = None
    lost: set[str] = set()
    if any(token.text in ("if", "for", "while", "switch", "else") and token.kind == "name" for token in tokens):
        return None
    for each in split(tokens):
        statement = each[1:] if each[0].text in TYPES and len(each) > 1 else each
        texts = [token.text for token in statement[:3]]
        if texts[1:3] == ["<", "-"]:  # x <- 2 of R
            statement[1:3] = [Node("op", "=", *statement[1].span)]
            texts = [token.text for token in statement[:3]]
        if texts[0] == "return":
            found = _with_values(statement[1:], known) or found
            break
        if head(statement) == 1 and texts[1:2] == ["="]:
            found = known[texts[0]] = bracketed(_with_values(statement[2:], known))
        elif texts[1:2] and texts[1][-1:] == "=" and texts[1][:1] in "+-*/" and len(texts[1]) == 2:
            old = known.get(texts[0], statement[:1])
            sign = Node("op", texts[1][0], *statement[1].span)
            found = known[texts[0]] = bracketed([*old, sign, *bracketed(_with_values(statement[2:], known))], each[0])
        elif (equals := position(statement, "=")) >= 0:  # grad(1) = ... beside the value
            if texts[0] == out or text_at(statement, 1) not in ("(", "[") or closing(statement, 1) != equals - 1:
                return None
            lost.add(texts[0])
        else:
            found = _with_values(statement, known)
    found = known.get(out) if out else found
    if found and any(token.text in lost for token in found):
        return None
    return bracketed(found) if found else None


def _with_values(tokens: Sequence[Node], known: dict[str, list[Node]]) -> list[Node]:
    """The tokens with what names stand for. Raises LimitError where that is too long."""
    found: list[Node] = []
    for place, token in enumerate(tokens):
        attribute = place and is_op(tokens[place - 1], ".")
        found += known[token.text] if token.kind == "name" and token.text in known and not attribute else [token]
        if len(found) > MAX_TOKENS:
            raise LimitError("a function is too long to be written out", code="AG803")
    return found


def _of_mathematica(tokens: list[Node], inputs: Mapping[str, Any]) -> list[Node]:
    """``f[x_, y_] := value`` and ``f[1, 2]`` with round brackets, ``D[f[x], x]`` as f(x), sums term by term."""
    defined = set(_defined(tokens))

    def written(tokens: Sequence[Node], place: int) -> Change:
        quoted = text_at(tokens, place + 1) == "'" and text_at(tokens, place + 2) == "["  # f'[x]
        opening = place + 1 + quoted
        end = closing(tokens, opening) if text_at(tokens, opening) == "[" else len(tokens)
        if end == len(tokens) or tokens[place].kind != "name":
            return None
        inner = tokens[opening + 1 : end]
        if tokens[place].text in ("Sum", "Product"):
            terms = _terms(inner, "+" if tokens[place].text == "Sum" else "*", inputs)
            return (terms, end + 1 - place) if terms else None
        first, *by = split(inner, between=",") or [[]]
        whole = (place == 0 or tokens[place - 1].kind == "sep") and end == len(tokens) - 1
        if tokens[place].text in ("Simplify", "FullSimplify", "Expand") and whole and not by:
            return rewritten(first, written, ("[", "'")), end + 1 - place
        if tokens[place].text == "D" and whole and [[each.kind for each in part] for part in by] == [["name"]]:
            return rewritten(first, written, ("[",)), end + 1 - place
        if tokens[place].text not in defined or (quoted and not whole):
            return None
        names = [token for token in inner if not is_op(token, "_")]
        made = [Node("open", "(", *tokens[opening].span), *names, Node("close", ")", *tokens[end].span)]
        sets = len(names) < len(inner)
        return [tokens[place], *made, *[Node("op", "=", *tokens[end].span)] * sets], end + 1 + sets - place

    return rewritten(tokens, written, ("[", "'"))


def _terms(tokens: Sequence[Node], sign: str, inputs: Mapping[str, Any]) -> list[Node]:
    """The terms of ``Sum[i x^i, {i, 1, 4}]``; none of other sums."""
    term, *limits = split(tokens, between=",") or [[]]
    parts = split(limits[0][1:-1], between=",") if len(limits) == 1 and limits[0][0].text == "{" else []
    first, last = [_limit(text_of(each), inputs) for each in parts[1:]] if len(parts) == 3 else (None, None)
    if first is None or last is None or not first <= last or (last - first + 1) * len(term) > MAX_TOKENS:
        return []
    found: list[Node] = []
    for turn in range(first, last + 1):
        own = {parts[0][0].text: bracketed([Node("num", str(turn), *parts[0][0].span)])}
        times = [Node("op", "*", *term[0].span)]
        factors: list[Node] = []
        for before, each in zip([times[0], *term], term, strict=False):  # i x^i is 2*x^2
            beside = parts[0][0].text in (before.text, each.text)
            operands = beside and each.kind in ("name", "num", "open") and before.kind in ("name", "num", "close")
            factors += [*times * bool(operands), each]
        found += [Node("op", sign, *term[0].span), *bracketed(_with_values(factors, own), term[0])]
    return bracketed(found[1:], tokens[0])


def _defined(tokens: Sequence[Node]) -> Iterator[str]:
    """The names of the functions that ``f[x_] := value`` defines."""
    for place, token in enumerate(tokens[:-4]):
        if token.kind == "name" and text_at(tokens, place + 1) == "[" and text_at(tokens, place + 3) == "_":
            end = closing(tokens, place + 1)
            if text_at(tokens, end + 1) in ("=", ":="):
                yield token.text
