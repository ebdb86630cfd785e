"""From the tokens of a statement to its tree: brackets first, then what stands between them, from loose to tight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError, LimitError
from autograd_core.expr.reader.operands import MAX_PREFIXES, Operands
from autograd_core.expr.reader.tokenizer import Token, is_op
from autograd_core.expr.reader.tree import Link, SyntaxNode
from autograd_core.limits import MAX_BRACKETS

PRODUCTS = frozenset(["*", "/", "·", "×", "⊙", "⊗", "@", ".*", "./", "%", "//", "\\"])
COMPARISONS = frozenset(["<", "<=", ">", ">=", "==", "!="])
_CLOSING = {"(": ")", "[": "]", "{": "}", "⟨": "⟩"}
_IF = frozenset(["if", "for", "when", "falls", "si", "where"])
_INFIX = frozenset(["over", "if", "else"])


@dataclass(slots=True)
class _Frame:
    opened: Token | None
    items: list[Any]


class Parser(Operands):
    """Parses the tokens of one statement."""

    def parse(self) -> SyntaxNode:
        """The tree of all tokens.

        Raises ExpressionError pointing into the text.
        """
        stack = [_Frame(None, [])]
        for token in self.tokens:
            if token.kind == "open" or (is_op(token, "<") and self.operand_expected(stack[-1].items)):
                self.open(stack, _angle(token, "open"))
            elif token.kind == "close" or (is_op(token, ">") and self.angled(stack)):
                token = _angle(token, "close")
                self.close(stack, token)
            elif token.kind == "bar":
                self.bar(stack, token)
            else:
                stack[-1].items.append(token)
        if len(stack) > 1:
            opened = stack[-1].opened
            assert opened is not None
            raise self.wrong(f"'{opened.text}' is never closed", opened.span)
        if not stack[0].items:
            raise self.wrong("the expression is empty", (0, len(self.text)))
        found = self.content(stack[0].items, (stack[0].items[0].start, stack[0].items[-1].end))
        if found.kind == "keyword":
            raise self.wrong("a name is set here a second time", found.span, code="AG603")
        if found.depth > MAX_BRACKETS:
            raise LimitError(
                f"the expression is nested too deep: more than {MAX_BRACKETS} levels", code="AG803", text=self.text
            )
        return found

    def angled(self, stack: list[_Frame]) -> bool:
        """Whether ``>`` ends an inner product ``<x, y>``."""
        opened = stack[-1].opened
        return opened is not None and opened.text == "⟨"

    # Brackets and bars.

    def open(self, stack: list[_Frame], token: Token) -> None:
        """Begin a bracket."""
        if len(stack) > MAX_BRACKETS:
            raise LimitError(
                f"brackets are nested too deep: more than {MAX_BRACKETS} levels",
                code="AG803",
                span=token.span,
                text=self.text,
            )
        stack.append(_Frame(token, []))

    def close(self, stack: list[_Frame], token: Token) -> None:
        """End a bracket: what stands in it becomes one node."""
        frame = stack[-1]
        opened = frame.opened
        if opened is None or _CLOSING.get(opened.text) != token.text:
            words = f"'{token.text}' closes no bracket" + (f": '{opened.text}' is open" if opened else "")
            raise self.wrong(words, token.span)
        stack.pop()
        outer = stack[-1].items
        entry = (
            opened.text == "(" and bool(outer) and not opened.blank and self.entries_of_matlab(outer[-1], frame.items)
        )
        node = self.group(frame, token) if not entry else self.counted(frame, token)
        if opened.text == "[" and outer and not opened.blank and self.indexes(outer[-1], node):
            node = SyntaxNode("brackets", node.start, node.end, [node])
        outer.append(node)

    def entries_of_matlab(self, last: Any, items: Sequence[Any]) -> bool:
        """Whether round brackets with a colon behind a variable pick entries, as ``X(:, 1)`` does."""
        named = isinstance(last, Token) and last.kind == "name" and last.text in self.names
        return named and any(is_op(item, ":") for item in items)

    def counted(self, frame: _Frame, token: Token) -> SyntaxNode:
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
                raise self.wrong("this entry is not read", first.span)
        return SyntaxNode("brackets", node.start, node.end, [node], data="from 1")

    def indexes(self, last: Any, node: SyntaxNode) -> bool:
        """Whether square brackets behind something pick its entries."""
        if isinstance(last, Token):
            if last.kind not in ("name", "T", "quote") or (last.kind == "name" and self.names.function(last.text)):
                return False
        elif last.wrapped not in ("(", "[") and last.kind not in ("brackets",):
            return False
        return "\\" not in self.text or all(
            isinstance(item, Token) and (item.kind in ("num", "sep") or item.text in (":", "-")) for item in node.raw
        )

    def group(self, frame: _Frame, token: Token) -> SyntaxNode:
        """The node of a bracket that ends; what is wrong in it is told where it is used."""
        opened = frame.opened
        assert opened is not None
        span = (opened.start, token.end)
        try:
            found = self.content(frame.items, span, bracket=opened.side if opened.side == "cases" else opened.text)
        except AutogradError as error:
            found = SyntaxNode("wrong", *span, error=error)
        node = SyntaxNode(found.kind, *span, found.children, found.text, found.data, opened.blank, opened.text)
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
            inner = SyntaxNode("wrong", *span, error=error)
        stack[-1].items.append(SyntaxNode("norm", *span, [inner], frame.opened.text, blank=frame.opened.blank))

    def operand_expected(self, items: Sequence[Any]) -> bool:
        """Whether an operand comes next, and not what ends or follows one."""
        if not items:
            return True
        last = items[-1]
        if isinstance(last, SyntaxNode):
            return False
        if last.kind == "name":
            return self.names.function(last.text) is not None
        return last.kind in ("op", "sep", "root", "sum", "prod", "frac")

    # What stands between two brackets.

    def content(self, items: Sequence[Any], span: tuple[int, int], bracket: str = "") -> SyntaxNode:
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
                raise self.wrong("';' has no meaning in these brackets", span)
        pieces = rows[0] if rows else [[]]
        if bracket == "⟨" and len(pieces) == 2:
            return SyntaxNode("inner", *span, [self.piece(piece, span) for piece in pieces])
        if len(pieces) == 1:
            if not pieces[0] and bracket in ("(", "{"):
                return SyntaxNode("tuple", *span)
            return self.piece(pieces[0], span)
        if not pieces[-1]:
            pieces = pieces[:-1]
        return SyntaxNode("tuple", *span, [self.piece(piece, span) for piece in pieces])

    def list(self, rows: Sequence[Sequence[Sequence[Any]]], span: tuple[int, int]) -> SyntaxNode:
        """Square brackets: numbers in rows as in MATLAB, or values with commas."""
        made: list[list[SyntaxNode]] = []
        for row in rows:
            entries: list[SyntaxNode] = []
            for piece in row:
                parts = _by_blanks(piece) if _is_row(piece) else [piece]
                entries += [self.piece(part, span) for part in parts if part]
            if entries:
                made.append(entries)
        flat = [entry for row in made for entry in row]
        if len(made) == 1 and len(flat) == 1 and flat[0].kind not in ("num", "list", "slice"):
            return flat[0]
        return SyntaxNode("list", *span, flat, data=[len(row) for row in made])

    def cases(self, rows: Sequence[Sequence[Sequence[Any]]], span: tuple[int, int]) -> SyntaxNode:
        """``\\begin{cases}``: values with conditions, as nested ``where``; the last is the rest."""
        found: SyntaxNode | None = None
        lines = [[part for part in row if part] for row in rows if any(row)]
        for place, line in reversed(list(enumerate(lines))):
            condition = list(line[1]) if len(line) == 2 else []
            while condition and isinstance(condition[0], Token) and condition[0].text in _IF:
                condition.pop(0)
            if len(line) not in (1, 2) or (not condition and place < len(lines) - 1):
                raise self.wrong("a value with its condition is expected in each case", span)
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
                found = value if rest else self.where(test, value, SyntaxNode("name", *span, text="nan"), span)
            else:
                found = self.where(test, value, found, span)
        if found is None:
            raise self.wrong("there is no case in this", span)
        return found

    def complements(self, one: SyntaxNode, other: SyntaxNode) -> bool:
        """Whether of two comparisons exactly one holds."""
        pairs = ({"<", ">="}, {">", "<="}, {"==", "!="})
        if one.kind != other.kind or one.kind != "compare" or {one.text, other.text} not in pairs:
            return False
        sides = [[self.text[c.start : c.end].replace(" ", "") for c in node.children] for node in (one, other)]
        return sides[0] == sides[1]

    def where(self, test: SyntaxNode, value: SyntaxNode, other: SyntaxNode, span: tuple[int, int]) -> SyntaxNode:
        """A choice by a condition."""
        return SyntaxNode("call", *span, [test, value, other], "where", (None, ()))

    def piece(self, items: Sequence[Any], span: tuple[int, int]) -> SyntaxNode:
        """One value, keyword, slice, fraction or conditional."""
        if not items:
            raise self.wrong("something is missing here", span)
        infix = [place for place, item in enumerate(items) if isinstance(item, Token) and item.text in _INFIX]
        if len(infix) > MAX_PREFIXES:
            raise LimitError("conditions are nested too deep", code="AG803", text=self.text)
        if infix and items[infix[0]].text == "over":
            return SyntaxNode(
                "frac", *span, [self.piece(items[: infix[0]], span), self.piece(items[infix[0] + 1 :], span)]
            )
        if [items[place].text for place in infix[:2]] == ["if", "else"] and "if" not in self.names:
            value, test, rest = items[: infix[0]], items[infix[0] + 1 : infix[1]], items[infix[1] + 1 :]
            return self.where(self.piece(test, span), self.piece(value, span), self.piece(rest, span), span)
        if len(items) > 2 and is_op(items[1], "=") and isinstance(items[0], Token) and items[0].kind == "name":
            setting = self.piece(items[2:], span)
            return SyntaxNode("keyword", items[0].start, setting.end, [setting], items[0].text)
        colons = [place for place, item in enumerate(items) if is_op(item, ":")]
        if colons:
            parts: list[SyntaxNode | None] = []
            for first, last in zip([-1, *colons], [*colons, len(items)], strict=True):
                part = items[first + 1 : last]
                parts.append(self.piece(part, span) if part else None)
            children = [part for part in parts if part is not None]
            return SyntaxNode(
                "slice", items[0].start, items[-1].end, children, data=[part is not None for part in parts]
            )
        saved = self.items, self.at
        self.items, self.at = list(items), 0
        try:
            found = self.comparison()
            if self.at < len(self.items):
                item = self.items[self.at]
                raise self.wrong(f"'{self.text[item.start : item.end][:20]}' does not fit here", item.span)
            return found
        finally:
            self.items, self.at = saved

    def comparison(self) -> SyntaxNode:
        """``a < b``."""
        left = self.sum()
        item = self.peek()
        found: list[SyntaxNode] = []
        while isinstance(item, Token) and item.kind == "op" and item.text in COMPARISONS:
            self.at += 1
            right = self.sum()
            found.append(SyntaxNode("compare", left.start, right.end, [left, right], item.text))
            left, item = right, self.peek()
        if len(found) > 1:
            links = [Link("*", False, False, (each.start, each.start + 1)) for each in found]
            return SyntaxNode("terms", found[0].start, found[-1].end, found, data=links)
        return found[0] if found else left

    def sum(self) -> SyntaxNode:
        """Terms with signs; a sign takes a whole term."""
        terms: list[SyntaxNode] = []
        signs: list[tuple[str, int, int]] = []
        while True:
            item = self.peek()
            sign = ("", 0, 0)
            while is_op(item, "+") or is_op(item, "-"):
                negative = (sign[0] == "-") != (item.text == "-")
                sign = ("-" if negative else "+", sign[1] or item.start, item.end)
                self.at += 1
                item = self.peek()
            if item is None:
                raise self.missing(sign[1:] if sign[0] else None)
            if sign[0] == "+" and not terms:
                raise self.wrong("a sign stands here without a first term", (sign[1], sign[2]))
            terms.append(self.term())
            signs.append(sign)
            item = self.peek()
            if not (is_op(item, "+") or is_op(item, "-")):
                break
        if len(terms) == 1 and signs[0][0] != "-":
            return terms[0]
        start = signs[0][1] if signs[0][0] else terms[0].start
        return SyntaxNode("sum", start, terms[-1].end, terms, data=signs)

    def term(self) -> SyntaxNode:
        """Factors with and without signs between them, flat: they are grouped when shapes are known."""
        factors: list[SyntaxNode] = []
        links: list[Link] = []
        link = Link("", False, False, (0, 0))
        while True:
            factor = self.factor()
            factors.append(factor)
            links.append(link)
            item = self.peek()
            if factor.kind == "num" and factor.text in ("0", "1") and self.factor_follows(item):
                raise self.wrong(f"{factor.text} stands before a factor without a sign", factor.span)
            if item is None or (factor.kind == "bigsum" and not factor.wrapped):
                break
            if isinstance(item, Token) and item.kind == "op" and item.text in PRODUCTS:
                self.at += 1
                following = self.peek()
                if following is None:
                    raise self.missing(item.span)
                link = Link(item.text, item.blank, bool(following.blank), item.span)
            elif isinstance(item, Token) and (item.kind == "op" or item.kind in ("quote", "T", "str", "dagger")):
                if item.text in ("+", "-", "=", *COMPARISONS):
                    break
                raise self.wrong(f"'{item.text}' does not fit here", item.span)
            elif isinstance(item, Token) and item.kind == "num" and not self.ends_with_ones(item):
                raise self.wrong("a number stands behind a factor without a sign", item.span)
            else:
                link = Link("", bool(item.blank), bool(item.blank), (item.start, item.start + 1))
        if len(factors) == 1:
            return factors[0]
        return SyntaxNode("terms", factors[0].start, factors[-1].end, factors, data=links)

    def ends_with_ones(self, item: Token) -> bool:
        """Whether a 1 is the last factor of a term, as the vector of ones in ``x^T 1``."""
        following = self.items[self.at + 1] if self.at + 1 < len(self.items) else None
        last = following is None or is_op(following, "+") or is_op(following, "-")
        return item.text == "1" and item.blank and (last or is_op(following, "^"))

    def factor_follows(self, item: Any) -> bool:
        """Whether a factor follows without a sign."""
        return isinstance(item, SyntaxNode) or (isinstance(item, Token) and item.kind in ("name", "num"))


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


def _is_row(items: Sequence[Any]) -> bool:
    """Whether items are numbers or names with blanks between them, as in a row of MATLAB."""
    blanks = any(item.blank for item in items[1:])
    return (
        blanks
        and all(
            (isinstance(item, Token) and (item.kind in ("num", "name") or item.text in ("-", "+")))
            or (isinstance(item, SyntaxNode) and bool(item.wrapped))
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
