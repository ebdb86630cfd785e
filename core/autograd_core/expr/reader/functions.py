"""Functions, norms, fractions and roots of items whose shapes are known."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, reduce
from typing import Any

import numpy as np

from autograd_core.errors import ExpressionError
from autograd_core.expr.build import constant
from autograd_core.expr.reader import notation, products
from autograd_core.expr.reader.item import (
    ATOM,
    Item,
    MisfitError,
    aligned,
    atom,
    call,
    described,
    listed,
    reduced,
    suffixed,
    unpacked,
)
from autograd_core.expr.reader.names import Names
from autograd_core.expr.reader.norms import Norms
from autograd_core.expr.reader.parser import Parser
from autograd_core.expr.reader.reading import MATHEMATICS
from autograd_core.expr.reader.scope import SETTINGS
from autograd_core.expr.reader.tokenizer import Tokenizer
from autograd_core.expr.reader.tree import Node, joined
from autograd_core.ops.registry import find
from autograd_core.ops.spec import Function

_MATLAB = re.compile(r"(?<!\d)\.[*/^]|[\w)\]]'|\bbsxfun\b|@\(")
_NUMPY = re.compile(r"\b(?:np|numpy|jnp|torch)\.")
_SURELY_MATLAB = re.compile(
    r"\b(?:repmat|bsxfun|numel)\b|\w\(:|(?:^|[=(,;])[ \t]*@\(|^[ \t]*function\b[^\n]*=|;[ \t]*$", re.MULTILINE
)
"""What MATLAB has beside these and Julia has not."""
_OF_COLUMNS = notation.words("sum mean prod max min std var median")
"""Functions that MATLAB applies to each column of a matrix."""


@cache
def _arguments(written: str) -> dict[str, tuple[Sequence[str], str]]:
    """The arguments of a word, each with the names it may have and the number it is where it is left out."""
    parts = (argument.partition("=") for argument in written.split(", "))
    return {spelt.split("|")[0]: (spelt.split("|"), number) for spelt, _, number in parts}


@cache
def _definition(arguments: str, text: str, absent: Sequence[str]) -> Node:
    """The tree of what a word stands for, without the arguments that are left out: 0 is added, or 1 multiplied."""
    wanted = _arguments(arguments)
    for each in absent:
        zero = wanted[each][1] == "0"
        neutral = rf" - {each}\b" if zero else rf"\./{each}\b|\b{each}\.\*| [-+] (?:\w+\.\*)?log\({each}\)"
        text = re.sub(neutral, "", text)
    names = Names(list(wanted))
    return Parser(text, names).parse(Tokenizer(text, names.__contains__).run())


class Functions(Norms):
    """Applies the functions of the language, and what mathematics writes as one."""

    def visit_frac(self, node: Node) -> Item:
        """A fraction."""
        return products.quotient(*map(self.item, node.children))

    def visit_root(self, node: Node) -> Item:
        """A root."""
        base, *degree = map(self.item, node.children)
        order = degree[0].text() if degree else {"∛": "3", "∜": "4"}.get(node.text, "2")
        name = {"2": "sqrt", "3": "cbrt"}.get(order)
        if name is not None:
            return self.apply(name, [base], node)
        return products.powered(base, atom(f"(1/{order})"), entries=True)

    def with_base(self, name: str, base: Sequence[Any], node: Node) -> tuple[str, Item | None]:
        """``log_2 x``: the logarithm to a base, and that base where it has no function of its own."""
        digits = "".join(item.text for item in base if item.single)
        if name == "log" and digits in ("2", "10", "e"):
            return name if digits == "e" else f"log{digits}", None
        variable = self.names.find(digits)
        if name == "log" and ((digits.isdigit() and int(digits) > 1) or (variable and self.shapes[variable] == ())):
            return name, atom(variable or digits)
        if name == "sigmoid" and self.text[node.start : node.end].lstrip("\\").startswith(("σ", "sigma_")):
            self.refuse_name(f"σ_{digits}", node)
        why = "the base of a logarithm is a number above 1 or a variable" if name == "log" else None
        raise MisfitError(f"the index {digits} of {name} is not read", why=why)

    def apply(self, name: str, arguments: Sequence[Item], node: Node) -> Item:
        """A function of the language, or what mathematics writes as one."""
        if (definition := _defined(name, arguments)) is not None:
            return self.defined(name, definition, arguments, node)
        if name in notation.PARTS:
            return self.several_parts(name, arguments, node)
        if name in notation.MEASURES and arguments:
            along = name == "size" and len(arguments) > 1
            matlab = name == "size" and (self.of_columns or (along and _NUMPY.search(self.text) is None))
            return self.measured("shape" if matlab or along else name, arguments[0], arguments[1:], first=int(matlab))
        if name in _OF_COLUMNS and arguments and self.of_columns:
            made = self.along_columns(name, arguments, node)
            if made is not None:
                return made
        first = arguments[0] if arguments else None
        if name == "log" and first is not None and first.kind == "density":
            return next(part for part in first.parts if isinstance(part, Item))
        if any(item.labels for item in arguments):
            return self.under_a_sum(name, arguments, node)
        if first is not None and len(arguments) == 1:
            if name == "mean" and self.within is None and self.text[node.start :].startswith(("E", "\\E")):
                if first.shape == ():
                    raise ExpressionError("no value for E", code="AG605", span=(node.start, node.start + 1))
                self.say("AG417", f"E was read as the mean of {first.text()}")
            if name == "pinv" and first.rank < 2 and "+" in self.text[node.children[0].end : node.end]:
                said = f"{self.text[node.start : node.end]} was read as the positive part, the greater of it and 0"
                return call("relu", [first], first.shape, row=first.row).saying("AG417", said)
            if name == "vec":
                turned = products.transposed(first) if first.rank == 2 else first
                return call("ravel", [turned], (math.prod(first.shape),))
            if name == "trace" and (gram := self.gram(node.children[0])) is not None:
                return call("sum", [call("svdvals", [gram], (min(gram.shape),))])
            if products.square(first) and name in ("exp", "log", "sqrt", "sin", "cos") and not self.entries:
                said = f"{name} of the matrix {first.text()} was read entry by entry"
                return call(name, [first], first.shape).saying("AG413", said)
        if name in ("max", "min") and len(arguments) > 1 and self.paired(node):
            name = f"{name}imum"
            arguments = [reduce(lambda *pair: self.apply(name, pair, node), arguments[:-1]), arguments[-1]]
        function = find(name)
        if function is None:
            raise ExpressionError(f"unknown function {name!r}", code="AG604")
        arguments = [
            self.static(*pair, function, place)
            for place, pair in enumerate(zip(node.children, arguments, strict=False))
        ]
        keywords = [self.setting(*pair) for pair in zip(node.children, arguments, strict=False)]
        made = call(name, keywords)
        made.shape = self.shape_of(made, arguments, function)
        if getattr(function, "elementwise", False) and len(arguments) == 1 and first is not None:
            made.row, made.kind = first.row, "lying" if first.kind == "lying" else made.kind
        return made

    @property
    def of_columns(self) -> bool:
        """Whether the text is MATLAB's or Julia's, where matrices have columns, and axes are counted from 1."""
        return not self.entries and _MATLAB.search(self.text) is not None

    def along_columns(self, name: str, arguments: Sequence[Item], node: Node) -> Item | None:
        """``sum(X, 2)``, ``max(X, [], 1)`` of MATLAB, ``mean(X, dims=1)`` of Julia; None for all other calls.

        Of a matrix without an axis, the answer says what MATLAB means.
        """
        first, *rest = arguments
        if name in ("max", "min") and len(rest) == 2 and rest[0].text() == "[]":
            del rest[0]
        elif name in ("max", "min") and rest and node.children[-1].kind != "keyword":
            return None
        if len(rest) == 1 and rest[0].text().isdigit() and node.children[-1].text in ("dims", rest[0].text()):
            axis = int(rest[0].text()) - 1
            if not 0 <= axis < first.rank:
                raise MisfitError(f"{described(first)} has no axis {axis + 1} of MATLAB, which counts them from 1")
            shape = tuple(1 if place == axis else size for place, size in enumerate(first.shape))
            whole = first.rank < 2
            return call(name, [first, f"axis={axis}", *["keepdims=True"] * (not whole)], () if whole else shape)
        if len(rest) == 1 and rest[0].text().strip("'\"") == "all":
            return call(name, [first])
        around = re.search(rf"\b{name}\s*\(?$", self.text[: node.start])  # sum(sum(X))
        if not rest and first.rank == 2 and 1 not in first.shape and around is None:
            if _SURELY_MATLAB.search(self.text):
                divisor = ["ddof=1"] * (name in ("std", "var"))
                return call(name, [first, "axis=0", "keepdims=True", *divisor], (1, first.shape[1]))
            said = f"{name} of the matrix {first.text()} is of all entries, as in Julia; MATLAB's is of each column"
            self.say("AG419", f"{said}, {name}({first.text()[:40]}, 1)")
        return None

    def defined(self, name: str, definition: tuple[str, str], arguments: Sequence[Item], node: Node) -> Item:
        """What mathematics has a word for, written out for these arguments."""
        wanted = _arguments(definition[0])
        given: dict[str, Item] = {}
        logarithm = False
        for child, item in zip(node.children, arguments, strict=True):
            keyword = child.text if child.kind == "keyword" else ""
            if keyword == "log" and name in notation.DENSITIES:
                logarithm = item.text() == "True"
                continue
            free = [
                each for each, (spellings, _) in wanted.items() if each not in given and (keyword or each) in spellings
            ]
            if not free:
                words = f"{name} has no argument {keyword}" if keyword else f"{name} takes {', '.join(wanted)}"
                raise ExpressionError(words, code="AG612")
            given[free[0]] = item
        absent = [each for each in wanted if each not in given]
        if lacking := [each for each in absent if not wanted[each][1]]:
            raise ExpressionError(f"{name} needs {', '.join(lacking)} too", code="AG612")
        outer = self.arguments, self.within, self.entries
        self.arguments, self.within, self.entries = given, node.span, False
        found = self.remade(copy.deepcopy(_definition(*definition, tuple(absent))))
        self.arguments, self.within, self.entries = outer
        density = name in notation.DENSITIES and not logarithm
        if not density:
            return found
        return call("exp", [found], found.shape, row=found.row, labels=found.labels, kind="density")

    def measured(self, name: str, item: Item, more: Sequence[Item], *, first: int = 0) -> Item:
        """``x.shape``, ``len(x)``, ``x.numel()``: numbers of entries or of axes, which are counted from ``first``."""
        sizes = item.shape
        if item.labels:
            raise MisfitError("the size of this is not known")
        axis = {"len": "0", "nrow": "0", "ncol": "1"}.get(name)
        if name == "shape" and more:
            axis = re.sub(r"^(?:axis|dim)=", "", more[0].text())
        if axis is not None:
            if not re.fullmatch(r"-?\d+", axis) or not -len(sizes) <= int(axis) - first < len(sizes):
                raise MisfitError(f"{described(item)} has no such axis")
            return atom(str(sizes[int(axis) - first]), kind="number")
        if name == "shape":
            return _numbers([atom(str(size), kind="number") for size in sizes], "sizes")
        if name in ("ndim", "ndims", "dim"):
            return atom(str(len(sizes)), kind="number")
        return atom(str(max(sizes, default=1) if name == "length" else math.prod(sizes)), kind="number")

    def several_parts(self, name: str, arguments: Sequence[Item], node: Node) -> Item:
        """``x.chunk(3, -1)``, ``np.split(x, 2)``: the parts of an array along an axis, which are taken one by one."""
        first, *rest = arguments
        settings: dict[str, list[int]] = {}
        for child, item in zip(node.children[1:], rest, strict=True):
            setting = child.text if child.kind == "keyword" else ("parts", "axis")["parts" in settings]
            numbers = [int(number) for number in re.findall(r"-?\d+", item.text())]
            settings["axis" if setting in ("axis", "dim") else "parts"] = numbers
        axes, sizes = settings.get("axis", [0]), settings.get("parts", [])
        axis = axes[0] if len(axes) == 1 else first.rank  # which is none
        if not (sizes and -first.rank <= axis < first.rank) or min(sizes) < 1 or first.labels:
            raise MisfitError(f"{name} cannot be read for {described(first)}")
        if name == "split" and node.kind == "call" and self.text[node.start - 1 : node.start] != ".":
            why = "it is parts of so many entries in PyTorch, so many parts in NumPy"
            raise MisfitError("split can be read in two ways", code="AG619", why=why, hint="x.split(2), np.split(x, 2)")
        axis %= first.rank
        whole = first.shape[axis]
        if len(sizes) == 1:
            step = sizes[0] if name == "split" else -(-whole // sizes[0])
            sizes = [min(step, whole - start) for start in range(0, whole, step)]
        if sum(sizes) != whole:
            raise MisfitError(f"the parts have {sum(sizes)} entries, and there are {whole}")
        made = []
        for place, size in enumerate(sizes):
            start = sum(sizes[:place])
            shape = (*first.shape[:axis], size, *first.shape[axis + 1 :])
            made.append(suffixed(first, f"[{':, ' * axis}{start}:{start + size}]", shape))
        return Item((), listed("[", made, "]"), kind="parts")

    def setting(self, child: Node, item: Item) -> Item:
        """An argument as it is written: ``axis=0`` with its name."""
        return Item((), [f"{child.text}=", item], span=child.span) if child.kind == "keyword" else item

    def static(self, child: Node, item: Item, function: Function, place: int) -> Item:
        """A number that a function takes as a setting: what is made of constants, and a size of what is given."""
        slot = function.param(child.text) if child.kind == "keyword" else function.slot(place)
        if isinstance(slot, str) or slot is None or item.kind in SETTINGS:
            return item
        if slot.counts:
            return self.as_size(item)
        return item if set(re.findall(r"[^\W\d]\w*", item.text())) - {"pi", "e"} else replace(item, kind="number")

    def as_size(self, item: Item) -> Item:
        """The whole number that sizes and positions come to, as 2*H; anything else as it is."""
        names = set(re.findall(r"[^\W\d]\w*", item.text()))
        if item.shape or item.kind in SETTINGS or not names or not names <= self.numbers.keys():
            return item
        found = float(constant(item.text(), {name: np.asarray(float(self.number_of(name) or 0)) for name in names}))
        return atom(f"{found:.0f}", kind="number") if found.is_integer() else item

    def paired(self, node: Node) -> bool:
        """Whether the arguments of max or min are values, and the second is no axis."""
        first, *others = node.children
        values = first.kind == "num" or any(each.kind not in ("num", "tuple") for each in others)
        return values and not any(each.kind == "keyword" or each.text in ("True", "False") for each in others)

    def gram(self, node: Node) -> Item | None:
        """X where a node is the square root of X^T X."""
        inner = node.children[0] if node.kind == "root" or (node.kind == "call" and node.text == "sqrt") else None
        if inner is None or inner.kind != "terms" or len(inner.children) != 2:
            return None
        left, right = (self.item(child) for child in inner.children)
        return right if left.text() == products.transposed(right).text() and right.rank == 2 else None

    def under_a_sum(self, name: str, arguments: Sequence[Item], node: Node) -> Item:
        """A function of something with open indices."""
        first = arguments[0]
        if len(arguments) == 1 and name in ("sum", "mean", "prod"):
            return reduced(first, first.labels, name)
        if len(arguments) == 2:
            name = {"max": "maximum", "min": "minimum"}.get(name, name)
        if name != "clip" and not getattr(find(name), "elementwise", False):
            raise MisfitError(f"{name} of something with an index is not read")
        labels = {letter: size for item in arguments for letter, size in item.labels.items()}
        rank, shape = max((item.rank, item.shape) for item in arguments)
        whole = [aligned(item, labels, rank) for item in arguments]
        keywords = [self.setting(*pair) for pair in zip(node.children, whole, strict=False)]
        return call(name, keywords, shape, row=first.row, labels=labels)

    def visit_method(self, node: Node) -> Item:
        """``x.sum(axis=0)``"""
        base, *arguments = [self.item(child) for child in node.children]
        if base.labels:
            raise MisfitError("this has no methods")
        function = find(node.text) if node.text not in notation.MEASURES else None
        if function is None and notation.function_named(node.text) == node.text:
            return self.apply("shape" if node.text == "size" else node.text, [base, *arguments], node)
        if function is not None:
            pairs = enumerate(zip(node.children[1:], arguments, strict=True), 1)
            arguments = [self.static(*pair, function, place) for place, pair in pairs]
        given = [self.setting(*pair) for pair in zip(node.children[1:], arguments, strict=True)]
        made = Item((), [*base.at_least(ATOM), *listed(f".{node.text}(", given, ")")])
        made.shape = self.shape_of(made, [base, *arguments], function if function and function.method else None)
        return made

    def visit_index(self, node: Node) -> Item:
        """``x[0]``, ``x[:, None]``"""
        base, inner = self.item(node.children[0]), node.children[1]
        product = inner.kind in ("sum", "terms", "power", "frac", "call") and base.shape == ()
        product &= MATHEMATICS.search(self.text) is not None or not self.text.isascii()  # 4ε[(σ/r)^12 - (σ/r)^6]
        if product or (inner.kind == "compare" and base.shape == ()):  # s(x > 0)
            return self.visit_terms(joined([node.children[0], inner]))
        parts = inner.children if inner.kind in ("list", "tuple") else [inner]
        items = [self.item(part) for part in parts]
        if base.kind in ("parts", "numbers", "sizes") and len(items) == 1:
            if re.fullmatch(r"-?\d+", items[0].text()):
                return unpacked(base, int(items[0].text()))
            if part := re.fullmatch(r"(-?\d*):(-?\d*)", items[0].text()):
                start, end = (int(each) if each else None for each in part.groups())
                return _numbers([each for each in base.parts if isinstance(each, Item)][start:end], base.kind)
        if base.labels:
            raise MisfitError("this cannot be indexed")
        if node.data == "from 1" and base.rank == 2 and [item.text() for item in items] == [":"]:
            return self.apply("vec", [base], node)  # A(:) of MATLAB
        made = Item((), [*base.at_least(ATOM), *listed("[", items, "]")])
        made.shape = self.shape_of(made, [base, *items], None)
        if node.data == "from 1":
            made.row = made.rank == 1 and base.rank == 2 and parts[0].kind == "num"
            self.counted(self.text[node.start : node.end], made.text())
        return made

    def visit_changed(self, node: Node) -> Item:
        """``x.at[0].set(v)`` of JAX, ``x[0] = v`` of a name: x with other values at some of its places."""
        inner = node.children[1]
        base, _, *given = map(self.item, node.children)
        places = [self.item(part) for part in (inner.children if inner.kind in ("list", "tuple") else [inner])]
        if base.labels:
            raise MisfitError("this cannot be changed at a place")
        parts = [*base.at_least(ATOM), ".at", *listed("[", places, "]"), *listed(f".{node.text}(", given, ")")]
        return Item(base.shape, parts)

    def visit_inner(self, node: Node) -> Item:
        """``<x, y>``: the sum of the products of all entries."""
        left, right = (self.item(child) for child in node.children)
        if left.rank < 2 and right.rank < 2:
            return products.dotted(left, right)
        return products.double_dotted(left, right)


def _defined(name: str, arguments: Sequence[Item]) -> tuple[str, str] | None:
    """The definition of a word for so many arguments; of one of the language only for a number that it cannot take."""
    if name == "dN" and arguments[-1].rank == 2:
        name = "dmvnorm"
    known = notation.DEFINED.get(name, ())
    fitting = [each for each in known if len(_arguments(each[0])) == len(arguments)]
    return next(iter(fitting if find(name) is not None else [*fitting, *known]), None)


def _numbers(items: Sequence[Item], kind: str) -> Item:
    """A tuple of numbers, or several arrays."""
    return Item((len(items),), listed("(", items, ",)" if len(items) == 1 else ")"), kind=kind)
