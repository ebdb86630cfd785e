"""The shape of a function's result, which the language itself tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autograd_core.errors import AutogradError
from autograd_core.expr.build import parse
from autograd_core.expr.reader.item import Item, flatten
from autograd_core.expr.reader.products import MisfitError
from autograd_core.ops.registry import find
from autograd_core.ops.spec import Shape


class CallShapes:
    """Shapes of calls; ``shapes`` holds those of the variables."""

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self.shapes = shapes

    def shape(self, made: Item, operands: Sequence[Item]) -> Shape:
        """The shape of a call of these operands.

        Raises MisfitError where they do not fit.
        """
        first = operands[0] if operands else None
        name = made.parts[0][0][:-1] if isinstance(made.parts[0], tuple) else ""
        if first is not None and len(operands) == 1:
            function = find(name)
            if getattr(function, "elementwise", False):
                return first.shape
            if name in ("sum", "mean", "trace", "det"):
                if name in ("trace", "det") and (first.rank != 2 or first.shape[0] != first.shape[1]):
                    text = first.text()
                    raise MisfitError(
                        f"{name} needs a square matrix: {text[:40]} has shape ({', '.join(map(str, first.shape))})",
                        span=made.span,
                    )
                return ()
        return self.asked(made, operands)

    def asked(self, made: Item, operands: Sequence[Item]) -> Shape:
        """The shape that the language finds, with a name of the same shape for each operand."""
        places = {id(item): f"operand_{number}" for number, item in enumerate(operands) if _stands(item)}
        text = "".join(part[0] if isinstance(part, tuple) else _shown(part, places) for part in made.parts)
        inputs = {**self.shapes, **{places[id(item)]: item.shape for item in operands if id(item) in places}}
        try:
            return parse(text, inputs).result.shape
        except AutogradError as error:
            message = error.message
            for item in operands:
                if id(item) in places:
                    message = message.replace(places[id(item)], item.text()[:40])
            raise MisfitError(message, span=made.span, code=error.code, hint=error.hint) from None


def _stands(item: Item) -> bool:
    """Whether an operand is a value, and not a setting or a number."""
    return item.kind not in ("literal", "number", "constant", "numbers", "results")


def _shown(item: Item, places: Mapping[int, str]) -> str:
    if id(item) in places:
        return places[id(item)]
    if item.kind in ("results",) or any(isinstance(part, Item) and id(part) in places for part in item.parts):
        return "".join(part[0] if isinstance(part, tuple) else _shown(part, places) for part in item.parts)
    return "".join(piece[0] for piece in flatten(item))
