"""Hessians and products with them against torch.func and JAX, on one thread.

The function is ``sum(tanh(A @ x)**2) + logsumexp(x)`` with 100 entries of x. "compiled" is ``functional.compiled``, for
repeated use, as ``jax.jit``; without it the function is recorded anew by every call, as torch does.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import torch
from measure import Row, interleaved, rows

from autograd_core import ops
from autograd_core.engine.tensor import Tensor
from autograd_core.functional import compiled, hessian, hvp

N = 100


def measured() -> Iterator[Row]:
    """First calls, then steady ones: twenty of a side at a time, so that no side finds the caches full of another."""
    torch.set_num_threads(1)
    jax.config.update("jax_enable_x64", True)
    rng = np.random.default_rng(0)
    A, x, v = rng.standard_normal((N, N)) / 10, rng.standard_normal(N), rng.standard_normal(N)
    tA, tx, tv = map(torch.tensor, (A, x, v))
    jA, jx, jv = map(jnp.array, (A, x, v))
    X = Tensor(x)

    def ours(x: object) -> object:
        return ops.sum(ops.tanh(A @ x) ** 2, axis=None, keepdims=False) + ops.logsumexp(x, axis=None, keepdims=False)

    def theirs(x: torch.Tensor) -> torch.Tensor:
        return (torch.tanh(tA @ x) ** 2).sum() + torch.logsumexp(x, 0)

    def jaxed(x: jax.Array) -> jax.Array:
        return (jnp.tanh(jA @ x) ** 2).sum() + jax.scipy.special.logsumexp(x)

    def double_backward() -> torch.Tensor:
        leaf = tx.clone().requires_grad_()
        (g,) = torch.autograd.grad(theirs(leaf), leaf, create_graph=True)
        return torch.autograd.grad(g, leaf, tv)[0]

    mine, compiled_mine = hessian(ours), compiled(hessian(ours))
    other, jitted = torch.func.hessian(theirs), jax.jit(jax.hessian(jaxed))
    product, compiled_product = lambda x, v: hvp(ours, (x,), (v,))[1], compiled(lambda x, v: hvp(ours, (x,), (v,))[1])
    jitted_product = jax.jit(lambda x, v: jax.jvp(jax.grad(jaxed), (x,), (v,))[1])

    first = {}
    for name, run in {"ours": lambda: mine(X), "torch.func": lambda: other(tx)}.items():
        start = time.perf_counter()
        run()
        first[name] = [time.perf_counter() - start]
    found = mine(X).array
    for matrix in (other(tx).numpy(), np.asarray(jitted(jx)), compiled_mine(X).array):
        np.testing.assert_allclose(found, matrix, rtol=1e-9, atol=1e-12)
    for vector in (double_backward().numpy(), np.asarray(jitted_product(jx, jv)), compiled_product(x, v).array):
        np.testing.assert_allclose(product(X, v).array, vector, rtol=1e-9, atol=1e-12)
    checked = "equal to 1e-9"
    yield from rows(f"first Hessian, n={N}", first, {"torch.func": 0.02}, checked)
    times = interleaved(
        {
            "ours": lambda: mine(X),
            "ours compiled": lambda: compiled_mine(x),
            "torch.func": lambda: other(tx),
            "jax.jit": lambda: jitted(jx).block_until_ready(),
        },
        rounds=15,
        inner=20,
    )
    yield from rows(f"Hessian, n={N}", times, {"torch.func": 0.12}, checked)
    yield from rows(f"Hessian compiled, n={N}", times, {"jax.jit": 1.0}, checked, ours="ours compiled")
    times = interleaved(
        {
            "ours": lambda: product(X, v),
            "ours compiled": lambda: compiled_product(x, v),
            "torch twice": double_backward,
            "jax.jit": lambda: jitted_product(jx, jv).block_until_ready(),
        },
        rounds=15,
        inner=20,
    )
    yield from rows(f"Hessian times vector, n={N}", times, {"torch twice": None}, checked)
    goals = {"torch twice": 0.5, "jax.jit": None}
    yield from rows(f"Hessian times vector compiled, n={N}", times, goals, checked, ours="ours compiled")
