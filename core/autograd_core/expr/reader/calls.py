"""Functions that a text defines, written out where it calls them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from autograd_core.errors import LimitError
from autograd_core.expr.reader.code import GENERATORS, Change, rewritten, text_at, text_of
from autograd_core.expr.reader.names import Names, apart, is_index
from autograd_core.expr.reader.tree import Node, body, bracketed, closing, head, is_literal, is_op, position, split
from autograd_core.expr.tokenizer import wrong

MAX_TOKENS = 20_000
"""Tokens of a statement whose functions are written out."""


class Function(NamedTuple):
    """The names that a function has for its arguments, and its value."""

    parameters: Sequence[str]
    value: Sequence[Node]


def definition(tokens: list[Node]) -> tuple[str, Function] | None:
    """The function that ``f(x, y) = value`` or ``f = @(x, y) value`` defines."""
    equals = position(tokens, "=")
    if equals < 1 or equals == len(tokens) - 1 or head(tokens) != equals:
        return None
    value = body(tokens[equals + 1 :])
    given = tokens[2 : equals - 1] if text_at(tokens, 1) == "(" else tokens[equals + 1 : -len(value)]
    parameters = [token.text for token in given if token.kind == "name"]
    return (tokens[0].text, Function(parameters, value)) if (given and equals != 1) or parameters else None


class Calls:
    """Writes the calls of the functions of a text out.

    A function that is only called with its own names, or with numbers for names without a value, keeps its statement:
    its calls are its name, and ``values`` are those numbers. Of any other the value stands where it is called.
    ``known`` are the names that have a value, here or outside.
    """

    def __init__(self, statements: Sequence[list[Node]], known: Collection[str], given: Collection[str]) -> None:
        found = (definition(tokens) for tokens in statements)
        self.functions = {name: each for name, each in filter(None, found) if name not in given}
        self.known = known
        self.values: dict[str, str] = {}
        self.inlined: set[str] = set()
        calls: dict[str, list[list[list[Node]]]] = {name: [] for name in self.functions}
        for tokens in statements:
            for place in range(position(tokens, "=") + 1, len(tokens) - 1):
                if tokens[place].text in calls and tokens[place + 1].text == "(":
                    inner = tokens[place + 2 : closing(tokens, place + 1)]
                    calls[tokens[place].text].append(split(inner, between=","))
        numbers = {name: self.numbers(name, calls[name]) for name in self.functions}
        waiting = [name for name, values in numbers.items() if values is None]
        while waiting:  # what is inlined inlines what it uses
            self.inlined.add(waiting[-1])
            used = {token.text for token in self.functions[waiting.pop()].value}
            waiting += (used & self.functions.keys()) - self.inlined
        self.values = {}
        for name, values in numbers.items():
            self.values |= values or {} if name not in self.inlined else {}

    def numbers(self, name: str, calls: Sequence[Sequence[list[Node]]]) -> dict[str, str] | None:
        """The numbers that a function is called with in place of its own names, None where it is inlined."""
        if any([*map(text_of, each)] != [*map(text_of, calls[0])] for each in calls):
            return None
        found: dict[str, str] = {}
        for parameter, argument in zip(self.functions[name].parameters, [*calls, []][0], strict=False):
            text = text_of(argument)
            if text != parameter:
                found[parameter] = self.values.setdefault(parameter, text)
                if parameter in self.known or not is_literal(argument) or found[parameter] != text:
                    return None
        return found

    def written_out(self, tokens: list[Node]) -> list[Node]:
        """A statement with the calls of functions written out; empty for the definition of one that is.

        Raises LimitError for what is too long, ExpressionError for a call with other arguments than a function has.
        """
        defined = definition(tokens)
        hidden = [] if defined is None else defined[1].parameters
        for place in reversed(range(position(tokens, "=") + 1, len(tokens))):  # the innermost calls first
            function = self.functions.get(tokens[place].text)
            if function is not None and tokens[place].kind == "name" and tokens[place].text not in hidden:
                found, end = self.call(tokens, place, function)
                tokens = [*tokens[:place], *found, *tokens[end:]]
                if len(tokens) > MAX_TOKENS:
                    raise LimitError("calls of a function are too long to be written out", code="AG803")
        defined = definition(tokens)
        if defined is None or defined[0] not in self.inlined:
            return tokens
        name, (parameters, value) = defined
        names = Names([*self.known, *self.functions, *parameters])
        self.functions[name] = Function(parameters, bracketed(apart(value, names)))
        return []

    def call(self, tokens: Sequence[Node], place: int, function: Function) -> tuple[Sequence[Node], int]:
        """What stands for a function that is used at a place, and where that use ends."""
        token, following = tokens[place], text_at(tokens, place + 1)
        inlined = token.text in self.inlined
        if following == "⊙" and text_at(tokens, place + 2) in self.functions:
            span, hint = (token.start, tokens[place + 2].end), f"write {token.text}({tokens[place + 2].text}(x))"
            raise wrong("a composition of functions is not read", span, "AG603", hint=hint)
        end = closing(tokens, place + 1) if following == "(" else len(tokens)
        if end == len(tokens):
            return bracketed(function.value) if inlined else [token], place + 1
        given = split(tokens[place + 2 : end], between=",")
        if len(given) != len(function.parameters):
            why = f"its arguments are {', '.join(function.parameters)}"
            words = f"{token.text} is called with other arguments than it has"
            raise wrong(words, (token.start, tokens[end].end), "AG603", why=why)
        if not inlined:
            return [token], end + 1
        if len(function.value) * max(map(len, given)) > MAX_TOKENS:
            raise LimitError("calls of a function are too long to be written out", code="AG803")
        arguments = {name: bracketed(each) for name, each in zip(function.parameters, given, strict=True)}
        found = [part for each in function.value for part in arguments.get(each.text, [each])]
        return bracketed(found, token), end + 1


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

    return [rewritten(tokens, named) for tokens in statements] if made else statements


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
        name = (definition(statement) or (None,))[0]
        uses = (at for at, each in enumerate(found) if name is not None and any(token.text == name for token in each))
        found.insert(next(uses, len(found)), statement)
    return found


def open_indices(left: Sequence[Node], value: Sequence[Node], text: str, given: Collection[str]) -> Sequence[str]:
    """The indices of ``y_i = w x_i`` that stand for every entry; none of a name such as ``k_B``."""
    marks = [token.text for token in left[2:] if token.kind == "name"]
    letters = [letter for mark in marks for letter in mark]
    named = f"{left[0].text}_{''.join(marks)}"
    used = any(token.text == left[0].text for token in value) or named in given
    return () if used or not all(is_index(text, letter) for letter in letters) else letters


def entries_together(statements: list[list[Node]], given: Collection[str]) -> list[list[Node]]:
    """The statements with ``y[0] = a`` and ``y[1] = b`` as ``y = stack([a, b])`` before the first that uses y.

    Raises ExpressionError where these are not all entries, or other values were set before.
    """
    entries: dict[str, list[list[Node]]] = {}
    found: list[list[Node]] = []
    for tokens in [*statements, []]:
        if text_at(tokens, 1) == "[" and text_at(tokens, closing(tokens, 1) + 1) == "=":
            entries.setdefault(tokens[0].text, []).append(tokens)
            continue
        for name in [each for each in entries if not tokens or any(token.text == each for token in tokens)]:
            before = [each for each in found if each[0].text == name and text_at(each, 1) == "="]
            found = [each for each in found if each not in before]
            found.append(_stacked(entries.pop(name), before, changed=name in given))
        found.append(tokens)
    return found[:-1]


def _stacked(entries: list[list[Node]], before: Sequence[list[Node]], *, changed: bool) -> list[Node]:
    """``y = stack([a, b])`` for all entries of an array that was made, if at all, without values of its own."""
    name, places = entries[0][0], [text_of(tokens[2 : closing(tokens, 1)]) for tokens in entries]
    sizes = [[token.text for token in tokens[3:] if token.kind == "num"] for tokens in before]
    made = all(tokens[2].text in GENERATORS for tokens in before) and all(each == [str(len(places))] for each in sizes)
    if changed or not made or places != [str(place) for place in range(len(places))]:
        why = "all entries of an array without other values can be set once, y[0], y[1] and so on"
        hint = f"where(c, v, {name.text}) is v where c holds" if changed else "stack([a, b])"
        raise wrong(f"{name.text} is changed in place", name.span, "AG603", why=why, hint=hint)
    comma = Node("sep", ",", *name.span)
    values = [part for tokens in entries for part in (comma, *tokens[closing(tokens, 1) + 2 :])]
    opening, closed = (
        [Node("open", sign, *name.span) for sign in "(["],
        [Node("close", sign, *name.span) for sign in "])"],
    )
    return [name, Node("op", "=", *name.span), name.named("stack"), *opening, *values[1:], *closed]
