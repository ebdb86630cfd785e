"""What the table tests share: arguments drawn for a declaration, differences, and SymPy as a witness."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check import Question
from autograd_core.check.witnesses.entrywise import write_down
from autograd_core.engine.tensor import Tensor
from autograd_core.expr.nodes import Const, Expr, Var
from autograd_core.functional import grad
from autograd_core.ops import Function, OpSpec
from autograd_core.ops.spec import Sample
from autograd_core.symbolic import answer
from autograd_core.symbolic.script import NoMeaningError
from checking import limits_of

Array = npt.NDArray[Any]

ONE = [(), (3,), (2, 3), (1, 3), (0,)]
TWO = [(), (3,), (2, 3), (2, 1)]
GRID = 0.037
STEP = 1e-4
MOST_SECONDS = 1.0
MOST_LINES = 30_000


@dataclass(frozen=True, eq=False)
class Case:
    """A function with drawn operands and parameters; ``wanted`` are the positions of differentiable operands."""

    function: Function
    operands: tuple[Any, ...]
    params: Mapping[str, Any]
    wanted: tuple[int, ...]

    def __str__(self) -> str:
        inside = [str(a.tolist() if isinstance(a, np.ndarray) else a) for a in self.operands]
        return f"{self.function.name}({', '.join([*inside, *(f'{k}={v!r}' for k, v in self.params.items())])})"


def samples(function: Function) -> Iterator[Sample]:
    """The declared samples, else products of shapes for an elementwise operation."""
    if function.samples or not isinstance(function, OpSpec) or not function.elementwise:
        yield from function.cases
        return
    params = {p.name: p.default for p in function.params}
    if len(function.operands) == 1:
        yield from (Sample((shape,), params) for shape in ONE)
    else:
        yield from (Sample(shapes, params) for shapes in product(TWO, repeat=len(function.operands)))
        yield Sample(((0,),) * len(function.operands), params)


def draw(function: Function, chosen: Sample, salt: str = "") -> Case:
    """Operands on a grid that misses round numbers and holds no number twice: far from kinks and ties."""
    rng = np.random.default_rng(zlib.crc32(f"{function.name}{chosen.operands}{dict(chosen.params)}{salt}".encode()))
    domain: Any = getattr(function, "domain", ((-2.0, 2.0),))
    operands: list[Any] = []
    for position, given in enumerate(chosen.operands):
        if isinstance(given, tuple):
            low, high = domain[min(position, len(domain) - 1)]
            start = math.ceil((low - 0.0113) / GRID)
            grid = np.arange(start, math.floor((high - 0.0113) / GRID)) * GRID + 0.0113 + 0.0037 * position
            grid = grid[(grid > low) & (grid < high)]
            size = math.prod(given)
            operands.append(rng.choice(grid, size, replace=size > len(grid)).reshape(given))
        else:
            operands.append(np.array(given, dtype=np.float64) if isinstance(given, list) else given)
    drawn = [i for i, given in enumerate(chosen.operands) if isinstance(given, tuple)]
    if isinstance(function, OpSpec):
        drawn = [i for i, o in enumerate(operands) if isinstance(o, np.ndarray) and function.rule(i) is not None]
    return Case(function, tuple(operands), dict(chosen.params), tuple(drawn))


@cache
def cases(function: Function) -> list[Case]:
    """Every sample of a function with its operands drawn."""
    return [draw(function, chosen) for chosen in samples(function)]


def value(case: Case, operands: Sequence[Any] | None = None) -> Array:
    """The result on plain arrays."""
    with np.errstate(all="ignore"):
        made: Array = np.asarray(case.function(*(case.operands if operands is None else operands), **case.params))
    return made


def cotangent(shape: tuple[int, ...], salt: int = 0) -> Array:
    """Short decimals of either sign in the given shape."""
    rng = np.random.default_rng(salt + 7)
    drawn: Array = np.round(rng.uniform(0.2, 2.0, shape) * rng.choice([-1.0, 1.0], shape), 2)
    return drawn


def record(case: Case, dtype: Any = np.float64) -> tuple[Tensor, list[Tensor]]:
    """The result as a tensor, and the leaves among the operands."""
    operands: list[Any] = list(case.operands)
    leaves = []
    for i in case.wanted:
        operands[i] = Tensor(operands[i], requires_grad=True, dtype=dtype)
        leaves.append(operands[i])
    operands = [o.astype(dtype) if isinstance(o, np.ndarray) else o for o in operands]
    return case.function(*operands, **case.params), leaves


def flows(result: Any) -> bool:
    """Whether a result passes gradients back at all."""
    return isinstance(result, Tensor) and result.requires_grad


def pulled(case: Case, g: Any, **options: Any) -> list[Array]:
    """The vector-Jacobian products for the wanted operands, zeros where nothing flows."""
    result, leaves = record(case)
    if not flows(result):
        return [np.zeros(leaf.shape) for leaf in leaves]
    found = grad(result, leaves, Tensor(g), allow_unused=True, **options)
    return [np.zeros(leaf.shape) if f is None else f.array for f, leaf in zip(found, leaves, strict=True)]


def difference(f: Callable[[Sequence[Any]], Array], operands: Sequence[Any], position: int) -> Array:
    """The Jacobian of ``f`` with respect to one operand: central differences of fourth order."""
    base = operands[position]
    columns = []
    for entry in np.ndindex(base.shape):
        found = []
        for step in (STEP, -STEP, 2 * STEP, -2 * STEP):
            moved = base.copy()
            moved[entry] += step
            found.append(np.asarray(f([*operands[:position], moved, *operands[position + 1 :]])))
        columns.append((8 * (found[0] - found[1]) - (found[2] - found[3])) / (12 * STEP))
    shape = np.asarray(f(operands)).shape
    return np.stack(columns, axis=-1) if columns else np.zeros((*shape, 0))


def close(got: Any, expected: Any, case: Case, what: str, rtol: float = 1e-7, atol: float = 1e-8) -> None:
    """Assert agreement, naming the case."""
    got, expected = np.asarray(got), np.asarray(expected)
    assert got.shape == expected.shape, f"{what} of {case}: shape {got.shape}, expected {expected.shape}"
    np.testing.assert_allclose(got, expected, rtol=rtol, atol=atol, err_msg=f"{what} of {case}")


def witness(case: Case, g: Array) -> tuple[Array, list[Array] | None]:
    """SymPy's value, and SymPy's gradient of the sum of g * value for each wanted operand, with 50 digits.

    The gradients are None where SymPy would take too long.
    """
    names = {f"v{i}": i for i in case.wanted}
    variables = {name: Var(name, case.operands[i].shape) for name, i in names.items()}
    operands = [
        variables[f"v{i}"] if i in case.wanted else Const(o) if isinstance(o, np.ndarray) else o
        for i, o in enumerate(case.operands)
    ]
    made = case.function(*operands, **case.params)
    if not isinstance(made, Expr):
        return value(case), [np.zeros(case.operands[i].shape) for i in case.wanted]
    inputs = {name: case.operands[i] for name, i in names.items()}
    try:
        question = Question(made, variables, inputs, tuple(names), g, value(case), {}, **limits_of())
        formula = write_down(question, MOST_LINES)
    except NoMeaningError as error:
        if "too many cases" not in str(error):
            raise
        return value(case), None
    paths = [(place,) for place in range(len(formula.inputs))]
    job = {"lines": formula.script.lines, "roots": formula.roots, "weights": formula.weights, "paths": paths}
    derived = answer({"task": "derive", "seconds": MOST_SECONDS, **job})
    assert "failed" not in derived, f"{case}: {derived['failed']}"
    short = len(derived["outputs"]) == len(formula.roots) + len(paths)
    evaluated = answer({"task": "evaluate", "rows": [formula.inputs], **derived})
    assert "failed" not in evaluated, f"{case}: {evaluated['failed']}"
    flat = np.array(evaluated["rows"][0])
    found, slopes = flat[: g.size].reshape(g.shape), flat[g.size :]
    places = [slice(*formula.places[name]) for name in names]
    shapes = [inputs[name].shape for name in names]
    return found, [slopes[p].reshape(s) for p, s in zip(places, shapes, strict=True)] if short else None
