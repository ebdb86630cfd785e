"""Programs for SymPy: the entries of the result written out over one symbol for each entry of an input."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from functools import cache
from typing import Any

import numpy as np

from autograd_core.errors import LimitError
from autograd_core.export.code import UnsupportedError
from autograd_core.export.draft import Draft
from autograd_core.expr.nodes import topological
from autograd_core.expr.run import evaluate
from autograd_core.limits import MAX_MEANING, MAX_SYMBOLS
from autograd_core.ops.registry import op as ops
from autograd_core.symbolic.instructions import sympy
from autograd_core.symbolic.script import NoMeaningError, Symbolic

OWN = "np sp inputs point entries total wanted derivatives modules found entry value gradients at array"
"""Names that such a program uses itself."""

_ONE_BY_ONE = """\
found = []
for entry in entries:
    try:
        found.append(float(sp.lambdify(inputs, entry, modules=modules)(*point)))
    except (ArithmeticError, TypeError):
        found.append(np.nan)  # no real number"""

_STEPS = ".replace(lambda part: isinstance(part, (sp.Derivative, sp.Subs)), lambda part: sp.S(0))"
"""What SymPy leaves open is the derivative of a step, which is 0."""


def sympy_lines(draft: Draft) -> Iterator[str]:
    """The inputs, a symbol for each of their entries, the entries of the result, their derivatives, and the numbers."""
    done, order = draft.done, draft.order
    count = sum(done.inputs[name].size for name in order)
    if count > MAX_SYMBOLS:
        words = f"the inputs have {count:,} entries; SymPy takes a symbol for each, and {MAX_SYMBOLS:,} is the limit"
        raise LimitError(words, hint="`to torch`")
    names = {name: [draft.free.free(f"{name}_{i}") for i in range(done.inputs[name].size)] for name in order}
    texts = entries_over(draft, names)
    yield from draft.about("Run it with SymPy.", "numpy as np", "sympy as sp")
    yield from draft.inputs()
    for symbols in filter(None, names.values()):
        yield f"{', '.join(symbols)}, = sp.symbols({', '.join(symbols) + ','!r}, real=True)"
    yield f"inputs = [{', '.join(symbol for symbols in names.values() for symbol in symbols)}]"
    arrays = ", ".join(draft.names[name] for name in order)
    yield f"point = [float(number) for array in [{arrays}] for number in array.ravel()]"
    yield "entries = ["
    yield from (f"    {text}," for text in texts)
    yield "]"
    yield f"total = sum(entry * weight for entry, weight in zip(entries, {done.weights.ravel().tolist()}))"
    yield f"wanted = [{', '.join(symbol for name in draft.wanted for symbol in names[name])}]"
    steps = _STEPS if any(word in text for text in texts for word in ("sp.floor", "sp.ceiling", "sp.sign")) else ""
    yield f"derivatives = [sp.diff(total, symbol){steps} for symbol in wanted]"
    yield "entries += derivatives"
    yield "modules = [{'DiracDelta': lambda *_: 0.0}, 'mpmath']"
    if draft.strange:
        yield from _ONE_BY_ONE.splitlines()
    else:  # cse would compute the quotient that a Piecewise keeps from 0
        whole = not any("sp.Piecewise" in text for text in texts)
        yield f"found = sp.lambdify(inputs, entries, modules=modules, cse={whole})(*point)"
        yield "found = [float(number) for number in found]"
    size = done.result.array.size
    yield f"value = np.array(found[:{size}]).reshape({tuple(done.result.shape)})"
    yield f"gradients, at = [], {size}"
    yield f"for array in [{', '.join(draft.names[name] for name in draft.wanted)}]:"
    yield "    gradients.append(np.array(found[at : at + array.size]).reshape(array.shape))"
    yield "    at += array.size"
    yield ""
    yield from draft.proof({name: f"gradients[{i}]" for i, name in enumerate(draft.wanted)}, "value")


def entries_over(draft: Draft, names: dict[str, list[str]]) -> list[str]:
    """The entries of the result over symbols with these names.

    Raises UnsupportedError for an operation that SymPy has no word for, LimitError where they are too long.
    """
    root = draft.root
    for node in topological([root]):
        if node.op is ops.detach:
            words = "detach has no counterpart in sympy, where nothing is held constant"
            raise UnsupportedError(words, hint="`to torch`\n`to jax`", span=node.span)
    symbols = {
        name: Symbolic(
            None,
            np.array([sympy().Symbol(each, real=True) for each in texts] or [], dtype=object).reshape(
                draft.done.inputs[name].shape
            ),
        )
        for name, texts in names.items()
    }
    try:
        made: Any = evaluate([root], symbols)[root]
    except NoMeaningError as error:
        words = str(error).replace("has no meaning in SymPy", "has no counterpart in sympy")
        raise UnsupportedError(words, hint="`to torch`") from error
    entries = np.ravel(made.entries if isinstance(made, Symbolic) else made)
    texts = [printed(entry, {each for own in names.values() for each in own}) for entry in entries]
    if sum(map(len, texts)) > MAX_MEANING:
        raise LimitError("written entry by entry for sympy, the result is too long", hint="`to torch`")
    return texts


_WORDS = re.compile(r"(?<![\w.])([A-Za-z_]\w*)")


def printed(expr: Any, known: Collection[str]) -> str:
    """A SymPy expression as Python text in which SymPy's names, which are not among the ``known``, come from ``sp``."""
    text = _printer()(sympy().sympify(expr, strict=True))
    return _WORDS.sub(lambda match: match[1] if match[1] in {*known, "True", "False"} else f"sp.{match[1]}", text)


@cache
def _printer() -> Callable[[Any], str]:
    from sympy.printing.str import StrPrinter

    class Printer(StrPrinter):  # type: ignore[misc]  # SymPy has no types
        """Python text that reads back as the same expression: floats with every digit, integers exact."""

        def _print_Float(self, expr: Any) -> str:
            return repr(float(expr))

        def _print_NaN(self, expr: Any) -> str:
            return "nan"

    printer: Callable[[Any], str] = Printer({"sympy_integers": True, "order": "none"}).doprint
    return printer
