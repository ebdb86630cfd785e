"""Backward passes over tensors: what they start from, hooks, and what becomes of the gradients of leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy import ndarray

from autograd_core.engine.backprop import backprop, between, expand_to
from autograd_core.engine.dtypes import Size
from autograd_core.engine.grad_mode import mode, set_grad_enabled
from autograd_core.engine.inplace import identity
from autograd_core.engine.node import Hooks, Node
from autograd_core.errors import GradientError, ShapeError
from autograd_core.ops.spec import Shape

Observer = Callable[[Node, Any], None]


@np.errstate(divide="ignore", over="ignore", invalid="ignore")  # underflow is the caller's to hear of
def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
    *,
    observe: Observer | None = None,
) -> None:
    """Add the gradients of one result or several to the ``grad`` of the leaves (``torch.autograd.backward``).

    With ``inputs`` to theirs alone. ``observe(node, gradient)`` is told the gradient of each inner node. What is not
    finite is an answer here, as in PyTorch, without a warning.
    """
    outputs = list(tensors) if isinstance(tensors, (list, tuple)) else [tensors]
    given = gradients_for(outputs, grad_tensors)
    if inputs is not None:
        inputs = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        if not inputs:
            words = "`inputs` argument to `backward()` cannot be empty."
            raise GradientError("inputs is empty", code="AG203", pytorch=words)
        for x in inputs:
            if not x.requires_grad:
                x.retain_grad()  # which raises
    leaves = pull(outputs, given, retain_graph, create_graph, inputs or (), observe)
    if inputs is not None:
        leaves = {x: leaves[e] for x in inputs if (e := x.grad_fn or x) in leaves and not x.retains_grad}
    held = None if observe is not None else holders(given)
    for leaf, g in leaves.items():
        if not leaf._requires_grad:  # it was detached since
            continue
        found = received(leaf, g, held)
        if leaf._grad is None and not create_graph:
            leaf._grad = found
        else:
            accumulate(leaf, found, create_graph)
        if leaf._hooks is not None:
            for hook in list(leaf._hooks.after.values()):
                hook(leaf)


def holders(gradients: Sequence[Any]) -> set[int]:
    """The identities of the arrays that were given, which no result may share."""
    return {id(getattr(g, "array", g)) for g in gradients}


def received(leaf: Any, g: Any, held: set[int] | None) -> Any:
    """A gradient as a tensor over numbers of its own, as the hooks of a leaf leave it.

    A whole array that is not ``held`` by others is taken over, and held from then on; all are where ``held`` is None.
    """
    hooks, array = leaf._hooks, leaf.array
    whole = type(g) is ndarray and g.base is None and g.shape == array.shape and g.dtype is array.dtype
    if whole and hooks is None and held is not None and id(g) not in held:
        held.add(id(g))
        return leaf.over(g)
    found = owned_tensor(g, leaf)
    return found if hooks is None else call_hooks(hooks, found)


def pull(
    outputs: Sequence[Any],
    gradients: Sequence[Any],
    retain_graph: bool | None,
    create_graph: bool,
    inputs: Sequence[Any] = (),
    observe: Observer | None = None,
) -> dict[Any, Any]:
    """The gradients of the leaves, or of ``inputs``, leaves and inner nodes; what does not lead to them is not passed.

    With ``create_graph`` they are tensors with a history. To be called with NumPy's warnings off.
    """
    kind = type(outputs[0])
    roots = []
    seeds = []
    for position, (output, gradient) in enumerate(zip(outputs, gradients, strict=True)):
        seed = seed_for(output, gradient, position)
        if create_graph:
            seed = seed if isinstance(seed, kind) else kind.over(np.asarray(seed))
        elif isinstance(seed, kind):
            seed = seed.array
        roots.append(output._node or output)
        seeds.append(seed)
    targets = {x.grad_fn or x for x in inputs}
    watched = Hooks.exist or mode.anomaly or observe is not None
    before, mode.recording = mode.recording, create_graph
    try:
        return backprop(
            roots,
            seeds,
            wrap=kind.saved if create_graph else None,
            done=partial(arrived, kind, observe) if watched else None,
            passing=partial(passed_on, kind) if watched else None,
            within=between(roots, targets)[0] if inputs else None,
            inner=targets,
            release=not (create_graph if retain_graph is None else retain_graph),
        )
    finally:
        mode.recording = before


def arrived(kind: Any, observe: Observer | None, node: Node, g: Any) -> Any:
    """The gradient of a node as its hooks leave it, told to an observer."""
    if node.hooks is not None:
        whole = call_hooks(node.hooks, owned_tensor(g, node, kind))
        g = whole if isinstance(g, kind) else whole.array
    if observe is not None:
        observe(node, g)
    return g


def passed_on(kind: Any, node: Node, g: Any, pairs: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """What a node passes on as its hooks leave it."""
    if mode.anomaly:
        check_anomaly(node, pairs)
    if node.hooks is None or not node.hooks.passed:
        return pairs
    waiting = [(edge, owned_tensor(passed, edge, kind)) for edge, passed in pairs]
    inputs = tuple([waiting.pop(0)[1] if waiting and edge is waiting[0][0] else None for edge in node.edges])
    for hook in list(node.hooks.passed.values()):
        inputs = hook(inputs, (owned_tensor(g, node, kind),)) or inputs
    return [
        (e, x if isinstance(g, kind) else x.array) for e, x in zip(node.edges, inputs, strict=True) if x is not None
    ]


def check_anomaly(node: Node, pairs: list[tuple[Any, Any]]) -> None:
    """Raise GradientError where a node passes on nan."""
    for position, edge in enumerate(node.edges):
        for reached, g in pairs:
            if reached is edge and np.isnan(np.asarray(getattr(g, "array", g))).any():
                words = f"Function {node.name()!r} returned nan values in its {position}th output."
                raise GradientError("a backward rule returned nan", code="AG401", pytorch=words)


def gradients_for(outputs: Sequence[Any], given: Any) -> list[Any]:
    """The gradient of each output, None where there is none.

    Raises GradientError where they are not as many.
    """
    found = [None] * len(outputs) if given is None else list(given) if isinstance(given, (list, tuple)) else [given]
    if len(found) != len(outputs):
        raise GradientError(
            f"{len(outputs)} outputs and {len(found)} gradients for them",
            code="AG202",
            hint="give one for each output, None for that of a single number",
            pytorch=f"got {len(outputs)} tensors and {len(found)} gradients",
        )
    return found


def seed_for(output: Any, gradient: Any, position: int = 0) -> Any:
    """The gradient a backward pass starts from, an array or the tensor that was given, checked against the output."""
    if not output.requires_grad:
        raise no_history(position)
    data = output.array
    if gradient is None:
        if not data.shape:
            return data.dtype.type(1)
        if data.size != 1:
            raise several_entries(data.shape)
        return np.ones(data.shape, data.dtype)
    seed = gradient if isinstance(gradient, type(output)) else np.asarray(gradient, dtype=data.dtype)
    if seed.shape != data.shape:
        raise ShapeError(
            f"the gradient has shape {tuple(seed.shape)}, the result {data.shape}",
            code="AG202",
            pytorch=f"Mismatch in shape: grad_output[{position}] has a shape of {Size(seed.shape)} and "
            f"output[{position}] has a shape of {Size(data.shape)}.",
        )
    return seed


def several_entries(shape: Shape) -> GradientError:
    """The error for a result that is not a single number, and no weights for its entries."""
    return GradientError(
        f"the result has shape {shape}; backward() without a gradient needs a single number",
        code="AG201",
        why="backward computes v.J, and for several entries it must be told how to weigh them",
        hint="backward(gradient) with a gradient of the same shape, or sum the result first",
        pytorch="grad can be implicitly created only for scalar outputs",
    )


def no_history(position: int) -> GradientError:
    """The error for a result that nothing can be differentiated of."""
    return GradientError(
        "nothing to differentiate: the result does not depend on anything that requires grad",
        code="AG203",
        hint="create an input with requires_grad=True",
        pytorch=f"element {position} of tensors does not require grad and does not have a grad_fn",
    )


def owned_tensor(g: Any, like: Any, kind: Any = None) -> Any:
    """A gradient as a tensor in the shape and dtype of a leaf, or in the shape of a node, over numbers of its own."""
    kind = kind or type(like)
    if isinstance(g, kind):
        if not isinstance(like, Node) and g.array.dtype != like.array.dtype:
            g = g.to(like.array.dtype)
        return expand_to(g, like.shape)
    return kind.over(np.full(like.shape, g, g.dtype if isinstance(like, Node) else like.array.dtype))


def call_hooks(hooks: Any, given: Any) -> Any:
    """What hooks make of a gradient; a tensor that retains its gradient gets a copy."""
    for hook in list(hooks.before.values()):
        found = hook(given)
        if found is not None:
            if not isinstance(found, type(given)):
                raise TypeError(f"expected Variable, but hook returned {type(found).__name__!r}")
            if found.array.shape != given.array.shape:
                words = f"hook {getattr(hook, '__name__', str(hook))!r} has changed the size of value"
                raise ShapeError(f"a gradient of shape {found.shape} in place of {given.shape}", pytorch=words)
            given = found
    holder = None if hooks.retained is None else hooks.retained()
    if holder is not None:
        kept = given if given.requires_grad else given.clone()
        holder.grad = kept if holder._grad is None else holder._grad + kept
    return given


def accumulate(leaf: Any, given: Any, create_graph: bool) -> None:
    """Add a gradient to what a leaf has: in place, unless the sum shall have a history."""
    held = leaf._grad
    if held is None:
        leaf.grad = identity("CopyBackwards", given, given.array.copy())
    elif create_graph or held.requires_grad or given.requires_grad:
        with set_grad_enabled(create_graph):
            leaf.grad = held + given
    else:
        np.add(held.array, given.array, out=held.array, casting="same_kind")
