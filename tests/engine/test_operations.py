"""Every declaration of the registry, in one table: each rule against differences, against SymPy and against itself."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from autograd_core.engine.tensor import Tensor
from autograd_core.errors import AutogradError
from autograd_core.formula.algebra import least_result
from autograd_core.functional import grad, jvp
from autograd_core.ops import Composite, Function, OpSpec, find, functions
from autograd_core.ops.registry import op, spellings
from autograd_core.ops.signature import CallForm
from autograd_core.ops.spec import Sample
from operation_samples import (
    Case,
    cases,
    close,
    cotangent,
    difference,
    draw,
    flows,
    pulled,
    record,
    samples,
    value,
    witness,
)

ALL = list(functions())
PRIMITIVES = [f for f in ALL if isinstance(f, OpSpec)]


def named(function: Function) -> str:
    return function.name


every = pytest.mark.parametrize("function", ALL, ids=named)
primitive = pytest.mark.parametrize("function", PRIMITIVES, ids=named)


def check_first_order(case: Case) -> None:
    """The whole Jacobian, row by row with one-hot cotangents, against differences."""
    result, leaves = record(case)
    shape = result.shape
    rows: list[list[Any]] = [[] for _ in leaves]
    if flows(result):
        for entry in np.ndindex(shape):
            one_hot = np.zeros(shape)
            one_hot[entry] = 1.0
            found = grad(result, leaves, Tensor(one_hot), retain_graph=True, allow_unused=True)
            for row, g, leaf in zip(rows, found, leaves, strict=True):
                row.append(np.zeros(leaf.array.size) if g is None else g.array.ravel())
    for position, row in zip(case.wanted, rows, strict=True):
        size = case.operands[position].size
        expected = difference(partial(value, case), case.operands, position)
        close(np.reshape(row, (*shape, size)) if row else np.zeros((*shape, size)), expected, case, "gradient")


def check_second_order(case: Case) -> None:
    """The gradient of a weighted sum of the gradient, against differences of the gradient."""

    def weighted(operands: Any) -> Any:
        found = pulled(replace(case, operands=tuple(operands)), seed)
        return np.asarray(sum(np.sum(w * f) for w, f in zip(weights, found, strict=True)))

    result, leaves = record(case)
    if not flows(result):
        return
    seed = cotangent(result.shape)
    weights = [cotangent(leaf.shape, salt) for salt, leaf in enumerate(leaves, 1)]
    first = grad(result, leaves, Tensor(seed), create_graph=True, allow_unused=True)
    total: Any = sum(
        op.sum(f * w, axis=None, keepdims=False) for f, w in zip(first, weights, strict=True) if f is not None
    )
    again = grad(total, leaves, allow_unused=True) if getattr(total, "requires_grad", False) else [None] * len(leaves)
    for position, got in zip(case.wanted, again, strict=True):
        expected = difference(weighted, case.operands, position).reshape(case.operands[position].shape)
        close(np.zeros(expected.shape) if got is None else got.array, expected, case, "second derivative", 1e-6, 1e-7)


@every
def test_the_gradient_is_the_slope(function: Function) -> None:
    for case in cases(function):
        check_first_order(case)


@every
def test_the_gradient_of_the_gradient_is_its_slope(function: Function) -> None:
    for case in cases(function)[:8]:
        check_second_order(case)


@every
def test_sympy_agrees_on_value_and_gradient(function: Function) -> None:
    known: set[str] = set()
    for case in cases(function):
        if getattr(function, "elementwise", False) and (repr(case.params) in known or not value(case).size):
            continue
        g = cotangent(value(case).shape)
        expected, slopes = witness(case, g)
        known.add(repr(case.params))
        close(value(case), expected, case, "value", 1e-12, 1e-13)
        for got, slope in zip(pulled(case, g), slopes or [], strict=bool(slopes)):
            close(got, slope, case, "SymPy's gradient", 1e-10, 1e-11)


@every
def test_backward_is_linear_repeatable_and_the_same_with_create_graph(function: Function) -> None:
    for case in cases(function):
        result, leaves = record(case)
        if not flows(result):
            continue
        v, w = cotangent(result.shape), cotangent(result.shape, 1)
        plain = pulled(case, v)
        assert all(np.array_equal(a, b) for a, b in zip(plain, pulled(case, v, create_graph=True), strict=True)), str(
            case
        )
        for _ in range(2):
            again = grad(result, leaves, Tensor(v), retain_graph=True, allow_unused=True)
            assert all(b is None or np.array_equal(a, b.array) for a, b in zip(plain, again, strict=True)), str(case)
        assert not any(g.any() for g in pulled(case, np.zeros_like(v))), f"{case}: nothing in, something out"
        for a, b, both in zip(plain, pulled(case, w), pulled(case, 2 * v - 3 * w), strict=True):
            close(both, 2 * a - 3 * b, case, "linearity", 1e-9, 1e-9)


@every
def test_float32_stays_float32_and_inputs_stay_as_they_are(function: Function) -> None:
    for case in cases(function):
        before = [np.copy(o) for o in case.operands]
        result, leaves = record(case, np.float32)
        if isinstance(result, Tensor):
            assert not leaves or result.dtype == np.float32, f"{case}: the result is {result.dtype}"
        if flows(result):
            seed = Tensor(cotangent(result.shape), dtype=np.float32)
            for options in ({"retain_graph": True}, {"create_graph": True}):
                for g, leaf in zip(grad(result, leaves, seed, allow_unused=True, **options), leaves, strict=True):
                    assert g is None or g.dtype == np.float32, f"{case}: the gradient is {g.dtype}"
                    assert g is None or g.shape == leaf.shape, str(case)
        assert all(np.array_equal(a, b) for a, b in zip(before, case.operands, strict=True)), f"{case} was written to"


def emptied(chosen: Sample) -> list[Sample]:
    """The sample with the first, the last, or every axis of its operands made empty."""
    ways = (lambda s: (0, *s[1:]), lambda s: (*s[:-1], 0), lambda s: (0,) * len(s))
    return [
        Sample(tuple(way(o) if isinstance(o, tuple) and o else o for o in chosen.operands), chosen.params)
        for way in ways
    ]


@primitive
def test_the_shape_rule_tells_the_shape(function: OpSpec) -> None:
    for case in cases(function):
        shapes = [np.shape(o) for o in case.operands]
        assert function.shape(*shapes, **case.params) == value(case).shape, str(case)
    for chosen in [empty for given in samples(function) for empty in emptied(given)]:
        case = draw(function, chosen)
        try:
            shape = function.shape(*[np.shape(o) for o in case.operands], **case.params)
            found = value(case)
        except AutogradError:
            continue
        assert found.shape == shape, str(case)
        for position, got in zip(case.wanted, pulled(case, np.ones(shape)), strict=True):
            assert got.shape == case.operands[position].shape, str(case)


def applied(case: Case, *moving: Any) -> Any:
    """The operation with other values for the operands that a gradient is taken by."""
    operands = list(case.operands)
    for position, given in zip(case.wanted, moving, strict=True):
        operands[position] = given
    return case.function(*operands, **case.params)


@primitive
def test_the_tangent_is_the_slope_along_a_direction(function: OpSpec) -> None:
    if not any(function.vjps):
        return
    for case in cases(function):
        tangents = [cotangent(np.shape(case.operands[i]), i) for i in case.wanted]
        expected = np.zeros(value(case).shape)
        for position, tangent in zip(case.wanted, tangents, strict=True):
            slope = difference(partial(value, case), case.operands, position)
            expected = expected + slope @ np.ravel(tangent)
        result, leaves = record(case)
        if flows(result):
            with np.errstate(all="ignore"):
                _, found = jvp(partial(applied, case), leaves, tangents)
            close(found.array, expected, case, "tangent", 1e-7, 1e-7)


@every
def test_a_declaration_is_complete(function: Function) -> None:
    assert function.doc.endswith(".")
    assert function.doc.count("\n") == 0
    assert function.group
    assert list(samples(function)), "it has no samples"
    for chosen in samples(function):
        assert set(chosen.params) == {p.name for p in function.params}, "a sample leaves out a parameter"
        assert function.variadic or len(chosen.operands) == len(function.operands)
    if isinstance(function, OpSpec):
        assert len(function.vjps) in (0, 1 if function.variadic else len(function.operands))
        assert len(function.textbook) in (0, len(function.vjps))
        for case in cases(function) if any(function.vjps) else []:
            name = function.node_name([np.shape(o) for o in case.operands], case.params)
            assert re.fullmatch(r"[A-Z]\w*Backward\d(_copy)?", name), name
    else:
        assert isinstance(function, Composite)


@pytest.mark.parametrize("function", [each for each in PRIMITIVES if not each.linear and not each.variadic], ids=named)
def test_no_result_is_below_the_least_that_formulas_expect(function: OpSpec) -> None:
    for case in cases(function):
        try:
            shapes = tuple(np.shape(operand) for operand in case.operands)
            least = least_result(function, tuple(sorted(case.params.items())), shapes)
        except TypeError:
            continue  # parameters such as slices, of which formulas ask nothing
        for scale in (-30.0, -1.0, 0.0, 1.0, 30.0) if least >= 0 else ():
            with np.errstate(all="ignore"):
                found = value(case, [operand * scale for operand in case.operands])
            assert not np.any(found < 0)


@pytest.mark.parametrize("function", [each for each in PRIMITIVES if each.linear], ids=named)
def test_what_is_linear_by_its_rules_is_linear(function: OpSpec) -> None:
    moved = [place for place in range(len(function.operands)) if function.rule(place) is not None]
    for case in cases(function):
        places = range(len(case.operands)) if function.variadic else moved
        for together in [places] if function.linear == "jointly" else [[place] for place in places]:
            others = [case.operands[i] * 2 - 1 if i in together else o for i, o in enumerate(case.operands)]
            mixed = [
                2 * a - 3 * b if i in together else a
                for i, (a, b) in enumerate(zip(case.operands, others, strict=True))
            ]
            expected = 2 * value(case, case.operands) - 3 * value(case, others)
            np.testing.assert_allclose(value(case, mixed), expected, 1e-9, 1e-9)


@pytest.mark.parametrize(("name", "linear"), [("add", "jointly"), ("matmul", "each"), ("pad", ""), ("convolution", "")])
def test_how_an_operation_is_linear(name: str, linear: str) -> None:
    function = find(name)
    assert isinstance(function, OpSpec)
    assert function.linear == linear


def test_every_spelling_means_one_function() -> None:
    names = [name for f in ALL for name in (f.name, *f.aliases)]
    assert sorted(names) == sorted(spellings())
    assert all(find(name) is f for f in ALL for name in (f.name, *f.aliases))


@pytest.mark.parametrize("name", ["sin", "mul", "sum", "matmul"])
def test_the_table_catches_a_rule_that_is_wrong_by_little(name: str) -> None:
    right = find(name)
    assert isinstance(right, OpSpec)
    rule = right.vjps[0]
    assert rule is not None

    def wrong(g: Any, y: Any, *operands: Any, **params: Any) -> Any:
        return rule(g, y, *operands, **params) * 1.0005

    broken = replace(right, vjps=(wrong, *right.vjps[1:]))
    case = draw(broken, next(iter(samples(right))))
    with pytest.raises(AssertionError, match="gradient"):
        check_first_order(case)


@primitive
def test_a_wrong_number_of_operands_is_refused(function: OpSpec) -> None:
    if function.variadic:
        return
    many = len(function.operands) + len(function.params) + 1
    means, _ = function.alternative(CallForm(function.name, many, frozenset()))
    if means is function:
        with pytest.raises(AutogradError, match=function.name):
            function(*[np.ones(3)] * many)
