"""What stands between two brackets, from loose to tight: comparisons, sums, terms, factors and what belongs to them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from autograd_core.errors import Span
from autograd_core.expr.reader import notation
from autograd_core.expr.reader.operands import Operands, parted
from autograd_core.expr.reader.tree import GROUPED, Link, Node, fraction, is_op, joined, made
from autograd_core.expr.tokenizer import wrong

PRODUCTS = ("*", "%*%", "/", "·", "×", "⊙", "⊗", "@", ".*", "./", "%", "//", "\\")
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
_OPERANDS = ("num", "name", "ones", "root", "frac", "sum", "prod", "group", "norm")
"""What a function without brackets takes."""

_OVER = ("sum", "prod", "mean", "max", "min")
"""Functions that may have an index to run over."""

_NORM = re.compile(r"(?<=\|\||.[‖∥])([12])[ \n]*(2)?(?![\d.])")
"""The index and the square of a norm that fell on the line."""

_SIGMA = ("σ", "sigma")
_PI = ("pi", "π")


class Grammar(Operands):
    """Parses ``items``: the tokens, brackets and bars of one value, and one of the kind end behind them."""

    def read(self, items: Sequence[Node], span: Span) -> Node:
        """The tree of all items."""
        self.items, self.at, self.prefixes = [*items, Node("end", "", span[1], span[1])], 0, 0
        found = self.comparison()
        if (item := self.item).kind != "end":
            raise wrong(f"'{self.text[item.start : item.end][:20]}' does not fit here", item.span)
        return found

    # Operators.

    def comparison(self) -> Node:
        """``a < b``; of ``a < b < c`` both parts."""
        left = self.sum()
        found: list[Node] = []
        while (sign := self.take(*COMPARISONS)) is not None:
            right = self.sum()
            found.append(made("compare", [left, right], sign.text))
            left = right
        return joined(found, "*") if found else left

    def sum(self) -> Node:
        """Terms with signs; a sign takes a whole term."""
        terms: list[Node] = []
        signs: list[str] = []
        start = self.item.start
        while not terms or is_op(self.item, "+", "-"):
            sign, place = "", self.item.start
            while (mark := self.take("+", "-")) is not None:
                sign = "-" if (sign == "-") != (mark.text == "-") else "+"
            span = place, self.items[self.at - 1].end
            if self.item.kind == "end":
                raise self.missing(span if sign else None)
            if sign == "+" and not terms:
                raise wrong("a sign stands here without a first term", span)
            term = self.term()
            before = terms[-1].children[-1] if terms and terms[-1].kind == "terms" else terms[-1] if terms else term
            if before is not term and _goes_on(before, term):
                inner = made("sum", [*before.children, term], data=["", sign])
                before.children, before.end = [inner], term.end
            else:
                terms.append(term)
                signs.append(sign)
        if len(terms) == 1 and signs[0] != "-":
            return terms[0]
        return Node("sum", "", start, terms[-1].end, children=terms, data=signs)

    def term(self) -> Node:
        """Factors, also with ``:`` between two products of them, ``A^T B : C``."""
        found = self.product()
        while self.take(":") is not None:
            found = joined([found, self.product()], ":")
        return found

    def product(self) -> Node:
        """Factors with and without signs between them, flat: they are grouped when shapes are known."""
        factors: list[Node] = []
        links: list[Link] = []
        link = Link("", False, False)
        while True:
            factor = self.factor()
            factors.append(factor)
            links.append(link)
            item = self.item
            if factor.kind == "num" and factor.text in ("0", "1") and item.kind in ("name", "num", *GROUPED):
                raise wrong(f"{factor.text} stands before a factor without a sign", factor.span)
            if item.kind == "end" or (factor.kind == "bigsum" and not factor.wrapped):
                break
            if self.take(*PRODUCTS) is not None:
                if self.item.kind == "end":
                    raise self.missing(item.span)
                link = Link(item.text, item.blank, self.item.blank)
            elif item.kind in ("op", "quote", "T", "str", "dagger"):
                if item.text in ("+", "-", "=", ":", *COMPARISONS):
                    break
                raise wrong(f"'{item.text}' does not fit here", item.span)
            elif item.kind == "num" and not self.ends_with_ones(item, factors[0]):
                error = wrong("a number stands behind a factor without a sign", item.span)
                if factor.kind == "norm" and factor.text == "||" and not item.blank:  # ∥x∥22 of a page
                    error.why = "the index and the square of a norm are written _2 and ^2"
                    error.rewrites = (_NORM.sub(lambda m: f"_{m[1]}{'^2' * bool(m[2])}", self.text),)
                raise error
            else:
                link = Link("", item.blank, item.blank)
        return factors[0] if len(factors) == 1 else made("terms", factors, data=links)

    def ends_with_ones(self, item: Node, first: Node) -> bool:
        """Whether a 1 is the last factor of a term, as the vector of ones in ``x^T 1`` and ``1^T(X ⊙ Y)1``."""
        last = self.following.kind == "end" or is_op(self.following, "+", "-", "^")
        turned = first.kind in ("power", "transpose") and first.children[0].text == "1"
        return item.text == "1" and (item.blank or turned) and last

    # Operands.

    def factor(self) -> Node:
        """One factor: an operand or a function, with what belongs to it."""
        return self.deeper(self.one_factor, "functions without brackets")

    def one_factor(self) -> Node:
        """A function, root, fraction or sum with what it takes, or an operand with what stands behind it."""
        item = self.item
        if item.kind in ("num", "group", "norm"):
            return self.behind(self.primary())
        if self.take("-", "+") is not None:
            return self.signed(item.text, item, self.factor())
        if self.take("~", "!") is not None:
            return made("compare", [self.factor(), Node("num", "0", *item.span)], "==")
        if item.kind == "root":
            return self.root(self.advance())
        if item.kind == "frac":
            self.at += 1
            upper, lower = self.argument(), self.argument()
            return self.behind(fraction(item.text, upper, lower, (item.start, lower.end), item.blank))
        letter = item.text in ("Σ", "Π") and item.text not in self.names and self.summed()
        if item.kind in ("sum", "prod") or letter:
            return self.sum_over(self.advance(), "prod" if item.kind == "prod" or item.text == "Π" else "sum")
        following = self.following
        if is_op(following, "_") and (extreme := self.extreme(item)):
            self.at += 3
            return self.called(item, extreme)
        if self.is_function(item):
            return self.function(self.advance())
        if item.kind in ("nabla", "partial"):
            why = "the expression is what is differentiated, and it is differentiated by every input"
            raise wrong("a sign of differentiation has no meaning here", item.span, why=why)
        if following.text == "(" and (found := self.before_bracket(item, following)) is not None:
            return found
        return self.behind(self.primary())

    def before_bracket(self, item: Node, group: Node) -> Node | None:
        """A name that means something else before a bracket than alone; None for any other."""
        if item.text in self.names:
            if item.text in _SIGMA and not group.blank:
                name, argument = self.primary(), self.primary()
                return made("choice", [joined([name, argument]), made("call", [argument], "sigmoid")])
            if group.blank or not self.index_at(group):
                return None
            self.at += 2
            return self.behind(made("sub", [item], end=group.end, data=group.tokens))
        if item.text == "I" and group.children[0].kind == "compare":
            self.at += 1
            return self.behind(self.primary())  # I(x > 0), the indicator
        letters = notation.CALLED_WITH_SEVERAL if len(parted(group)) > 1 else notation.CALLED
        meant = letters.get(item.text)
        if meant and re.search(notation.CALLED_BESIDE.get(item.text, ""), self.text):
            self.at += 1
            return self.called(item, meant)
        return None

    def called(self, item: Node, name: str) -> Node:
        """A function whose name was read, with the arguments in the brackets that follow."""
        group = self.advance()
        return self.behind(Node("call", name, item.start, group.end, item.blank, children=parted(group)))

    def extreme(self, item: Node) -> str:
        """The function that ``λ_max`` or ``σ_min`` is before a bracket; empty for any other name with an index."""
        index, group = [*self.items[self.at + 2 : self.at + 4], item, item][:2]
        word = index.tokens[0].text if index.text == "{" and index.tokens else index.text
        name = f"{notation.GREEK.get(item.text, item.text)}_{word}"
        return name if group.text == "(" and name not in self.names and name in notation.DEFINED else ""

    def summed(self) -> bool:
        """Whether something follows that a letter Σ could be the sum of."""
        before, following = self.items[self.at - 1] if self.at else self.items[-1], self.following
        tight = not (self.item.blank or following.blank)
        if before.kind == following.kind == "name" and before.text[:1].isupper():  # UΣV^T
            return not (tight or following.text[:1].isupper())
        return following.kind in ("name", "num", "root", *GROUPED) or following.text == "_"

    def root(self, item: Node) -> Node:
        """``√x``, ``\\sqrt[3]{x}``."""
        children: list[Node] = []
        if self.item.text == "[" and item.text == "√" and "\\" in self.text:
            degree = self.primary()
            children = [degree.children[0] if degree.kind == "list" and degree.children else degree]
        operand = self.argument() if self.text[item.start] == "\\" else self.factor()
        sign = self.text[item.start]
        return self.behind(Node("root", sign, item.start, operand.end, item.blank, children=[operand, *children]))

    def sum_over(self, item: Node, kind: str) -> Node:
        """``\\sum_{i=1}^{n}`` and the term that follows."""
        limits: dict[str, Sequence[Node]] = {"_": ()}
        while (mark := self.take("_", "^")) is not None:
            limits[mark.text] = [
                token for item in self.limit() for token in (item.tokens if item.text in "({" else [item])
            ]
        if self.item.kind == "end":
            raise self.missing(item.span)
        if any(is_op(token, "∈") for token in limits["_"][2:]):
            why = "which pairs there are is not known"
            hint = "sum(M*(R - U @ V.T)**2), where M has a 1 for each pair"
            raise wrong("a sum over a set of pairs is not read", item.span, "AG603", why=why, hint=hint)
        if any(token.text == "inf" for token in limits.get("^", ())):
            why = "the sum of so many terms that the rest is small comes near it"
            finite = re.sub(r"\^\s*\{?\s*(?:\\infty|∞|inf)\s*\}?", "^{20}", self.text)
            raise wrong("a sum without an end is not read", item.span, "AG603", why=why, rewrites=(finite,))
        body = self.term()
        data = limits["_"], limits.get("^", ())
        return Node("bigsum", kind, item.start, body.end, item.blank, children=[body], data=data)

    def function(self, item: Node) -> Node:
        """A function with its arguments in brackets, or with what stands behind it."""
        name = self.names.function(item.text) or ""
        command = self.text[item.start] == "\\"  # \max _{i} of programs that read pictures
        if name in _OVER and self.summed_bare(name, blank=command):
            return self.sum_over(item, name)
        exponent: Node | None = None
        base: Sequence[Node] = ()
        while (command or not self.item.blank) and (mark := self.take("^", "_", "**")) is not None:
            if mark.text == "_":
                base = self.limit()
            else:
                exponent = self.exponent(mark)
        group = self.item
        data: Any = (exponent, base)
        if group.text in ("(", "{", "["):
            inner = self.primary()
            arguments = [inner] if group.text == "[" else parted(group)
            while group.text == self.item.text == "{" and not self.item.blank:  # \inner{x}{y}
                arguments = [*arguments, self.primary()]
            if name == "log" and self.text[group.start] == "[":  # Log[2, x] of Mathematica
                arguments = arguments[::-1]
            return self.behind(Node("call", name, item.start, group.end, item.blank, children=arguments, data=data))
        signed = is_op(group, "-") and not self.following.blank and self.following.kind in _OPERANDS  # exp -x
        takes = group.kind in _OPERANDS or signed
        if not (notation.is_mathematical(item.text) or (item.text in _SIGMA and takes)):
            return self.behind(Node("name", item.text, *item.span, item.blank))
        if not takes:
            words = f"{item.text} is a function and needs an argument"
            raise wrong(words, item.span, "AG604", hint=f"{item.text}(x)")
        return self.of_signed(item, name, data) if signed else self.bare(item, name, data)

    def summed_bare(self, name: str, *, blank: bool) -> bool:
        """Whether a function is written as Σ is: with its index, or before ``x_i`` or ``(x_i - y_i)^2``."""
        if self.item.text == "(":
            return is_op(self.following, "^", "**") and _has_index(self.item.tokens)
        if is_op(self.item, "_"):
            return (blank or not self.item.blank) and self.items[self.at + 2 :][:1] != self.items[-1:]
        indexed = any(is_op(each, "_") for each in self.items[self.at :])
        return indexed and name in ("sum", "prod") and self.item.kind in _OPERANDS and self.item.kind != "group"

    def bare(self, item: Node, name: str, data: Any) -> Node:
        """A function without brackets: it takes one factor and those that stand tight behind it.

        One of 1 or of π alone is no variable's: what these are divided by belongs to it, ``ln 1/x``, ``cos π/4``.
        """
        tight = self.tight([self.factor()])
        if is_op(self.item, "/") and (tight[-1].text in _PI or [factor.text for factor in tight] == ["1"]):
            self.at += 1
            tight = self.tight([joined([joined(tight), self.factor()], "/")])
        loose: list[Node] = []
        while self.takes_another():
            loose.append(self.factor())

        def call(factors: list[Node]) -> Node:
            argument = joined(factors)
            return Node("call", name, item.start, argument.end, item.blank, children=[argument], data=data)

        return made("choice", [joined([call(tight), *loose]), call([*tight, *loose])]) if loose else call(tight)

    def tight(self, factors: list[Node]) -> list[Node]:
        """Factors with those that stand tight behind them, and a π and what it multiplies: ``cos 2 pi x``."""
        while self.takes_another() and (
            not self.item.blank or factors[-1].text in _PI or (factors[-1].kind == "num" and self.item.text in _PI)
        ):
            factors.append(self.factor())
        return factors

    def of_signed(self, item: Node, name: str, data: Any) -> Node:
        """``exp -x``: where a product goes on behind that, it may belong to the argument."""
        place, start = self.at, self.item.start
        made = self.bare(item, name, data)
        if not is_op(self.item, *PRODUCTS):
            return made
        self.at = place + 1
        ends = made.end, self.term().end
        rewrites = tuple(f"{self.text[:start]}({self.text[start:end]}){self.text[end:]}" for end in ends)
        words = f"{item.text} can take more than what stands behind its sign"
        raise wrong(words, (item.start, ends[1]), "AG619", rewrites=rewrites)

    def takes_another(self) -> bool:
        """Whether a factor follows that a function without brackets may take too."""
        return self.item.kind in _OPERANDS and not self.is_function(self.item)


def _has_index(items: Sequence[Node]) -> bool:
    """Whether something in a bracket has a letter for its index."""
    waiting = [*items]
    for place, item in enumerate(waiting):
        waiting += item.tokens
        mark = waiting[place - 1] if place else item
        letters = item.tokens if item.text == "{" else [item]
        if is_op(mark, "_") and any(each.kind == "name" and each.text in "ijklmn" for each in letters):
            return True
    return False


def _goes_on(total: Node, term: Node) -> bool:
    """Whether a term is part of the sum before it: its index is that sum's, ``Σ_i y_i log p_i + (1 - y_i) log q_i``."""
    letters = (
        {token.text for token in total.data[0] if token.kind == "name"}
        if total.kind == "bigsum" and not total.wrapped
        else set()
    )
    waiting = [term] if letters else []
    while waiting:
        node = waiting.pop()
        if node.kind == "sub" and letters.intersection("".join(token.text for token in node.data)):
            return True
        waiting += [] if node.kind == "bigsum" else node.children
    return False
