"""The SymPy meaning of an operation as program text: the declared formula, printed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from autograd_core.export.code import Definitions, UnsupportedError
from autograd_core.expr.nodes import Call
from autograd_core.limits import MAX_MEANING
from autograd_core.ops.registry import op as ops
from autograd_core.symbolic.read import sympy
from autograd_core.symbolic.script import Symbolic

_WORDS = re.compile(r"(?<![\w.])([A-Za-z_]\w*)")
_TRIED = 200
_OPERATORS = (ops.add, ops.sub, ops.mul, ops.div, ops.neg, ops.matmul)


def meaning(node: Call, program: Definitions) -> str | None:
    """A call of a function that is defined in ``program``; None where the operation is written as in NumPy."""
    op, params = node.op, dict(node.params)
    if op in _OPERATORS:
        return None
    if op.elementwise and op.symbolic is not None:
        symbols = _symbols(len(node.operands))
        if op is ops.pow_scalar:
            return (
                "{0:p}**" + printed(op.meaning(sympy(), symbols, params).args[-1], ())
                if params["exponent"] not in (0, 1)
                else None
            )
        text = printed(op.meaning(sympy(), symbols, params), symbols)
        inside = ", ".join(str(each) for each in symbols)
        name = defined(op.name, f"({inside}):\n    return {text}", program, above=f"@each({len(symbols)})\n")
        return f"{name}({{*}})"
    if (
        op.symbolic is None
        and op.definition is None
        and (op.text is not None or getattr(np, op.name, None) is not None)
    ):
        if sum(math.prod(o.shape) for o in node.operands) <= _TRIED and _on_symbols(node) is None:
            raise UnsupportedError(f"{op.name} has no counterpart in sympy: it needs numbers", hint="--to torch")
        return None
    return written_out(node, program)


def _on_symbols(node: Call) -> Any:
    """The result of an operation on arrays of symbols, and these symbols; None where it needs numbers."""
    sizes = [math.prod(operand.shape) for operand in node.operands]
    symbols = _symbols(sum(sizes))
    whole = np.empty(len(symbols), dtype=object)
    whole[:] = symbols
    parts = zip(np.split(whole, np.cumsum(sizes)[:-1]), node.operands, strict=False)
    try:
        made = node.op.apply([Symbolic(None, part.reshape(operand.shape)) for part, operand in parts], node.params)
    except Exception:  # whatever an operation raises on symbols: it has no counterpart
        return None
    return (made.entries, symbols) if isinstance(made, Symbolic) else None


def written_out(node: Call, program: Definitions) -> str:
    """The meaning entry by entry, for the shapes at hand.

    Raises UnsupportedError where that is too long or there is none.
    """
    op = node.op
    made = _on_symbols(node)
    if made is None:
        raise UnsupportedError(f"{op.name} has no counterpart in sympy", hint="--to torch")
    found, symbols = made
    texts = [printed(entry, symbols) for entry in found.ravel()]
    if sum(map(len, texts)) > MAX_MEANING:
        raise UnsupportedError(f"{op.name} is too large to be written for sympy entry by entry", hint="--to torch")
    body = ",\n        ".join(texts)
    names = [f"a{i}" for i in range(len(node.operands))]
    unpacked = ", ".join(str(each) for each in symbols)
    joined = ", ".join(f"*np.ravel({name})" for name in names)
    shapes = " and ".join(str(tuple(o.shape)) for o in node.operands)
    opened = f"    {unpacked}, = {joined},\n" if symbols else ""
    whole = f"[\n        {body},\n    ]" if texts else "[]"
    definition = (
        f"({', '.join(names)}):  # for {shapes}\n{opened}"
        f"    return np.array({whole}, dtype=object).reshape({tuple(found.shape)})"
    )
    return f"{defined(op.name, definition, program)}({{*}})"


def defined(wanted: str, text: str, program: Definitions, *, above: str = "") -> str:
    """The name of a definition in ``program``: the same for the same text, which begins after the name."""
    if text not in program.names:
        name = program.names[text] = program.free.free("_" + wanted.strip("_"))
        program.texts[name] = f"{above}def {name}{text}"
    return program.names[text]


def printed(expr: Any, symbols: Any) -> str:
    """A SymPy expression as Python text in which SymPy's names come from ``sp``."""
    known = {str(each) for each in symbols} | {"True", "False"}
    text = _printer()(sympy().sympify(expr, strict=True))
    return _WORDS.sub(lambda match: match[1] if match[1] in known else f"sp.{match[1]}", text)


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


def _symbols(count: int) -> list[Any]:
    return [sympy().Symbol(f"x{number}", real=True) for number in range(count)]
