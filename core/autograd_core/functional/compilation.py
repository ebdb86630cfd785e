"""Functions read once and run many times, and derivatives derived once for graphs of one structure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

import numpy as np

from autograd_core.engine.node import RELEASED, Node, changed, numbers, owner
from autograd_core.engine.tensor import Tensor, keep_freed_memory
from autograd_core.expr.nodes import Const, Expr, Var
from autograd_core.expr.run import Plan, params_key
from autograd_core.functional.trace import Trace, flatten, unflatten
from autograd_core.ops.spec import Shape

Function = Callable[..., Any]

ENTRIES_AT_ONCE = 1 << 18
"""Entries that one intermediate value of a batched pass may have: more directions are taken in turns."""
MOST_NODES, MOST_PLANS = 100, 32
"""Nodes of a graph whose derivatives are kept as a plan, and how many of these plans there are."""


def compiled(function: Function) -> Function:
    """The same function for repeated use (``jax.jit``): read once for each set of shapes, then run as a list of steps.

    ``compiled(hessian(f))`` derives when it is first called and only computes after that. The function sees expressions
    in place of tensors, so that it must not look at numbers; results have no history. Numbers are float64, or float32
    where all arguments are.
    """
    plans: dict[Any, tuple[Prepared, Any]] = {}

    def run(*arguments: Any) -> Any:
        arrays = [a.array if isinstance(a, Tensor) else np.asarray(a) for a in arguments]
        key = tuple([(a.shape, a.dtype) for a in arrays])
        known = plans.get(key)
        if known is None:
            keep_freed_memory()
            dtype = np.float32 if arrays and all(a.dtype == np.float32 for a in arrays) else np.float64
            foreign = any(a.dtype != dtype for a in arrays)
            inputs = [Var(f"x{i}", a.shape) for i, a in enumerate(arrays)]
            known = plans[key] = Prepared(function(*inputs), inputs, dtype), dtype if foreign else None
        prepared, cast = known
        return prepared(arrays if cast is None else [a.astype(cast) for a in arrays])

    return run


class Prepared:
    """A result made of expressions and constants in nested lists and tuples, as a plan that fills it with tensors."""

    def __init__(self, result: Any, inputs: Sequence[Var], dtype: Any) -> None:
        found: list[Any] = []
        self.form = flatten(result, found)
        self.flat = self.form is not None and all(part is None for part in self.form)
        roots = [f if isinstance(f, Expr) else Const(f) for f in found]
        self.numbers = [i for i, root in enumerate(roots) if root.shape == ()]
        self.plan = Plan(roots, inputs, dtype)
        places = self.plan.outputs
        own = self.plan.own | self.plan.totals
        self.shared = [i for i, place in enumerate(places) if place not in own or place in places[:i]]
        self.constants = {id(owner(a)) for a in self.plan.places if isinstance(a, np.ndarray)}

    def __call__(self, arrays: Sequence[Any]) -> Any:
        """The result for these arrays, over numbers of its own."""
        values = self.plan(*arrays)
        for i in self.shared:
            if isinstance(values[i], np.ndarray):
                held = {id(owner(a)) for a in (*arrays, *values[:i]) if isinstance(a, np.ndarray)}
                values[i] = values[i].copy() if id(owner(values[i])) in held | self.constants else values[i]
        for i in self.numbers:  # which may be NumPy's scalars
            values[i] = np.asarray(values[i])
        tensors = [*map(Tensor.over, values)]
        return type(self.form)(tensors) if self.flat else unflatten(self.form, iter(tensors))


_plans: dict[Any, Prepared] = {}


def planned(derive: Callable[..., Any], trace: Trace, *arrays: Any) -> Any:
    """What ``derive(trace, *arrays)`` gives, by a plan that is made once for graphs of this structure.

    Large graphs, and those whose derivatives must have a history, are derived from directly.
    """
    nodes = sorted([node for node in trace.within if node.op is not None], key=lambda node: node.number)
    if trace.recording or trace.inner or not trace.roots or len(nodes) > MOST_NODES:
        return derive(trace, *arrays)
    entries = [edge.array.size for edge in trace.edges]
    if max([*entries, *[math.prod(node.shape) for node in nodes]]) * sum(entries) > ENTRIES_AT_ONCE:
        return derive(trace, *arrays)
    place = {edge: i for i, edge in enumerate((*trace.edges, *nodes))}
    dtype = trace.outputs[0].array.dtype
    key: list[Any] = [derive, dtype, *[a.shape for a in arrays], *[edge.array.shape for edge in trace.edges]]
    key += map(place.get, trace.roots)
    saved = list(arrays)
    for node in nodes:
        if type(node) is not Node:
            return derive(trace, *arrays)
        if changed or node.saved is RELEASED:
            node.values(None)  # says what was changed or let go of
        key += (node.op, params_key(node.params), node.shape, *map(place.get, node.edges))
        for value in node.saved or ():
            key.append(value if value is None else value.shape)
            if value is not None:
                saved.append(value)
        if node.shapes is not None:
            key += [each.shape for each in node.shapes]
    if any(value.dtype is not dtype and value.dtype.kind == "f" for value in saved):
        return derive(trace, *arrays)
    whole = tuple(key)
    known = _plans.get(whole)
    if known is None:
        inputs: list[Var] = []
        given = [symbol(array.shape, inputs) for array in arrays]
        known = Prepared(derive(mirrored(trace, nodes, inputs), *given), inputs, dtype)
        if len(_plans) >= MOST_PLANS:
            del _plans[next(iter(_plans))]
        _plans[whole] = known
    return known(saved)


class Saved(Var):
    """A value that a node of a graph has saved, as an input of a plan: gradients flow on to where it came from."""

    __slots__ = ("edges",)
    op: Any = "saved"
    edges: tuple[Any]

    def __init__(self, name: str, shape: Shape, source: Any) -> None:
        super().__init__(name, shape)
        self.edges = (source,)

    def pull(self, g: Any, _wrap: Any) -> list[tuple[Any, Any]]:
        """The gradient as it is."""
        return [(self.edges[0], g)]


def symbol(shape: Shape, inputs: list[Var], source: Any = None) -> Var:
    """A variable for values of a shape, one more of the ``inputs``, and where it came from."""
    name = f"x{len(inputs)}"
    inputs.append(Var(name, shape) if source is None else Saved(name, shape, source))
    return inputs[-1]


def mirrored(trace: Trace, nodes: Sequence[Node], inputs: list[Var]) -> Trace:
    """The same graph, with variables in the place of leaves and of what its nodes have saved."""
    stands: dict[Any, Any] = {edge: Var("", edge.shape) for edge in trace.edges}
    for node in nodes:
        made = stands[node] = Node()
        made.op, made.params, made.shape, made.shapes = node.op, node.params, node.shape, node.shapes
        made.number, made.hooks = next(numbers), None
        made.edges = tuple([stands.get(edge) for edge in node.edges])
        made.saved = tuple(
            [
                None if value is None else symbol(value.shape, inputs, source)
                for value, source in zip(node.saved or (), (made, *made.edges), strict=False)
            ]
        )
        made.saved = made.saved or None
    mirror = copy(trace)
    mirror.inputs = mirror.edges = [stands[edge] for edge in trace.edges]
    mirror.outputs = [Var("", output.shape) for output in trace.outputs]
    mirror.roots = [stands.get(root) for root in trace.roots]
    mirror.within = set(stands.values())
    mirror.symbolic, mirror.since = True, 0
    return mirror
