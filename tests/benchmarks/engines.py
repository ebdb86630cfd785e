"""The same computation in our engine, in PyTorch, JAX, HIPS autograd and NumPy by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

Side = Callable[[], Any]


def example(n: int) -> dict[str, Side]:
    """``sum((Y - W2*W1*X)**2)`` over n entries: the value and its four gradients, W1 W2 X Y, as NumPy arrays.

    PyTorch, which takes seconds, is imported when its side runs.
    """
    from autograd_core import Tensor
    from autograd_core.functional import compiled, vjp

    rng = np.random.default_rng(0)
    arrays = [rng.random(n) for _ in range(4)]
    ours = [Tensor.over(a, requires_grad=True) for a in arrays]
    theirs = cache(lambda: torch_leaves(arrays))

    def run_ours() -> Any:
        for leaf in ours:
            leaf.grad = None
        w1, w2, x, y = ours
        loss = ((y - w2 * w1 * x) ** 2).sum()
        loss.backward()
        return [loss.array, *[leaf.grad.array for leaf in ours]]  # type: ignore[union-attr]

    def both(*x: Any) -> Any:
        loss, pull = vjp(lambda w1, w2, x, y: ((y - w2 * w1 * x) ** 2).sum(), *x)
        return loss, *pull(np.ones(()))

    pulled = compiled(both)

    def run_compiled() -> Any:
        return [g.array for g in pulled(*ours)]

    def run_torch() -> Any:
        w1, w2, x, y = theirs()
        for leaf in theirs():
            leaf.grad = None
        loss = ((y - w2 * w1 * x) ** 2).sum()
        loss.backward()
        return [loss.detach().numpy(), *[leaf.grad.numpy() for leaf in theirs()]]  # type: ignore[union-attr]

    def run_numpy() -> Any:
        w1, w2, x, y = arrays
        m = w2 * w1
        r = y - m * x
        loss = np.sum(r**2)
        gy = 2 * r
        gp = -gy
        gx = gp * m
        gm = gp * x
        return [loss, gm * w2, gm * w1, gx, gy]

    return {"ours": run_ours, "torch": run_torch, "numpy by hand": run_numpy, "ours, compiled": run_compiled}


def torch_leaves(arrays: Sequence[Any], first: int = 0) -> list[Any]:
    """Copies of arrays in PyTorch; from the one at ``first`` on they require grad."""
    import torch

    return [torch.from_numpy(a.copy()).requires_grad_(i >= first) for i, a in enumerate(arrays)]


def jax_example(n: int) -> Side:
    """The compiled JAX version of ``example``."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    rng = np.random.default_rng(0)
    arrays = [jnp.asarray(rng.random(n)) for _ in range(4)]
    compiled = jax.jit(jax.value_and_grad(lambda w1, w2, x, y: jnp.sum((y - w2 * w1 * x) ** 2), argnums=(0, 1, 2, 3)))

    def run() -> Any:
        loss, gradients = compiled(*arrays)
        return [np.asarray(loss), *[np.asarray(g) for g in gradients]]

    return run


def chain(length: int) -> dict[str, Side]:
    """``x = x*a + b`` repeated: length operations on four entries, gradients of a and b.

    No library is imported before its side runs, so that a process that runs one side holds nothing of the others.
    """
    half = length // 2

    def run_ours() -> Any:
        from autograd_core import Tensor

        a, b = Tensor(np.full(4, 0.999), requires_grad=True), Tensor(np.ones(4), requires_grad=True)
        x = Tensor(np.ones(4), requires_grad=True)
        for _ in range(half):
            x = x * a + b
        x.sum().backward()
        return [a.grad.array, b.grad.array]  # type: ignore[union-attr]

    def run_torch() -> Any:
        import torch

        a = torch.full((4,), 0.999, dtype=torch.float64, requires_grad=True)
        b = torch.ones(4, dtype=torch.float64, requires_grad=True)
        x = torch.ones(4, dtype=torch.float64, requires_grad=True)
        for _ in range(half):
            x = x * a + b
        x.sum().backward()
        return [a.grad.numpy(), b.grad.numpy()]  # type: ignore[union-attr]

    def run_hips() -> Any:
        import autograd

        def repeated(both: Any) -> Any:
            a, b = both
            x = np.ones(4)
            for _ in range(half):
                x = x * a + b
            return autograd.numpy.sum(x)

        return list(autograd.grad(repeated)((np.full(4, 0.999), np.ones(4))))

    return {"ours": run_ours, "torch": run_torch, "HIPS autograd": run_hips}


def broadcast() -> dict[str, Side]:
    """``sum(u*v + w)`` with shapes (1500,1), (1,2000) and (1500,2000)."""
    import autograd.numpy as anp

    return _expression(
        lambda u, v, w: (u * v + w).sum(),
        [(1500, 1), (1, 2000), (1500, 2000)],
        lambda u, v, w: (u * v + w).sum(),
        lambda u, v, w: anp.sum(u * v + w),
    )


def perceptron() -> dict[str, Side]:
    """A layer of 512 tanh units and a softmax cross-entropy over 10 classes, 256 images of 784 pixels.

    "its two large products" is what no engine can do without: images times weights, and images times gradients.
    """
    import autograd.numpy as anp

    labels = np.arange(256) % 10
    hot = np.eye(10)[labels]

    def ours(x: Any, w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
        logits = (x @ w1 + b1).tanh() @ w2 + b2
        return -(logits.log_softmax(axis=1) * hot).sum() / 256.0

    def theirs(x: Any, w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
        import torch

        logits = (x @ w1 + b1).tanh() @ w2 + b2
        return -(torch.log_softmax(logits, 1) * torch.from_numpy(hot)).sum() / 256.0

    def hips(x: Any, w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
        logits = anp.tanh(x @ w1 + b1) @ w2 + b2
        shifted = logits - anp.max(logits, axis=1, keepdims=True)
        return -anp.sum((shifted - anp.log(anp.sum(anp.exp(shifted), axis=1, keepdims=True))) * hot) / 256.0

    sides = _expression(ours, [(256, 784), (784, 512), (512,), (512, 10), (10,)], theirs, hips, first=1)
    rng = np.random.default_rng(0)
    x, w, g = rng.random((256, 784)), rng.random((784, 512)), rng.random((256, 512))
    return {**sides, "its two large products": lambda: (x @ w, x.T @ g)}


def attention() -> dict[str, Side]:
    """Single-head attention, 256 queries of width 64."""
    import autograd.numpy as anp

    def hips(q: Any, k: Any, v: Any) -> Any:
        scores = q @ anp.transpose(k) / 8.0
        weights = anp.exp(scores - anp.max(scores, axis=1, keepdims=True))
        return anp.sum(weights / anp.sum(weights, axis=1, keepdims=True) @ v)

    return _expression(
        lambda q, k, v: ((q @ k.T / 8.0).softmax(axis=1) @ v).sum(),
        [(256, 64)] * 3,
        lambda q, k, v: ((q @ k.T / 8.0).softmax(1) @ v).sum(),
        hips,
    )


def _expression(
    ours: Callable[..., Any],
    shapes: list[tuple[int, ...]],
    theirs: Callable[..., Any],
    hips: Callable[..., Any],
    first: int = 0,
) -> dict[str, Side]:
    """One function of tensors in three engines; inputs before ``first`` need no gradient."""
    import autograd

    from autograd_core import Tensor

    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal(shape) * 0.1 for shape in shapes]
    mine = [Tensor.over(a, requires_grad=i >= first) for i, a in enumerate(arrays)]
    torchs = cache(lambda: torch_leaves(arrays, first))
    gradient = autograd.grad(hips, argnum=tuple(range(first, len(shapes))))

    def run_ours() -> Any:
        for leaf in mine:
            leaf.grad = None
        ours(*mine).backward()
        return [leaf.grad.array for leaf in mine[first:]]  # type: ignore[union-attr]

    def run_torch() -> Any:
        for leaf in torchs():
            leaf.grad = None
        theirs(*torchs()).backward()
        return [leaf.grad.numpy() for leaf in torchs()[first:]]  # type: ignore[union-attr]

    return {"ours": run_ours, "torch": run_torch, "HIPS autograd": lambda: gradient(*arrays)}


def agree(sides: dict[str, Side]) -> str:
    """Run every side once and compare the gradients with ours; the sentence says what was compared."""
    mine = sides["ours"]()
    count = sum(np.asarray(g).size for g in mine)
    for name, run in sides.items():
        if name not in ("ours", "its two large products"):
            for a, b in zip(mine, run(), strict=True):
                np.testing.assert_allclose(a, np.asarray(b), rtol=1e-8, atol=1e-10, err_msg=name)
    return f"{count} gradient entries equal to 1e-8"
