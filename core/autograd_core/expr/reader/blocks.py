"""Functions and loops of MATLAB, Julia, R, JavaScript, C and Mathematica, as definitions and statements in a row."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from autograd_core.errors import LimitError
from autograd_core.expr.reader.code import MAX_TOKENS, rewritten, text_of, with_values
from autograd_core.expr.reader.notation import MEASURES, words
from autograd_core.expr.reader.reading import shape_of, whole_number
from autograd_core.expr.reader.tree import Change, Node, bracketed, closing, is_op, position, split, text_at
from autograd_core.expr.reader.words import signs

TYPES = words("double float int auto const let var val local")
"""Words before a name that is set, in C, JavaScript and their like."""

MAX_TEXT = 3_000
"""Tokens of a text that is looked through: each bracket in it is, up to its end."""

MOST_BRANCHES = 8
"""Words of conditions in a function, each of which may double what it comes to."""

_SUMS = {"Sum": ("sum", "∑"), "Product": ("prod", "∏")}

_BRANCHES = words("if for while switch else")
_ENDS = words("break continue return")
"""Words of statements that may not be carried out, and of those that end others."""

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
    if "if" in texts:
        found = _chosen(found)
    if "for" in texts:
        found = _turns_in_a_row(found, inputs)
    if not texts.isdisjoint(("function", *TYPES, "@")) and not texts.isdisjoint(("end", "{", "function")):
        found = rewritten(found, _function, ("function", "@", "(", *TYPES))
    known = "[" in texts and ("_" in texts or not texts.isdisjoint((*_SUMS, "Simplify")))
    return _of_mathematica(found) if known else found


class Choice(NamedTuple):
    """A condition, the statements of its two branches, and where what stands behind it begins."""

    condition: list[Node]
    then: list[Node]
    other: list[Node]
    end: int


def _choice(tokens: Sequence[Node], place: int) -> Choice | None:
    """What ``if (c) { ... } else { ... }`` and ``if c ... else ... end`` at a place are; None for others."""
    before = next((each.text for each in reversed(tokens[:place]) if each.text != "\n"), ";")
    if tokens[place].text != "if" or (before not in (*";{})", "else") and text_at(tokens, place - 1) != "\n"):
        return None
    bracket = text_at(tokens, place + 1) == "("
    ends = (at for at in range(place + 1, len(tokens)) if tokens[at].text in "\n;,{")
    stop = closing(tokens, place + 1) if bracket else next(ends, len(tokens))
    condition = list(tokens[place + 1 + bracket : stop])
    first = _past_lines(tokens, stop + bracket)
    body = None if text_at(tokens, first) == ":" else _body(tokens, first, alone=bracket)
    if body is None or not condition:
        return None
    start, stop, end = body
    if text_at(tokens, first) == "{" or end == stop:
        behind = _past_lines(tokens, end, "\n;" if end == stop else "\n")
        other = _body(tokens, behind + 1, alone=True) if text_at(tokens, behind) == "else" else (end, end, end)
        if other is None:
            return None
        return Choice(condition, list(tokens[start:stop]), list(tokens[other[0] : other[1]]), other[2])
    inner, depth = list(tokens[start:stop]), 0
    for at, token in enumerate(inner):
        depth += (token.text in _OPENS) - (token.text == "end")
        if token.text == "else" and not depth:
            return Choice(condition, inner[:at], inner[at + 1 :], end)
    return None if "elseif" in {each.text for each in inner} else Choice(condition, inner, [], end)


def _past_lines(tokens: Sequence[Node], place: int, signs: str = "\n") -> int:
    while place < len(tokens) and tokens[place].text in signs:
        place += 1
    return place


def _where(name: Node, condition: list[Node], value: Sequence[Node], other: Sequence[Node]) -> list[Node]:
    """``where(condition, value, other)``"""
    comma = signs(",", name.span)
    return [name.named("where"), *bracketed([*condition, *comma, *value, *comma, *other])]


def _chosen(tokens: list[Node]) -> list[Node]:
    """``y = where(c, a, b)`` for a condition whose branches only set names, the innermost first."""
    for place in reversed([at for at, token in enumerate(tokens) if token.text == "if" and token.kind == "name"]):
        found = _choice(tokens, place)
        if found is None or (then := _set_in(found.then)) is None or (other := _set_in(found.other)) is None:
            continue
        names = {name: token for side in (other, then) for name, (token, _) in side.items()}
        values = [each for side in (then, other) for _, value in side.values() for each in value]
        used = {each.text for each in (*found.condition, *values)}
        if not names or (len(names) > 1 and not used.isdisjoint(names)):
            continue
        made: list[Node] = []
        for name, token in names.items():
            one, two = (side[name][1] if name in side else [token] for side in (then, other))
            sets = [token, *signs("=", token.span), *_where(tokens[place], found.condition, one, two)]
            made += [*sets, Node("sep", "\n", *token.span)]
        tokens = [*tokens[:place], *made, *tokens[found.end :]]
    return tokens


def _set_in(tokens: Sequence[Node]) -> dict[str, tuple[Node, list[Node]]] | None:
    """The names that statements set, with their values; None where they do anything else."""
    found: dict[str, tuple[Node, list[Node]]] = {}
    for statement in (updated(assignment(each)) for each in split(tokens) if each):
        if text_at(statement, 1) != "=" or len(statement) < 3:
            return None
        known = {name: value for name, (_, value) in found.items()}
        found[statement[0].text] = statement[0], bracketed(with_values(statement[2:], known))
    return found


def _turns_in_a_row(tokens: list[Node], inputs: Mapping[str, Any]) -> list[Node]:
    """A loop over whole numbers with its body for each of them, the innermost loop first."""
    for place in reversed([at for at, token in enumerate(tokens) if token.text == "for" and token.kind == "name"]):
        bracket = text_at(tokens, place + 1) == "("
        start = place + 1 + bracket
        close = closing(tokens, place + 1) if bracket else len(tokens)
        ends = (at for at in range(start, len(tokens)) if (tokens[at].text in "\n{;" and not bracket) or at == close)
        stop = next(ends, len(tokens))
        counted = _turns(tokens[start:stop], inputs)
        body = _body(tokens, stop + bracket, alone=bracket)
        if body is None or counted is None:
            continue
        counter, turns = counted
        inner = [each for part in split(tokens[body[0] : body[1]]) if part for each in (*updated(part), _AT_END)]
        if not _BRANCHES.union(_ENDS).isdisjoint(each.text for each in inner):
            continue
        if len(turns) * len(inner) > MAX_TOKENS:
            raise LimitError("a loop is too long to be written out", code="AG803")
        found: list[Node] = []
        for turn in turns:
            found += _folded(with_values(inner, {counter.text: turn}))
        outer = [each.text for each in tokens[:place] if each.text != "\n"][-1:]
        if outer == [")"]:  # it is all of what a loop around it does
            found = [*signs("{", counter.span), *found, *signs("}", counter.span)]
        tokens = [*tokens[:place], *found, *tokens[body[2] :]]
    return tokens


_AT_END = Node("sep", "\n", 0, 0)


_STEPS = re.compile(r"(?P<name>\w+)(?:\+\+|--|(?P<side>[+-])=(?P<by>\d{1,6}))|\+\+(\w+)|--(\w+)")


def _turns(tokens: Sequence[Node], inputs: Mapping[str, Any]) -> tuple[Node, list[list[Node]]] | None:
    """The name that a loop sets, and what it stands for in each turn; None for others.

    ``i = 1:3``, ``i = 3:-1:1``, ``i in seq_along(x)`` and ``xi in x`` of MATLAB, Julia and R, ``int i = 0; i < 3; i++``
    of C and JavaScript. Entries of arrays are counted from 1, as in these languages.
    """
    parts = split(tokens, between=";")
    equals = position(parts[0], "=") if len(parts) == 3 else 1
    if len(tokens) < 3 or equals < 1 or text_at(tokens, equals) not in ("=", "in"):
        return None
    counter, limits = tokens[equals - 1], split(parts[0][equals + 1 :], between=":")
    if len(parts) == 3:
        step = _STEPS.fullmatch(re.sub(r"\s", "", text_of(parts[2])))
        less = text_at(parts[1], 1)
        if step is None or counter.text not in step.groups() or text_at(parts[1], 0) != counter.text:
            return None
        by = -1 if "--" in step[0] else int(f"{step['side'] or ''}{step['by'] or 1}")
        ends = [_limit(text_of(each), inputs) for each in (limits[0], parts[1][2:])]
        fits = by and less[:1] == ("<" if by > 0 else ">") and less in ("<", "<=", ">", ">=")
        beyond = 0 if less[1:] == "" else 1 if by > 0 else -1
    else:
        along = re.fullmatch(r"(?:seq_(?P<to>along|len)|eachindex)\((\w+)\)", text_of(limits[0]))
        if along is not None:
            limits = [signs("1", counter.span), [tokens[-2]]]
        ends = [_limit(text_of(each), inputs) for each in limits]
        if along is not None and along["to"] != "len":
            ends[1] = _limit(f"length({along[2]})", inputs)
        elif along is None and len(limits) == 1:
            return _entries(counter, limits[0], inputs)
        by = (ends.pop(1) or 0) if len(ends) == 3 else 1
        fits, beyond = by and len(ends) == 2, 1 if by > 0 else -1
    if not fits or None in ends:
        return None
    first, last = (each or 0 for each in ends)
    numbers = range(first, last + beyond, by)[: MAX_TOKENS + 1]
    return counter, [[Node("num", str(turn), *counter.span)] for turn in numbers]


def _entries(counter: Node, of: Sequence[Node], inputs: Mapping[str, Any]) -> tuple[Node, list[list[Node]]] | None:
    """The entries of an input that a loop runs over: ``for (v in x)``."""
    count = _limit(f"length({text_of(of)})", inputs)
    if len(of) != 1 or count is None:
        return None
    marks = [[*signs("_{", of[0].span), Node("num", str(at), *of[0].span)] for at in range(1, count + 1)]
    return counter, [[of[0], *mark, *signs("}", of[0].span)] for mark in marks]


def updated(statement: list[Node]) -> list[Node]:
    """``x = x + value`` for ``x += value``; arrays of these languages are not changed in place by it."""
    sign = statement[1] if statement[2:] else statement[0]
    if sign.text not in ("+=", "-=", "*=", "/="):
        return statement
    operator = Node("op", sign.text[0], *sign.span)
    return [statement[0], *signs("=", sign.span), statement[0], operator, *bracketed(statement[2:])]


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
    size = re.fullmatch(r"(\w+)\((\w+)(?:, ?(\d))?\)", re.sub(r"^(\w+)\.length$", r"length(\1)", text))
    value = inputs.get(size[2] if size else text)
    if re.fullmatch(r"-?\d{1,6}", text):
        return int(text)
    if size is None or value is None or size[1] not in MEASURES:
        return None if value is None else whole_number(value)
    shape, axis = shape_of(value), int(size[3] or 1) - 1
    return shape[axis] if axis < len(shape) and (size[3] or len(shape) == 1) else None


def _body(tokens: Sequence[Node], start: int, *, alone: bool = False) -> tuple[int, int, int] | None:
    """Where the block that begins behind ``start`` begins and ends, and where what stands behind it begins.

    ``alone`` says that it may be one statement without braces.
    """
    while text_at(tokens, start) == "\n":
        start += 1
    if text_at(tokens, start) == "{":
        end = closing(tokens, start)
        return (start + 1, end, end + 1) if end < len(tokens) else None
    if alone and "end" not in {each.text for each in tokens}:
        end = start + len((split(tokens[start:]) or [[]])[0])
        return start, end, end
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
    starts, opening, out = tokens[place].text, place, ""
    if starts in ("function", *TYPES):
        results = closing(tokens, place + 1) if text_at(tokens, place + 1) == "[" else place + 1
        opening = place + 1
        if starts == "function" and text_at(tokens, results + 1) == "=":  # function [J, grad] = f(x)
            out, opening = tokens[place + 1 + (results > place + 1)].text, results + 2
        opening += text_at(tokens, opening) != "("
    end = closing(tokens, opening) if text_at(tokens, opening) == "(" else len(tokens)
    arrow = opening == place and text_at(tokens, end + 1) in ("=>", "->")  # (x) => { return x; }
    named = opening > place + 1
    braces = text_at(tokens, end + 1 + arrow) == "{"
    if end == len(tokens) or not (arrow or opening > place) or not (braces or starts == "function"):
        return None
    body = _body(tokens, end + 1 + arrow)
    if body is None and out:  # a file of MATLAB may end without the word
        body = end + 1, len(tokens), len(tokens)
    value = _value(tokens[body[0] : body[1]], out) if body is not None else None
    if value is None or body is None or (starts in TYPES and not named):
        return None
    names = [each for each in tokens[opening : end + 1] if each.text not in TYPES]
    if not named:
        return [*signs("@", tokens[place].span, blank=tokens[place].blank), *names, *value], body[2] - place
    span = tokens[end].span
    return [tokens[opening - 1], *names, *signs("=", span), *value, *signs("\n", span)], body[2] - place


def _value(tokens: Sequence[Node], out: str) -> list[Node] | None:
    """What the statements of a function come to; ``out`` is the name that holds it, if any. None for others."""
    known: dict[str, list[Node]] = {}
    found: list[Node] | None = None
    lost: set[str] = set()
    branching = [at for at, each in enumerate(tokens) if each.kind == "name" and each.text in _BRANCHES]
    if branching:
        choice = _choice(tokens, branching[0]) if len(branching) <= MOST_BRANCHES else None
        if choice is None:
            return None
        before, behind = tokens[: branching[0]], tokens[choice.end :]
        condition = _value([*before, *choice.condition], "")
        sides = ([*before, *side, _AT_END, *behind] for side in (choice.then, choice.other))
        value, other = (_value(side, out) for side in sides)
        if condition is None or value is None or other is None:
            return None
        return _where(tokens[branching[0]], condition, value, other)
    for statement in map(updated, map(assignment, split(tokens))):
        name, sign = statement[0].text, text_at(statement, 1)
        if name == "return":
            found = with_values(statement[1:], known) or found
            break
        if sign == "=":
            found = known[name] = bracketed(with_values(statement[2:], known))
        elif (equals := position(statement, "=")) >= 0:  # grad(1) = ... beside the value
            if name == out or sign not in ("(", "[") or closing(statement, 1) != equals - 1:
                return None
            lost.add(name)
        else:
            found = with_values(statement, known)
    found = known.get(out) if out else found
    if found and any(token.text in lost for token in found):
        return None
    return bracketed(found) if found else None


def assignment(tokens: list[Node], given: Collection[str] = ()) -> list[Node]:
    """A statement without ``double`` before a name that is set, and ``x = 2`` for ``x <- 2`` of R."""
    if tokens[0].text in TYPES and text_at(tokens, 2) == "=":
        return tokens[1:]
    texts = [token.text for token in tokens[:3]]
    if texts[1:] != ["<", "-"] or not tokens[3:] or not tokens[3].blank or texts[0] in given:
        return tokens
    return [tokens[0], Node("op", "=", tokens[1].start, tokens[2].end, True), *tokens[3:]]


def _of_mathematica(tokens: list[Node]) -> list[Node]:
    """``f[x_, y_] := value`` and ``f[1, 2]`` with round brackets, ``D[f[x], x]`` as f(x), sums with their sign."""
    named = zip(tokens, tokens[1:], tokens[3:], tokens[4:], strict=False)
    defined = {name.text for name, *rest in named if [each.text for each in rest] in (["[", "_", "]"], ["[", "_", ","])}

    def written(tokens: Sequence[Node], place: int) -> Change:
        quoted = text_at(tokens, place + 1) == "'" and text_at(tokens, place + 2) == "["  # f'[x]
        opening = place + 1 + quoted
        end = closing(tokens, opening) if text_at(tokens, opening) == "[" else len(tokens)
        if end == len(tokens) or tokens[place].kind != "name":
            return None
        name, inner = tokens[place].text, tokens[opening + 1 : end]
        first, *by = split(inner, between=",") or [[]]
        limits = split(by[0][1:-1], between=",") if name in _SUMS and len(by) == 1 else []
        if len(limits) in (2, 3):
            term = rewritten(rewritten(first, written, ("[",)), _entry_from_one, ("[",))
            return _summed(tokens[place], term, *limits), end + 1 - place
        whole = (place == 0 or tokens[place - 1].kind == "sep") and end == len(tokens) - 1
        if name in ("Simplify", "FullSimplify", "Expand") and whole and not by:
            return rewritten(first, written, ("[", "'")), end + 1 - place
        if name == "D" and whole and [[each.kind for each in part] for part in by] == [["name"]]:
            return rewritten(first, written, ("[",)), end + 1 - place
        if name not in defined or (quoted and not whole):
            return None
        names = [token for token in inner if not is_op(token, "_")]
        sets = len(names) < len(inner)
        called = [tokens[place], *signs("(", tokens[opening].span), *names]
        return [*called, *signs(")=" if sets else ")", tokens[end].span)], end + 1 + sets - place

    return rewritten(tokens, written, ("[", "'"))


def _entry_from_one(tokens: Sequence[Node], place: int) -> Change:
    """``x_{i}`` for ``x[[i]]``, which counts from 1."""
    end = closing(tokens, place + 1) if text_at(tokens, place + 1) == text_at(tokens, place + 2) == "[" else len(tokens)
    if end == len(tokens):
        return None
    inner = [*signs("_{", tokens[place + 1].span), *tokens[place + 3 : end - 1], *signs("}", tokens[end].span)]
    return [tokens[place], *inner], end + 1 - place


def _summed(name: Node, term: Sequence[Node], letter: Sequence[Node], *ends: Sequence[Node]) -> list[Node]:
    """``Sum[i x^i, {i, 1, 4}]`` as the sum of mathematics, with its limits below and above."""
    kind, sign = _SUMS[name.text]
    low = ends[0] if ends[1:] else signs("1", name.span)
    below = [*signs("_{", name.span), *letter, *signs("=", name.span), *low]
    above = [*signs("}^{", name.span), *ends[-1], *signs("}", name.span)]
    return [Node(kind, sign, *name.span, name.blank), *below, *above, *bracketed(term)]
