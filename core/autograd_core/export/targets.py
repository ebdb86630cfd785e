"""From a run to a program for NumPy, PyTorch, JAX or SymPy: the lines of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd_core.engine.backprop import backprop, expand_to
from autograd_core.export import for_sympy
from autograd_core.export.draft import Draft
from autograd_core.expr.gradient import simplify_units
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.expr.run import evaluate
from autograd_core.expr.text import write
from autograd_core.ops.spec import KnownDifference
from autograd_core.run import Run

Array = npt.NDArray[Any]


def known_differences(done: Run, target: str) -> list[str]:
    """A sentence for each operation of a run whose gradient ``target`` answers otherwise at these numbers.

    The operations declare it (``ops.spec.Differing``).
    """
    nodes = [
        node
        for node in topological([done.program.result])
        if isinstance(node, Call) and isinstance(node.op.exports.get(target), KnownDifference)
    ]
    roots = list({operand: None for node in nodes for operand in node.operands})
    if not roots:
        return []
    values = evaluate(roots, done.inputs, dtype=np.dtype(done.request.dtype))
    found = []
    for node in nodes:
        declared = node.op.exports[target]
        with np.errstate(all="ignore"):
            met = declared.where(*(values[operand] for operand in node.operands), **node.params)
        if np.any(met):
            found.append(f"{write(node, most=60)}: {declared.choice}")
    return found


def numpy_lines(draft: Draft) -> Iterator[str]:
    """Every operation once, then every gradient, each from the one after it by the rule of its operation."""
    done, names = draft.done, draft.printer.names
    root = draft.root
    seed: Expr = Const(1.0) if draft.plain_seed else Var(draft.seed, root.shape)
    arrived: list[tuple[Expr, Expr]] = []
    leaves = backprop([root], [seed], done=lambda node, g: arrived.append((node, g)))
    arrived.sort(key=lambda pair: pair[0].number)
    found = {leaf.name: expand_to(g, leaf.shape) for leaf, g in leaves.items() if leaf.name in done.gradients}
    plain = simplify_units([root, *(g for _, g in arrived), *found.values()])
    named = []
    for node, raw in arrived:
        g = plain[id(raw)]
        if isinstance(g, Call) and id(g) not in names:
            names.setdefault(id(node), draft.free.part())
            names[id(g)] = draft.free.free("d" + names[id(node)])
            named.append(g)
    draft.printer.variables = {**draft.names, draft.seed: draft.seed}
    forward = draft.forward()
    roots = [plain[id(g)] for g in found.values()]
    draft.printer.add([*named[::-1], *roots], draft.free.part)
    backward = draft.printer.lines[len(forward) :]
    texts = {}
    for (name, _), g in zip(found.items(), roots, strict=True):
        texts[name] = names.get(id(g)) or draft.printer.text(g)
        if g.shape != done.inputs[name].shape:
            texts[name] = f"np.broadcast_to({texts[name]}, {tuple(done.inputs[name].shape)})"
    yield from draft.about("Run it with NumPy.", "numpy as np")
    yield 'np.seterr(all="ignore")'
    yield ""
    yield from draft.inputs()
    yield from draft.prelude()
    yield from ("", *forward, "")
    if not draft.plain_seed:
        yield f"{draft.seed} = {draft.expected(done.weights)}"
    yield from backward
    gradients = {}
    for name in draft.wanted:
        gradients[name] = draft.free.free(f"grad_{draft.names[name]}")
        yield f"{gradients[name]} = {texts.get(name) or f'np.zeros({done.inputs[name].shape})'}"
    yield ""
    yield from draft.proof(gradients, draft.result)


def torch_lines(draft: Draft) -> Iterator[str]:
    """Leaves, the forward pass as a user of PyTorch writes it, and ``backward()``."""
    done, f = draft.done, draft.result
    forward = draft.forward()
    functional = ["torch.nn.functional as F"] if any("F." in line for line in forward) else []
    yield from draft.about("Run it with PyTorch.", "torch", *functional)
    yield f"torch.set_default_dtype(torch.{done.request.dtype})"
    yield ""
    yield from draft.inputs(lambda name: ", requires_grad=True" if name in done.wanted else "")
    yield from draft.prelude()
    yield from ("", *forward, "")
    if draft.plain_seed:
        yield f"{f}.backward()"
    else:
        yield f"{draft.seed} = {draft.expected(done.weights)}"
        yield f"{f}.backward({draft.seed})"
    yield ""
    yield from draft.proof({name: f"{draft.names[name]}.grad" for name in draft.wanted}, f)


def jax_lines(draft: Draft) -> Iterator[str]:
    """A function of the inputs that require grad, and its value with the gradients, or its vector-Jacobian product."""
    done, f = draft.done, draft.result
    forward = draft.forward()
    wanted = [draft.names[name] for name in draft.wanted]
    yield from draft.about("Run it with JAX.", "jax", "jax.numpy as jnp", "numpy as np")
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


class Target(NamedTuple):
    """The names that programs for a library use themselves, and what writes their lines."""

    own: str
    lines: Callable[[Draft], Iterator[str]]


TARGETS: Mapping[str, Target] = {
    "torch": Target("torch F", torch_lines),
    "jax": Target("jax jnp np math compute value gradients pullback", jax_lines),
    "numpy": Target("np math", numpy_lines),
    "sympy": Target(for_sympy.OWN, for_sympy.sympy_lines),
}
