"""Functions that a text defines, written out where it calls them."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_core.errors import LimitError
from autograd_core.expr.reader.code import Change, rewritten, text_at, text_of
from autograd_core.expr.reader.names import Names
from autograd_core.expr.reader.tree import Node, body, closing, is_op, split

MAX_CALLS = 20
"""Calls of helpers inside one another."""

MAX_TOKENS = 20_000
"""Tokens of a statement whose helpers are written out."""


class Calls:
    """The functions of one text; ``given`` are the names that have a value outside.

    ``helpers`` holds the parameters of each, and the tokens of its value.
    """

    def __init__(self, names: Names, given: Sequence[str]) -> None:
        self.names = names
        self.given = given
        self.helpers: dict[str, tuple[list[str], list[Node]]] = {}

    def applied(self, statements: Sequence[list[Node]]) -> set[int]:
        """Make helpers of ``f(x) = value`` where f is called in other statements; those that no longer need a name.

        ``f(x)`` with its own names stays a name, as f alone does.
        """
        heads = [self.head(tokens) for tokens in statements]
        written = {head[0]: number for number, head in enumerate(heads) if head is not None}
        found: set[int] = set()
        for name, number in written.items():
            parameters = (heads[number] or ("", []))[1]
            uses = [use for other, each in enumerate(statements) if other != number for use in _uses(each, name)]
            calls = [arguments for arguments in uses if arguments is not None and len(arguments) == len(parameters)]
            own = [[text_of(each) for each in arguments] == parameters for arguments in calls]
            if not calls:
                continue
            if all(own):
                self.helpers[name] = (parameters, [statements[number][0].named(name)])
                continue
            self.helpers[name] = (parameters, body(statements[number][len(parameters) * 2 + 3 :]))
            if len(calls) == len(uses):
                found.add(number)
        return found

    def head(self, tokens: Sequence[Node]) -> tuple[str, list[str]] | None:
        """The name and the parameters of ``f(x, y) = value`` where f is no value and no function of the language."""
        end = closing(tokens, 1) if text_at(tokens, 1) == "(" else len(tokens)
        inner = list(split(tokens[2:end], between=",")) if end < len(tokens) - 2 else []
        if not inner or any(len(part) != 1 or part[0].kind != "name" for part in inner):
            return None
        name = tokens[0].text
        if tokens[0].kind != "name" or not is_op(tokens[end + 1], "=") or self.names.find(name) in self.given:
            return None
        return name, [part[0].text for part in inner]

    def inlined(self, tokens: Sequence[Node], depth: int = 0) -> list[Node]:
        """The tokens with the values of helpers where they are called.

        Raises LimitError where that is too long.
        """

        def written_out(tokens: Sequence[Node], place: int) -> Change:
            parameters, value = self.helpers.get(tokens[place].text, ([], []))
            end = closing(tokens, place + 1) if value and text_at(tokens, place + 1) == "(" else len(tokens)
            if end == len(tokens):
                return None
            given = split(tokens[place + 2 : end], between=",")
            if depth > MAX_CALLS or len(value) * max(map(len, given), default=0) > MAX_TOKENS:
                raise LimitError("calls of a function are too long to be written out", code="AG803")
            if len(given) != len(parameters):
                return None
            token, closed = tokens[place], Node("close", ")", *tokens[end].span)
            opening = Node("open", "(", *token.span, token.blank)
            arguments = {name: [opening, *each, closed] for name, each in zip(parameters, given, strict=True)}
            inner = [part for each in value for part in (arguments.get(each.text) or [each])]
            return [opening, *self.inlined(inner, depth + 1), closed], end + 1 - place

        return rewritten(tokens, written_out)


def _uses(tokens: Sequence[Node], name: str) -> list[list[list[Node]] | None]:
    """The arguments of each call of a function; None where its name stands alone."""
    found: list[list[list[Node]] | None] = []
    for place, token in enumerate(tokens):
        if token.kind == "name" and token.text == name:
            called = text_at(tokens, place + 1) == "("
            end = closing(tokens, place + 1) if called else 0
            found.append(split(tokens[place + 2 : end], between=",") if called else None)
    return found
