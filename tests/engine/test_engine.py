"""The engine means what PyTorch means: leaves, graph, accumulation, errors."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from autograd_core import Tensor, grad, is_grad_enabled, no_grad, ops
from autograd_core.errors import AutogradError, GradientError, ShapeError, ValueTextError


def leaf(*values: float) -> Tensor:
    return Tensor(np.array(values, dtype=float), requires_grad=True)


def test_leaves_and_results_have_pytorchs_attributes() -> None:
    x = leaf(1.0, 2.0)
    y = x * 3.0
    assert (x.is_leaf, x.requires_grad, x.grad_fn, x.grad) == (True, True, None, None)
    assert (y.is_leaf, y.requires_grad) == (False, True)
    with pytest.warns(UserWarning, match="not a leaf"):
        assert y.grad is None
    assert y.grad_fn is not None
    assert y.grad_fn.name() == "MulBackward0"
    assert [f.name() if f else None for f, _ in y.grad_fn.next_functions] == ["torch::autograd::AccumulateGrad", None]
    assert y.grad_fn.next_functions[0][0].variable is x


def test_results_of_what_requires_nothing_are_leaves() -> None:
    y = Tensor(np.ones(3)) * 2.0
    assert y.is_leaf
    assert not y.requires_grad
    assert y.grad_fn is None


def test_node_chain_of_the_example_is_pytorchs() -> None:
    w1, w2, x, y = leaf(1, 1, 1, 1), leaf(1, 2, 3, 4), leaf(2, 3, 4, 5), leaf(1, 1, 1, 1)
    loss = ((y - w2 * w1 * x) ** 2).sum()
    names = []
    node = loss.grad_fn
    while node is not None:
        names.append(node.name())
        following = [
            f for f, _ in node.next_functions if f is not None and f.name() != "torch::autograd::AccumulateGrad"
        ]
        node = following[0] if following else None
    assert names == ["SumBackward0", "PowBackward0", "SubBackward0", "MulBackward0", "MulBackward0"]


def test_the_example() -> None:
    w1, w2, x, y = leaf(1, 1, 1, 1), leaf(1, 2, 3, 4), leaf(2, 3, 4, 5), leaf(1, 1, 1, 1)
    loss = ((y - w2 * w1 * x) ** 2).sum()
    loss.backward()
    assert loss.item() == 508.0
    assert x.grad.array.tolist() == [2, 20, 66, 152]
    assert w1.grad.array.tolist() == [4, 60, 264, 760]
    assert w2.grad.array.tolist() == [4, 30, 88, 190]
    assert y.grad.array.tolist() == [-2, -10, -22, -38]


def test_gradients_accumulate_until_zeroed() -> None:
    x = leaf(1.0, 2.0)
    for _ in range(2):
        (x**2).sum().backward()
    assert x.grad.array.tolist() == [4.0, 8.0]
    x.zero_grad()
    assert x.grad is None
    (x**2).sum().backward()
    x.grad.zero_()
    assert x.grad.array.tolist() == [0.0, 0.0]
    (x**2).sum().backward()
    assert x.grad.array.tolist() == [2.0, 4.0]


def test_zeros_are_filled_in_place_and_seen_by_what_shares_the_data() -> None:
    x = leaf(1.0, 2.0)
    assert x.detach().zero_().array.tolist() == [0.0, 0.0]
    assert x.array.tolist() == [0.0, 0.0]
    shared = np.ones(2)
    shared.flags.writeable = False
    with pytest.raises(GradientError, match="clone"):
        Tensor.over(shared).zero_()
    assert shared.tolist() == [1.0, 1.0]


def test_a_second_pass_over_a_kept_graph_adds_the_same_again() -> None:
    x = leaf(3.0)
    y = x * x
    z = (y * y + y).sum()
    z.backward(retain_graph=True)
    once = x.grad.array.copy()
    z.backward()
    assert (x.grad.array == 2 * once).all()


def test_a_diamond_a_fan_out_and_the_same_operand_twice() -> None:
    x = leaf(3.0)
    a, b = x * 2.0, x + 1.0
    (a * b).sum().backward()
    assert x.grad.item() == 14.0  # d(2x(x+1)) = 4x + 2
    y = leaf(5.0)
    total = y * y
    for _ in range(20):
        total = total + total
    total.sum().backward()
    assert y.grad.item() == 2**20 * 10.0


def test_a_chain_of_100_000_operations() -> None:
    x = leaf(1.0)
    y = x
    for _ in range(100_000):
        y = y + 1.0
    y.sum().backward()
    assert x.grad.item() == 1.0


def test_broadcasting_is_undone() -> None:
    column, row = Tensor(np.ones((3, 1)), requires_grad=True), Tensor(np.arange(4.0), requires_grad=True)
    scalar = Tensor(2.0, requires_grad=True)
    (column * row * scalar).sum().backward()
    assert column.grad.shape == (3, 1)
    assert column.grad.array.tolist() == [[12.0]] * 3
    assert row.grad.array.tolist() == [6.0] * 4
    assert scalar.grad.shape == ()
    assert scalar.grad.item() == 18.0


def test_a_sum_under_a_broadcast_is_filled_in() -> None:
    x, b = Tensor(np.ones((2, 3)), requires_grad=True), leaf(1.0, 2.0, 3.0)
    (x + b).sum().backward()
    assert x.grad.array.tolist() == [[1.0] * 3] * 2
    assert b.grad.array.tolist() == [2.0] * 3


def test_a_constant_gradient_is_summed_over_a_broadcast_it_was_never_filled_into() -> None:
    x, t, row = leaf(1.0, 2.0, 3.0), Tensor(2.0, requires_grad=True), Tensor(np.ones((1, 3)), requires_grad=True)
    (x - t).sum().backward()
    assert t.grad.item() == -3.0
    ((row + Tensor(np.ones((4, 1)))) * 2.0).sum().backward()
    assert row.grad.array.tolist() == [[8.0] * 3]


def test_retain_grad_keeps_the_gradient_of_an_inner_node() -> None:
    x = leaf(1.0, 2.0)
    y = x * 3.0
    y.retain_grad()
    (y**2).sum().backward()
    assert y.retains_grad
    assert y.grad.array.tolist() == [6.0, 12.0]


def test_detach_cuts_the_graph_and_shares_the_data() -> None:
    x = leaf(2.0)
    d = x.detach()
    assert d.array is x.array
    assert not d.requires_grad
    (x * d).sum().backward()
    assert x.grad.item() == 2.0


def test_no_grad_records_nothing() -> None:
    x = leaf(2.0)
    with no_grad():
        y = x * 2.0
        assert not is_grad_enabled()
    assert is_grad_enabled()
    assert y.grad_fn is None


def test_grad_of_inputs_and_inner_results_touches_no_grad() -> None:
    x = leaf(1.0, 2.0)
    y = x**3.0
    z = y.sum()
    gx, gy = grad(z, [x, y], retain_graph=True)
    assert gx.array.tolist() == [3.0, 12.0]
    assert gy.array.tolist() == [1.0, 1.0]
    assert x.grad is None
    (weighted,) = grad(y, x, grad_outputs=np.array([1.0, 10.0]))
    assert weighted.array.tolist() == [3.0, 120.0]


def test_unused_input_is_an_error_unless_allowed() -> None:
    x, other = leaf(1.0), leaf(1.0)
    with pytest.raises(GradientError, match="input 1 does not occur"):
        grad((x * 2.0).sum(), other)
    assert grad((x * 2.0).sum(), other, allow_unused=True) == (None,)
    with pytest.raises(GradientError, match="2 outputs and 3 gradients for them"):
        grad([x.sum(), x.sum()], x, [None, None, None])


def test_create_graph_gives_derivatives_of_any_order() -> None:
    x = leaf(2.0)
    g = (x**4).sum()
    for expected in (32.0, 48.0, 48.0, 24.0):
        (g,) = grad(g, x, create_graph=True)
        assert g.item() == expected


def test_create_graph_accumulates_a_gradient_that_can_be_differentiated() -> None:
    x = leaf(3.0)
    (x**3).sum().backward(create_graph=True)
    assert x.grad.requires_grad
    (second,) = grad(x.grad, x)
    assert second.item() == 18.0


@pytest.mark.parametrize("data", [[1, 2], np.array([1, 2]), True])
def test_only_floating_point_tensors_can_require_grad(data: object) -> None:
    with pytest.raises(GradientError, match="only floating point tensors can require grad"):
        Tensor(data, requires_grad=True)
    assert Tensor(data, dtype=float, requires_grad=True).requires_grad


@pytest.mark.parametrize("data", ["abc", 1j, [None], {"a": 1}])
def test_a_tensor_holds_numbers_only(data: object) -> None:
    with pytest.raises(ValueTextError, match="real numbers"):
        Tensor(data)


def test_a_second_backward_through_a_freed_graph_is_explained() -> None:
    x = leaf(1.0)
    y = (x**2).sum()
    y.backward()
    with pytest.raises(GradientError, match="the graph was freed") as caught:
        y.backward()
    assert caught.value.code == "AG204"
    assert "retain_graph=True" in (caught.value.hint or "")


def test_a_vector_needs_a_gradient_of_its_shape() -> None:
    y = leaf(1.0, 2.0, 3.0) * 2.0
    with pytest.raises(GradientError, match=r"shape \(3,\)"):
        y.backward()
    with pytest.raises(ShapeError, match=r"\(2,\).*\(3,\)"):
        y.backward(np.ones(2))


def test_one_element_of_any_shape_needs_no_gradient() -> None:
    x = Tensor(np.full((1, 1), 3.0), requires_grad=True)
    (x * x).backward()
    assert x.grad.array.tolist() == [[6.0]]


def test_backward_of_what_requires_nothing_is_explained() -> None:
    with pytest.raises(GradientError, match="nothing to differentiate"):
        Tensor(3.0).backward()


def test_requires_grad_changes_on_leaves_only() -> None:
    x = leaf(1.0)
    y = x * 2.0
    with pytest.raises(GradientError, match="leaves only"):
        y.requires_grad = False
    x.requires_grad_(False)
    assert not x.requires_grad


def test_item_wants_one_element() -> None:
    with pytest.raises(ShapeError, match="one element"):
        leaf(1.0, 2.0).item()


def test_float32_stays_float32() -> None:
    x = Tensor(np.ones(3, np.float32), requires_grad=True)
    y = (x * 2.0 + 1.0).mean()
    y.backward()
    assert y.dtype == x.grad.dtype == np.float32


def test_comparisons_give_ones_and_zeros_and_pass_no_gradient() -> None:
    x = leaf(-1.0, 2.0)
    mask = x > 0.0
    assert mask.array.tolist() == [0.0, 1.0]
    assert not mask.requires_grad
    (mask * x).sum().backward()
    assert x.grad.array.tolist() == [0.0, 1.0]


def test_methods_take_numpys_and_pytorchs_spellings() -> None:
    x = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    for y in (
        x.sum(axis=1, keepdims=True),
        x.sum(1, True),
        x.sum(dim=1, keepdim=True),
        ops.sum(x, dim=-1, keepdim=True),
    ):
        assert y.array.tolist() == [[3.0], [12.0]]
    assert x.reshape(3, 2).shape == x.reshape((3, -1)).shape == (3, 2)


def test_numpy_on_the_left_hands_over() -> None:
    x = leaf(1.0, 2.0)
    y = np.array([3.0, 4.0]) * x
    assert isinstance(y, Tensor)
    y.sum().backward()
    assert x.grad.array.tolist() == [3.0, 4.0]


def test_inputs_are_never_changed() -> None:
    array = np.array([1.0, -2.0])
    x = Tensor.over(array, requires_grad=True)
    ((x * x + x) ** 2).sum().backward()
    assert array.tolist() == [1.0, -2.0]


def test_a_rule_of_the_wrong_shape_names_the_operation() -> None:
    wrong = replace(ops.mul, vjps=(lambda g, _y, _a, b: ops.reshape(np.sum(g * b), shape=(1, 1, 1)), ops.mul.vjps[1]))
    x, y = Tensor(np.ones((2, 2)), requires_grad=True), Tensor(np.ones(2), requires_grad=True)
    with pytest.raises(AutogradError, match="rule of mul gave operand 1 a gradient of shape"):
        wrong(x, y).backward(np.ones((2, 2)))


def test_two_leaves_never_share_a_gradient() -> None:
    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    given = np.array([1.0, 1.0])
    (x + y).backward(given)
    assert x.grad.array is not y.grad.array
    x.grad.array[0] = 7.0
    assert y.grad.array.tolist() == given.tolist() == [1.0, 1.0]


def test_large_arrays_are_written_over_only_when_nobody_else_holds_them() -> None:
    n = 10_000
    given = [np.random.default_rng(i).uniform(0.5, 2.0, n) for i in range(3)]
    small = [Tensor(a[:10], requires_grad=True) for a in given]
    large = [Tensor(a, requires_grad=True) for a in given]
    seed = np.ones(n)
    for (x, w, y), v in ((small, seed[:10]), (large, seed)):
        seen = w * x
        kept = y - seen * w
        kept.retain_grad()
        before = seen.array.copy(), kept.array.copy()
        view = (x**3).array[1:]  # what a view is of is in use
        (-(kept * kept) - kept**2 + (x**3) ** 2 + (seen * x) ** 0.5).backward(v)
        for tensor, array in zip((seen, kept), before, strict=True):
            np.testing.assert_array_equal(tensor.array, array)
        np.testing.assert_array_equal(view, x.array[1:] ** 3)
    assert (seed == 1).all()
    for a, b, array in zip(small, large, given, strict=True):
        np.testing.assert_array_equal(a.grad.array, b.grad.array[:10])
        np.testing.assert_array_equal(b.array, array)


def test_a_large_graph_that_is_retained_gives_the_same_gradient_twice() -> None:
    x = Tensor(np.random.default_rng(0).uniform(0.5, 2.0, 10_000), requires_grad=True)
    result = ((x * x - x) ** 2).sum()
    result.backward(retain_graph=True)
    first = x.grad.array.copy()
    result.backward()
    np.testing.assert_array_equal(x.grad.array, 2 * first)


def test_backward_of_large_arrays_takes_the_memory_of_five() -> None:
    arrays = [np.random.default_rng(i).random(200_000) for i in range(4)]
    leaves = [Tensor.over(a, requires_grad=True) for a in arrays]
    x, w, v, y = leaves
    tracemalloc.start()
    try:
        ((y - v * w * x) ** 2).sum().backward()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5.1 * arrays[0].nbytes
