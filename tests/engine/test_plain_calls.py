"""Functions of the language are called as in NumPy and PyTorch."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

from autograd_core import Tensor, ops
from autograd_core.errors import AutogradError
from autograd_core.ops import find, functions


@pytest.mark.parametrize("kind", [np.asarray, Tensor], ids=["array", "tensor"])
def test_a_function_takes_its_arguments_by_place_by_name_or_not_at_all(kind: type) -> None:
    x = kind(np.array([[1.0, 2.0], [3.0, 4.0]]))
    for found, expected in (
        (ops.sum(x), 10.0),
        (ops.sum(x, 0), [4.0, 6.0]),
        (ops.sum(x, axis=1), [3.0, 7.0]),
        (ops.sum(x, dim=1, keepdim=True), [[3.0], [7.0]]),
        (ops.reshape(x, (4,)), [1.0, 2.0, 3.0, 4.0]),
        (ops.reshape(x, 4), [1.0, 2.0, 3.0, 4.0]),
        (ops.concatenate([x, x], axis=1), [[1.0, 2.0, 1.0, 2.0], [3.0, 4.0, 3.0, 4.0]]),
        (ops.concatenate([x, x]), [[1.0, 2.0], [3.0, 4.0]] * 2),
        (ops.einsum("ij->i", x), [3.0, 7.0]),
        (ops.softmax(x * 0.0), [[0.5, 0.5], [0.5, 0.5]]),
        (ops.norm(x), np.sqrt(30.0)),
    ):
        np.testing.assert_allclose(found.numpy() if isinstance(found, Tensor) else found, expected)


def test_lists_are_arrays() -> None:
    assert ops.sum([[1.0, 2.0], [3.0, 4.0]], axis=0).tolist() == [4.0, 6.0]


def test_no_module_hides_a_function() -> None:
    for function in functions():
        importlib.import_module("autograd_core.ops")
        for name in (function.name, *function.aliases):
            assert getattr(ops, name) is find(name)


def test_a_call_that_does_not_fit_names_the_function_and_its_arguments() -> None:
    with pytest.raises(AutogradError, match="sin: takes at most 1 argument, 2 were given"):
        ops.sin(1.0, 2.0)
    with pytest.raises(AutogradError, match="sum: has no argument 'axes'"):
        ops.sum(np.ones(3), axes=0)
