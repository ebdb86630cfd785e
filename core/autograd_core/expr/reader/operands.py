"""An operand with what stands behind it: indices, powers, transposes, attributes and methods."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import partial

from autograd_core.expr.reader import notation
from autograd_core.expr.reader.cursor import Cursor
from autograd_core.expr.reader.names import Names, is_summed
from autograd_core.expr.reader.tree import GROUPED, Node, is_op, made, power
from autograd_core.expr.tokenizer import wrong


class Operands(Cursor, ABC):
    """Parses numbers, names and brackets with what belongs to them."""

    def __init__(self, text: str, names: Names) -> None:
        super().__init__()
        self.text = text
        self.names = names

    @abstractmethod
    def function(self, item: Node) -> Node:
        """A function with its arguments, which may be raised: ``e^sin x``."""

    def is_function(self, item: Node) -> bool:
        """Whether an item is the name of a function."""
        return item.kind == "name" and self.names.function(item.text) is not None

    def signed(self, sign: str, place: Node, operand: Node) -> Node:
        """An operand with a sign."""
        return Node("sum", "", place.start, operand.end, children=[operand], data=[sign])

    def primary(self) -> Node:
        """A number, a name, a bracket."""
        item = self.advance()
        if item.kind == "group":
            return item.children[0]
        if item.kind == "norm":
            return item
        if item.kind in ("num", "name", "ones", "str", "T") or item.text == "...":
            kind = {"T": "name", "op": "str"}.get(item.kind, item.kind)
            return Node(kind, item.text, item.start, item.end, item.blank)
        raise wrong(f"'{self.text[item.start : item.end]}' does not fit here", item.span)

    def behind(self, base: Node) -> Node:
        """An operand with its indices, transposes, methods and powers."""
        base = self.postfix(base)
        powers: list[Node] = []
        sign = "^"
        while (mark := self.take("^", "**", ".^")) is not None:
            if base.kind in ("name", "sub") and not powers and (index := self.upper_index()):
                if base.kind == "sub" and f"{base.children[0].text}_{base.data[0].text}" not in self.names:
                    comma = Node("sep", ",", *index[0].span)
                    base, index = base.children[0], [*index, comma, *base.data]  # x_j^{(i)} is X_{ij}
                base = self.postfix(made("sub", [base], end=index[0].end, data=index))
                continue
            sign = mark.text
            powers.append(self.exponent(mark))
            kind, end = powers[-1].kind, powers[-1].end
            tight = not self.item.blank and (self.item.kind == "quote" or self.item.text == "_")
            if kind in ("dagger", "pinv"):
                inverse = made("call", [base], "pinv", end)
                both = made("choice", [made("transpose", [base], end=end), inverse])
                base = self.postfix(power(inverse if kind == "pinv" else both, powers[:-1], sign))
                powers = []
            elif kind == "T" or base.kind == "norm" or (tight and kind in ("num", "name")):
                base = self.postfix(power(base, powers, sign))
                powers = []
        return power(base, powers, sign)

    def upper_index(self) -> Sequence[Node]:
        """The index ``i`` of ``x^{(i)}`` where something is summed over it."""
        item = self.item.tokens[0] if self.item.text == "{" and len(self.item.tokens) == 1 else self.item
        if not self.index_at(item):
            return ()
        self.at += 1
        return item.tokens

    def index_at(self, item: Node) -> bool:
        """Whether a letter over which something is summed stands in round brackets."""
        inner = item.tokens if item.text == "(" else ()
        return len(inner) == 1 and inner[0].kind == "name" and is_summed(self.text, inner[0].text)

    def postfix(self, base: Node) -> Node:
        """Indices, transposes, attributes and methods behind an operand."""
        while True:
            item = self.item
            mark = item.text if item.kind == "op" else item.kind
            self.at += 1
            if mark == "brackets":
                base = made("index", [base, item.children[0]], end=item.end, data=item.data)
            elif mark == "!":
                if is_op(self.item, "!"):
                    raise wrong("a double factorial is not read", (base.start, self.item.end), "AG603")
                base = made("call", [base], "factorial", item.end)
            elif mark in ("quote", "T") and not item.blank:
                base = made("transpose", [base], end=item.end)
            elif base.kind == "norm" and self.text[item.start : item.end] == "∞" and not item.blank:
                base.data, base.end = [item], item.end
            elif mark == "_" and not item.blank:
                base = self.subscript(base)
            elif mark == "." and not item.blank:
                base = self.attribute(base, item)
            else:
                self.at -= 1
                return base

    def subscript(self, base: Node) -> Node:
        """``x_1``, ``A_{ij}``, ``||x||_2``."""
        item = self.item
        if item.kind not in ("name", "num", "T", "op", "ones", *GROUPED):
            raise self.missing()
        index = self.limit()
        norm = base.children[0] if base.kind == "power" else base
        if norm.kind == "inner" and all(each.text in ("F", "2") for each in index):
            return base
        if norm.kind == "norm":
            norm.data, base.end = index, item.end
            return base
        return made("sub", [base], end=item.end, data=index)

    def attribute(self, base: Node, dot: Node) -> Node:
        """``.T``, a method with its arguments, or a dot product ``v.w``."""
        name, group = self.item, self.following
        if name.kind not in ("name", "T"):
            raise wrong("'.' does not fit here", dot.span)
        self.at += 1
        rest = self.items[self.at : self.at + 4]
        if name.text == "at" and [each.kind for each in rest] == ["brackets", "op", "name", "group"]:
            self.at += 4
            given = [base, rest[0].children[0], *parted(rest[3])]
            return made("changed", given, rest[2].text, rest[3].end)
        if group.text == "(" and not group.blank:
            self.at += 1
            return made("method", [base, *parted(group)], name.text, group.end)
        if name.text in ("T", "mT"):
            return made("transpose", [base], end=name.end)
        kind = "str" if name.text in notation.MEASURES | {"values"} and name.text not in self.names else "name"
        return made("dot", [base, Node(kind, name.text, *name.span)])

    def exponent(self, sign: Node) -> Node:
        """What is raised: signed, and only one operand of it."""
        return self.deeper(partial(self.one_exponent, sign), "powers")

    def one_exponent(self, sign: Node) -> Node:
        """The exponent behind a sign."""
        item = self.item
        inner = item.tokens[0] if item.text == "{" and len(item.tokens) == 1 else item
        alone = inner is not item or self.following.kind == "end"  # x^+ and x^*, and no x^*y
        if inner.kind == "dagger" or (is_op(inner, "+") and alone):
            self.at += 1
            return Node("dagger" if inner.kind == "dagger" else "pinv", "", *item.span)
        if is_op(inner, "*", "⊙"):
            why = "x^T is the transpose, pinv(X) the pseudo-inverse"
            raise wrong(
                "this power has no meaning here", (sign.start, item.end), "AG603" if alone else "AG601", why=why
            )
        negative: Node | None = None
        while (mark := self.take("-", "+")) is not None:
            negative = mark if (mark.text == "-") != (negative is not None) else None
        item = self.item
        if item.kind == "end":
            raise self.missing(sign.span)
        if (turned := self.transposes(item)) is not None:
            self.at += 1
            return Node("T", "-" if negative else turned, *item.span)
        if self.is_function(item):
            operand = self.function(self.advance())
        else:
            operand = self.primary()
            operand = operand if operand.kind == "num" else self.postfix(operand)
        return operand if negative is None else self.signed("-", negative, operand)

    def transposes(self, item: Node) -> str | None:
        """Whether an exponent is T or -T, in brackets or not: its sign; None for any other."""
        marks = item.tokens if item.text in ("{", "(") else [item]
        if not marks or len(marks) > 2 or (len(marks) == 2 and not is_op(marks[0], "-")):
            return None
        last, sign = marks[-1], "-" * (len(marks) - 1)
        letter = last.kind == "name" and last.text in ("T", "t", "H") and not is_summed(self.text, last.text)
        return sign if last.kind == "T" or (letter and last.text not in self.names and "T" not in self.names) else None

    def argument(self) -> Node:
        """The argument of a command: a group or one token; a number, or a letter and a number, gives one character."""
        item = self.item
        letter = item.kind == "name" and item.text not in self.names
        if item.text[1:].isdigit() and (letter or item.kind == "num"):
            self.items[self.at] = Node("num", item.text[1:], item.start + 1, item.end)
            return Node(item.kind, item.text[0], item.start, item.start + 1)
        return self.primary()


def parted(group: Node) -> Sequence[Node]:
    """The arguments that stand in one bracket; a tuple in brackets of its own is one: ``stack((a, b))``."""
    inner = group.children[0]
    return inner.children if inner.kind == "tuple" and len(group.tokens) != 1 else [inner]
