"""Bars: absolute values, determinants, lengths and norms."""

from __future__ import annotations

from autograd_core.errors import Span
from autograd_core.expr.reader import products
from autograd_core.expr.reader.item import Item, atom, binary, call
from autograd_core.expr.reader.products import MisfitError
from autograd_core.expr.reader.scope import Scope
from autograd_core.expr.reader.tree import Node

_FROBENIUS = ("F", "fro", "Fro", "Frob", "f", "HS")
_BY_ORDER: dict[str, tuple[str, str, str | None]] = {
    **dict.fromkeys(("*", "⊙", "nuc", "tr"), ("sum", "svdvals", None)),
    "2": ("max", "svdvals", "||...||_2 of a matrix was read as its largest singular value; _F is Frobenius"),
    **dict.fromkeys(("1", "L1"), ("sum", "abs", "||...||_1 of a matrix was read as the sum of the absolute values")),
    **dict.fromkeys(("inf", "max"), ("max", "abs", "||...||_inf of a matrix was read as the largest absolute value")),
}
"""The index of a norm, what it takes of which numbers, and what is said of one of a matrix."""


def determinant_or_length(scope: Scope, node: Node) -> Item:
    """``|x|``: of a number its absolute value, of a square matrix its determinant, of a vector its length."""
    inner = scope.item(node.children[0])
    if inner.grow is not None:
        raise MisfitError("the size of the identity is not known here")
    if inner.labels:
        if inner.shape:
            return _length(inner, node)
        return call("abs", [inner], (), node.span, labels=inner.labels)
    if products.square(inner):
        return call("det", [inner], (), node.span)
    if inner.rank == 0 or inner.scalar or id(node) in scope.by_entry:
        return call("abs", [inner], inner.shape, node.span, row=inner.row)
    if inner.rank == 1:
        scope.notes.add("AG415", f"|{inner.text()}| of a vector was read as its length; abs(...) is by entry")
        return call("norm", [inner], (), node.span)
    raise MisfitError(f"|...| of {products.described(inner)} has no meaning")


def norm_of(scope: Scope, node: Node, power: Node | None) -> Item | None:
    """A norm, or its square as a sum of squares; None where the power is another one and a plain norm is meant."""
    inner = scope.item(node.children[0])
    order = "".join(item.text for item in node.data or () if item.single)
    span = node.start, max(node.end, power.end if power is not None else 0)
    length = power is not None and inner.rank == 1 and not inner.labels and id(node) not in scope.by_entry
    if node.text == "|" and not order and not length:
        return None
    squared = power is not None and power.kind == "num" and power.text == "2"
    if power is not None and not squared:
        return None
    if inner.grow is not None:
        raise MisfitError("the size of the identity is not known here")
    if inner.labels:
        return _length(inner, node, squared=squared, order=order)
    weight = scope.names.find(order) if order else None
    if weight is not None and order not in _FROBENIUS and len(scope.shapes[weight]) == 2:
        return _weighted(scope, inner, weight, node, squared=squared)
    matrix = inner.rank == 2 and 1 not in inner.shape
    if order in ("", *_FROBENIUS) or (order == "2" and not matrix):
        if matrix and not order:
            scope.notes.add("AG415", f"||{inner.text()}|| of a matrix was read as the Frobenius norm")
        if squared:
            square = _squared(inner, inner.shape, span[1])
            return call("sum", [square], (), span) if inner.rank else square
        return call("norm" if inner.rank else "abs", [inner], (), span)
    made = _ordered(scope, inner, order, span)
    return _squared(made, (), span[1]) if squared else made


def _squared(item: Item, shape: tuple[int, ...], end: int) -> Item:
    two = atom("2", (end - 1, end), kind="number")
    return binary("**", item, two, shape, two.span)


def _ordered(scope: Scope, inner: Item, order: str, span: Span) -> Item:
    """Norms with another index."""
    whole, entries, note = _BY_ORDER.get(order, ("", "", None))
    if whole and (entries == "abs" or inner.rank == 2):
        if inner.rank == 2 and note is not None:
            scope.notes.add("AG415", note)
        shape = inner.shape if entries == "abs" else (min(inner.shape),)
        return call(whole, [call(entries, [inner], shape, span)], (), span)
    variable = scope.names.find(order)
    if inner.rank == 1 and (order.isdigit() and order != "0"):
        return call("norm", [inner, order], (), span)
    if inner.rank == 1 and variable is not None and scope.shapes[variable] == ():
        size = call("abs", [inner], inner.shape, span)
        total = call("sum", [binary("**", size, atom(variable, span), inner.shape, span)], (), span)
        return binary("**", total, atom(f"(1/{variable})", span), (), span)
    raise MisfitError(f"the norm with the index {order} is not read")


def _weighted(scope: Scope, inner: Item, weight: str, node: Node, *, squared: bool) -> Item:
    """``||x||_A^2``, which is x^T A x."""
    matrix = atom(weight, (node.end - 1, node.end), scope.shapes[weight])
    place = (node.start, node.start + 1)
    row = products.transposed(inner, inner.end)
    made = products.product(products.product(row, matrix, place, scope.notes), inner, place, scope.notes)
    return made if squared else call("sqrt", [made], (), node.span)


def _length(inner: Item, node: Node, *, squared: bool = False, order: str = "") -> Item:
    """The length of a vector with open indices, over its own axis."""
    span, labels = node.span, inner.labels
    if inner.rank == 0 and not squared:
        return call("abs", [inner], (), span, labels=labels)
    if inner.rank > 1 or order not in ("", "2", "1"):
        raise MisfitError("this norm under a sum is not read")
    if order == "1":
        return call("sum", [call("abs", [inner], (), span), "axis=-1"], (), span, labels=labels)
    if not squared:
        return call("norm", [inner, "axis=-1"], (), span, labels=labels)
    square = _squared(inner, (), node.end)
    square.labels = labels
    return square if inner.rank == 0 else call("sum", [square, "axis=-1"], (), span, labels=labels)
