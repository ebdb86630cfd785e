"""What PyTorch 2.13 answers to questions about its engine, one a row, and that it is answered here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd_core import Function, Tensor, enable_grad, grad, is_grad_enabled, no_grad, ops, set_grad_enabled
from autograd_core.engine.operators import Operators
from autograd_core.ops import OpSpec, functions
from operation_samples import cases


def leaf(*values: float) -> Tensor:
    return Tensor(np.array(values), requires_grad=True)


def training_step() -> Any:
    w = leaf(1.0, 2.0)
    (w * w).sum().backward()
    with no_grad():
        w -= 0.5 * w.grad
    return w.tolist(), w.requires_grad, w.is_leaf


def second_pass() -> Any:
    x = leaf(1.0, 2.0)
    y = x.sum()
    y.backward()
    y.backward()
    return x.grad.tolist()


def operand_order() -> Any:
    x = leaf(1.0)
    return [[None if f is None else f.name() for f, _ in y.grad_fn.next_functions] for y in (2 * x, x * 2, 2 + x)]


def threads() -> Any:
    seen: list[bool] = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append(is_grad_enabled()))
        thread.start()
        thread.join()
        return seen[0], is_grad_enabled()


def statement() -> Any:
    set_grad_enabled(False)
    off = (leaf(1.0) * 2).requires_grad
    set_grad_enabled(True)
    return off, (leaf(1.0) * 2).requires_grad


def decorators() -> Any:
    @no_grad()
    def quiet(x: Tensor) -> bool:
        with enable_grad():
            assert (x * 2).requires_grad
        return (x * 2).requires_grad

    return quiet(leaf(1.0)), is_grad_enabled()


def shared_data() -> Any:
    x = leaf(1.0, 2.0)
    x.data[0] = 7.0
    return x.tolist(), x.data.requires_grad, x._version


def view_of_a_result() -> Any:
    x = leaf(1.0, 2.0)
    y = x * 2
    v = y[0]
    v.mul_(3)
    y.sum().backward()
    return x.grad.tolist(), y.tolist()


def view_taken_before_its_base_changed() -> Any:
    x = leaf(1.0, 2.0)
    y = x * 2
    v = y[1:]
    y *= 5
    v.sum().backward()
    return x.grad.tolist(), v.tolist()


def overwritten_part() -> Any:
    x = leaf(1.0, 2.0, 3.0)
    y = x.clone()
    y[1] = x[0] * 10
    y[x.detach() > 2] = 0.0
    y.sum().backward()
    return x.grad.tolist(), y.tolist()


def zeroed_result() -> Any:
    x = leaf(1.0, 2.0)
    y = x * 2
    y.zero_()
    y.sum().backward()
    return x.grad.tolist()


def hook_changes() -> Any:
    x = leaf(1.0, 2.0)
    y = x * 2
    y.register_hook(lambda g: g * 10)
    handle = x.register_hook(lambda g: g + 1)
    y.sum().backward()
    first = x.grad.tolist()
    handle.remove()
    (x * 1).sum().backward()
    return first, x.grad.tolist()


def accumulation_in_place() -> Any:
    x = leaf(1.0)
    (x * 2).backward()
    held = x.grad
    (x * 2).backward()
    return held is x.grad, held.tolist()


def only_some_inputs() -> Any:
    x, z = leaf(1.0), leaf(2.0)
    (x * z).sum().backward(inputs=[z])
    return x.grad, z.grad.tolist()


def unused() -> Any:
    x, z = leaf(1.0), leaf(2.0)
    y = (x * 2).sum()
    none = grad(y, [x, z], allow_unused=True, retain_graph=True)[1]
    return none, grad(y, [x, z], materialize_grads=True)[1].tolist()


def function_by_hand() -> Any:
    class Twice(Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            ctx.save_for_backward(x)
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Tensor) -> Tensor:
            (x,) = ctx.saved_tensors
            return g * x * 100  # not the derivative: what is written counts

    x = leaf(1.0, 2.0)
    y = Twice.apply(x)
    y.sum().backward()
    return x.grad.tolist(), y.grad_fn.name()


BEHAVIOURS: list[tuple[Callable[[], Any], Any]] = [
    (training_step, ([0.0, 0.0], True, True)),
    (second_pass, [2.0, 2.0]),
    (operand_order, [["torch::autograd::AccumulateGrad", None]] * 3),
    (threads, (True, False)),
    (statement, (False, True)),
    (decorators, (False, True)),
    (shared_data, ([7.0, 2.0], False, 0)),
    (view_of_a_result, ([6.0, 2.0], [6.0, 4.0])),
    (view_taken_before_its_base_changed, ([0.0, 10.0], [20.0])),
    (overwritten_part, ([11.0, 0.0, 0.0], [1.0, 10.0, 0.0])),
    (zeroed_result, [0.0, 0.0]),
    (hook_changes, ([21.0, 21.0], [22.0, 22.0])),
    (accumulation_in_place, (True, [4.0])),
    (only_some_inputs, (None, [1.0])),
    (unused, (None, [0.0])),
    (function_by_hand, ([100.0, 200.0], "TwiceBackward")),
]


@pytest.mark.parametrize(("behaviour", "answer"), BEHAVIOURS, ids=[b.__name__ for b, _ in BEHAVIOURS])
def test_the_engine_answers_what_pytorch_answers(behaviour: Callable[[], Any], answer: Any) -> None:
    assert behaviour() == answer


def power_then_changed(x: Tensor) -> Tensor:
    y = x * 1
    z = y**2
    y += 1
    return z


REFUSED: list[tuple[Callable[[Tensor], Any], str]] = [
    (lambda x: x.add_(1), "a leaf Variable that requires grad is being used in an in-place operation"),
    (lambda x: x[0].mul_(2), "a view of a leaf Variable that requires grad is being used in an in-place operation"),
    (lambda x: power_then_changed(x).sum().backward(), "modified by an inplace operation.* is at version 1; expected"),
    (lambda x: (x * 2).backward(), "grad can be implicitly created only for scalar outputs"),
    (lambda x: x + Tensor(np.ones(3)), r"The size of tensor a \(2\) must match the size of tensor b \(3\)"),
    (lambda x: np.asarray(x), r"Can't call numpy\(\) on Tensor that requires grad"),
    (lambda x: bool(x), "Boolean value of Tensor with more than one value is ambiguous"),
    (lambda x: ops.inv(Tensor(np.ones((2, 2)))), r"operand 1 \(2, 2\) is singular"),
    (lambda x: ops.trace(Tensor(np.ones((2, 2, 2)), requires_grad=True)), "trace|dimensions|axes|matrix"),
]


@pytest.mark.parametrize(("act", "words"), REFUSED, ids=[words[:30] for _, words in REFUSED])
def test_what_pytorch_refuses_is_refused_in_its_words(act: Callable[[Tensor], Any], words: str) -> None:
    with pytest.raises(RuntimeError, match=words):
        act(leaf(1.0, 2.0))


@pytest.mark.parametrize("op", [f for f in functions() if isinstance(f, OpSpec) and f.vjps], ids=lambda op: op.name)
def test_no_rule_hands_out_an_array_that_was_given(op: OpSpec) -> None:
    """The gradient of a leaf is taken over without a copy: it must not be an operand, nor the result."""
    for case in cases(op):
        operands = [np.asarray(o) if isinstance(o, float) else o for o in case.operands]
        y = np.asarray(op.forward(*operands, **case.params))
        g = np.ones(y.shape)
        for i in case.wanted:
            rule = op.rule(i)
            extra = {"operand": i} if op.variadic else {}
            with np.errstate(all="ignore"):
                found = rule(g, y, *operands, **case.params, **extra) if rule is not None else None
            assert isinstance(found, Operators) or all(found is not held for held in (y, *operands)), str(case)


def test_plain_functions_of_arrays_are_differentiated_with_numpys_functions() -> None:
    found = grad(lambda x: np.sum(np.tanh(x) ** 2))(np.array([0.5, 1.0]))
    assert isinstance(found, np.ndarray)
    np.testing.assert_allclose(found, 2 * np.tanh([0.5, 1.0]) / np.cosh([0.5, 1.0]) ** 2)
    assert grad(lambda x, y: x * y, (0, 1))(2.0, 3.0) == (3.0, 2.0)
    w = np.array([1.0, 2.0])
    w -= 0.5 * grad(lambda w: (w**2).sum())(w)
    assert w.tolist() == [0.0, 0.0]
