"""From the tokens of a statement to its tree: brackets and bars here, what stands between them in the grammar."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError, LimitError, Span
from autograd_core.expr.reader import notation
from autograd_core.expr.reader.cursor import MAX_PREFIXES
from autograd_core.expr.reader.grammar import COMPARISONS, Grammar
from autograd_core.expr.reader.names import Names
from autograd_core.expr.reader.tree import Node, fraction, is_op, where
from autograd_core.expr.tokenizer import CLOSING, too_deep, unopened, wrong
from autograd_core.limits import MAX_BRACKETS

_CLOSING = {**CLOSING, "⟨": "⟩", "⌊": "⌋", "⌈": "⌉"}
_INFIX = ("over", "\\choose", "if", "else")
_BETWEEN = {*_INFIX, "?", "=", ":"}
"""What stands between parts that are more than one value."""
_IF = ("if", "for", "when", "falls", "si", "where")
_FROM_1 = re.compile(
    r"%\*%|\.\^|(?<=[A-Za-z_)\]])\s*\.[*/]|\w\s*<-\s|\babs2\b|\b(?:ForwardDiff|Zygote|Flux)\b"
    r"|^[ \t]*end\b",
    re.MULTILINE,
)
"""Signs of R and Julia, whose square brackets count entries from 1."""
_MATLAB = re.compile(r"(?<![\d\\])\.\^|(?<=[A-Za-z_)\]])\s*\.[*/]|(?:^|[=(,;])[ \t]*@\(|^[ \t]*end\b", re.MULTILINE)
"""Signs of MATLAB, where every product has a sign, and x(1) is an entry."""
_OTHERWISE = ("otherwise", "else", "true", "sonst", "sinon", "elsewhere")
_CONDITIONS = (*_IF, *_OTHERWISE)

Rows = list[list[list[Node]]]
"""The items between separators: rows of parts."""


@dataclass(slots=True)
class _Frame:
    """A bracket or bar that is open, and the items in it."""

    opened: Node
    items: list[Node]


_FACTORS = ("name", "group", "quote", "T")
"""What stands before the ``:`` of a product."""
OF_ROWS = re.compile(r"\[[^\[\];]+;[^\[\]]+\]")
"""A matrix of MATLAB."""

_POSITIVE = re.compile(r"\s*_\s*\{?\s*\+")
"""The index of what is 0 where it is negative."""


@lru_cache(maxsize=64)
def _signs(text: str) -> tuple[bool, bool]:
    """Whether square brackets count from 1 in a text, and whether it is MATLAB's; each of its statements asks."""
    return _FROM_1.search(text) is not None, _MATLAB.search(text) is not None


class Parser:
    """Parses the tokens of one statement."""

    def __init__(self, text: str, names: Names) -> None:
        self.text = text
        self.names = names
        self.grammar = Grammar(text, names)
        self.from_1, self.matlab = _signs(text)
        self.stack = [_Frame(Node("open", "", 0, 0), [])]

    def parse(self, tokens: Sequence[Node]) -> Node:
        """The tree of all tokens.

        Raises ExpressionError pointing into the text.
        """
        for token in tokens:
            items, opened = self.stack[-1].items, self.stack[-1].opened
            if token.kind == "open":
                self.open(token)
            elif token.text == "<" and self.operand_expected(items):
                self.open(Node("open", "⟨", *token.span, token.blank))
            elif token.kind == "close":
                self.close(token)
            elif token.text == ">" and opened.text == "⟨":
                self.close(Node("close", "⟩", *token.span))
            elif token.kind == "bar":
                self.bar(token)
            else:
                items.append(token)
        opened, items = self.stack[-1].opened, self.stack[-1].items
        if opened.text:
            raise wrong(f"'{self.text[opened.start : opened.end] or opened.text}' is never closed", opened.span)
        if not items:
            raise wrong("the expression is empty", (0, len(self.text)))
        found = self.content(items, (items[0].start, items[-1].end))
        if found.kind == "keyword":
            raise wrong("a name is set here a second time", found.span, "AG603")
        level, depth = {id(found): found}, 0
        while level:
            level, depth = {id(child): child for node in level.values() for child in node.children}, depth + 1
            if depth > MAX_BRACKETS:
                raise LimitError(f"the expression is nested too deep: more than {MAX_BRACKETS} levels", code="AG803")
        return found

    # Brackets and bars.

    def open(self, token: Node) -> None:
        """Begin a bracket."""
        if len(self.stack) > MAX_BRACKETS:
            raise too_deep(token.span)
        self.stack.append(_Frame(token, []))

    def close(self, token: Node) -> None:
        """End a bracket: what stands in it becomes one item."""
        opened, items = self.stack[-1].opened, self.stack[-1].items
        if _CLOSING.get(opened.text) != token.text:
            raise unopened(token.text, opened.text, token.span)
        self.stack.pop()
        outer = self.stack[-1].items
        if opened.text == "{" and 0 < len(items) < 3 and self.is_word(items):
            outer.append(items[0])
            return
        if opened.text in notation.ROUNDED:
            outer.append(opened.named(notation.ROUNDED[opened.text]))
            opened = Node("open", "(", *opened.span)
        last = outer[-1] if outer and not opened.blank else Node("", "", 0, 0)
        named = last.kind == "name" and last.text in self.names
        counted = named and self.counted(opened.text, items)
        masked = named and opened.text == "(" and "\\" not in self.text
        masked = masked and any(is_op(each, *COMPARISONS) for each in items)
        kind = "[" if counted or masked else "cases" if opened.side == "cases" else opened.text
        mathematica = last.text[:1].isupper()  # Dot[x, y]
        if kind == "[" and (self.grammar.is_function(last) or _POSITIVE.match(self.text, token.end)):
            several = any(item.kind == "sep" for item in items) and not mathematica
            kind = kind if several else "("  # Sin[3 x], [1 - s t]_+
        found = self.inside(items, (opened.start, token.end), kind, counted=counted)
        bracket = "[" if counted or masked else kind if kind == "(" and mathematica else opened.text
        inner = Node(found.kind, found.text, opened.start, token.end, opened.blank, children=found.children)
        inner.data, inner.error, inner.wrapped = found.data, found.error, bracket
        group = Node("group", bracket, *inner.span, opened.blank, children=[inner], tokens=items)
        if counted or masked or (bracket == "[" and self.indexes(last, items)):
            group.kind, group.text = "brackets", ""
            group.data = "from 1" if counted else None
        outer.append(group)

    def is_word(self, items: Sequence[Node]) -> bool:
        """Whether a word stands alone in braces that says what is behind them: ``for`` of a case, ``erf``."""
        word, *more = items
        if word.text in self.names or [each.text for each in more] not in ([], ["."]):
            return False
        return word.text in _CONDITIONS or (not more and self.grammar.is_function(word))

    def counted(self, bracket: str, items: Sequence[Node]) -> bool:
        """Whether what stands in brackets behind a variable is an entry that is counted from 1."""
        if any(item.text == "end" for item in items) and "end" not in self.names:
            return bracket in ("(", "[")
        places = self.matlab and bool(items) and all(item.kind in ("num", "sep") for item in items)
        return self.from_1 if bracket == "[" else bracket == "(" and (places or any(is_op(item, ":") for item in items))

    def indexes(self, last: Node, inside: Sequence[Node]) -> bool:
        """Whether square brackets behind something pick its entries."""
        named = last.kind == "name" and (self.names.function(last.text) is None or last.text in notation.MEASURES)
        if not (named or last.kind in ("T", "quote", "brackets") or last.text in ("(", "[")):
            return False
        if any(item.kind == "sep" and item.text != "," for item in inside):
            return False  # rows: a matrix
        return "\\" not in self.text or all(item.kind in ("num", "sep") or item.text in (":", "-") for item in inside)

    def bar(self, token: Node) -> None:
        """Open or close an absolute value or a norm."""
        frame = self.stack[-1]
        opened = frame.opened
        expected = token.side == "l" or (token.side != "r" and self.operand_expected(frame.items))
        if expected or opened.kind != "bar":
            self.open(token)
        elif opened.text == token.text:
            self.close_bar(token)
        elif opened.text == "|":
            self.close_bar(Node("bar", "|", token.start, token.start + 1, token.blank, "r"))
            self.bar(Node("bar", "|", token.start + 1, token.end))
        else:
            frame.opened = Node("bar", "|", opened.start, opened.end - 1, opened.blank)
            self.stack.append(_Frame(Node("bar", "|", opened.end - 1, opened.end), frame.items))
            frame.items = []
            self.close_bar(token)

    def close_bar(self, token: Node) -> None:
        """End an absolute value or a norm."""
        frame = self.stack.pop()
        opened, span = frame.opened, (frame.opened.start, token.end)
        inner = self.inside(frame.items, span, "|")
        self.stack[-1].items.append(Node("norm", opened.text, *span, opened.blank, children=[inner]))

    def inside(self, items: Sequence[Node], span: Span, bracket: str, *, counted: bool = False) -> Node:
        """What stands in a bracket; what is wrong in it is told where it is used."""
        try:
            return _from_0(items, span) if counted else self.content(items, span, bracket)
        except AutogradError as error:
            return Node("wrong", "", *span, error=error)

    def operand_expected(self, items: Sequence[Node]) -> bool:
        """Whether an operand comes next, and not what ends or follows one."""
        if not items or items[-1].kind in ("op", "sep", "root", "sum", "prod", "frac"):
            return True
        return self.grammar.is_function(items[-1])

    # What stands between two brackets.

    def content(self, items: Sequence[Node], span: Span, bracket: str = "") -> Node:
        """Everything in one bracket: a value, several with commas, or rows of them."""
        rows: list[list[list[Node]]] = [[[]]]
        for item in items:
            if item.kind != "sep":
                rows[-1][-1].append(item)
            elif item.text == ",":
                rows[-1].append([])
            elif item.text == ";" or bracket != "(":
                rows.append([[]])
        cases = rows if bracket == "cases" else self.rows_of_cases(items, rows, bracket)
        if cases:
            return self.cases(cases, span)
        if bracket == "[":
            return self.array(rows, span)
        rows = [row for row in rows if row != [[]]] if len(rows) > 1 else rows
        if len(rows) > 1:
            raise wrong("';' has no meaning in these brackets", span)
        pieces = rows[0] if rows else [[]]
        if pieces == [[]] and bracket in ("(", "{"):
            return Node("tuple", "", *span)
        if len(pieces) == 1:
            return self.piece(pieces[0], span)
        kind = "inner" if bracket == "⟨" and len(pieces) == 2 else "tuple"
        pieces = pieces if kind == "inner" or pieces[-1] else pieces[:-1]
        return Node(kind, "", *span, children=[self.piece(piece, span) for piece in pieces])

    def rows_of_cases(self, items: Sequence[Node], rows: Rows, bracket: str) -> Rows:
        """``{x^2 if x > 0, -x otherwise}``, ``{x^2, x > 0; 0, x <= 0}``, or none: each value with its condition.

        ``{x > 0: x^2, 0}`` is how Desmos has them, ``{{x^2, x > 0}}`` how Mathematica does.
        """
        parts = [_case(part, bracket) for row in rows for part in row]
        if len(parts[0]) == 2 and all(len(part) == 2 for part in parts[:-1]):
            return parts
        if bracket not in ("", "(", "{") or not any(item.kind == "sep" for item in items):
            return []
        words = [item.text for item in items if item.kind == "name" and item.text in _CONDITIONS]
        if not words or any(word in self.names for word in words):
            compared = [part for row in rows for part in row[1:] for item in part if is_op(item, *COMPARISONS)]
            whole = bracket == "{" and len(rows) > 1 and len(compared) >= len(rows) - 1
            return [row for row in rows if row != [[]]] if whole else []
        found: Rows = []
        for part in (part for row in rows for part in row if part):
            place = next((at for at, item in enumerate(part) if item.text in _CONDITIONS), len(part))
            if not place and found:
                found[-1].append(part)
            else:
                found.append([each for each in (part[:place], part[place:]) if each])
        return found if all(len(row) == 2 for row in found[:-1]) and "else" not in words[:1] else []

    def piece(self, items: Sequence[Node], span: Span) -> Node:
        """One value, keyword, slice, fraction or conditional."""
        if not items:
            raise wrong("something is missing here", span)
        if {item.text for item in items}.isdisjoint(_BETWEEN):
            return self.grammar.read(items, span)
        if any(is_op(item, "?") for item in items):
            return self.ternary(items, span)
        infix = [place for place, item in enumerate(items) if item.text in _INFIX]
        if len(infix) > MAX_PREFIXES:
            raise LimitError("conditions are nested too deep", code="AG803")
        words = [items[place].text for place in infix[:2]]
        if words[:1] in (["over"], ["\\choose"]):
            upper, lower = (self.piece(part, span) for part in (items[: infix[0]], items[infix[0] + 1 :]))
            return fraction(words[0], upper, lower, span)
        if words == ["if", "else"] and "if" not in self.names:
            value, test, rest = items[: infix[0]], items[infix[0] + 1 : infix[1]], items[infix[1] + 1 :]
            return where(self.piece(test, span), self.piece(value, span), self.piece(rest, span), span)
        if len(items) > 2 and is_op(items[1], "=") and items[0].kind == "name":
            setting = self.piece(items[2:], span)
            return Node("keyword", items[0].text, items[0].start, setting.end, children=[setting])
        colons = [place for place, item in enumerate(items) if is_op(item, ":")]
        between = all(items[max(at - 1, 0)].kind in _FACTORS and items[at + 1 :][:1] for at in colons)
        if colons and not (between and self.text[span[0]] != "["):  # and not A:B
            pieces = [items[a + 1 : b] for a, b in zip([-1, *colons], [*colons, len(items)], strict=True)]
            children = [self.piece(each, span) for each in pieces if each]
            present = [bool(each) for each in pieces]
            return Node("slice", "", items[0].start, items[-1].end, children=children, data=present)
        return self.grammar.read(items, span)

    def ternary(self, items: Sequence[Node], span: Span) -> Node:
        """``test ? value : other`` of C and Julia."""
        mark = next(place for place, item in enumerate(items) if is_op(item, "?"))
        depth, colon = 1, mark
        while depth and colon < len(items) - 1:
            colon += 1
            depth += is_op(items[colon], "?") - is_op(items[colon], ":")
        pieces = (items[:mark], items[mark + 1 : colon], items[colon + 1 :])
        test, value, other = (self.piece(each, span) for each in pieces)
        return where(test, value, other, span)

    def array(self, rows: Sequence[Sequence[Sequence[Node]]], span: Span) -> Node:
        """Square brackets: numbers in rows as in MATLAB, or values with commas."""
        several = sum(map(any, rows)) > 1 or OF_ROWS.search(self.text) is not None  # [x y] beside [a b; c d]
        several = several and self.text[span[0]] != "\\"  # LaTeX has & between entries
        made = [
            [self.piece(part, span) for piece in row for part in self.by_blanks(piece, len(row) > 1, several) if part]
            for row in rows
        ]
        flat = [entry for row in made for entry in row]
        widths = [len(row) for row in made if row]
        if len(flat) == 1 and (flat[0].kind not in ("num", "list", "slice") or self.text[flat[0].start] == "\\"):
            return flat[0]  # [x], and [\begin{array} ... \end{array}]
        return Node("list", "", *span, children=flat, data=widths)

    def by_blanks(self, items: Sequence[Node], commas: bool, several: bool) -> list[list[Node]]:
        """The entries of a row of MATLAB, which blanks separate, beside commas only numbers; else the whole.

        One row without a number is a product in brackets; of ``several`` rows each is a row.
        """
        if len(items) > 1 and all(item.text == "[" for item in items):
            return [[item] for item in items]
        kinds = {item.kind for item in items if item.text not in ("-", "+")}
        row = kinds <= {"num"} if commas else several or ("num" in kinds and kinds <= {"num", "name", "group"})
        row = row or (not commas and items[:1] != [] and any(item.text in ("ones", "zeros") for item in items[:-1]))
        found: list[list[Node]] = [[]]
        for place, item in enumerate(items):
            following = items[place + 1] if place + 1 < len(items) else item
            sign = item.text in ("-", "+") and not following.blank
            apart = row and item.blank and (sign or item.kind != "op")
            if apart and not self.operand_expected(items[:place][-1:]):
                found.append([])
            found[-1].append(item)
        return found

    def cases(self, rows: Rows, span: Span) -> Node:
        """``\\begin{cases}``: values with conditions, as nested ``where``; the last is the rest."""
        made: list[tuple[Node, Node]] = []
        pairs = [[part for part in row if part] for row in rows if any(row)]
        for value, *more in pairs:
            condition = list(more[0]) if more else []
            while condition and condition[0].text in _IF:
                condition.pop(0)
            while condition and is_op(condition[-1], "."):
                condition.pop()
            for sign in (each for each in condition if is_op(each, "=")):
                sign.text = "=="
            last = len(made) + 1 == len(pairs)
            if len(more) > 1 or not (condition or last):
                raise wrong("a value with its condition is expected in each case", span)
            found = self.piece(value, span)
            if last and (not condition or condition[0].text.lower() in _OTHERWISE):
                break
            made.append((found, self.piece(condition, span)))
        else:
            if not made:
                raise wrong("there is no case in this", span)
            found, test = made.pop()
            if not made or not self.complements(made[-1][1], test):
                found = where(test, found, Node("name", "nan", *span), span)
        for other, test in reversed(made):
            found = where(test, other, found, span)
        return found

    def complements(self, one: Node, other: Node) -> bool:
        """Whether of two comparisons exactly one holds."""
        pairs = ({"<", ">="}, {">", "<="}, {"==", "!="})
        sides = [[self.text[c.start : c.end].strip(" .") for c in node.children] for node in (one, other)]
        return one.kind == other.kind == "compare" and {one.text, other.text} in pairs and sides[0] == sides[1]


def _case(items: list[Node], bracket: str) -> list[list[Node]]:
    """The value and the condition of ``x > 0: x^2`` and, in braces, ``{x^2, x > 0}``; else the items alone."""
    pair = bracket == "{" and len(items) == 1 and items[0].text == "{"
    inner = [*items[0].tokens] if pair else items if bracket in ("(", "{") else []
    place = next((at for at, each in enumerate(inner) if each.kind == "sep" or is_op(each, ":", "?")), 0)
    value, test = (inner[:place], inner[place + 1 :]) if pair else (inner[place + 1 :], inner[:place])
    compared = any(is_op(each, *COMPARISONS) for each in test) or (pair and [each.text for each in test] == ["True"])
    return [value, test] if place and compared and not is_op(inner[place], "?") else [items]


_END = r"\d{1,9}|end(?:-\d{1,9})?"
_PLACE = re.compile(rf"(?P<first>{_END})?(?P<colon>:(?P<last>{_END})?)?")


def _from_0(items: Sequence[Node], span: Span) -> Node:
    """Entries that are counted from 1, as ``2:end`` of MATLAB, counted from 0.

    Raises ExpressionError for one that is no number.
    """
    found = []
    for part in "".join(item.text for item in items).split(","):
        match = _PLACE.fullmatch(part)
        if match is None or not part or match["first"] == "0":
            raise wrong("this entry is not read", span)
        first, last = (
            "" if each is None else _place(each, less) for each, less in ((match["first"], 1), (match["last"], 0))
        )
        text = f"{first}:{last if last != '0' else ''}" if match["colon"] else first
        found.append(Node("str" if match["colon"] else "num", text, *span))
    return found[0] if len(found) == 1 else Node("tuple", "", *span, children=found)


def _place(text: str, less: int) -> str:
    """A place that is counted from 1 as Python has it: ``end-1`` is counted from behind."""
    return str((-int(text[4:] or 0) if text.startswith("end") else int(text)) - less)
