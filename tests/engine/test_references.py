"""Every operation against a reference that shares nothing with it: broadcast shapes, float32, and extreme sizes."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
import pytest
from operation_references import ENTRYWISE, PULLED, REFERENCES

from autograd_core.engine.tensor import Tensor
from autograd_core.expr.build import parse
from autograd_core.expr.run import evaluate
from autograd_core.functional import grad
from autograd_core.ops import find, functions
from operation_samples import Case, cases, cotangent, value

mp.mp.dps = 60
STEP = mp.mpf(10) ** -25
ALL = [function.name for function in functions()]


def exact(array: Any) -> Any:
    made = np.empty(np.shape(array), dtype=object)
    for place in np.ndindex(made.shape):
        made[place] = mp.mpf(float(np.asarray(array)[place]))
    return made


def operands_of(case: Case, scale: float = 1.0) -> list[Any]:
    return [o * scale if isinstance(o, np.ndarray) and i in case.wanted else o for i, o in enumerate(case.operands)]


def compared(case: Case, operands: list[Any], dtype: Any, rtol: float) -> None:
    """Value and gradient against the reference and its differences, relative to the largest entry."""
    reference = REFERENCES[case.function.name]
    leaves = {i: Tensor(np.asarray(operands[i], dtype), requires_grad=True, dtype=dtype) for i in case.wanted}
    given = [leaves.get(i, o) for i, o in enumerate(operands)]
    with np.errstate(all="ignore"):
        result = case.function(*given, **case.params)
    numbers = [
        exact(leaves[i].array) if i in leaves else exact(o) if isinstance(o, np.ndarray) else o
        for i, o in enumerate(operands)
    ]
    numbers = [mp.mpf(o) if isinstance(o, float) else o for o in numbers]
    expected = np.asarray(reference(*numbers, **case.params), dtype=object)
    found = result.array if isinstance(result, Tensor) else np.asarray(result)
    assert found.shape == expected.shape, f"{case}: shape {found.shape}, the reference has {expected.shape}"
    near(found, expected, rtol, f"value of {case}")
    if not isinstance(result, Tensor) or not result.requires_grad or case.function.name == "detach":
        return
    v = cotangent(result.shape)
    with np.errstate(all="ignore"):
        slopes = grad(result, list(leaves.values()), Tensor(v, dtype=dtype), allow_unused=True)
    weights = exact(v)
    for i, slope in zip(leaves, slopes, strict=True):
        size = max([abs(e) for e in np.ravel(numbers[i])], default=mp.mpf(1)) or mp.mpf(1)
        step = STEP * size
        wanted = np.empty(numbers[i].shape, dtype=object)
        for place in np.ndindex(wanted.shape):
            sides = []
            for side in (1, -1):
                moved = numbers[i].copy()
                moved[place] += side * step
                made = np.asarray(
                    reference(*[moved if j == i else n for j, n in enumerate(numbers)], **case.params), dtype=object
                )
                sides.append(mp.fsum(np.ravel(made * weights)))
            wanted[place] = (sides[0] - sides[1]) / (2 * step)
        got = np.zeros(wanted.shape) if slope is None else slope.array
        near(got, wanted, rtol, f"gradient {i} of {case}", largest(expected) / size)


def largest(array: Any) -> Any:
    return max([abs(e) for e in np.ravel(array) if mp.isfinite(e)], default=mp.mpf(0))


def near(found: Any, expected: Any, rtol: float, what: str, floor: Any = 0) -> None:
    """``floor`` is the size of the terms that a small number may be the difference of."""
    top = np.finfo(np.float32 if found.dtype == np.float32 else np.float64).max
    inside = [abs(e) for e in np.ravel(expected) if mp.isfinite(e) and abs(e) < top]
    scale = max(inside, default=mp.mpf(0)) + floor
    smallest = mp.mpf(float(np.finfo(found.dtype).tiny)) if found.dtype.kind == "f" else mp.mpf(0)
    for place in np.ndindex(found.shape):
        got, want = float(found[place]), expected[place]
        if abs(want) >= top:
            assert np.isinf(got) or abs(got) >= top * (1 - rtol), f"{what}{list(place)}: {got}, not {mp.nstr(want)}"
        else:
            assert abs(got - want) <= rtol * scale + smallest, f"{what}{list(place)}: {got}, not {mp.nstr(want, 20)}"


def test_every_function_has_a_reference() -> None:
    assert sorted({*REFERENCES, *PULLED, *MADE}) == sorted(ALL)
    assert not REFERENCES.keys() & PULLED.keys()
    assert all(name in REFERENCES for name in PULLED.values())


@pytest.mark.parametrize("name", REFERENCES)
def test_values_and_gradients_are_those_of_the_reference(name: str) -> None:
    for case in cases(find(name))[:12]:  # type: ignore[arg-type]
        if value(case).size:
            compared(case, operands_of(case), np.float64, 1e-11)


@pytest.mark.parametrize("name", REFERENCES)
def test_float32_is_right_to_its_own_digits(name: str) -> None:
    for case in cases(find(name))[:4]:  # type: ignore[arg-type]
        if value(case).size:
            compared(case, operands_of(case), np.float32, 2e-5)


SCALED = sorted(REFERENCES.keys() - ENTRYWISE.keys())
NO_SUCH_SIZES = {
    *("binary_cross_entropy", "weighted_binary_cross_entropy", "kl_div", "nll_loss_of_some", "cross_entropy"),
    *("binary_cross_entropy_with_logits", "weighted_binary_cross_entropy_with_logits"),
}
"""Of which some operands are probabilities or weights."""

NO_FLOATS = {
    "1e150": {"multi_dot", "pinv", "poisson_nll_loss", "polyval", "recurrence"},
    "1e-150": {"pinv"},
    "subnormal": {"average", "cholesky", "corrcoef", "inv", "inv_or_inf", "logdet", "slogdet", "pinv", "solve"},
}
"""Where what is computed on the way, or an inverse, is larger than a float, or has no digits left."""

SCALES = {"1e150": 2.0**500, "1e-150": 2.0**-500, "subnormal": 2.0**-1060}


@pytest.mark.parametrize("size", SCALES)
@pytest.mark.parametrize("name", [name for name in SCALED if name not in NO_SUCH_SIZES])
def test_entries_of_extreme_sizes(name: str, size: str) -> None:
    if name in NO_FLOATS[size]:
        return
    rtol = 1e-3 if size == "subnormal" else 1e-9  # lengths that are subnormal numbers have few digits
    for case in cases(find(name))[:4]:  # type: ignore[arg-type]
        if value(case).size:
            compared(case, operands_of(case, SCALES[size]), np.float64, rtol)


X = np.array([3.0, -1.5, 0.25])
MADE: dict[str, tuple[str, Any]] = {
    "zeros": ("zeros(2, 3)", np.zeros((2, 3))),
    "ones": ("ones(2)", np.ones(2)),
    "full": ("full((2, 2), 7)", np.full((2, 2), 7.0)),
    "eye": ("eye(3)", np.eye(3)),
    "tri": ("tri(3)", np.tri(3)),
    "arange": ("arange(1, 7, 2)", np.arange(1, 7, 2)),
    "linspace": ("linspace(0, 1, 7)", np.linspace(0, 1, 7)),
    "zeros_like": ("zeros_like(x)", np.zeros(3)),
    "ones_like": ("ones_like(x)", np.ones(3)),
    "full_like": ("full_like(x, 3)", np.full(3, 3.0)),
    "size": ("size(x)", 3),
    "one_hot": ("one_hot([2, 0], 3)", np.eye(3)[[2, 0]]),
    "argsort": ("argsort(x)", np.argsort(X)),
    "magnitude": ("magnitude(x/8, least=0)", [2.0 ** np.floor(np.log2(3 / 8))]),
    "argmax_mask": ("argmax_mask([1, 3, 2, 3])", [0, 1, 0, 0]),
    "running_argmax": ("running_argmax([1, 3, 2, 3, 4], axis=0)", [0, 1, 1, 3, 4]),
    "window_argmax": ("window_argmax([[[1, 5, 2, 2]]], 2)", [[[[0, 1], [1, 0]]]]),
    "dropout": ("dropout(x, 0.5, training=False)", X),
}
"""What has no gradient to compare, or draws: the array that NumPy makes."""


@pytest.mark.parametrize("name", MADE)
def test_what_makes_or_picks_arrays_does_as_numpy(name: str) -> None:
    text, expected = MADE[name]
    result = parse(text, {"x": X}).result
    assert np.array_equal(evaluate([result], {"x": X})[result], expected)


def test_what_is_dropped_is_0_and_the_rest_is_made_up_for() -> None:
    result = parse("dropout(ones(1000), 0.25, seed=3)", {}).result
    found = evaluate([result], {})[result]
    assert set(np.round(found, 12)) == {0.0, round(4 / 3, 12)}
    assert 650 < np.count_nonzero(found) < 850
