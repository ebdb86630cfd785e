"""A program for JAX."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_core.export.program import Draft

OWN = frozenset(("jax", "jnp", "np", "math", "compute", "value", "gradients", "pullback"))
"""The names that a program for JAX uses itself."""


def lines(draft: Draft) -> Iterator[str]:
    """A function of the inputs that require grad, and its value with the gradients, or its vector-Jacobian product."""
    done, f = draft.done, draft.result
    forward = draft.forward()
    wanted = [draft.names[name] for name in draft.wanted]
    yield from draft.about("Run it with JAX.")
    if draft.needs("math."):
        yield "import math"
        yield ""
    yield "import jax"
    yield "import jax.numpy as jnp"
    yield "import numpy as np"
    yield ""
    if done.request.dtype == "float64":
        yield 'jax.config.update("jax_enable_x64", True)'
        yield ""
    yield from draft.inputs()
    yield from draft.prelude()
    yield ""
    yield ""
    yield f"def compute({', '.join(wanted)}):"
    yield from ("    " + part for line in forward for part in line.splitlines())
    yield f"    return {f}"
    yield ""
    yield ""
    if draft.plain_seed:
        by = tuple(range(len(wanted)))
        yield f"value, gradients = jax.value_and_grad(compute, argnums={by})({', '.join(wanted)})"
    else:
        yield f"value, pullback = jax.vjp(compute, {', '.join(wanted)})"
        yield f"gradients = pullback({draft.expected(done.weights)})"
    yield ""
    yield from draft.proof({name: f"gradients[{i}]" for i, name in enumerate(draft.wanted)}, "value")
