"""SymPy's part of the cross-check: a script in, the derivatives as a list of instructions out.

A script (see ``symbolic.script``) is plain data, and so are instructions. Nothing here needs NumPy or the engine, so
that it can run in a process that was started before either was loaded. SymPy differentiates; the result is neither
simplified nor turned into source code but lowered to instructions, one for each distinct sub-expression, which
``symbolic.program`` carries out on arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from autograd_core.symbolic.digits import evaluate
from autograd_core.symbolic.instructions import lower
from autograd_core.symbolic.read import LITERALS, Line, UnanswerableError, read_script, sympy

Job = dict[str, Any]


def answer(job: Job) -> dict[str, Any]:
    """Carry out one job: derive, or evaluate; a failure is an answer with ``failed``."""
    try:
        if job["task"] == "derive":
            return instructions(**job)
        return {"rows": evaluate(job["instructions"], job["outputs"], job["rows"])}
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
    ((y - 2 * x) ** 2).diff(x)


def instructions(
    lines: Sequence[Line],
    roots: Sequence[int],
    weights: Sequence[float],
    paths: Sequence[Sequence[int]],
    **_: Any,
) -> dict[str, Any]:
    """Instructions for the formulas ``roots``, and for the derivatives of their weighted sum along each of ``paths``.

    A path is the numbers of the symbols by which the sum is differentiated, one after the other.
    """
    formulas = read_script(lines, roots)
    found, outputs = lower([*formulas, *derivatives(formulas, weights, paths)])
    return {"instructions": found, "outputs": outputs}


def derivatives(formulas: Sequence[Any], weights: Sequence[float], paths: Sequence[Sequence[int]]) -> Iterator[Any]:
    """The derivatives of a weighted sum along paths; what these have in common is found once."""
    sp = sympy()
    touched: dict[Any, list[tuple[Any, Any]]] = {}
    for formula, weight in zip(formulas, weights, strict=True):
        factor = sp.Integer(weight) if weight in (0, 1) else LITERALS["float"](sp, weight)
        for term in formula.args if formula.is_Add else (formula,):
            for symbol in term.free_symbols:
                touched.setdefault(symbol, []).append((factor, term))
    known: dict[tuple[int, ...], Any] = {}
    for path in map(tuple, paths):
        for length in range(1, len(path) + 1):
            if path[:length] in known:
                continue
            symbol = sp.Symbol(f"x{path[length - 1]}", real=True)
            before = [(1, known[path[: length - 1]])] if length > 1 else touched.get(symbol, ())
            slopes = [factor * sp.diff(term, symbol) for factor, term in before if symbol in term.free_symbols]
            known[path[:length]] = sp.Add(*slopes)
        yield known[path]
