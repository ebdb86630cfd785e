"""Bars: absolute values, determinants, lengths and norms."""

from __future__ import annotations

from autograd_core.expr.reader import products
from autograd_core.expr.reader.item import Item, binary, call
from autograd_core.expr.reader.products import MisfitError
from autograd_core.expr.reader.scope import Scope
from autograd_core.expr.reader.tokens import Token
from autograd_core.expr.reader.tree import SyntaxNode

_FROBENIUS = ("F", "fro", "Fro", "Frob", "f", "HS")


def determinant_or_length(scope: Scope, node: SyntaxNode) -> Item:
    """``|x|``: of a number its absolute value, of a square matrix its determinant, of a vector its length."""
    inner = scope.item(node.children[0])
    start, end = node.start, node.end
    if inner.grow is not None:
        raise MisfitError("the size of the identity is not known here", span=(start, end))
    if inner.labels:
        if inner.shape:
            return _length(scope, inner, node)
        return call("abs", [inner], (), start, end, labels=inner.labels)
    if products.square(inner):
        return call("det", [inner], (), start, end)
    if inner.rank == 0 or inner.scalar or id(node) in scope.by_entry:
        return call("abs", [inner], inner.shape, start, end, row=inner.row)
    if inner.rank == 1:
        scope.notes.add("AG415", f"|{inner.text()}| of a vector was read as its length; abs(...) is by entry")
        return call("norm", [inner], (), start, end)
    raise MisfitError(f"|...| of {products.described(inner)} has no meaning", span=(start, end))


def norm_of(scope: Scope, node: SyntaxNode, power: SyntaxNode | None) -> Item | None:
    """A norm, or its square as a sum of squares; None where the power is another one and a plain norm is meant."""
    inner = scope.item(node.children[0])
    order = "".join(item.text for item in node.data or () if isinstance(item, Token))
    start, end = node.start, max(node.end, power.end if power is not None else 0)
    length = power is not None and inner.rank == 1 and not inner.labels and id(node) not in scope.by_entry
    if node.text == "|" and not order and not length:
        return None
    squared = power is not None and power.kind == "num" and power.text == "2"
    if power is not None and not squared:
        return None
    if inner.grow is not None:
        raise MisfitError("the size of the identity is not known here", span=(start, end))
    if inner.labels:
        return _length(scope, inner, node, squared=squared, order=order)
    weight = scope.names.find(order) if order else None
    if weight is not None and order not in _FROBENIUS and len(scope.shapes[weight]) == 2:
        return _weighted(scope, inner, weight, node, squared=squared)
    if inner.rank == 2 and order in ("", "2") and 1 not in inner.shape:
        return _of_matrix(scope, inner, order, start, end, squared=squared)
    if order in ("", "2", *_FROBENIUS):
        if squared:
            return _squares(inner, start, end)
        if inner.rank == 0:
            return call("abs", [inner], (), start, end)
        return call("norm", [inner], (), start, end)
    made = _ordered(scope, inner, order, start, end)
    if squared:
        return binary("**", made, Item((), [("2", end - 1, end)], 6, end - 1, end), (), (end - 1, end))
    return made


def _squares(inner: Item, start: int, end: int) -> Item:
    """The sum of the squares."""
    two = Item((), [("2", end - 1, end)], 6, end - 1, end, kind="number")
    square = binary("**", inner, two, inner.shape, (end - 1, end))
    return call("sum", [square], (), start, end) if inner.rank else square


def _of_matrix(scope: Scope, inner: Item, order: str, start: int, end: int, *, squared: bool) -> Item:
    """The norm of a matrix: Frobenius', unless _2 asks for the spectral one."""
    if order == "2":
        scope.notes.add("AG415", "||...||_2 of a matrix was read as its largest singular value; _F is Frobenius")
        largest = call("max", [call("svdvals", [inner], (min(inner.shape),), start, end)], (), start, end)
        if squared:
            return binary("**", largest, Item((), [("2", end - 1, end)], 6, end - 1, end), (), (end - 1, end))
        return largest
    scope.notes.add("AG415", f"||{inner.text()}|| of a matrix was read as the Frobenius norm")
    return _squares(inner, start, end) if squared else call("norm", [inner], (), start, end)


def _ordered(scope: Scope, inner: Item, order: str, start: int, end: int) -> Item:
    """Norms with another index."""
    if order in ("*", "⊙", "nuc", "tr") and inner.rank == 2:
        return call("sum", [call("svdvals", [inner], (min(inner.shape),), start, end)], (), start, end)
    if order in ("1", "L1"):
        if inner.rank == 2:
            scope.notes.add("AG415", "||...||_1 of a matrix was read as the sum of the absolute values")
        return call("sum", [call("abs", [inner], inner.shape, start, end)], (), start, end)
    if order in ("inf", "max"):
        if inner.rank == 2:
            scope.notes.add("AG415", "||...||_inf of a matrix was read as the largest absolute value")
        return call("max", [call("abs", [inner], inner.shape, start, end)], (), start, end)
    variable = scope.names.find(order)
    if inner.rank == 1 and (order.isdigit() and order != "0"):
        return call("norm", [inner, order], (), start, end)
    if inner.rank == 1 and variable is not None and scope.shapes[variable] == ():
        size = call("abs", [inner], inner.shape, start, end)
        p = Item((), [(variable, start, end)], 6, start, end)
        total = call("sum", [binary("**", size, p, inner.shape, (start, end))], (), start, end)
        return binary("**", total, Item((), [(f"(1/{variable})", start, end)], 6, start, end), (), (start, end))
    raise MisfitError(f"the norm with the index {order} is not read", span=(start, end))


def _weighted(scope: Scope, inner: Item, weight: str, node: SyntaxNode, *, squared: bool) -> Item:
    """``||x||_A^2``, which is x^T A x."""
    matrix = Item(scope.shapes[weight], [(weight, node.end - 1, node.end)], 6, node.end - 1, node.end)
    place = (node.start, node.start + 1)
    row = products.transposed(inner, inner.end)
    made = products.product(products.product(row, matrix, place, scope.notes), inner, place, scope.notes)
    return made if squared else call("sqrt", [made], (), node.start, node.end)


def _length(scope: Scope, inner: Item, node: SyntaxNode, *, squared: bool = False, order: str = "") -> Item:
    """The length of a vector with open indices, over its own axis."""
    start, end = node.start, node.end
    if inner.rank == 0:
        made = call("abs", [inner], (), start, end, labels=inner.labels)
        if not squared:
            return made
    if inner.rank > 1 or order not in ("", "2", "1"):
        raise MisfitError("this norm under a sum is not read", span=(start, end))
    two = Item((), [("2", end - 1, end)], 6, end - 1, end, kind="number")
    if order == "1":
        return call("sum", [call("abs", [inner], (), start, end), "axis=-1"], (), start, end, labels=inner.labels)
    if squared:
        square = binary("**", inner, two, (), (end - 1, end))
        if inner.rank == 0:
            square.labels = inner.labels
            return square
        return call("sum", [square, "axis=-1"], (), start, end, labels=inner.labels)
    return call("norm", [inner, "axis=-1"], (), start, end, labels=inner.labels)
