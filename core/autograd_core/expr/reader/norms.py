"""Absolute values, determinants, lengths and norms: what stands between bars."""

from __future__ import annotations

from autograd_core.expr.reader import products
from autograd_core.expr.reader.item import Item, MisfitError, atom, binary, call, described
from autograd_core.expr.reader.terms import Terms
from autograd_core.expr.reader.tree import Node

_FROBENIUS = ("F", "fro", "Fro", "Frob", "f", "HS")
_BY_ORDER: dict[str, tuple[str, str, str | None]] = {
    **dict.fromkeys(("*", "⊙", "nuc", "tr"), ("sum", "svdvals", None)),
    "2": ("max", "svdvals", "||...||_2 of a matrix was read as its largest singular value; _F is Frobenius"),
    **dict.fromkeys(("1", "L1"), ("sum", "abs", "||...||_1 of a matrix was read as the sum of the absolute values")),
    **dict.fromkeys(("inf", "max"), ("max", "abs", "||...||_inf of a matrix was read as the largest absolute value")),
}
"""The index of a norm, what it takes of which numbers, and what is said of one of a matrix."""


class Norms(Terms):
    """Reads bars by the shape of what stands between them."""

    def visit_norm(self, node: Node) -> Item:
        """``||x||``; ``|x|`` is the absolute value of a number, the determinant of a square matrix, else a length."""
        if (made := self.norm_of(node, None)) is not None:
            return made
        inner = self.item(node.children[0])
        if products.square(inner) and not inner.labels:
            return call("det", [inner])
        if inner.rank == 0 or inner.scalar or id(node) in self.by_entry:
            return call("abs", [inner], inner.shape, row=inner.row, labels=inner.labels)
        if inner.rank == 1:
            self.say("AG415", f"|{inner.text()}| of a vector was read as its length; abs(...) is by entry")
            return _length(inner, squared=False)
        raise MisfitError(f"|...| of {described(inner)} has no meaning")

    def norm_of(self, node: Node, power: Node | None) -> Item | None:
        """A norm, or its square as a sum of squares; None where the power is another one and a plain norm is meant."""
        inner = self.item(node.children[0])
        order = "".join(item.text for item in node.data or () if item.single)
        length = power is not None and inner.rank == 1 and not inner.labels and id(node) not in self.by_entry
        squared = power is not None and power.kind == "num" and power.text == "2"
        if (node.text == "|" and not order and not length) or (power is not None and not squared):
            return None
        letter, power_of, _ = order.partition("^")
        weight = self.names.find(letter) if letter not in ("", *_FROBENIUS) else None
        inverse = bool(power_of) and self.text[slice(*node.data[-1].span)].strip("{}") == "-1"
        if weight is not None and len(self.shapes[weight]) == 2 and inverse == bool(power_of):
            between = atom(weight, self.shapes[weight])
            between = products.inverted(between) if inverse else between
            row = products.product(products.transposed(inner), between)
            made = products.product(row, inner)
            return made if squared else call("sqrt", [made])
        matrix = inner.rank == 2 and 1 not in inner.shape
        if order not in ("", *_FROBENIUS) and (order != "2" or matrix):
            made = self.ordered_norm(inner, order)
            return _squared(made) if squared else made
        if matrix and not order:
            self.say("AG415", f"||{inner.text()}|| of a matrix was read as the Frobenius norm")
        return _length(inner, squared=squared)

    def ordered_norm(self, inner: Item, order: str) -> Item:
        """Norms with another index."""
        if inner.labels:
            if inner.rank != 1 or order != "1":
                raise MisfitError("this norm under a sum is not read")
            return _of_entries("sum", call("abs", [inner], inner.shape, labels=inner.labels))
        whole, entries, note = _BY_ORDER.get(order, ("", "", None))
        if whole and (entries == "abs" or inner.rank == 2):
            if inner.rank == 2 and note is not None:
                self.say("AG415", note)
            shape = inner.shape if entries == "abs" else (min(inner.shape),)
            return call(whole, [call(entries, [inner], shape)])
        variable = self.names.find(order)
        if inner.rank == 1 and (order.isdigit() and order != "0"):
            return call("norm", [inner, order])
        if inner.rank == 1 and variable is not None and self.shapes[variable] == ():
            size = call("abs", [inner], inner.shape)
            total = call("sum", [binary("**", size, atom(variable), inner.shape)])
            return binary("**", total, atom(f"(1/{variable})"), ())
        raise MisfitError(f"the norm with the index {order} is not read")


def _squared(item: Item) -> Item:
    """The square by entry."""
    return binary("**", item, atom("2", kind="number"), item.shape, labels=item.labels)


def _of_entries(function: str, item: Item) -> Item:
    """A function of all entries, with open indices of those along its own axis."""
    return call(function, [item, *(["axis=-1"] if item.labels else [])], labels=item.labels)


def _length(inner: Item, *, squared: bool) -> Item:
    """The length of a vector or a matrix, with open indices over its own axis, or its square."""
    if inner.labels and inner.rank > 1:
        raise MisfitError("this norm under a sum is not read")
    if not inner.rank:
        return _squared(inner) if squared else call("abs", [inner], labels=inner.labels)
    return _of_entries("sum", _squared(inner)) if squared else _of_entries("norm", inner)
