"""The statements of a text: where each begins, and in which order they can be carried out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_core.dataclass import dataclass
from autograd_core.expr.reader.tree import Node, closing, is_op


@dataclass(slots=True)
class TokenStatement:
    """One statement: what it sets, and the tokens of its value."""

    target: str | None
    tokens: list[Node]
    start: int
    end: int

    @property
    def uses(self) -> set[str]:
        """The names in its value."""
        return {token.text for token in self.tokens if token.kind == "name"}


def is_literal(tokens: Sequence[Node]) -> bool:
    """Whether tokens are numbers, pi and e with signs, commas and brackets, or products and quotients of them."""
    plain, words = ("num", "sep", "open", "close"), ("-", "+", "*", "/", "inf", "nan", "pi", "π", "e")
    return all(token.kind in plain or token.text in words for token in tokens)


def body(tokens: list[Node]) -> list[Node]:
    """The body of ``lambda x, y: ...`` and of MATLAB's ``@(x, y) ...``; anything else as it is."""
    if is_op(tokens[0], "@") and len(tokens) > 2 and tokens[1].text == "(":
        return tokens[closing(tokens, 1) + 1 :] or tokens
    place = 1
    while place < len(tokens) and (tokens[place].kind == "name" or tokens[place].text == ","):
        place += 1
    function = tokens[0].text == "lambda" and 1 < place < len(tokens) - 1 and is_op(tokens[place], ":")
    return tokens[place + 1 :] if function else tokens


def split(tokens: Sequence[Node], between: str = ";\n") -> list[list[Node]]:
    """Statements: separated by ``;``, new lines, and a comma before another one, outside brackets."""
    found: list[list[Node]] = [[]]
    depth = 0
    names = literal = True  # whether the statement so far is names alone, as in n, d = X.shape; whether NAME = numbers
    for place, token in enumerate(tokens):
        depth += (token.kind == "open") - (token.kind == "close")
        comma = token.text == "," and depth == 0 and not names
        ends = token.text in between or (
            comma and _begins(tokens[place + 1 : place + 3], literal=literal and len(found[-1]) > 2)
        )
        if token.kind == "sep" and ends and depth <= 0:
            found.append([])
            names = literal = True
        elif token.kind != "sep" or token.text != "\n":
            found[-1].append(token)
            count = len(found[-1])
            names = names and (token.kind == "name" or token.text == ",")
            literal = literal and (count == 1 or (is_op(token, "=") if count == 2 else is_literal([token])))
    return [statement for statement in found if statement]


def _begins(behind: Sequence[Node], *, literal: bool) -> bool:
    """Whether a statement begins behind a comma: an assignment, or behind a value what is no number."""
    sets = len(behind) == 2 and behind[0].kind == "name" and is_op(behind[1], "=")
    return sets or (literal and bool(behind) and behind[0].kind not in ("num", "open", "op"))


def position(tokens: Sequence[Node], *texts: str) -> int:
    """The place of the first of these words or signs outside brackets, -1 where there is none."""
    depth = 0
    for place, token in enumerate(tokens):
        depth += (token.kind == "open") - (token.kind == "close")
        if depth == 0 and token.text in texts:
            return place
    return -1


def ordered(statements: list[TokenStatement]) -> list[TokenStatement]:
    """Assignments in an order in which each name is set before it is used, where they stand in another."""
    values = [statement for statement in statements if statement.target is None]
    if len(values) == 1 and statements[-1] is not values[0]:
        rest = [statement for statement in statements if statement is not values[0]]
        later = {s.target for s in statements[statements.index(values[0]) :]}
        return [*ordered(rest), values[0]] if values[0].uses & later else statements
    made = {statement.target for statement in statements}
    if values or len(made) < len(statements):
        return statements
    found: list[TokenStatement] = []
    done: set[Any] = set()
    left = list(statements)
    while left:
        ready = next((s for s in left if s.uses & made - {s.target} <= done), None)
        if ready is None:
            return statements
        left.remove(ready)
        done.add(ready.target)
        found.append(ready)
    return found
