"""Functions that a text defines, written out where it calls them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence, Set
from itertools import pairwise
from typing import NamedTuple

from autograd_core.errors import LimitError
from autograd_core.expr.reader.code import GENERATORS, MAX_TOKENS, rewritten, text_of, with_values
from autograd_core.expr.reader.names import Names, apart, is_index
from autograd_core.expr.reader.tree import (
    Change,
    Node,
    body,
    bracketed,
    closing,
    head,
    is_literal,
    is_op,
    past,
    position,
    split,
    text_at,
)
from autograd_core.expr.reader.words import signs
from autograd_core.expr.tokenizer import wrong


class Function(NamedTuple):
    """The names that a function has for its arguments, and its value."""

    parameters: Sequence[str]
    value: Sequence[Node]


def definition(tokens: list[Node]) -> tuple[str, Function] | None:
    """The function that ``f(x, y) = value`` or ``f = @(x, y) value`` defines."""
    equals = position(tokens, "=")
    if equals < 1 or equals == len(tokens) - 1 or head(tokens) != equals:
        return None
    if text_at(tokens, 1) != "(" and not is_op(tokens[equals + 1], "@"):
        return None
    right = next(iter(split(tokens[equals + 1 :], between="=")), [])  # of f(x) = x^2 = 4
    value = body(right)
    given = tokens[2 : equals - 1] if text_at(tokens, 1) == "(" else right[: -len(value)]
    parameters = [token.text for token in given if token.kind == "name"]
    sets = value and ((given and equals != 1) or parameters)
    return (tokens[0].text, Function(parameters, value)) if sets else None


def calls_written_out(
    statements: Sequence[list[Node]], known: Collection[str], given: Collection[str], values: dict[str, str]
) -> list[list[Node]]:
    """The statements with the values of functions where these are called, and without those that define them.

    A function that nothing uses keeps its statement. Numbers in the only call of one are values of its arguments, where
    these names are none that are ``known``, and go into ``values``. Raises LimitError for what is too long,
    ExpressionError for a call with other arguments than a function has.
    """
    defining = {found[0] for found in map(definition, statements) if found is not None}
    if not defining:
        return list(statements)
    statements = [_runs_apart(tokens, defining.difference(given)) for tokens in statements]
    used: Counter[str] = Counter()
    for tokens in statements:
        side = tokens[position(tokens, "=") + 1 :]
        used.update(token.text for place, token in enumerate(side) if not _indexed(side, place, known))
        if len(split(side, between="=")) > 1:  # f(x) = ... = 1 - f(-x)
            del used[tokens[0].text]
    functions: dict[str, Function] = {}
    found = []
    for tokens in statements:
        defined = definition(tokens)
        hidden = [] if defined is None else defined[1].parameters
        tokens = _functions_applied(tokens, functions.keys() - {*hidden})
        called = {id(token) for token, after in pairwise(tokens) if after.text == "("}
        for place in reversed(range(position(tokens, "=") + 1, len(tokens))):  # the innermost calls first
            function = functions.get(tokens[place].text) if tokens[place].kind == "name" else None
            if function is not None and tokens[place].text not in hidden and not _indexed(tokens, place, known):
                own = () if used[tokens[place].text] > 1 else {*function.parameters}.difference(known)
                end = closing(tokens, place + 1) if id(tokens[place]) in called else len(tokens)
                made, end = _called(tokens, place, end, function, own, values)
                tokens = [*tokens[:place], *made, *tokens[end:]]
                if len(tokens) > MAX_TOKENS:
                    raise LimitError("calls of a function are too long to be written out", code="AG803")
        defined = definition(tokens)
        if defined is not None and defined[0] not in given:
            name, (parameters, value) = defined
            functions[name] = Function(parameters, apart(value, Names([*known, *parameters])))
        if defined is None or defined[0] not in functions or not used[defined[0]]:
            found.append(tokens)
    return found


def _indexed(tokens: Sequence[Node], place: int, known: Collection[str]) -> bool:
    """Whether a number stands below a name, or what makes one that is known of it: N_0 beside N(t)."""
    end = closing(tokens, place + 2) if text_at(tokens, place + 2) == "{" else place + 2
    index = "".join(token.text for token in tokens[place + 2 : end + 1]).strip("{}")
    return text_at(tokens, place + 1) == "_" and (index.isdigit() or f"{tokens[place].text}_{index}" in known)


def _functions_applied(tokens: list[Node], functions: Set[str]) -> list[Node]:
    """The tokens with ``(f(x) + g(x))`` for ``(f + g)(x)``, ``f(g(x))`` for ``(f∘g)(x)``, ``(f(x))^2`` for ``f^2(x)``.

    Raises ExpressionError for ``f^{-1}(x)``.
    """

    def alone(inner: Sequence[Node]) -> bool:
        names = [token.text for token in inner if token.kind == "name"]
        return bool(names) and functions >= {*names} and {token.kind for token in inner} <= {"name", "num", "op"}

    def applied(tokens: Sequence[Node], place: int) -> Change:
        end = closing(tokens, place) if tokens[place].text == "(" else place + 1
        inner = tokens[place + 1 : end] if tokens[place].text == "(" else tokens[place:end]
        while end == place + len(inner) and text_at(tokens, end) == "⊙" and text_at(tokens, end + 1) in functions:
            inner, end = tokens[place : end + 2], end + 2
        if not alone(inner):
            return None
        if is_op(tokens[min(end, len(tokens) - 1)], "^", "**") and len(inner) == 1:
            open_at = past(tokens, end + 1) if end + 1 < len(tokens) else end
            if text_at(tokens, open_at) != "(":
                return None
            last = closing(tokens, open_at) + 1
            if text_of(tokens[end + 1 : open_at]).strip("({ })") == "-1":
                words = f"an inverse function is not read: {text_of(tokens[place:last])}"
                raise wrong(words, (tokens[place].start, tokens[last - 1].end), "AG603", hint="write it out")
            call = [*inner, *tokens[open_at:last]]
            return [*_enclosed(call), *tokens[end:open_at]], last - place
        end += tokens[place].text == "("
        last = closing(tokens, end) + 1 if text_at(tokens, end) == "(" else end
        arguments = tokens[end:last]
        composes = any(token.text == "⊙" for token in inner)
        if alone(arguments[1:-1]) or not (composes or (arguments and tokens[place].text == "(")):
            return None
        operand: list[Node] = []
        rest: list[Node] = []
        for at, token in reversed([*enumerate(inner)]):
            if token.kind != "name":
                operand, rest = (operand, rest) if token.text == "⊙" else ([], [token, *operand, *rest])
            elif text_at(inner, at + 1) == "⊙":
                operand = [token, *_enclosed(operand)]
            else:
                operand, rest = [token, *arguments], [*operand, *rest]
        return _enclosed([*operand, *rest]), last - place

    return rewritten(tokens, applied, ("(", "⊙", "^", "**")) if functions else tokens


def _runs_apart(tokens: Sequence[Node], functions: Set[str]) -> list[Node]:
    """The tokens with ``f g`` for ``fg``."""
    found: list[Node] = []
    for token in tokens:
        run = token.kind == "name" and len(token.text) > 1 and functions >= {*token.text}
        found += [token.named(letter) for letter in token.text] if run else [token]
    return found


def _enclosed(tokens: Sequence[Node]) -> list[Node]:
    """Tokens in brackets of their own."""
    return [*signs("(", tokens[0].span, blank=tokens[0].blank), *tokens, *signs(")", tokens[-1].span)]


def _called(
    tokens: Sequence[Node], place: int, end: int, function: Function, own: Collection[str], values: dict[str, str]
) -> tuple[list[Node], int]:
    """What stands for a function that is used at a place, and where that use ends; ``end`` is that of its arguments."""
    if end == len(tokens):
        return bracketed(function.value), place + 1
    given = split(tokens[place + 2 : end], between=",;")
    if len(given) != len(function.parameters):
        why = f"its arguments are {', '.join(function.parameters)}"
        words = f"{tokens[place].text} is called with other arguments than it has"
        raise wrong(words, (tokens[place].start, tokens[end].end), "AG603", why=why)
    arguments: dict[str, list[Node]] = {}
    for name, argument in zip(function.parameters, given, strict=True):
        text = text_of(argument)
        if name not in own or not is_literal(argument) or values.setdefault(name, text) != text:
            arguments[name] = bracketed(argument)
    return bracketed(with_values(function.value, arguments), tokens[place]), end + 1


def marked_named(statements: list[list[Node]], known: Callable[[str], bool]) -> list[list[Node]]:
    """The statements with one name for each square and each function with an index that one of them sets.

    ``σ^2 = ...`` and ``s² = ...`` set a square, ``h_θ(x) = ...`` a function.
    """
    made: dict[str, str] = {}
    for tokens in statements:
        mark, end = _marked(tokens, 0)
        equals, called = head(tokens), text_at(tokens, end) == "("
        sets = equals < len(tokens) - 1 and is_op(tokens[equals], "=") and not known(tokens[0].text)
        if sets and (mark[:1] == "_" if called else mark == "^2"):
            made[tokens[0].text + mark] = tokens[0].text + (mark if called else "_sq")

    def named(tokens: Sequence[Node], place: int) -> Change:
        mark, end = _marked(tokens, place)
        name = made.get(tokens[place].text + mark) if mark else None
        return ([tokens[place].named(name)], end - place) if name is not None else None

    return [rewritten(tokens, named, ("^", "**", "_")) for tokens in statements] if made else statements


def _marked(tokens: Sequence[Node], place: int) -> tuple[str, int]:
    """The square or the index of a name at a place, and where it ends; empty for none."""
    texts = [token.text for token in tokens[place + 1 : place + 5]]
    if tokens[place].kind != "name" or texts[:1] not in (["^"], ["**"], ["_"]):
        return "", place
    mark = texts[2] if texts[1:2] == ["{"] and texts[3:4] == ["}"] else "".join(texts[1:2])
    end = place + (5 if texts[1:2] == ["{"] else 3)
    if texts[0] == "_":
        return f"_{mark}", end
    return ("^2", end) if mark == "2" else ("", place)


def defined_first(statements: list[list[Node]]) -> list[list[Node]]:
    """The statements with ``f(t) = value`` before the first that calls f."""
    found: list[list[Node]] = []
    for statement in statements:
        name = (definition(statement) or ("",))[0]
        uses = (
            at for at, each in enumerate(found) if name in {token.text for token in each[position(each, "=") + 1 :]}
        )
        found.insert(next(uses, len(found)), statement)
    return found


def open_indices(left: Sequence[Node], value: Sequence[Node], text: str, given: Collection[str]) -> Sequence[str]:
    """The indices of ``y_i = w x_i`` that stand for every entry; none of a name such as ``k_B``."""
    marks = [token.text for token in left[2:] if token.kind == "name"]
    letters = [letter for mark in marks for letter in mark]
    named = f"{left[0].text}_{''.join(marks)}"
    used = any(token.text == left[0].text for token in value) or named in given
    return () if used or not all(is_index(text, letter, given) for letter in letters) else letters


def entries_together(statements: list[list[Node]], given: Collection[str], shared: Collection[str]) -> list[list[Node]]:
    """The statements with ``y[0] = a`` and ``y[1] = b`` as ``y = stack([a, b])`` before the first that uses y.

    Where these are not all entries, or other values were set before, each is ``y = y.at[0].set(a)``. Raises
    ExpressionError for arrays that are ``given``, or whose entries are ``shared`` with those of another name.
    """
    entries: dict[str, list[list[Node]]] = {}
    found: list[list[Node]] = []
    for tokens in [*statements, []]:
        if text_at(tokens, 1) == "[" and text_at(tokens, closing(tokens, 1) + 1) == "=":
            entries.setdefault(tokens[0].text, []).append(tokens)
            continue
        for name in [each for each in entries if not tokens or any(token.text == each for token in tokens)]:
            before = [each for each in found if each[0].text == name and text_at(each, 1) == "="]
            set_here = entries.pop(name)
            if name not in given and (whole := _stacked(set_here, before)) is not None:
                found = [*(each for each in found if each not in before), whole]
            elif name in given or name in shared:
                why = "another name stands for the same entries, and they would change with it"
                why = "an input is what it is differentiated by" if name in given else why
                hint = f"{name}.at[0].set(v) is {name} with another entry; where(c, v, {name}) is v where c holds"
                raise wrong(f"{name} is changed in place", set_here[0][0].span, "AG603", why=why, hint=hint)
            else:
                found += map(_changed, set_here)
        found.append(tokens)
    return found[:-1]


def _stacked(entries: list[list[Node]], before: Sequence[list[Node]]) -> list[Node] | None:
    """``y = stack([a, b])`` for all entries of an array that was made, if at all, without values of its own."""
    name, places = entries[0][0], [text_of(tokens[2 : closing(tokens, 1)]) for tokens in entries]
    sizes = [[token.text for token in tokens[3:] if token.kind == "num"] for tokens in before]
    made = all(tokens[2].text in GENERATORS for tokens in before) and all(each == [str(len(places))] for each in sizes)
    uses = any(token.text == name.text for tokens in entries for token in tokens[closing(tokens, 1) :])
    if uses or not made or places != [str(place) for place in range(len(places))]:
        return None
    values = [part for tokens in entries for part in (*signs(",", name.span), *tokens[closing(tokens, 1) + 2 :])]
    makes = [name, *signs("=", name.span), name.named("stack"), *signs("([", name.span)]
    return [*makes, *values[1:], *signs("])", name.span)]


def _changed(tokens: list[Node]) -> list[Node]:
    """``y = y.at[0].set(a)`` for ``y[0] = a``."""
    name, end = tokens[0], closing(tokens, 1)
    dot, place = signs(".", name.span), tokens[end].span
    entry = [name, *dot, name.named("at"), *tokens[1 : end + 1], *dot, name.named("set")]
    return [name, tokens[end + 1], *entry, *signs("(", place), *tokens[end + 2 :], *signs(")", place)]
