"""Products, Jacobians, Hessians and any order mean what they mean in torch.func, and agree with references."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import sympy

from autograd_core import ops
from autograd_core.engine.grad_mode import no_grad
from autograd_core.engine.tensor import Tensor
from autograd_core.engine.vmap import Batched, repeated
from autograd_core.errors import GradientError, ShapeError
from autograd_core.expr import parse
from autograd_core.expr.run import evaluate
from autograd_core.functional import (
    compilation,
    compiled,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    matrices,
    value_and_grad,
    vjp,
)
from autograd_core.functional.matrices import by_columns, by_rows
from autograd_core.functional.trace import Trace
from autograd_core.ops import Function, OpSpec, functions
from operation_samples import Case, cases, difference

Array = npt.NDArray[Any]
CORPUS = json.loads((Path(__file__).resolve().parents[1] / "corpus" / "second_order.json").read_text(encoding="utf-8"))
RNG = np.random.default_rng(5)
A = np.round(RNG.uniform(-1, 1, (4, 4)), 2)
X = np.round(RNG.uniform(-1, 1, 4), 2)


def total(x: Any) -> Any:
    return ops.sum(x, axis=None, keepdims=False)


def smooth(x: Any) -> Any:
    return total(ops.tanh(A @ x) ** 2) + ops.logsumexp(x, axis=None, keepdims=False)


def function_of(text: str, values: dict[str, Array]) -> tuple[Callable[..., Any], list[str]]:
    """An expression as a function of tensors, and the order of its arguments."""
    program = parse(text, values)
    names = list(program.variables)
    return lambda *given: evaluate([program.result], dict(zip(names, given, strict=True)))[program.result], names


def blocks(case: dict[str, Any]) -> Iterator[tuple[str, str, Array, Array]]:
    """For each pair of inputs the Hessian block of the engine and that of the reference."""
    values = {name: np.array(given, dtype=np.float64) for name, given in case["values"].items()}
    function, names = function_of(case["expression"], values)
    found = hessian(function, tuple(range(len(names))))(*[values[name] for name in names])
    for i, a in enumerate(names):
        for j, b in enumerate(names):
            yield a, b, found[i][j].array, np.array(case["hessian"][a][b], dtype=np.float64)


@pytest.mark.parametrize("case", CORPUS["hessians"], ids=lambda case: case["name"])
def test_hessians_agree_with_torch_and_jax(case: dict[str, Any]) -> None:
    for a, b, found, expected in blocks(case):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12, err_msg=f"{a}, {b}")


@pytest.mark.parametrize("case", CORPUS["points"], ids=lambda case: f"{case['expression']} at {case['values']}")
def test_second_derivatives_at_kinks_are_those_of_pytorch(case: dict[str, Any]) -> None:
    for a, b, found, expected in blocks(case):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12, err_msg=f"{a}, {b}")


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("tanh(x)", sympy.tanh),
        ("x**x", lambda x: x**x),
        ("sigmoid(x)", lambda x: 1 / (1 + sympy.exp(-x))),
        ("sin(x**2)*exp(-x)", lambda x: sympy.sin(x**2) * sympy.exp(-x)),
    ],
)
@pytest.mark.parametrize("at", [0.3, 1.7])
def test_derivatives_up_to_the_fourth_agree_with_sympy(text: str, meaning: Any, at: float) -> None:
    symbol = sympy.Symbol("x", real=True)
    function, _ = function_of(text, {"x": np.array(at)})
    again: Callable[..., Any] = function
    x = Tensor(at, requires_grad=True)
    by_backward = function(x)
    for order in range(1, 5):
        expected = float(sympy.diff(meaning(symbol), symbol, order).subs(symbol, sympy.Float(at, 30)).evalf(25))
        (by_backward,) = grad(by_backward, x, create_graph=True)
        again = jacobian(again)
        assert by_backward is not None
        assert by_backward.item() == pytest.approx(expected, rel=1e-11), f"order {order} by backward"
        assert again(x.detach()).item() == pytest.approx(expected, rel=1e-11), f"order {order} by jacobian"


def small(function: Function) -> list[Case]:
    """The cases of a function that are small enough to be differentiated twice by differences."""
    found = [c for c in cases(function) if c.wanted and 0 < sum(c.operands[i].size for i in c.wanted) <= 12]
    return found[:6]


def weighed(case: Case) -> tuple[Callable[..., Any], Callable[..., Any], list[Array]]:
    """The function of its differentiable operands, a weighted sum of its result, and the operands."""

    def function(*given: Any) -> Any:
        operands = list(case.operands)
        for i, value in zip(case.wanted, given, strict=True):
            operands[i] = value
        return case.function(*operands, **case.params)

    arguments = [case.operands[i] for i in case.wanted]
    shape = np.asarray(function(*arguments)).shape
    weights = np.random.default_rng(3).uniform(0.5, 2.0, shape)
    return function, lambda *given: total(ops.mul(function(*given), weights)), arguments


@pytest.mark.parametrize(
    "function", [f for f in functions() if isinstance(f, OpSpec) and small(f)], ids=lambda function: function.name
)
def test_second_derivatives_of_every_operation(function: OpSpec) -> None:
    for case in small(function):
        _, scalar, arguments = weighed(case)
        which = tuple(range(len(arguments)))
        sizes = [a.size for a in arguments]
        found = hessian(scalar, which)(*arguments)
        twice = jacobian(jacobian(scalar, which), which)(*arguments)
        for i, j in np.ndindex(len(which), len(which)):
            gradient = jacobian(scalar, i)
            mixed = difference(lambda given, g=gradient: g(*given).array.reshape(-1), arguments, j)  # type: ignore[misc]
            got = found[i][j].array.reshape(sizes[i], sizes[j])
            scale = max(1.0, float(np.abs(mixed).max(initial=0.0)))
            what = f"{case}, operands {i} and {j}"
            np.testing.assert_allclose(got, mixed, rtol=1e-6, atol=1e-7 * scale, err_msg=what)
            np.testing.assert_allclose(got, twice[i][j].array.reshape(got.shape), rtol=1e-9, atol=1e-10, err_msg=what)


@pytest.mark.parametrize(
    "function", [f for f in functions() if isinstance(f, OpSpec) and small(f)], ids=lambda function: function.name
)
def test_rows_columns_and_products_of_every_operation_agree(function: OpSpec) -> None:
    for case in small(function):
        plain, _, arguments = weighed(case)
        trace = Trace.of(plain, arguments, range(len(arguments)))
        tangents = [np.random.default_rng(i).uniform(-1, 1, a.shape) for i, a in enumerate(arguments)]
        pushed = 0.0
        for row, column, tangent in zip(by_rows(trace)[0], by_columns(trace)[0], tangents, strict=True):
            np.testing.assert_allclose(row.array, column.array, rtol=1e-10, atol=1e-11, err_msg=str(case))
            pushed = pushed + np.tensordot(row.array, tangent, tangent.ndim)
        _, product = jvp(plain, arguments, tangents)
        np.testing.assert_allclose(product.array, pushed, rtol=1e-9, atol=1e-10, err_msg=str(case))


@pytest.mark.parametrize(
    "function", [f for f in functions() if isinstance(f, OpSpec) and f.batch], ids=lambda function: function.name
)
def test_a_batch_is_what_one_after_the_other_gives(function: OpSpec) -> None:
    for case in cases(function):
        moving = [i for i in case.wanted if case.operands[i].size]
        choices = [{i} for i in moving] + ([set(moving)] if len(moving) > 1 else [])
        for chosen in choices:
            lead = [i in chosen for i in range(len(case.operands))]
            factors = [1.0, 1.01, 1.03]
            given = [
                np.stack([o * k for k in factors]) if leads else o for o, leads in zip(case.operands, lead, strict=True)
            ]
            expected = repeated(function, given, lead, case.params)
            found = function(*[Batched(o) if leads else o for o, leads in zip(given, lead, strict=True)], **case.params)
            assert found.data.shape == expected.shape, str(case)
            np.testing.assert_allclose(found.data, expected, rtol=1e-12, atol=1e-13, err_msg=str(case))


def test_a_choice_between_multiples_of_a_batch_leaves_the_batch_as_it_is() -> None:
    mask, unit = np.array([1.0, 0.0, 1.0]), Batched(np.eye(3), unit=True)
    for made, diagonal in (
        (ops.where(mask, unit * 2.0, -unit), [2, -1, 2]),
        (ops.where(mask, 0.0, unit), [0, 1, 0]),
        (ops.where(mask, unit * np.inf, 0.0), [np.inf, 0, np.inf]),
    ):
        assert made.base is unit.base
        np.testing.assert_array_equal(made.data, np.diag(diagonal))
    rows = Batched(np.full((2, 3), np.inf))
    np.testing.assert_array_equal(ops.where(mask, rows, 0.0).data, [[np.inf, 0, np.inf]] * 2)
    second = hessian(lambda x: total(ops.where(x > 0, x**3, ops.leaky_relu(x, negative_slope=0.5) ** 2)))(X - 1)
    np.testing.assert_allclose(second.array, np.diag(np.where(X > 1, 6 * (X - 1), 0.5)), rtol=1e-14)


def test_products_are_those_of_the_matrix() -> None:
    def function(x: Any, W: Any) -> Any:
        return ops.tanh(W @ x) * x[:3]

    W = A[:3]
    by_x, by_W = jacobian(function, (0, 1))(X, W)
    assert by_x.shape == (3, 4)
    assert by_W.shape == (3, 3, 4)
    v, u, U = np.array([1.0, -2.0, 0.5]), X[::-1].copy(), A[1:]
    value, pull = vjp(function, X, W)
    np.testing.assert_allclose(value.array, np.tanh(W @ X) * X[:3])
    np.testing.assert_allclose(pull(v)[0].array, v @ by_x.array)
    np.testing.assert_allclose(pull(v)[1].array, np.tensordot(v, by_W.array, 1))
    value, pushed = jvp(function, (X, W), (u, U))
    np.testing.assert_allclose(pushed.array, by_x.array @ u + np.tensordot(by_W.array, U, 2))


def test_a_hessian_product_is_the_hessian_times_the_vector() -> None:
    u = np.array([1.0, 0.0, -2.0, 0.5])
    value, product = hvp(smooth, (X,), (u,))
    np.testing.assert_allclose(value.array, smooth(X))
    np.testing.assert_allclose(product.array, hessian(smooth)(X).array @ u, rtol=1e-12)


def test_results_have_the_form_of_torch_func() -> None:
    def pair(x: Any, y: Any) -> Any:
        return x * y, [total(x), y]

    first, (second, third) = jacobian(pair, (0, 1))(X, X + 1)
    assert [block.shape for block in first] == [(4, 4), (4, 4)]
    assert [block.shape for block in second] == [(4,), (4,)]
    np.testing.assert_array_equal(third[0].array, np.zeros((4, 4)))
    np.testing.assert_array_equal(third[1].array, np.eye(4))
    assert hessian(lambda x: ops.tanh(x))(X).shape == (4, 4, 4)
    assert hessian(lambda x: total(x * x)[None])(X).shape == (1, 4, 4)
    assert jacobian(lambda x, y: x * y, -1)(X, X).shape == (4, 4)


def test_derivatives_of_derivatives_compose() -> None:
    third = jacobian(hessian(lambda x: total(x**3)))(X).array
    expected = np.zeros((4, 4, 4))
    expected[np.arange(4), np.arange(4), np.arange(4)] = 6.0
    np.testing.assert_allclose(third, expected, atol=1e-12)
    other = hessian(jacobian(smooth))(X).array
    np.testing.assert_allclose(other, jacobian(hessian(smooth))(X).array, rtol=1e-10, atol=1e-12)
    # forward through reverse through forward
    _, along = jvp(lambda x: vjp(lambda z: jvp(smooth, (z,), (X,))[1], x)[1](1.0), (X,), (X,))
    np.testing.assert_allclose(along.array, np.einsum("ijk,j,k", other, X, X), rtol=1e-9)


def test_a_derivative_depends_on_what_its_function_closes_over() -> None:
    w = Tensor([0.5, -1.0, 2.0, 1.5], requires_grad=True)
    total(jacobian(lambda x: w * x**2)(X)).backward()
    assert w.grad is not None
    np.testing.assert_allclose(w.grad.array, 2 * X)
    x = Tensor(X, requires_grad=True)
    product = hvp(lambda z: total(z**3), (x,), (np.ones(4),))[1]
    total(product).backward()
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.array, np.full(4, 6.0))


def test_an_inner_derivative_does_not_see_the_outer_variable_move() -> None:
    # perturbation confusion: d/dx (x * d/dy (x + y)) at x = 1 is 1
    found = jvp(lambda x: x * jvp(lambda y: x + y, (1.0,), (1.0,))[1], (1.0,), (1.0,))[1]
    assert found.item() == 1.0


def test_nothing_is_left_behind() -> None:
    x = Tensor(X, requires_grad=True)
    with no_grad():
        found = hessian(smooth)(x)
    assert x.grad is None
    assert not found.requires_grad
    assert not hessian(smooth)(Tensor(X)).requires_grad
    assert hessian(smooth)(x).requires_grad


def test_derivatives_for_equal_structures_share_no_numbers() -> None:
    x, y, v = Tensor([1.0, 2.0]), Tensor([3.0, 4.0]), np.array([5.0, 6.0])
    for expected in ([3.0, 4.0], [7.0, 8.0]):
        y.array[:] = expected
        gradient = jacobian(lambda x, y: total(x * y))(x, y)
        along_x, along_y = hvp(lambda x, y: total(x * y), (x, y), (v, v))[1]
        np.testing.assert_array_equal(gradient.array, expected)
        np.testing.assert_array_equal(along_x.array, v)
        for found in (gradient, along_x, along_y):
            found.array[:] = 0.0
    np.testing.assert_array_equal(y.array, expected)
    np.testing.assert_array_equal(v, [5.0, 6.0])


def test_derivatives_follow_the_positions_of_an_index_however_many_there_are() -> None:
    many = np.arange(2_000) % 3
    other = many.copy()
    other[1_000] = 2 - other[1_000]
    for index in (many, other):
        found = jacobian(lambda x, index=index: total(x[index]))(np.ones(3))
        np.testing.assert_array_equal(found.array, np.bincount(index))
    both = jacobian(lambda x: total(x[many]) + 2.0 * total(x[other]))(np.ones(3))
    np.testing.assert_array_equal(both.array, np.bincount(many) + 2.0 * np.bincount(other))


def test_one_pass_finds_a_whole_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    passes = []
    pull = Trace.pull
    monkeypatch.setattr(compilation, "_plans", {})  # what other tests have derived
    monkeypatch.setattr(Trace, "pull", lambda *given: passes.append(1) or pull(*given))
    calls = []

    def function(x: Any) -> Any:
        calls.append(1)
        return smooth(x)

    many = RNG.uniform(-1, 1, (40, 40))
    jacobian(lambda x: ops.tanh(many @ x))(np.ones(40))
    hessian(lambda x: total(ops.tanh(many @ x) ** 2))(np.ones(40))
    hessian(function)(X)
    assert len(passes) == 3
    assert len(calls) == 1


def test_large_matrices_are_found_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = hessian(smooth)(X).array, jacobian(lambda x: ops.tanh(A @ x))(X).array
    for module in (matrices, compilation):
        monkeypatch.setattr(module, "ENTRIES_AT_ONCE", 12)
    np.testing.assert_allclose(hessian(smooth)(X).array, whole[0], rtol=1e-13)
    np.testing.assert_allclose(jacobian(lambda x: ops.tanh(A @ x))(X).array, whole[1], rtol=1e-13)
    np.testing.assert_allclose(jacobian(lambda x: A[:, :2].T @ ops.tanh(A @ x))(X).shape, (2, 4))


def test_columns_are_taken_where_they_are_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []
    for name, by in (("by_rows", by_rows), ("by_columns", by_columns)):
        monkeypatch.setattr(matrices, name, lambda trace, name=name, by=by: taken.append(name) or by(trace))
    tall = jacobian(lambda x: A[:, :2] @ x)(X[:2])
    wide = jacobian(lambda x: A[:2] @ x)(X)
    assert taken == ["by_columns", "by_rows"]
    np.testing.assert_allclose(tall.array, A[:, :2])
    np.testing.assert_allclose(wide.array, A[:2])


def test_float32_stays_float32() -> None:
    x = Tensor(X, dtype=np.float32)
    assert hessian(lambda z: total(ops.tanh(z) ** 2))(x).dtype == np.float32
    assert jacobian(lambda z: ops.tanh(z) * z)(x).dtype == np.float32


def test_inputs_without_entries_and_constant_results() -> None:
    assert jacobian(lambda x: x * 2)(np.zeros(0)).shape == (0, 0)
    assert hessian(lambda x: total(x))(np.zeros(0)).shape == (0, 0)
    np.testing.assert_array_equal(jacobian(lambda x: np.ones(3))(X).array, np.zeros((3, 4)))
    np.testing.assert_array_equal(hessian(lambda x: total(A @ x))(X).array, np.zeros((4, 4)))
    np.testing.assert_array_equal(jacobian(lambda x: x)(X).array, np.eye(4))
    assert vjp(lambda x: 3.0, X)[1](1.0).array.tolist() == [0.0] * 4


@pytest.mark.parametrize(
    ("wrong", "kind", "words"),
    [
        (lambda: jacobian(smooth, 1)(X), GradientError, "argument 1"),
        (lambda: jacobian(lambda x, y: x, (0, 0))(X, X), GradientError, "twice"),
        (lambda: hvp(lambda x: x, (X,), (X,)), GradientError, "one entry"),
        (lambda: jvp(smooth, (X,), (X[:2],)), ShapeError, r"\(2,\)"),
        (lambda: jvp(smooth, (X,), (X, X)), ShapeError, "not 2"),
        (lambda: vjp(smooth, X)[1](X), ShapeError, "cotangent"),
        (lambda: jacobian(smooth)(Tensor([1, 2])), GradientError, "int64"),
        (lambda: hvp(lambda x: [], (X,), (X,)), GradientError, "gives none"),
        (lambda: grad([], Tensor(X, requires_grad=True)), GradientError, "there is no output"),
        (lambda: grad([], [], []), GradientError, "there is no output"),
        (lambda: grad([2.0], Tensor(X)), TypeError, "outputs are tensors, not float"),
        (lambda: grad(total(Tensor(X, requires_grad=True)), None), TypeError, "inputs are tensors, not NoneType"),
    ],
)
def test_misuse_is_named(wrong: Callable[[], Any], kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        wrong()


def test_a_compiled_function_is_read_once_and_run_with_new_numbers() -> None:
    calls = []

    def function(x: Any, y: Any) -> Any:
        calls.append(1)
        return smooth(x * y)

    both: Sequence[Any]
    derived = compiled(lambda x, y: (hessian(function)(x, y), hvp(lambda z: smooth(z * y), (x,), (y,))[1], np.ones(2)))
    for factor in (1.0, -0.5):
        both = derived(X * factor, X + 1)
        np.testing.assert_allclose(
            both[0].array, hessian(lambda x: smooth(x * (X + 1)))(X * factor).array, rtol=1e-12, atol=1e-14
        )
        np.testing.assert_allclose(both[1].array, both[0].array @ (X + 1), rtol=1e-11, atol=1e-13)
        assert both[2].array.tolist() == [1.0, 1.0]
    assert len(calls) == 1
    derived(np.ones((4, 1)), np.ones((4, 1)))
    assert len(calls) == 2, "other shapes are another program"
    assert compiled(lambda x: total(x * x))(np.ones(3, np.float32)).dtype == np.float32


def test_the_gradient_of_a_loss_can_be_compiled() -> None:
    def loss(w: Any, x: Any) -> Any:
        return ops.mean((x - w * X) ** 2) + total(w * w)

    derived = compiled(value_and_grad(loss, (0, 1)))
    for given in ((X + 1, X * 2), (X * 3, X - 1)):
        (value, (dw, dx)), (known, (by_w, by_x)) = derived(*given), value_and_grad(loss, (0, 1))(*map(Tensor, given))
        for found, right in ((value, known), (dw, by_w), (dx, by_x)):
            np.testing.assert_allclose(found.array, right.array, rtol=1e-14)
    with pytest.raises(GradientError, match="single number"):
        compiled(grad(lambda x: x * 2.0))(X)


def test_a_compiled_function_must_not_look_at_numbers() -> None:
    with pytest.raises(TypeError, match="where"):
        compiled(lambda x: x if total(x) > 0 else -x)(X)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_large_arrays_give_what_the_tape_gives(dtype: Any) -> None:
    rng = np.random.default_rng(3)
    x, w, short = (rng.uniform(0.5, 2.0, shape).astype(dtype) for shape in ((1500, 400), (1500, 400), (400,)))

    def loss(x: Any, w: Any, short: Any) -> Any:
        m = ops.where(x > w, x * w, x**2 / w) + short
        centered = m - ops.mean(m)
        return total(ops.exp(-centered * centered)) + total(m * x) / total(w)

    def both(*given: Any) -> Any:
        value, pull = vjp(loss, *given)
        return value, *pull(np.ones((), dtype))

    tensors = [Tensor(each) for each in (x, w, short)]
    for found, known in zip(compiled(both)(*tensors), both(*tensors), strict=True):
        assert found.dtype == dtype
        rtol, atol = (1e-11, 1e-15) if dtype is np.float64 else (2e-4, 1e-7)
        np.testing.assert_allclose(found.array, known.array, rtol=rtol, atol=atol)
    twice = compiled(lambda x: (x * 2.0, x * 2.0, x))(x)
    twice[0].array[:] = 0.0
    np.testing.assert_array_equal(twice[1].array, x * 2)
    assert twice[2].array is not x


def test_derivatives_of_logsumexp_at_infinite_entries() -> None:
    """Finite entries beside an infinite one have no share; where infinities meet there is no number, as in PyTorch."""
    inf, nan = np.inf, np.nan
    for entries, share, product in (
        ([inf, 0.0, 1.0], [nan, 0, 0], [nan, nan, nan]),
        ([inf, inf], [nan, nan], [nan, nan]),
        ([-inf, -inf], [nan, nan], [nan, nan]),
        ([-inf, 0.0], [0, 1], [0, 0]),
    ):
        x = Tensor(np.array(entries))
        gradient, pulled = vjp(ops.logsumexp, x)[1](Tensor(1.0)), hvp(ops.logsumexp, (x,), (Tensor(np.ones(x.shape)),))
        np.testing.assert_array_equal(gradient.array, share)
        np.testing.assert_array_equal(pulled[1].array, product)
        assert np.isnan(hessian(ops.logsumexp)(x).array).all() == (nan in share)


def test_a_derivative_of_what_was_written_over_is_refused() -> None:
    """Also where the plan for graphs of this structure is known."""

    def spoilt(x: Any, spoil: bool) -> Any:
        y = ops.exp(x)
        result = total(y * y)
        if spoil:
            y.mul_(2.0)
        return result

    hessian(lambda x: spoilt(x, False))(X)
    with pytest.raises(GradientError, match="in place"):
        hessian(lambda x: spoilt(x, True))(X)


def test_constants_among_results_stay_what_they_are() -> None:
    derived = compiled(lambda x: (x * 2.0, Tensor(np.arange(3.0))))
    derived(np.ones(3))[1].array[:] = 7.0
    assert derived(np.ones(3))[1].array.tolist() == [0.0, 1.0, 2.0]
