"""From the tree of a text to an expression of the language: shapes decide what is multiplied how."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from functools import partial

from autograd_core.errors import AutogradError, ExpressionError, Span, UsageError
from autograd_core.expr.parser import CONSTANTS
from autograd_core.expr.reader import notation, products
from autograd_core.expr.reader.block_matrix import block_matrix
from autograd_core.expr.reader.entries import of_powers
from autograd_core.expr.reader.functions import Functions
from autograd_core.expr.reader.item import (
    COMPARE,
    Index,
    Item,
    MisfitError,
    aligned,
    array,
    atom,
    call,
    opened,
    several,
    stacked,
    suffixed,
)  # fmt: skip
from autograd_core.expr.reader.names import is_index, is_summed, with_accent
from autograd_core.expr.reader.parser import OF_ROWS
from autograd_core.expr.reader.scope import PART_OF_NAME, mark_of
from autograd_core.expr.reader.sums import marks
from autograd_core.expr.reader.tree import Node
from autograd_core.expr.tokenizer import wrong
from autograd_core.ops.registry import find

_WORDS = {"None": "None", "newaxis": "None"}
_WORDS |= dict.fromkeys(("True", "true", "TRUE"), "True") | dict.fromkeys(("False", "false", "FALSE"), "False")

_TENSORS = {**dict.fromkeys(("δ", "delta"), 2), **dict.fromkeys(("ε", "ϵ", "epsilon", "varepsilon"), 3)}
"""The letters of Kronecker and of Levi-Civita, and how many indices stand behind them."""


class Elaborator(Functions):
    """Makes the item of one tree; ``square`` is the size of an identity that nothing else gives one, 0 for none."""

    square = 0

    def elaborate(self, root: Node, letters: Sequence[str] = ()) -> Item:
        """The item of a tree, made from the leaves up; ``letters`` are the indices that have to be open in it.

        Raises UsageError for names without a value, MisfitError and ExpressionError.
        """
        self.bound[id(root)] = {letter: Index(letter) for letter in letters}
        for node in self.ordered(root):
            try:
                self.made[id(node)] = self.visit(node)
            except AutogradError as error:
                self.made[id(node)] = error.at(node.span)
        for name, uses in self.limits.items():
            for use in uses:
                if self.terms_of.get(name):
                    use.parts[0] = str(self.terms_of[name])
                    self.say("AG417", f"{name} is {self.terms_of[name]}, the number of terms of the sum")
                else:
                    self.missing.setdefault(name, use.span)
        if self.missing:
            raise self.lacking()
        found = self.made[id(root)]
        if isinstance(found, AutogradError):
            raise found
        if found.placed and found.shape != (self.square, self.square):
            raise MisfitError("the size of this is not known", span=root.span, hint="eye(3), ones(3)")
        if found.kind == "literal":
            raise wrong(f"{found.text()[:40]} is not a value", root.span, "AG603")
        if letters and {*letters} != {*found.labels}:
            raise MisfitError(f"the value has no index {', '.join(letters)}", span=root.span)
        return array(
            aligned(found, {letter: found.labels[letter] for letter in letters}, found.rank) if letters else found
        )

    def lacking(self) -> UsageError:
        """The error for names without a value."""
        names = [self.as_typed(name, *span) for name, span in self.missing.items()]
        span = next(iter(self.missing.values()))
        typed = self.text[slice(*span)]
        why = f"{typed} is called {names[0]}" if re.search("[-+]", typed) else _letters(names)
        words = f"no value for {', '.join(names)}"
        rewrites: tuple[str, ...] = ()
        fallen = [re.fullmatch(r"([^\W\d_])([2-9])", name) for name in names]
        if all(mark is not None and self.shapes.get(mark[1]) == () for mark in fallen):  # 4x3 - 2x2 of a page
            letters = "".join(sorted({name[0] for name in names}))
            rewrites = (re.sub(rf"(?<![^\W\d])([{letters}])([2-9])(?!\w)", r"\1^\2", self.text),)
        retry = dict.fromkeys(names, "1")
        return UsageError(words, code="AG605", span=span, why=why, retry=retry, rewrites=rewrites)

    def as_typed(self, name: str, start: int, end: int) -> str:
        """A name as it stands in the text, where that is a word for it: lambda and not λ."""
        typed = re.sub(r"^\\|(?<=_)\{|\}$", "", self.text[start:end]).translate(PART_OF_NAME)
        return typed if typed.isascii() and typed.isidentifier() else name

    # Leaves.

    def visit_num(self, node: Node) -> Item:
        """A number."""
        if node.text[0] == "0" and node.text[1:2].isdigit():
            raise ExpressionError(f"{node.text} is not a number", why="no number begins with 0 and a digit")
        return atom(node.text, kind="number")

    def visit_str(self, node: Node) -> Item:
        """A text in quotes, or ``...``: a setting only."""
        return atom(node.text, kind="literal")

    def visit_ones(self, node: Node) -> Item:
        """A vector of ones."""
        return self.ones(node.span)

    def visit_name(self, node: Node) -> Item:
        """A variable, a constant, the identity."""
        if node.text in self.arguments:
            return self.arguments[node.text]
        if self.within is not None and node.text == "pi":  # of a definition, whatever is called pi here
            return atom(repr(math.pi) if "pi" in self.names else "pi", kind="constant")
        index, found = self.bound.get(id(node), {}).get(node.text), self.names.find(node.text)
        if found is not None and not (index and index.counted):
            item = atom(found, self.shapes[found])
            each = index is not None and item.rank == 1 and is_summed(self.text, node.text)
            return opened(item, [node.text], self.sizes) if each else item  # Σ_x x p(x)
        if index is not None and (index.counted or node.text in "ijklmnpqrst"):
            return self.counter(index)  # and not min_x, where x is a variable without a value
        if node.text in _WORDS:
            return atom(_WORDS[node.text], kind="literal")
        constant = {"π": "pi", "Inf": "inf", "Infinity": "inf", "NaN": "nan"}.get(node.text, node.text)
        if node.text in self.limits:
            limit = atom(node.text)
            self.limits[node.text].append(limit)
            return limit
        if constant in CONSTANTS:
            return atom(constant, kind="constant")
        if node.text in ("I", "Id", "eye", "𝐈"):
            size = self.size(node.span)
            return call("eye", [str(size)], (size, size), identity=True, placed=True)
        if (made := self.of_vector(node)) is not None:
            return made
        self.refuse_name(node.text, node)

    def unit(self, number: int, span: Span) -> Item:
        """``e_2``: the unit vector with the 1 at this place, whose size follows from its place."""
        size = self.size(span)
        if not 1 <= number <= size:
            raise MisfitError(f"there is no unit vector e_{number} of {size} entries")
        self.say("AG417", f"e_{number} was read as the unit vector of that number")
        return Item((size,), [f"eye({size})[{number - 1}]"], placed=True)

    def of_vector(self, node: Node) -> Item | None:
        """``x1`` and ``x̄`` where ``x`` is a vector, and they have no value: its first entry, its mean."""
        match = re.fullmatch(r"([^\W\d_]+)([1-9])|(\w+)_bar", with_accent(node.text))
        name = self.names.find(match[1] or match[3]) if match else None
        if match is None or name is None or len(self.shapes[name]) != 1 or int(match[2] or 0) > self.shapes[name][0]:
            return None
        if match[3]:
            self.say("AG417", f"the bar over {name} was read as its mean")
            return call("mean", [atom(name, self.shapes[name])])
        base = atom(name, self.shapes[name], span=(node.start, node.start + len(match[1])))
        return self.entry(base, [int(match[2])], node)

    # What stands behind an operand.

    def visit_sub(self, node: Node) -> Item:
        """``x_1`` as a variable or an entry, ``x_i`` under a sum over i or with i open."""
        whole = self.indexed_name(node)
        if whole is not None:
            return atom(whole, self.shapes[whole])
        base, bound = node.children[0], self.bound.get(id(node), {})
        words = marks(node, bound, 0)
        if self.without_value(base):
            letters = [word for word, shift, step in words if (shift, step) == (0, 1) and word in "ijklmnpqrst"]
            tensor = len(letters) == len(words) == _TENSORS.get(base.text)
            if tensor and any(is_index(self.text, letter) for letter in letters):
                return self.tensor(letters, node)
            matrix = self.matrix_of(base, words, bound)
            if matrix is None:
                self.refuse_name(f"{notation.LETTER.get(base.text, base.text)}_{mark_of(node)}", node)
            item = atom(matrix, self.shapes[matrix])
        elif base.text == "e" and base.text not in self.names and len(words) == 1 and words[0][0].isdigit():
            return self.unit(int(words[0][0]), node.span)
        else:
            item = self.item(base)
        if [each.text for each in node.data] == ["+"]:
            return self.apply("relu", [item], node)
        words = marks(node, bound, item.rank)
        if len(words) == 2 and words[0] == words[1] and item.rank == 2 and words[0][0] not in {*bound, *self.kept}:
            if re.search(rf"_\s*\{{?\s*(?!{words[0][0]})[i-n]", self.text):
                self.say("AG417", f"{self.text[node.start : node.end]} was read as a sum, as Einstein writes it")
                return call("trace", [item])
            return self.choose([partial(call, "trace", [item]), partial(self.indexed, item, words, node)], node)
        if not words or any(not (word.isdigit() or len(word) == 1 or word in bound) for word, *_ in words):
            raise MisfitError("this index is not read")
        places = [
            int(word) if word.isdigit() and len(word) < 7 else None if word in bound else self.number_of(word)
            for word, *_ in words
        ]
        numbers = [None if n is None else n + shift for n, (_, shift, _) in zip(places, words, strict=True)]
        if numbers.count(None) < len(numbers):
            item = self.entry(item, numbers, node)
            words = [word for word, n in zip(words, places, strict=True) if n is None]
            if not words:
                return item
        shifted = any(shift and word not in bound for word, shift, _ in words)
        known = any(word in self.names and word not in bound for word, *_ in words)
        word = not bound and any(item.text.isalpha() and len(item.text) > 1 for item in node.data)
        alone = word and not any(len(re.findall(rf"_\{{?\w?{word}", self.text)) > 1 for word, *_ in words)
        if known or shifted or alone:
            why = "an index is a number, or a letter without a value"
            raise MisfitError(f"{self.text[node.start : node.end]} has no value", why=why)
        return self.indexed(item, words, node)

    def tensor(self, letters: Sequence[str], node: Node) -> Item:
        """``δ_ij`` of Kronecker, ``ε_ijk`` of Levi-Civita: the cross product of two unit vectors."""
        size = self.size(node.span) if len(letters) == 2 else 3
        made = call("eye", [str(size)], (size, size))
        if len(letters) == 3:
            made = call("cross", [suffixed(made, "[:, None]", (3, 1, 3)), made], (3, 3, 3))
        return opened(made, letters, self.sizes)

    def entry(self, item: Item, numbers: Sequence[int | None], node: Node) -> Item:
        """``x_1``, ``X_12``, ``A_{1j}``: entries are counted from 1; an index that is no number runs along its axis."""
        if item.rank == 2 and len(numbers) == 1 and 10 < (numbers[0] or 0) < 100:
            numbers = divmod(numbers[0] or 0, 10)
        if len(numbers) > item.rank or item.labels:
            raise MisfitError(f"{item.text()} has {item.rank} axes and not {len(numbers)} indices")
        for number, size in zip(numbers, item.shape, strict=False):
            if number is not None and not 1 <= number <= size:
                hint = f"the last of them is {item.text()}_{size}, which is {item.text()}[{size - 1}]"
                words = f"there is no entry {number} of {size}"
                raise MisfitError(words, why="entries are counted from 1", hint=hint if item.rank == 1 else None)
        keys = ", ".join(":" if number is None else str(number - 1) for number in numbers)
        left = [size for size, number in zip(item.shape, numbers, strict=False) if number is None]
        made = suffixed(item, f"[{keys}]", (*left, *item.shape[len(numbers) :]))
        self.counted(self.text[node.start : node.end], made.text())
        return made

    def visit_slice(self, node: Node) -> Item:
        """``1:3``, ``:``"""
        parts: list[str | Item] = []
        children = iter(node.children)
        for place, present in enumerate(node.data):
            if place:
                parts.append(":")
            if present:
                parts.append(self.as_size(self.item(next(children))))
        return Item((), parts, COMPARE, kind="literal")

    def turned(self, node: Node) -> Item:
        """What is transposed: a 1 is the vector of ones there."""
        return self.ones(node.span) if node.kind == "num" and node.text == "1" else self.item(node)

    def visit_transpose(self, node: Node) -> Item:
        """``x'``, ``x.T``"""
        base = self.turned(node.children[0])
        if base.kind == "number":
            raise MisfitError("a number has no transpose")
        below = node.children[0]
        if below.kind == "list" and len(below.data) == 1 < below.data[0] and OF_ROWS.search(self.text):
            return base  # [x y]' of MATLAB is a column
        if base.shape == () and not base.labels and self.text[node.children[0].end : node.end] == "T":  # kTx
            self.refuse_name("T", Node("name", "T", node.end - 1, node.end))
        if base.shape == () and not base.labels and self.text[node.end - 1 : node.end] in "'′’":
            if node.children[0].kind == "transpose":
                why = "an expression is made of values, and its derivatives are what is answered"
                raise MisfitError(f"{base.text()}'' is a second derivative", why=why)
            self.say("AG418", f"' behind the number {base.text()} means the transpose here, and was left out")
        return products.transposed(base)

    def visit_power(self, node: Node) -> Item:
        """``x^2``, ``X^T``, ``X^-1``"""
        below, above = node.children
        if below.kind == "norm":
            made = self.norm_of(below, above)
            if made is not None:
                return made
        if above.kind == "T":
            base = self.turned(below)
            if above.text == "-":
                if not products.square(base):
                    raise MisfitError("only a square matrix has an inverse")
                return products.transposed(products.inverted(base))
            return products.transposed(base)
        base, exponent = self.item(below), self.item(above)
        if below.kind == "call" and (words := of_powers(self.text[node.start : node.end])):
            self.say("AG413", words)
        if node.data == "^" and above.kind == "name" and above.text == "T" and base.rank and not exponent.rank:
            typed = self.text[node.start : node.end]
            self.say("AG417", f"{typed} was read as the transpose; {base.text()}**T is the power")
            return products.transposed(base)
        number = self.number_of(exponent.text()) if products.square(base) else None
        if number is not None:
            self.say("AG417", f"{exponent.text()} is {number}, the power of a matrix")
            exponent = atom(str(number), kind="number")
        inverse = node.data == "^" and products.square(base) and exponent.text() in ("-1", "(-1)")
        entries = (self.entries or id(node) in self.by_entry or node.data == ".^") and not inverse
        return products.powered(base, exponent, entries=entries)

    def visit_dot(self, node: Node) -> Item:
        """``v.w``, ``A.x``: the product of vectors and matrices, as in Mathematica."""
        left, right = (self.item(child) for child in node.children)
        if right.kind == "literal" and right.text() == "values":  # of a pair, as torch.max(x, 0) is one
            return left
        if right.kind == "literal" and right.text() in notation.MEASURES:
            return self.measured(right.text(), left, [])
        if left.rank == right.rank == 1 and left.shape == right.shape:
            return products.dotted(left, right)
        if left.rank and right.rank and left.rank + right.rank > 2:
            return products.matmul(left, right)
        raise MisfitError("'.' is read between vectors and matrices that fit")

    # Operators.

    def visit_sum(self, node: Node) -> Item:
        """Terms with signs."""
        first, *rest = (self.item(child) for child in node.children)
        found = products.negated(first) if node.data[0] == "-" else first
        for sign, term in zip(node.data[1:], rest, strict=True):
            try:
                found = products.added(sign, found, term, entries=self.entries)
            except MisfitError as error:
                if re.search(r"['′’]", self.text[node.start : node.end]):
                    error.hint = "x' is a transpose here; give x_prime a value where it is another point"
                raise
        return found

    def visit_compare(self, node: Node) -> Item:
        """``x > 0``"""
        return products.by_entry(node.text, *map(self.item, node.children))

    def visit_choice(self, node: Node) -> Item:
        """Two ways to read a function without brackets: the one that fits."""
        return self.choose([partial(self.item, child) for child in node.children], node)

    # Functions.

    def visit_call(self, node: Node) -> Item:
        """A function with its arguments."""
        listing = getattr(find(node.text), "variadic", False)
        arguments = [self.as_made(child) if listing else self.item(child) for child in node.children]
        if listing and node.children[:1] and node.children[0].kind == "tuple":  # torch.cat((a, b))
            arguments[0] = several([self.item(child) for child in node.children[0].children], "[", "]")
        power, base = node.data if node.data is not None else (None, ())
        name = node.text
        divisor: Item | None = None
        if base:
            name, divisor = self.with_base(name, base, node)
        if power is not None and power.kind != "T":
            exponent = self.remade(power)
            if exponent.text() == "-1" and find(f"arc{name}") is not None:
                return self.apply(f"arc{name}", arguments, node)
            made = self.apply(name, arguments, node)
            return products.powered(made, exponent, entries=self.entries)
        made = self.apply(name, arguments, node)
        if divisor is not None:
            return products.quotient(made, self.apply("log", [divisor], node))
        return products.transposed(made) if power is not None else made

    def visit_keyword(self, node: Node) -> Item:
        """``axis=0``"""
        return self.as_made(node.children[0])

    def visit_tuple(self, node: Node) -> Item:
        """Values with commas: a setting, as in ``sum(x, axis=(0, 1))``."""
        items = [self.item(child) for child in node.children]
        return several(items, "(", ",)" if len(items) == 1 else ")")

    def visit_list(self, node: Node) -> Item:
        """``[1, 2]`` or ``[1 2; 3 4]``: an array of numbers or blocks, or several results."""
        items, rows = [self.item(child) for child in node.children], node.data
        if len(set(rows)) > 1:
            raise MisfitError("the rows of this matrix have different lengths")
        lines = [items[place : place + rows[0]] for place in range(0, len(items), *rows[:1])]
        in_blocks = block_matrix(lines) if len(rows) > 1 or self.text[node.start] == "\\" else None
        if in_blocks is not None:
            return in_blocks
        if len(rows) < 2 or max(rows) < 2:
            return several(items, "[", "]")
        return several([stacked(several(line, "[", "]")) for line in lines], "[", "]")


def _letters(names: Sequence[str]) -> str | None:
    """A word on a letter that looks like another one."""
    for name in names:
        strange = next((ch for ch in name if unicodedata.name(ch, "").startswith(("CYRILLIC", "FULLWIDTH"))), None)
        if strange is not None:
            return f"'{strange}' in it is U+{ord(strange):04X} {unicodedata.name(strange).lower()}"
    return "every name in the expression needs numbers"
