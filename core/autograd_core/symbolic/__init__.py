"""SymPy's part of the cross-check: a script in, the derivatives as a list of instructions out.

A script (see ``symbolic.script``) is plain data, and so are instructions. Nothing here needs NumPy or the engine, so
that it can run in a process that was started before either was loaded. SymPy differentiates; the result is neither
simplified nor turned into source code but lowered to instructions, one for each distinct sub-expression, which
``check.program`` carries out on arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_core.symbolic.digits import evaluate
from autograd_core.symbolic.lower import Lowering
from autograd_core.symbolic.read import LITERALS, Line, ScriptReader, UnanswerableError, sympy

Job = dict[str, Any]


def answer(job: Job) -> dict[str, Any]:
    """Carry out one job: derive, jacobian, hessian or evaluate; a failure is an answer with ``failed``."""
    try:
        if job["task"] == "derive":
            return derive(job["lines"], job["roots"], job["weights"], job["by"])
        if job["task"] == "jacobian":
            return jacobian(job["lines"], job["roots"], job["by"])
        if job["task"] == "chain":
            return chain(job["lines"], job["roots"], job["by"])
        if job["task"] == "hessian":
            return hessian(job["lines"], job["roots"], job["by"])
        if job["task"] == "evaluate":
            return {"rows": evaluate(job["instructions"], job["outputs"], job["rows"])}
        return {"ready": sympy().__version__}
    except UnanswerableError as error:
        return {"failed": str(error)}
    except TimeoutError:
        raise  # for whoever set the time
    except RecursionError:
        return {"failed": "the expression is nested too deep for SymPy"}
    except Exception as error:  # whatever SymPy runs into must not end the process
        return {"failed": f"SymPy failed: {type(error).__name__}: {str(error)[:80]}"}


def warm_up() -> None:
    """Load what SymPy loads on its first product and derivative."""
    sp = sympy()
    x, y = sp.Symbol("x0", real=True), sp.Symbol("x1", real=True)
    ((y - 2 * x) ** 2 + sp.exp(x) / y).diff(x)


def derive(lines: Sequence[Line], roots: Sequence[int], weights: Sequence[float], by: Sequence[int]) -> dict[str, Any]:
    """Instructions for the values of ``roots``, and for the derivatives of their weighted sum by the symbols ``by``."""
    built = ScriptReader(lines).read(roots)
    sp = sympy()
    terms: list[tuple[Any, Any]] = []
    for root, weight in zip(roots, weights, strict=True):
        factor = sp.Integer(weight) if weight in (0, 1) else LITERALS["float"](sp, weight)
        terms += [(factor, term) for term in (built[root].args if built[root].is_Add else (built[root],))]
    touched: dict[Any, list[tuple[Any, Any]]] = {}
    for factor, term in terms:
        for symbol in term.free_symbols:
            touched.setdefault(symbol, []).append((factor, term))
    lowering = Lowering()
    outputs = [lowering.lower(built[root]) for root in roots]
    for number in by:
        symbol = sp.Symbol(f"x{number}", real=True)
        slopes = [factor * sp.diff(term, symbol) for factor, term in touched.get(symbol, ())]
        outputs.append(lowering.lower(sp.Add(*slopes)))
    return {"instructions": lowering.instructions, "outputs": outputs}


def jacobian(lines: Sequence[Line], roots: Sequence[int], by: Sequence[int]) -> dict[str, Any]:
    """Instructions for the values of ``roots``, and for the derivative of each of them by each symbol of ``by``."""
    built = ScriptReader(lines).read(roots)
    sp = sympy()
    lowering = Lowering()
    outputs = [lowering.lower(built[root]) for root in roots]
    symbols = [sp.Symbol(f"x{number}", real=True) for number in by]
    for root in roots:
        held = built[root].free_symbols
        outputs += [lowering.lower(sp.diff(built[root], s) if s in held else sp.Integer(0)) for s in symbols]
    return {"instructions": lowering.instructions, "outputs": outputs}


def hessian(lines: Sequence[Line], roots: Sequence[int], by: Sequence[int]) -> dict[str, Any]:
    """Instructions for the sum of ``roots``, and for its second derivatives: the upper triangle, row by row."""
    built = ScriptReader(lines).read(roots)
    sp = sympy()
    whole = sp.Add(*(built[root] for root in roots))
    lowering = Lowering()
    outputs = [lowering.lower(whole)]
    symbols = [sp.Symbol(f"x{number}", real=True) for number in by]
    for place, symbol in enumerate(symbols):
        slope = sp.diff(whole, symbol) if symbol in whole.free_symbols else sp.Integer(0)
        held = slope.free_symbols
        outputs += [lowering.lower(sp.diff(slope, s) if s in held else sp.Integer(0)) for s in symbols[place:]]
    return {"instructions": lowering.instructions, "outputs": outputs}


def chain(lines: Sequence[Line], roots: Sequence[int], by: Sequence[int]) -> dict[str, Any]:
    """Instructions for the sum of ``roots``, and for its derivatives by the symbols ``by``, one after the other."""
    built = ScriptReader(lines).read(roots)
    sp = sympy()
    found = sp.Add(*(built[root] for root in roots))
    lowering = Lowering()
    outputs = [lowering.lower(found)]
    for number in by:
        found = sp.diff(found, sp.Symbol(f"x{number}", real=True))
        outputs.append(lowering.lower(found))
    return {"instructions": lowering.instructions, "outputs": outputs}
