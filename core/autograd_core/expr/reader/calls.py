"""Functions that a text defines, written out where it calls them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from autograd_core.errors import LimitError
from autograd_core.expr.reader.code import Change, rewritten, text_at, text_of
from autograd_core.expr.reader.names import Names, apart, is_index
from autograd_core.expr.reader.tree import (
    Node,
    TokenStatement,
    bracketed,
    closing,
    head,
    is_literal,
    is_op,
    split,
)
from autograd_core.expr.tokenizer import wrong

MAX_CALLS = 20
"""Calls of helpers inside one another."""

MAX_TOKENS = 20_000
"""Tokens of a statement whose helpers are written out."""


class Calls:
    """The functions of one text.

    ``parameters`` holds the names that each has for its arguments and ``bodies`` the statement that sets its value;
    ``given`` are the names that have a value outside, ``helpers`` the functions that are written out, with
    the tokens of their values.
    """

    def __init__(self, given: Collection[str] = ()) -> None:
        self.given = given
        self.parameters: dict[str, list[str]] = {}
        self.bodies: dict[str, TokenStatement] = {}
        self.helpers: dict[str, tuple[list[str], list[Node]]] = {}

    def places(self, tokens: Sequence[Node]) -> list[int]:
        """Where functions are called that are no helpers."""
        return [
            at
            for at, each in enumerate(tokens)
            if each.kind == "name" and each.text in self.parameters and text_at(tokens, at + 1) == "("
        ]

    def called_otherwise(self, tokens: Sequence[Node]) -> set[str]:
        """The functions that are called with other arguments than their own names or numbers, or with several."""
        places = self.places(tokens)
        texts = {text_of(tokens[place : closing(tokens, place + 1)]) for place in places}
        names = {tokens[place].text for place in places}
        return (
            {tokens[place].text for place in places if not self.own(tokens, place)}
            if len(texts) == len(names)
            else names
        )

    def refuse_compositions(self, tokens: Sequence[Node]) -> None:
        """Raise ExpressionError for ``f∘g``, which is no product."""
        for before, sign, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
            if is_op(sign, "⊙") and before.text in self.parameters and after.text in self.parameters:
                span = before.start, after.end
                hint = f"write {before.text}({after.text}(x))"
                raise wrong("a composition of functions is not read", span, "AG603", hint=hint)

    def own(self, tokens: Sequence[Node], place: int) -> bool:
        """Whether a call has the names that the function has for them, or numbers for those without a value."""
        given = split(tokens[place + 2 : closing(tokens, place + 1)], between=",")
        parameters = self.parameters[tokens[place].text]
        pairs = zip(parameters, given, strict=False)
        same = (text_of(each) == name or (is_literal(each) and name not in self.given) for name, each in pairs)
        return len(given) != len(parameters) or all(same)

    def make_helper(self, name: str) -> bool:
        """Make a function a helper; whether it can be one.

        Raises LimitError where its value is too long.
        """
        made = self.bodies.get(name)
        if made is None or made.target is None:
            return False
        self.helpers[name] = (self.parameters[name], self.value(name))
        del self.parameters[name]
        return True

    def named_in(self, name: str) -> list[str]:
        """The functions that another uses by name, called with their own names as they are."""
        used = {token.text for token in self.bodies[name].tokens}
        return [each for each, made in self.bodies.items() if each != name and made.target in used]

    def value(self, name: str, depth: int = 0) -> list[Node]:
        """The value of a function, with those of the functions that it names in it.

        Raises LimitError where that is too long.
        """
        if depth > MAX_CALLS:
            raise LimitError("calls of a function are too long to be written out", code="AG803")
        others = {str(self.bodies[each].target): self.value(each, depth + 1) for each in self.named_in(name)}
        names = Names([*self.given, *others, *self.parameters.get(name, ())])
        tokens = apart(self.bodies[name].tokens, names)
        value = [part for token in tokens for part in others.get(token.text, [token])]
        if len(value) > MAX_TOKENS:
            raise LimitError("calls of a function are too long to be written out", code="AG803")
        return bracketed(value)

    def inlined(self, tokens: Sequence[Node], depth: int = 0) -> list[Node]:
        """The tokens with the values of helpers where they are called.

        Raises LimitError where that is too long.
        """

        def written_out(tokens: Sequence[Node], place: int) -> Change:
            parameters, value = self.helpers.get(tokens[place].text, ([], []))
            end = closing(tokens, place + 1) if value and text_at(tokens, place + 1) == "(" else len(tokens)
            if end == len(tokens):
                return None
            given = split(self.inlined(tokens[place + 2 : end], depth + 1), between=",")
            if depth > MAX_CALLS or len(value) * max(map(len, given), default=0) > MAX_TOKENS:
                raise LimitError("calls of a function are too long to be written out", code="AG803")
            if len(given) != len(parameters):
                return None
            arguments = {name: bracketed(each) for name, each in zip(parameters, given, strict=True)}
            inner = [part for each in value for part in (arguments.get(each.text) or [each])]
            return bracketed(self.inlined(inner, depth + 1), tokens[place]), end + 1 - place

        return rewritten(tokens, written_out) if self.helpers else list(tokens)


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
        end = closing(statement, 1) if text_at(statement, 1) == "(" else len(statement)
        name = statement[0].text if end < len(statement) - 1 and is_op(statement[end + 1], "=") else None
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
