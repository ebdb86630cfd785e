"""The tree of a text of mathematics: brackets first, then what stands between them, from loose to tight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Any

from autograd_core.errors import AutogradError, ExpressionError, LimitError
from autograd_core.expr.reader import notation
from autograd_core.expr.reader.names import Names
from autograd_core.expr.reader.tokens import Token
from autograd_core.limits import MAX_BRACKETS
from autograd_core.records import record

PRODUCTS = frozenset(["*", "/", "·", "×", "⊙", "⊗", "@", ".*", "./", "%", "//", "\\"])
COMPARISONS = frozenset(["<", "<=", ">", ">=", "==", "!="])
_CLOSING = {"(": ")", "[": "]", "{": "}", "⟨": "⟩"}
MAX_PREFIXES = 60
"""Signs and functions in a row without brackets."""


@record(slots=True)
class Node:
    """A part of the text that has been understood; ``start`` and ``end`` are its place.

    ``kind`` says what it is, ``text`` its name, ``data`` what belongs to the kind, ``wrapped`` the bracket around it.
    """

    kind: str
    start: int
    end: int
    children: list[Node] = field(default_factory=list)
    text: str = ""
    data: Any = None
    blank: bool = False
    wrapped: str = ""
    raw: Sequence[Any] = ()
    depth: int = 1
    error: AutogradError | None = None

    def __post_init__(self) -> None:
        self.depth = 1 + max((child.depth for child in self.children), default=0)


@record(slots=True)
class Link:
    """What stands before a factor: its sign, empty for none, and the blanks on both sides of it."""

    sign: str
    before: bool
    after: bool
    place: tuple[int, int]


@record(slots=True)
class _Frame:
    opened: Token | None
    items: list[Any]


class Parser:
    """Parses the tokens of one statement."""

    def __init__(self, text: str, tokens: Sequence[Token], names: Names) -> None:
        self.text = text
        self.tokens = tokens
        self.names = names
        self.items: list[Any] = []
        self.at = 0
        self.prefixes = 0

    def parse(self) -> Node:
        """The tree of all tokens.

        Raises ExpressionError pointing into the text.
        """
        stack = [_Frame(None, [])]
        for token in self.tokens:
            if token.kind == "open" or (_is(token, "<") and self.operand_expected(stack[-1].items)):
                self.open(stack, _angle(token, "open"))
            elif token.kind == "close" or (_is(token, ">") and self.angled(stack)):
                token = _angle(token, "close")
                self.close(stack, token)
            elif token.kind == "bar":
                self.bar(stack, token)
            else:
                stack[-1].items.append(token)
        if len(stack) > 1:
            opened = stack[-1].opened
            assert opened is not None
            raise self.wrong(f"'{opened.text}' is never closed", opened.start, opened.end)
        if not stack[0].items:
            raise self.wrong("the expression is empty", 0, len(self.text))
        found = self.content(stack[0].items, (stack[0].items[0].start, stack[0].items[-1].end))
        if found.kind == "keyword":
            raise self.wrong("a name is set here a second time", found.start, found.end, code="AG603")
        if found.depth > MAX_BRACKETS:
            raise LimitError(
                f"the expression is nested too deep: more than {MAX_BRACKETS} levels", code="AG803", text=self.text
            )
        return found

    def angled(self, stack: list[_Frame]) -> bool:
        """Whether ``>`` ends an inner product ``<x, y>``."""
        opened = stack[-1].opened
        return opened is not None and opened.text == "⟨"

    def wrong(self, words: str, start: int, end: int, **more: Any) -> ExpressionError:
        """An error that points into the text."""
        return ExpressionError(words, code=more.pop("code", "AG601"), span=(start, end), text=self.text, **more)

    # Brackets and bars.

    def open(self, stack: list[_Frame], token: Token) -> None:
        """Begin a bracket."""
        if len(stack) > MAX_BRACKETS:
            raise LimitError(
                f"brackets are nested too deep: more than {MAX_BRACKETS} levels",
                code="AG803",
                span=(token.start, token.end),
                text=self.text,
            )
        stack.append(_Frame(token, []))

    def close(self, stack: list[_Frame], token: Token) -> None:
        """End a bracket: what stands in it becomes one node."""
        frame = stack[-1]
        opened = frame.opened
        if opened is None or _CLOSING.get(opened.text) != token.text:
            words = f"'{token.text}' closes no bracket" + (f": '{opened.text}' is open" if opened else "")
            raise self.wrong(words, token.start, token.end)
        stack.pop()
        outer = stack[-1].items
        entry = (
            opened.text == "(" and bool(outer) and not opened.blank and self.entries_of_matlab(outer[-1], frame.items)
        )
        node = self.group(frame, token) if not entry else self.counted(frame, token)
        if opened.text == "[" and outer and not opened.blank and self.indexes(outer[-1], node):
            node = Node("brackets", node.start, node.end, [node])
        outer.append(node)

    def entries_of_matlab(self, last: Any, items: Sequence[Any]) -> bool:
        """Whether round brackets with a colon behind a variable pick entries, as ``X(:, 1)`` does."""
        named = isinstance(last, Token) and last.kind == "name" and last.text in self.names
        return named and any(_is(item, ":") for item in items)

    def counted(self, frame: _Frame, token: Token) -> Node:
        """Entries counted from 1, as from 0."""
        opened = frame.opened
        assert opened is not None
        node = self.group(_Frame(Token("open", "[", opened.start, opened.end), frame.items), token)
        for part in node.children if node.kind == "list" else [node]:
            first = part.children[0] if part.kind == "slice" and part.data[0] else part
            if first.kind == "num" and first.text.isdigit() and first.text != "0":
                first.text = str(int(first.text) - 1)
            elif first.kind == "name" and first.text == "end":
                first.kind, first.text = "num", "-1"
            elif first.kind != "slice":
                raise self.wrong("this entry is not read", first.start, first.end)
        return Node("brackets", node.start, node.end, [node], data="from 1")

    def indexes(self, last: Any, node: Node) -> bool:
        """Whether square brackets behind something pick its entries."""
        if isinstance(last, Token):
            if last.kind not in ("name", "T", "quote") or (last.kind == "name" and self.names.function(last.text)):
                return False
        elif last.wrapped not in ("(", "[") and last.kind not in ("brackets",):
            return False
        return "\\" not in self.text or all(
            isinstance(item, Token) and (item.kind in ("num", "sep") or item.text in (":", "-")) for item in node.raw
        )

    def group(self, frame: _Frame, token: Token) -> Node:
        """The node of a bracket that ends; what is wrong in it is told where it is used."""
        opened = frame.opened
        assert opened is not None
        span = (opened.start, token.end)
        try:
            found = self.content(frame.items, span, bracket=opened.side if opened.side == "cases" else opened.text)
        except AutogradError as error:
            found = Node("wrong", *span, error=error)
        node = Node(found.kind, *span, found.children, found.text, found.data, opened.blank, opened.text)
        node.raw, node.error, node.depth = frame.items, found.error, found.depth + 1
        return node

    def bar(self, stack: list[_Frame], token: Token) -> None:
        """Open or close an absolute value or a norm."""
        frame = stack[-1]
        expected = token.side == "l" or (token.side != "r" and self.operand_expected(frame.items))
        opened = frame.opened.text if frame.opened is not None and frame.opened.kind == "bar" else ""
        if expected or not opened:
            self.open(stack, token)
        elif opened == token.text:
            self.close_bar(stack, token)
        elif opened == "|":
            first = Token("bar", "|", token.start, token.start + 1, token.blank, "r")
            self.close_bar(stack, first)
            self.bar(stack, Token("bar", "|", token.start + 1, token.end))
        else:
            outer = frame.opened
            assert outer is not None
            inner = _Frame(Token("bar", "|", outer.end - 1, outer.end), frame.items)
            frame.opened = Token("bar", "|", outer.start, outer.end - 1, outer.blank)
            frame.items = []
            stack.append(inner)
            self.close_bar(stack, token)

    def close_bar(self, stack: list[_Frame], token: Token) -> None:
        """End an absolute value or a norm."""
        frame = stack.pop()
        assert frame.opened is not None
        span = (frame.opened.start, token.end)
        try:
            inner = self.content(frame.items, span, bracket="|")
        except AutogradError as error:
            inner = Node("wrong", *span, error=error)
        stack[-1].items.append(Node("norm", *span, [inner], frame.opened.text, blank=frame.opened.blank))

    def operand_expected(self, items: Sequence[Any]) -> bool:
        """Whether an operand comes next, and not what ends or follows one."""
        if not items:
            return True
        last = items[-1]
        if isinstance(last, Node):
            return False
        if last.kind == "name":
            return self.names.function(last.text) is not None
        return last.kind in ("op", "sep", "root", "sum", "prod", "frac")

    # What stands between two brackets.

    def content(self, items: Sequence[Any], span: tuple[int, int], bracket: str = "") -> Node:
        """Everything in one bracket: a value, several with commas, or rows of them."""
        rows: list[list[list[Any]]] = [[[]]]
        for item in items:
            if isinstance(item, Token) and item.kind == "sep":
                if item.text == ",":
                    rows[-1].append([])
                elif item.text == ";" or bracket != "(":
                    rows.append([[]])
            else:
                rows[-1][-1].append(item)
        if bracket == "cases":
            return self.cases(rows, span)
        if bracket == "[":
            return self.list(rows, span)
        if len(rows) > 1:
            rows = [row for row in rows if row != [[]]]
            if len(rows) > 1:
                raise self.wrong("';' has no meaning in these brackets", *span)
        pieces = rows[0] if rows else [[]]
        if bracket == "⟨" and len(pieces) == 2:
            return Node("inner", *span, [self.piece(piece, span) for piece in pieces])
        if len(pieces) == 1:
            if not pieces[0] and bracket in ("(", "{"):
                return Node("tuple", *span)
            return self.piece(pieces[0], span)
        if not pieces[-1]:
            pieces = pieces[:-1]
        return Node("tuple", *span, [self.piece(piece, span) for piece in pieces])

    def list(self, rows: Sequence[Sequence[Sequence[Any]]], span: tuple[int, int]) -> Node:
        """Square brackets: numbers in rows as in MATLAB, or values with commas."""
        made: list[list[Node]] = []
        for row in rows:
            entries: list[Node] = []
            for piece in row:
                parts = _by_blanks(piece) if _is_row(piece) else [piece]
                entries += [self.piece(part, span) for part in parts if part]
            if entries:
                made.append(entries)
        flat = [entry for row in made for entry in row]
        if len(made) == 1 and len(flat) == 1 and flat[0].kind not in ("num", "list", "slice"):
            return flat[0]
        return Node("list", *span, flat, data=[len(row) for row in made])

    def cases(self, rows: Sequence[Sequence[Sequence[Any]]], span: tuple[int, int]) -> Node:
        """``\\begin{cases}``: values with conditions, as nested ``where``; the last is the rest."""
        found: Node | None = None
        lines = [[part for part in row if part] for row in rows if any(row)]
        for place, line in reversed(list(enumerate(lines))):
            condition = list(line[1]) if len(line) == 2 else []
            while condition and isinstance(condition[0], Token) and condition[0].text in _IF:
                condition.pop(0)
            if len(line) not in (1, 2) or (not condition and place < len(lines) - 1):
                raise self.wrong("a value with its condition is expected in each case", *span)
            value = self.piece(line[0], span)
            if found is None and (not condition or _otherwise(condition)):
                found = value
                continue
            test = self.piece(condition, span)
            before = (
                self.piece([i for i in lines[place - 1][1] if not _word(i)], span)
                if place and len(lines[place - 1]) > 1
                else None
            )
            if found is None:
                rest = before is not None and self.complements(before, test)
                found = value if rest else self.where(test, value, Node("name", *span, text="nan"), span)
            else:
                found = self.where(test, value, found, span)
        if found is None:
            raise self.wrong("there is no case in this", *span)
        return found

    def complements(self, one: Node, other: Node) -> bool:
        """Whether of two comparisons exactly one holds."""
        pairs = ({"<", ">="}, {">", "<="}, {"==", "!="})
        if one.kind != other.kind or one.kind != "compare" or {one.text, other.text} not in pairs:
            return False
        sides = [[self.text[c.start : c.end].replace(" ", "") for c in node.children] for node in (one, other)]
        return sides[0] == sides[1]

    def where(self, test: Node, value: Node, other: Node, span: tuple[int, int]) -> Node:
        """A choice by a condition."""
        return Node("call", *span, [test, value, other], "where", (None, ()))

    def piece(self, items: Sequence[Any], span: tuple[int, int]) -> Node:
        """One value, keyword, slice, fraction or conditional."""
        if not items:
            raise self.wrong("something is missing here", span[0], span[1])
        infix = [place for place, item in enumerate(items) if isinstance(item, Token) and item.text in _INFIX]
        if len(infix) > MAX_PREFIXES:
            raise LimitError("conditions are nested too deep", code="AG803", text=self.text)
        if infix and items[infix[0]].text == "over":
            return Node("frac", *span, [self.piece(items[: infix[0]], span), self.piece(items[infix[0] + 1 :], span)])
        if [items[place].text for place in infix[:2]] == ["if", "else"] and "if" not in self.names:
            value, test, rest = items[: infix[0]], items[infix[0] + 1 : infix[1]], items[infix[1] + 1 :]
            return self.where(self.piece(test, span), self.piece(value, span), self.piece(rest, span), span)
        if len(items) > 2 and _is(items[1], "=") and isinstance(items[0], Token) and items[0].kind == "name":
            setting = self.piece(items[2:], span)
            return Node("keyword", items[0].start, setting.end, [setting], items[0].text)
        colons = [place for place, item in enumerate(items) if _is(item, ":")]
        if colons:
            parts: list[Node | None] = []
            for first, last in zip([-1, *colons], [*colons, len(items)], strict=True):
                part = items[first + 1 : last]
                parts.append(self.piece(part, span) if part else None)
            children = [part for part in parts if part is not None]
            return Node("slice", items[0].start, items[-1].end, children, data=[part is not None for part in parts])
        saved = self.items, self.at
        self.items, self.at = list(items), 0
        try:
            found = self.comparison()
            if self.at < len(self.items):
                item = self.items[self.at]
                raise self.wrong(f"'{self.text[item.start : item.end][:20]}' does not fit here", item.start, item.end)
            return found
        finally:
            self.items, self.at = saved

    def peek(self) -> Any:
        """The next item, None at the end."""
        return self.items[self.at] if self.at < len(self.items) else None

    def comparison(self) -> Node:
        """``a < b``."""
        left = self.sum()
        item = self.peek()
        found: list[Node] = []
        while isinstance(item, Token) and item.kind == "op" and item.text in COMPARISONS:
            self.at += 1
            right = self.sum()
            found.append(Node("compare", left.start, right.end, [left, right], item.text))
            left, item = right, self.peek()
        if len(found) > 1:
            links = [Link("*", False, False, (each.start, each.start + 1)) for each in found]
            return Node("terms", found[0].start, found[-1].end, found, data=links)
        return found[0] if found else left

    def sum(self) -> Node:
        """Terms with signs; a sign takes a whole term."""
        terms: list[Node] = []
        signs: list[tuple[str, int, int]] = []
        while True:
            item = self.peek()
            sign = ("", 0, 0)
            while _is(item, "+") or _is(item, "-"):
                negative = (sign[0] == "-") != (item.text == "-")
                sign = ("-" if negative else "+", sign[1] or item.start, item.end)
                self.at += 1
                item = self.peek()
            if item is None:
                raise self.missing(sign[1:] if sign[0] else None)
            if sign[0] == "+" and not terms:
                raise self.wrong("a sign stands here without a first term", sign[1], sign[2])
            terms.append(self.term())
            signs.append(sign)
            item = self.peek()
            if not (_is(item, "+") or _is(item, "-")):
                break
        if len(terms) == 1 and signs[0][0] != "-":
            return terms[0]
        start = signs[0][1] if signs[0][0] else terms[0].start
        return Node("sum", start, terms[-1].end, terms, data=signs)

    def missing(self, place: tuple[int, int] | None = None) -> ExpressionError:
        """The error for an operand that is not there."""
        last = self.items[-1] if self.items else None
        start, end = place or ((last.start, last.end) if last else (0, 1))
        return self.wrong("something is missing behind this", start, end)

    def term(self) -> Node:
        """Factors with and without signs between them, flat: they are grouped when shapes are known."""
        factors: list[Node] = []
        links: list[Link] = []
        link = Link("", False, False, (0, 0))
        while True:
            factor = self.factor()
            factors.append(factor)
            links.append(link)
            item = self.peek()
            if factor.kind == "num" and factor.text in ("0", "1") and self.factor_follows(item):
                raise self.wrong(f"{factor.text} stands before a factor without a sign", factor.start, factor.end)
            if item is None or (factor.kind == "bigsum" and not factor.wrapped):
                break
            if isinstance(item, Token) and item.kind == "op" and item.text in PRODUCTS:
                self.at += 1
                following = self.peek()
                if following is None:
                    raise self.missing((item.start, item.end))
                link = Link(item.text, item.blank, bool(following.blank), (item.start, item.end))
            elif isinstance(item, Token) and (item.kind == "op" or item.kind in ("quote", "T", "str", "dagger")):
                if item.text in ("+", "-", "=", *COMPARISONS):
                    break
                raise self.wrong(f"'{item.text}' does not fit here", item.start, item.end)
            elif isinstance(item, Token) and item.kind == "num" and not self.ends_with_ones(item):
                raise self.wrong("a number stands behind a factor without a sign", item.start, item.end)
            else:
                link = Link("", bool(item.blank), bool(item.blank), (item.start, item.start + 1))
        if len(factors) == 1:
            return factors[0]
        return Node("terms", factors[0].start, factors[-1].end, factors, data=links)

    def ends_with_ones(self, item: Token) -> bool:
        """Whether a 1 is the last factor of a term, as the vector of ones in ``x^T 1``."""
        following = self.items[self.at + 1] if self.at + 1 < len(self.items) else None
        last = following is None or _is(following, "+") or _is(following, "-")
        return item.text == "1" and item.blank and (last or _is(following, "^"))

    def factor_follows(self, item: Any) -> bool:
        """Whether a factor follows without a sign."""
        return isinstance(item, Node) or (isinstance(item, Token) and item.kind in ("name", "num"))

    # Factors.

    def factor(self) -> Node:
        """A function, root, fraction or sum with what it takes, or an operand with what stands behind it."""
        self.prefixes += 1
        if self.prefixes > MAX_PREFIXES:
            raise LimitError("functions without brackets are nested too deep", code="AG803", text=self.text)
        try:
            item = self.peek()
            if item is None:
                raise self.missing()
            if _is(item, "-") or _is(item, "+"):
                self.at += 1
                operand = self.factor()
                return Node("sum", item.start, operand.end, [operand], data=[(item.text, item.start, item.end)])
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
                        item.start,
                        item.end,
                        why="the expression is what is differentiated, and it is differentiated by every input",
                    )
            return self.behind(self.primary())
        finally:
            self.prefixes -= 1

    def called(self) -> bool:
        """Whether a bracket follows without a blank."""
        following = self.items[self.at + 1] if self.at + 1 < len(self.items) else None
        return isinstance(following, Node) and following.wrapped == "(" and not following.blank

    def sigma(self, item: Token) -> Node:
        """``σ(x)`` where σ has a value: a product, or the sigmoid function."""
        self.at += 2
        argument = self.items[self.at - 1]
        name = Node("name", item.start, item.end, text=item.text, blank=item.blank)
        call = Node("call", item.start, argument.end, [argument], "sigmoid", (None, ()), item.blank)
        return Node("choice", item.start, argument.end, [_joined([name, argument]), call], blank=item.blank)

    def summed(self) -> bool:
        """Whether something follows that a letter Σ could be the sum of."""
        following = self.items[self.at + 1] if self.at + 1 < len(self.items) else None
        if following is None or (isinstance(following, Token) and following.kind not in ("name", "num", "root")):
            return isinstance(following, Token) and following.text == "_"
        return True

    def primary(self) -> Node:
        """A number, a name, a bracket."""
        item = self.peek()
        self.at += 1
        if isinstance(item, Node):
            if item.kind == "brackets":
                raise self.wrong("these brackets do not fit here", item.start, item.end)
            return item
        if item.kind in ("num", "name", "ones", "str"):
            return Node(item.kind, item.start, item.end, text=item.text, blank=item.blank, data=item.whole)
        if item.kind == "T":
            return Node("name", item.start, item.end, text="T", blank=item.blank)
        if item.text == "...":
            return Node("ellipsis", item.start, item.end, text="...")
        raise self.wrong(f"'{self.text[item.start : item.end]}' does not fit here", item.start, item.end)

    def behind(self, base: Node) -> Node:
        """An operand with its indices, transposes, methods and powers."""
        base = self.postfix(base)
        powers: list[Node] = []
        sign = "^"
        while (item := self.peek()) is not None and isinstance(item, Token) and item.text in ("^", "**", ".^"):
            if item.kind != "op":
                break
            self.at += 1
            sign = item.text
            powers.append(self.exponent(item))
            if powers[-1].kind in ("dagger", "pinv"):
                mark = powers.pop()
                inverse = Node("call", base.start, mark.end, [base], "pinv", (None, ()))
                turned = Node("transpose", base.start, mark.end, [base])
                both = Node("choice", base.start, mark.end, [turned, inverse])
                base = self.postfix(_power(inverse if mark.kind == "pinv" else both, powers, sign))
                powers = []
            elif powers[-1].kind == "T" or base.kind == "norm" or (self.postfixed() and _simple(powers[-1])):
                base = self.postfix(_power(base, powers, sign))
                powers = []
        return _power(base, powers, sign)

    def postfixed(self) -> bool:
        """Whether a transpose or an index follows at once."""
        item = self.peek()
        return isinstance(item, Token) and not item.blank and (item.kind == "quote" or item.text == "_")

    def postfix(self, base: Node) -> Node:
        """Indices, transposes, attributes and methods behind an operand."""
        while (item := self.peek()) is not None:
            if isinstance(item, Node):
                if item.kind != "brackets":
                    break
                self.at += 1
                base = Node("index", base.start, item.end, [base, item.children[0]], data=item.data)
            elif item.kind in ("quote", "T") and not item.blank:
                self.at += 1
                base = Node("transpose", base.start, item.end, [base])
            elif item.kind == "op" and item.text == "_" and not item.blank:
                self.at += 1
                base = self.subscript(base)
            elif item.kind == "op" and item.text == "." and not item.blank:
                base = self.attribute(base, item)
            else:
                break
        return base

    def subscript(self, base: Node) -> Node:
        """``x_1``, ``A_{ij}``, ``||x||_2``."""
        item = self.peek()
        if item is None or (isinstance(item, Token) and item.kind not in ("name", "num", "T", "op", "ones")):
            raise self.missing()
        self.at += 1
        raw = list(item.raw) if isinstance(item, Node) else [item]
        norm = base.children[0] if base.kind == "power" else base
        if norm.kind == "inner" and all(isinstance(each, Token) and each.text in ("F", "2") for each in raw):
            return base
        if norm.kind == "norm":
            norm.data, base.end = raw, item.end
            return base
        return Node("sub", base.start, item.end, [base], data=raw, blank=base.blank)

    def attribute(self, base: Node, dot: Token) -> Node:
        """``.T``, a method with its arguments, or a dot product ``v.w``."""
        self.at += 1
        name = self.peek()
        if not isinstance(name, Token) or name.kind not in ("name", "T"):
            raise self.wrong("'.' does not fit here", dot.start, dot.end)
        self.at += 1
        following = self.peek()
        if isinstance(following, Node) and following.wrapped == "(" and not following.blank:
            self.at += 1
            arguments = following.children if following.kind == "tuple" else [following]
            return Node("method", base.start, following.end, [base, *arguments], name.text)
        if name.text in ("T", "mT"):
            return Node("transpose", base.start, name.end, [base], data="." + name.text)
        right = Node("name", name.start, name.end, text=name.text)
        return Node("dot", base.start, name.end, [base, right], blank=base.blank)

    def exponent(self, sign: Token) -> Node:
        """What is raised: signed, and only one operand of it."""
        self.prefixes += 1
        try:
            return self.raised(sign)
        finally:
            self.prefixes -= 1

    def raised(self, sign: Token) -> Node:
        """The operand behind ``^``."""
        item = self.peek()
        if self.prefixes > MAX_PREFIXES:
            raise LimitError("powers are nested too deep", code="AG803", text=self.text)
        if item is None:
            raise self.missing((sign.start, sign.end))
        if isinstance(item, Token) and item.kind == "T":
            self.at += 1
            return Node("T", item.start, item.end)
        inner = item.raw[0] if isinstance(item, Node) and item.wrapped == "{" and len(item.raw) == 1 else item
        if _is(inner, "+") or (isinstance(inner, Token) and inner.kind == "dagger"):
            following = self.items[self.at + 1] if self.at + 1 < len(self.items) else None
            if inner.kind == "dagger" or inner is not item or following is None:
                self.at += 1
                return Node("dagger" if inner.kind == "dagger" else "pinv", item.start, item.end)
        if _is(item, "*") or _is(item, "⊙"):
            raise self.wrong(
                "this power has no meaning here",
                sign.start,
                item.end,
                why="x^T is the transpose, pinv(X) the pseudo-inverse",
            )
        negative: Token | None = None
        while _is(item, "-") or _is(item, "+"):
            negative = item if (item.text == "-") != (negative is not None) else None
            self.at += 1
            item = self.peek()
        if item is None:
            raise self.missing((sign.start, sign.end))
        letter = item.text if isinstance(item, Token) and item.kind == "name" else ""
        if letter in ("T", "t", "H") and letter not in self.names and "T" not in self.names:
            self.at += 1
            return Node("T", item.start, item.end, text="-" if negative else "")
        if isinstance(item, Token) and item.kind == "T":
            self.at += 1
            return Node("T", item.start, item.end, text="-")
        if isinstance(item, Node) and item.wrapped in ("{", "("):
            marked = _transposes(item, self.names)
            if marked is not None:
                self.at += 1
                return Node("T", item.start, item.end, text=marked)
        if isinstance(item, Token) and item.kind == "name" and self.names.function(item.text) is not None:
            operand = self.function(item)
        else:
            operand = self.primary()
            operand = operand if operand.kind == "num" else self.postfix(operand)
        if negative is not None:
            operand = Node("sum", negative.start, operand.end, [operand], data=[("-", negative.start, negative.end)])
        return operand

    def root(self, item: Token) -> Node:
        """``√x``, ``\\sqrt[3]{x}``."""
        degree: Node | None = None
        following = self.peek()
        if isinstance(following, Node) and following.wrapped == "[" and item.text == "√" and "\\" in self.text:
            self.at += 1
            degree = following.children[0] if following.kind == "list" and following.children else following
        operand = self.argument() if self.text[item.start] == "\\" else self.factor()
        children = [operand] if degree is None else [operand, degree]
        return self.behind(Node("root", item.start, operand.end, children, self.text[item.start], blank=item.blank))

    def argument(self) -> Node:
        """The argument of a command: a group or one token; a number gives one digit."""
        item = self.peek()
        if item is None:
            raise self.missing()
        if isinstance(item, Token) and item.kind == "num" and len(item.text) > 1 and item.text.isdigit():
            self.items[self.at] = Token("num", item.text[1:], item.start + 1, item.end)
            return Node("num", item.start, item.start + 1, text=item.text[0])
        return self.primary()

    def frac(self, item: Token) -> Node:
        """``\\frac{a}{b}``."""
        upper = self.argument()
        lower = self.argument()
        return self.behind(Node("frac", item.start, lower.end, [upper, lower], blank=item.blank))

    def sum_over(self, item: Token) -> Node:
        """``\\sum_{i=1}^{n}`` and the term that follows."""
        lower: Sequence[Any] = ()
        upper: Sequence[Any] = ()
        while (mark := self.peek()) is not None and isinstance(mark, Token) and mark.text in ("_", "^"):
            self.at += 1
            limit = self.peek()
            if limit is None:
                raise self.missing()
            self.at += 1
            raw = list(limit.raw) if isinstance(limit, Node) else [limit]
            lower, upper = (raw, upper) if mark.text == "_" else (lower, raw)
        if self.peek() is None:
            raise self.missing((item.start, item.end))
        body = self.term()
        kind = "prod" if item.kind == "prod" or item.text == "Π" else "sum"
        return Node("bigsum", item.start, body.end, [body], kind, (lower, upper), item.blank)

    def function(self, item: Token) -> Node:
        """A function with its arguments in brackets, or with what stands behind it."""
        self.at += 1
        power: Node | None = None
        base: Sequence[Any] = ()
        while (mark := self.peek()) is not None and isinstance(mark, Token) and mark.text in ("^", "_", "**"):
            if mark.blank:
                break
            self.at += 1
            if mark.text == "_":
                limit = self.peek()
                self.at += 1
                base = list(limit.raw) if isinstance(limit, Node) else [limit]
            else:
                power = self.exponent(mark)
        following = self.peek()
        name = self.names.function(item.text)
        data = (power, base)
        if base and name in ("sum", "prod", "mean", "max", "min") and following is not None:
            body = self.term()
            return Node("bigsum", item.start, body.end, [body], name, (base, ()), item.blank)
        if isinstance(following, Node) and following.wrapped in ("(", "{", "[") and following.kind != "brackets":
            self.at += 1
            several = following.kind == "tuple" and following.wrapped != "["
            arguments = following.children if several else [following]
            made = Node("call", item.start, following.end, list(arguments), name or "", data, item.blank)
            return self.behind(made)
        if not notation.is_mathematical(item.text) and item.text not in ("σ", "sigma"):
            return self.behind(Node("name", item.start, item.end, text=item.text, blank=item.blank))
        return self.bare(item, name or "", data)

    def bare(self, item: Token, name: str, data: Any) -> Node:
        """A function without brackets: it takes one factor and those that stand tight behind it."""
        if not self.takes(self.peek()):
            raise self.wrong(f"{item.text} is a function and needs an argument", item.start, item.end, code="AG604")
        tight = [self.factor()]
        while self.takes(following := self.peek()) and not following.blank and not self.is_function(following):
            tight.append(self.factor())
        loose: list[Node] = []
        while self.takes(following := self.peek()) and not self.is_function(following):
            loose.append(self.factor())
        first = Node("call", item.start, tight[-1].end, [_joined(tight)], name, data, item.blank)
        if not loose:
            return first
        whole = Node("call", item.start, loose[-1].end, [_joined([*tight, *loose])], name, data, item.blank)
        return Node("choice", item.start, loose[-1].end, [_joined([first, *loose]), whole], blank=item.blank)

    def takes(self, item: Any) -> bool:
        """Whether an item can be the operand of a function without brackets."""
        if item is None or (isinstance(item, Node) and item.kind == "brackets"):
            return False
        return isinstance(item, Node) or item.kind in ("num", "name", "ones", "root", "frac", "sum", "prod")

    def is_function(self, item: Any) -> bool:
        """Whether an item is the name of a function."""
        return isinstance(item, Token) and item.kind == "name" and self.names.function(item.text) is not None


_IF = frozenset(["if", "for", "when", "falls", "si", "where"])
_INFIX = frozenset(["over", "if", "else"])


def _word(item: Any) -> bool:
    return isinstance(item, Token) and item.text in _IF


def _otherwise(items: Sequence[Any]) -> bool:
    first = items[0]
    return isinstance(first, Token) and first.text.lower() in ("otherwise", "else", "sonst", "sinon", "elsewhere")


def _angle(token: Token, kind: str) -> Token:
    """A bracket, where it is written ``<`` or ``>``."""
    if token.kind != "op":
        return token
    return Token(kind, "⟨" if kind == "open" else "⟩", token.start, token.end, token.blank)


def _is(item: Any, text: str) -> bool:
    return isinstance(item, Token) and item.kind == "op" and item.text == text


def _simple(node: Node) -> bool:
    return node.kind in ("num", "name", "T")


def _power(base: Node, powers: list[Node], sign: str = "^") -> Node:
    """The base with its exponents, from the right."""
    if not powers:
        return base
    exponent = powers[-1]
    for each in reversed(powers[:-1]):
        exponent = Node("power", each.start, exponent.end, [each, exponent])
    return Node("power", base.start, exponent.end, [base, exponent], blank=base.blank, data=sign)


def _joined(factors: Sequence[Node]) -> Node:
    """Factors without signs between them."""
    if len(factors) == 1:
        return factors[0]
    links = [Link("", factor.blank, factor.blank, (factor.start, factor.start + 1)) for factor in factors]
    return Node("terms", factors[0].start, factors[-1].end, list(factors), data=links)


def _transposes(group: Node, names: Names) -> str | None:
    """Whether an exponent in brackets is T or -T: its sign; None for any other."""
    raw = [item for item in group.raw if isinstance(item, Token)]
    if len(raw) != len(group.raw) or not raw or len(raw) > 2:
        return None
    last = raw[-1]
    if last.kind != "T" and not (last.kind == "name" and last.text in ("T", "t") and last.text not in names):
        return None
    if len(raw) == 2 and not _is(raw[0], "-"):
        return None
    return "-" if len(raw) == 2 else ""


def _is_row(items: Sequence[Any]) -> bool:
    """Whether items are numbers or names with blanks between them, as in a row of MATLAB."""
    blanks = any(item.blank for item in items[1:])
    return (
        blanks
        and all(
            (isinstance(item, Token) and (item.kind in ("num", "name") or item.text in ("-", "+")))
            or (isinstance(item, Node) and bool(item.wrapped))
            for item in items
        )
        and sum(isinstance(item, Token) and item.kind == "num" for item in items) >= 1
    )


def _by_blanks(items: Sequence[Any]) -> list[list[Any]]:
    """The entries of a row that are separated by blanks."""
    found: list[list[Any]] = [[]]
    for place, item in enumerate(items):
        following = items[place + 1] if place + 1 < len(items) else None
        sign = isinstance(item, Token) and item.text in ("-", "+")
        if place and item.blank and not (sign and following is not None and following.blank):
            before = items[place - 1]
            if not (isinstance(before, Token) and before.text in ("-", "+") and before.blank):
                found.append([])
        found[-1].append(item)
    return found
