"""Points at which an operation is not smooth: each is declared, and nothing else is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import islice, product
from typing import Any

import numpy as np
import pytest

from autograd_core.ops import OpSpec, functions
from autograd_core.ops.spec import Kink
from operation_samples import Case, cases, close, cotangent, difference, draw, pulled, samples, value, witness

HEADS = {"0", "1", "inf", "nan", "half", "all", "alpha", "one", "the", "an"}
VERBS = {"is", "are", "has", "have", "get", "gets", "give", "gives", "keep", "keeps"}

PRIMITIVES = [f for f in functions() if isinstance(f, OpSpec)]


def named(function: OpSpec) -> str:
    return function.name


def round_cases(function: OpSpec) -> Iterator[Case]:
    """Operands of round and equal numbers, and of the parameters themselves: where kinks are."""
    for chosen in samples(function):
        case = draw(function, chosen)
        numbers = [0.0, 1.0, -1.0, 0.5, 3.0, 2.0, *(p for p in chosen.params.values() if isinstance(p, float))]
        for picked in product(numbers, repeat=len(case.wanted)):
            operands = list(case.operands)
            for position, number in zip(case.wanted, picked, strict=True):
                operands[position] = np.full(np.shape(operands[position]), number)
            if operands and np.size(operands[0]):
                yield replace(case, operands=tuple(operands))


def at_kink(case: Case, kink: Kink) -> bool:
    with np.errstate(all="ignore"):
        return bool(np.any(kink.where(*case.operands, **case.params)))


@pytest.mark.parametrize("function", [f for f in PRIMITIVES if f.kinks], ids=named)
def test_a_kink_answers_where_it_is_and_nowhere_else(function: OpSpec) -> None:
    for case in cases(function):
        for kink in function.kinks:
            with np.errstate(all="ignore"):
                mask = np.asarray(kink.where(*case.operands, **case.params))
            assert not mask.any(), f"{case}: a kink is reported at a smooth point ({kink.choice})"
            target = value(case).shape if kink.over is None else np.shape(case.operands[kink.over])
            pairs = np.broadcast_shapes(*map(np.shape, case.operands)) if function.group == "loss" else target
            assert np.broadcast_shapes(mask.shape, target) == target or mask.shape == pairs, (
                f"{case}: the kink's mask has shape {mask.shape}"
            )
    for kink in function.kinks:
        points = list(islice((case for case in round_cases(function) if at_kink(case, kink)), 3))
        assert points, f"{function.name}: no point was found for the kink {kink.choice!r}"
        for case in points:
            assert not smooth(case), f"{case} is smooth, but a kink is declared: {kink.choice}"


@pytest.mark.parametrize("function", [f for f in PRIMITIVES if f.kinks], ids=named)
def test_a_choice_can_be_read_after_taken_there_is(function: OpSpec) -> None:
    for kink in function.kinks:
        clause = re.split(r"[,;:(]| where | that ", kink.choice)[0].split()
        assert clause[0] in HEADS, f"{function.name}: taken there is {kink.choice}"
        assert not VERBS & set(clause), f"{function.name}: taken there is {kink.choice}"


def smooth(case: Case) -> bool:
    """Whether slopes are the same on both sides of the point and add up with their directions."""
    step = 1e-7
    here = value(case)

    def slope(arrows: Any) -> Any:
        return (value(case, [o + step * a for o, a in zip(case.operands, arrows, strict=True)]) - here) / step

    for salt in range(6):
        one, two = (
            [cotangent(np.shape(o), salt + 10 * i + 99 * way) * (i in case.wanted) for i, o in enumerate(case.operands)]
            for way in (0, 1)
        )
        ahead, other, both = slope(one), slope(two), slope([a + b for a, b in zip(one, two, strict=True)])
        if not np.allclose(-slope([-a for a in one]), ahead, rtol=1e-4, atol=1e-4):
            return False
        if not np.allclose(ahead + other, both, rtol=1e-4, atol=1e-4) or np.abs(ahead).max() > 1e3:
            return False
    return True


@pytest.mark.parametrize("function", [f for f in PRIMITIVES if f.elementwise and any(f.vjps)], ids=named)
def test_at_round_numbers_there_is_a_slope_or_a_kink(function: OpSpec) -> None:
    seen = set()
    for case in round_cases(function):
        key = (repr(case.params), *[float(o.flat[0]) for o in case.operands])
        if key in seen or len(case.wanted) < len(case.operands) or any(at_kink(case, k) for k in function.kinks):
            continue
        seen.add(key)
        with np.errstate(all="ignore"):
            check_slope(replace(case, operands=tuple(np.asarray(o.flat[0]) for o in case.operands)))


def check_slope(case: Case) -> None:
    """The gradients against differences, coarsely as the second derivative may jump, and against SymPy."""
    gradients = pulled(case, np.ones(()))
    if not np.isfinite([value(case), *gradients]).all():
        return
    _, slopes = witness(case, np.ones(()))
    for position, got, slope in zip(case.wanted, gradients, slopes or [], strict=True):
        measured = difference(partial(value, case), case.operands, position)
        if np.isfinite(measured).all():
            close(got.reshape(1), measured, case, "gradient", 1e-3, 1e-3)
        if np.isfinite(slope):
            close(got, slope, case, "SymPy's gradient", 1e-10, 1e-11)
