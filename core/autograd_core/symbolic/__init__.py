"""SymPy's part of the cross-check: a script in, the derivatives as a list of instructions out.

A script (see ``symbolic.script``) is plain data, and so are instructions. Nothing here needs NumPy or the engine, so
that it can run in a process that was started before either was loaded. SymPy differentiates; the result is neither
simplified nor turned into source code but lowered to instructions, one for each distinct sub-expression, which
``check.program`` carries out on arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from autograd_core.symbolic.digits import evaluate
from autograd_core.symbolic.lower import Lowering
from autograd_core.symbolic.read import LITERALS, Line, ScriptReader, UnanswerableError, sympy

Job = dict[str, Any]


def answer(job: Job) -> dict[str, Any]:
    """Carry out one job: a task of ``TASKS``, or evaluate; a failure is an answer with ``failed``."""
    try:
        if job["task"] in TASKS:
            return instructions(**job)
        if job["task"] == "evaluate":
            return {"rows": evaluate(job["instructions"], job["outputs"], job["rows"])}
        return {"ready": sympy().__version__}
    except UnanswerableError as error:
        return {"failed": str(error)}
    except RecursionError:
        return {"failed": "the expression is nested too deep for SymPy"}
    except Exception as error:  # whatever SymPy runs into must not end the process
        return {"failed": f"SymPy failed: {type(error).__name__}: {str(error)[:80]}"}


def warm_up() -> None:
    """Load what SymPy loads on its first product and derivative."""
    sp = sympy()
    x, y = sp.Symbol("x0", real=True), sp.Symbol("x1", real=True)
    ((y - 2 * x) ** 2 + sp.exp(x) / y).diff(x)


def instructions(
    task: str, lines: Sequence[Line], roots: Sequence[int], by: Sequence[int], weights: Sequence[float] = (), **_: Any
) -> dict[str, Any]:
    """Instructions for what a task makes of the formulas ``roots`` and the symbols ``by``."""
    built = ScriptReader(lines).read(roots)
    lowering = Lowering()
    symbols = [sympy().Symbol(f"x{number}", real=True) for number in by]
    outputs = [lowering.lower(found) for found in TASKS[task]([built[root] for root in roots], symbols, weights)]
    return {"instructions": lowering.instructions, "outputs": outputs}


def derive(formulas: list[Any], symbols: list[Any], weights: Sequence[float]) -> Iterator[Any]:
    """The formulas, and the derivatives of their weighted sum by each symbol."""
    sp = sympy()
    touched: dict[Any, list[tuple[Any, Any]]] = {}
    for formula, weight in zip(formulas, weights, strict=True):
        factor = sp.Integer(weight) if weight in (0, 1) else LITERALS["float"](sp, weight)
        for term in formula.args if formula.is_Add else (formula,):
            for symbol in term.free_symbols:
                touched.setdefault(symbol, []).append((factor, term))
    yield from formulas
    for symbol in symbols:
        yield sp.Add(*[factor * sp.diff(term, symbol) for factor, term in touched.get(symbol, ())])


def hessian(formulas: list[Any], symbols: list[Any], _weights: Sequence[float]) -> Iterator[Any]:
    """The sum of the formulas, and its second derivatives: the upper triangle, row by row."""
    whole = sympy().Add(*formulas)
    yield whole
    for place, symbol in enumerate(symbols):
        slope = slope_of(whole, symbol)
        yield from (slope_of(slope, other) for other in symbols[place:])


def chain(formulas: list[Any], symbols: list[Any], _weights: Sequence[float]) -> Iterator[Any]:
    """The sum of the formulas, and its derivatives by the symbols, one after the other."""
    found = sympy().Add(*formulas)
    yield found
    for symbol in symbols:
        found = slope_of(found, symbol)
        yield found


def slope_of(formula: Any, symbol: Any) -> Any:
    """The derivative, of what does not hold the symbol at once."""
    return sympy().diff(formula, symbol) if symbol in formula.free_symbols else sympy().Integer(0)


TASKS = {"derive": derive, "hessian": hessian, "chain": chain}
"""What SymPy is asked for."""
