"""Operands: functions, roots, fractions and sums with what they take, and what stands behind names and brackets."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from autograd_core.errors import ExpressionError, LimitError, Span
from autograd_core.expr.reader import notation
from autograd_core.expr.reader.names import Names
from autograd_core.expr.reader.tokenizer import Token, is_op
from autograd_core.expr.reader.tree import SyntaxNode, joined, power

MAX_PREFIXES = 60
"""Signs and functions in a row without brackets."""


class Operands(ABC):
    """Parses operands from ``items``: the tokens and bracketed nodes between two brackets."""

    def __init__(self, text: str, tokens: Sequence[Token], names: Names) -> None:
        self.text = text
        self.tokens = tokens
        self.names = names
        self.items: list[Any] = []
        self.at = 0
        self.prefixes = 0

    @abstractmethod
    def term(self) -> SyntaxNode:
        """The factors of one term."""

    def wrong(self, words: str, span: Span, **more: Any) -> ExpressionError:
        """An error that points into the text."""
        return ExpressionError(words, code=more.pop("code", "AG601"), span=span, text=self.text, **more)

    def peek(self) -> Any:
        """The next item, None at the end."""
        return self.items[self.at] if self.at < len(self.items) else None

    def missing(self, place: tuple[int, int] | None = None) -> ExpressionError:
        """The error for an operand that is not there."""
        last = self.items[-1] if self.items else None
        start, end = place or (last.span if last else (0, 1))
        return self.wrong("something is missing behind this", (start, end))

    def factor(self) -> SyntaxNode:
        """A function, root, fraction or sum with what it takes, or an operand with what stands behind it."""
        self.prefixes += 1
        if self.prefixes > MAX_PREFIXES:
            raise LimitError("functions without brackets are nested too deep", code="AG803", text=self.text)
        try:
            item = self.peek()
            if item is None:
                raise self.missing()
            if is_op(item, "-") or is_op(item, "+"):
                self.at += 1
                operand = self.factor()
                return SyntaxNode("sum", item.start, operand.end, [operand], data=[(item.text, item.start, item.end)])
            if isinstance(item, Token):
                if item.kind in ("root", "frac", "sum", "prod"):
                    self.at += 1
                    return getattr(self, {"prod": "sum_over", "sum": "sum_over"}.get(item.kind, item.kind))(item)  # type: ignore[no-any-return]  # each gives a node
                if item.kind == "name" and self.names.function(item.text) is not None:
                    return self.function(item)
                if item.kind == "name" and item.text in ("Σ", "Π") and item.text not in self.names and self.summed():
                    self.at += 1
                    return self.sum_over(item)
                if item.text in ("σ", "sigma") and item.text in self.names and self.called():
                    return self.sigma(item)
                if item.kind in ("nabla", "partial"):
                    raise self.wrong(
                        "a sign of differentiation has no meaning here",
                        item.span,
                        why="the expression is what is differentiated, and it is differentiated by every input",
                    )
            return self.behind(self.primary())
        finally:
            self.prefixes -= 1

    def called(self) -> bool:
        """Whether a bracket follows without a blank."""
        following = self.items[self.at + 1] if self.at + 1 < len(self.items) else None
        return isinstance(following, SyntaxNode) and following.wrapped == "(" and not following.blank

    def sigma(self, item: Token) -> SyntaxNode:
        """``σ(x)`` where σ has a value: a product, or the sigmoid function."""
        self.at += 2
        argument = self.items[self.at - 1]
        name = SyntaxNode("name", item.start, item.end, text=item.text, blank=item.blank)
        call = SyntaxNode("call", item.start, argument.end, [argument], "sigmoid", (None, ()), item.blank)
        return SyntaxNode("choice", item.start, argument.end, [joined([name, argument]), call], blank=item.blank)

    def summed(self) -> bool:
        """Whether something follows that a letter Σ could be the sum of."""
        following = self.items[self.at + 1] if self.at + 1 < len(self.items) else None
        if following is None or (isinstance(following, Token) and following.kind not in ("name", "num", "root")):
            return isinstance(following, Token) and following.text == "_"
        return True

    def primary(self) -> SyntaxNode:
        """A number, a name, a bracket."""
        item = self.peek()
        self.at += 1
        if isinstance(item, SyntaxNode):
            if item.kind == "brackets":
                raise self.wrong("these brackets do not fit here", item.span)
            return item
        if item.kind in ("num", "name", "ones", "str"):
            return SyntaxNode(item.kind, item.start, item.end, text=item.text, blank=item.blank, data=item.whole)
        if item.kind == "T":
            return SyntaxNode("name", item.start, item.end, text="T", blank=item.blank)
        if item.text == "...":
            return SyntaxNode("ellipsis", item.start, item.end, text="...")
        raise self.wrong(f"'{self.text[item.start : item.end]}' does not fit here", item.span)

    def behind(self, base: SyntaxNode) -> SyntaxNode:
        """An operand with its indices, transposes, methods and powers."""
        base = self.postfix(base)
        powers: list[SyntaxNode] = []
        sign = "^"
        while (item := self.peek()) is not None and isinstance(item, Token) and item.text in ("^", "**", ".^"):
            if item.kind != "op":
                break
            self.at += 1
            sign = item.text
            powers.append(self.exponent(item))
            if powers[-1].kind in ("dagger", "pinv"):
                mark = powers.pop()
                inverse = SyntaxNode("call", base.start, mark.end, [base], "pinv", (None, ()))
                turned = SyntaxNode("transpose", base.start, mark.end, [base])
                both = SyntaxNode("choice", base.start, mark.end, [turned, inverse])
                base = self.postfix(power(inverse if mark.kind == "pinv" else both, powers, sign))
                powers = []
            elif (
                powers[-1].kind == "T"
                or base.kind == "norm"
                or (self.postfixed() and powers[-1].kind in ("num", "name", "T"))
            ):
                base = self.postfix(power(base, powers, sign))
                powers = []
        return power(base, powers, sign)

    def postfixed(self) -> bool:
        """Whether a transpose or an index follows at once."""
        item = self.peek()
        return isinstance(item, Token) and not item.blank and (item.kind == "quote" or item.text == "_")

    def postfix(self, base: SyntaxNode) -> SyntaxNode:
        """Indices, transposes, attributes and methods behind an operand."""
        while (item := self.peek()) is not None:
            if isinstance(item, SyntaxNode):
                if item.kind != "brackets":
                    break
                self.at += 1
                base = SyntaxNode("index", base.start, item.end, [base, item.children[0]], data=item.data)
            elif item.kind in ("quote", "T") and not item.blank:
                self.at += 1
                base = SyntaxNode("transpose", base.start, item.end, [base])
            elif item.kind == "op" and item.text == "_" and not item.blank:
                self.at += 1
                base = self.subscript(base)
            elif item.kind == "op" and item.text == "." and not item.blank:
                base = self.attribute(base, item)
            elif is_op(item, "!"):
                why = "x! is gamma(x + 1)"
                raise self.wrong("a factorial is not read", (base.start, item.end), code="AG603", why=why)
            else:
                break
        return base

    def subscript(self, base: SyntaxNode) -> SyntaxNode:
        """``x_1``, ``A_{ij}``, ``||x||_2``."""
        item = self.peek()
        if item is None or (isinstance(item, Token) and item.kind not in ("name", "num", "T", "op", "ones")):
            raise self.missing()
        self.at += 1
        raw = list(item.raw) if isinstance(item, SyntaxNode) else [item]
        norm = base.children[0] if base.kind == "power" else base
        if norm.kind == "inner" and all(isinstance(each, Token) and each.text in ("F", "2") for each in raw):
            return base
        if norm.kind == "norm":
            norm.data, base.end = raw, item.end
            return base
        return SyntaxNode("sub", base.start, item.end, [base], data=raw, blank=base.blank)

    def attribute(self, base: SyntaxNode, dot: Token) -> SyntaxNode:
        """``.T``, a method with its arguments, or a dot product ``v.w``."""
        self.at += 1
        name = self.peek()
        if not isinstance(name, Token) or name.kind not in ("name", "T"):
            raise self.wrong("'.' does not fit here", dot.span)
        self.at += 1
        following = self.peek()
        if isinstance(following, SyntaxNode) and following.wrapped == "(" and not following.blank:
            self.at += 1
            arguments = following.children if following.kind == "tuple" else [following]
            return SyntaxNode("method", base.start, following.end, [base, *arguments], name.text)
        if name.text in ("T", "mT"):
            return SyntaxNode("transpose", base.start, name.end, [base], data="." + name.text)
        right = SyntaxNode("name", name.start, name.end, text=name.text)
        return SyntaxNode("dot", base.start, name.end, [base, right], blank=base.blank)

    def exponent(self, sign: Token) -> SyntaxNode:
        """What is raised: signed, and only one operand of it."""
        self.prefixes += 1
        try:
            return self.raised(sign)
        finally:
            self.prefixes -= 1

    def raised(self, sign: Token) -> SyntaxNode:
        """The operand behind ``^``."""
        item = self.peek()
        if self.prefixes > MAX_PREFIXES:
            raise LimitError("powers are nested too deep", code="AG803", text=self.text)
        if item is None:
            raise self.missing(sign.span)
        if isinstance(item, Token) and item.kind == "T":
            self.at += 1
            return SyntaxNode("T", item.start, item.end)
        inner = item.raw[0] if isinstance(item, SyntaxNode) and item.wrapped == "{" and len(item.raw) == 1 else item
        if is_op(inner, "+") or (isinstance(inner, Token) and inner.kind == "dagger"):
            following = self.items[self.at + 1] if self.at + 1 < len(self.items) else None
            if inner.kind == "dagger" or inner is not item or following is None:
                self.at += 1
                return SyntaxNode("dagger" if inner.kind == "dagger" else "pinv", item.start, item.end)
        if is_op(item, "*") or is_op(item, "⊙"):
            raise self.wrong(
                "this power has no meaning here",
                (sign.start, item.end),
                why="x^T is the transpose, pinv(X) the pseudo-inverse",
            )
        negative: Token | None = None
        while is_op(item, "-") or is_op(item, "+"):
            negative = item if (item.text == "-") != (negative is not None) else None
            self.at += 1
            item = self.peek()
        if item is None:
            raise self.missing(sign.span)
        letter = item.text if isinstance(item, Token) and item.kind == "name" else ""
        if letter in ("T", "t", "H") and letter not in self.names and "T" not in self.names:
            self.at += 1
            return SyntaxNode("T", item.start, item.end, text="-" if negative else "")
        if isinstance(item, Token) and item.kind == "T":
            self.at += 1
            return SyntaxNode("T", item.start, item.end, text="-")
        if isinstance(item, SyntaxNode) and item.wrapped in ("{", "("):
            marked = _transposes(item, self.names)
            if marked is not None:
                self.at += 1
                return SyntaxNode("T", item.start, item.end, text=marked)
        if isinstance(item, Token) and item.kind == "name" and self.names.function(item.text) is not None:
            operand = self.function(item)
        else:
            operand = self.primary()
            operand = operand if operand.kind == "num" else self.postfix(operand)
        if negative is not None:
            operand = SyntaxNode(
                "sum", negative.start, operand.end, [operand], data=[("-", negative.start, negative.end)]
            )
        return operand

    def root(self, item: Token) -> SyntaxNode:
        """``√x``, ``\\sqrt[3]{x}``."""
        degree: SyntaxNode | None = None
        following = self.peek()
        if isinstance(following, SyntaxNode) and following.wrapped == "[" and item.text == "√" and "\\" in self.text:
            self.at += 1
            degree = following.children[0] if following.kind == "list" and following.children else following
        operand = self.argument() if self.text[item.start] == "\\" else self.factor()
        children = [operand] if degree is None else [operand, degree]
        return self.behind(
            SyntaxNode("root", item.start, operand.end, children, self.text[item.start], blank=item.blank)
        )

    def argument(self) -> SyntaxNode:
        """The argument of a command: a group or one token; a number gives one digit."""
        item = self.peek()
        if item is None:
            raise self.missing()
        if isinstance(item, Token) and item.kind == "num" and len(item.text) > 1 and item.text.isdigit():
            self.items[self.at] = Token("num", item.text[1:], item.start + 1, item.end)
            return SyntaxNode("num", item.start, item.start + 1, text=item.text[0])
        return self.primary()

    def frac(self, item: Token) -> SyntaxNode:
        """``\\frac{a}{b}``."""
        upper = self.argument()
        lower = self.argument()
        return self.behind(SyntaxNode("frac", item.start, lower.end, [upper, lower], blank=item.blank))

    def sum_over(self, item: Token) -> SyntaxNode:
        """``\\sum_{i=1}^{n}`` and the term that follows."""
        lower: Sequence[Any] = ()
        upper: Sequence[Any] = ()
        while (mark := self.peek()) is not None and isinstance(mark, Token) and mark.text in ("_", "^"):
            self.at += 1
            limit = self.peek()
            if limit is None:
                raise self.missing()
            self.at += 1
            raw = list(limit.raw) if isinstance(limit, SyntaxNode) else [limit]
            lower, upper = (raw, upper) if mark.text == "_" else (lower, raw)
        if self.peek() is None:
            raise self.missing(item.span)
        body = self.term()
        kind = "prod" if item.kind == "prod" or item.text == "Π" else "sum"
        return SyntaxNode("bigsum", item.start, body.end, [body], kind, (lower, upper), item.blank)

    def function(self, item: Token) -> SyntaxNode:
        """A function with its arguments in brackets, or with what stands behind it."""
        self.at += 1
        power: SyntaxNode | None = None
        base: Sequence[Any] = ()
        while (mark := self.peek()) is not None and isinstance(mark, Token) and mark.text in ("^", "_", "**"):
            if mark.blank:
                break
            self.at += 1
            if mark.text == "_":
                limit = self.peek()
                self.at += 1
                base = list(limit.raw) if isinstance(limit, SyntaxNode) else [limit]
            else:
                power = self.exponent(mark)
        following = self.peek()
        name = self.names.function(item.text)
        data = (power, base)
        if base and name in ("sum", "prod", "mean", "max", "min") and following is not None:
            body = self.term()
            return SyntaxNode("bigsum", item.start, body.end, [body], name, (base, ()), item.blank)
        if isinstance(following, SyntaxNode) and following.wrapped in ("(", "{", "[") and following.kind != "brackets":
            self.at += 1
            several = following.kind == "tuple" and following.wrapped != "["
            arguments = following.children if several else [following]
            made = SyntaxNode("call", item.start, following.end, list(arguments), name or "", data, item.blank)
            return self.behind(made)
        if not notation.is_mathematical(item.text) and item.text not in ("σ", "sigma"):
            return self.behind(SyntaxNode("name", item.start, item.end, text=item.text, blank=item.blank))
        return self.bare(item, name or "", data)

    def bare(self, item: Token, name: str, data: Any) -> SyntaxNode:
        """A function without brackets: it takes one factor and those that stand tight behind it."""
        if not self.takes(self.peek()):
            if item.text in ("σ", "sigma"):
                return self.behind(SyntaxNode("name", item.start, item.end, text=item.text, blank=item.blank))
            raise self.wrong(f"{item.text} is a function and needs an argument", item.span, code="AG604")
        tight = [self.factor()]
        while self.takes(following := self.peek()) and not following.blank and not self.is_function(following):
            tight.append(self.factor())
        loose: list[SyntaxNode] = []
        while self.takes(following := self.peek()) and not self.is_function(following):
            loose.append(self.factor())
        first = SyntaxNode("call", item.start, tight[-1].end, [joined(tight)], name, data, item.blank)
        if not loose:
            return first
        whole = SyntaxNode("call", item.start, loose[-1].end, [joined([*tight, *loose])], name, data, item.blank)
        return SyntaxNode("choice", item.start, loose[-1].end, [joined([first, *loose]), whole], blank=item.blank)

    def takes(self, item: Any) -> bool:
        """Whether an item can be the operand of a function without brackets."""
        if item is None or (isinstance(item, SyntaxNode) and item.kind == "brackets"):
            return False
        return isinstance(item, SyntaxNode) or item.kind in ("num", "name", "ones", "root", "frac", "sum", "prod")

    def is_function(self, item: Any) -> bool:
        """Whether an item is the name of a function."""
        return isinstance(item, Token) and item.kind == "name" and self.names.function(item.text) is not None


def _transposes(group: SyntaxNode, names: Names) -> str | None:
    """Whether an exponent in brackets is T or -T: its sign; None for any other."""
    raw = [item for item in group.raw if isinstance(item, Token)]
    if len(raw) != len(group.raw) or not raw or len(raw) > 2:
        return None
    last = raw[-1]
    if last.kind != "T" and not (last.kind == "name" and last.text in ("T", "t") and last.text not in names):
        return None
    if len(raw) == 2 and not is_op(raw[0], "-"):
        return None
    return "-" if len(raw) == 2 else ""
