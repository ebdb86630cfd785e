"""A program for NumPy alone: the forward pass, and the backward pass unrolled."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_core.engine.backprop import backprop
from autograd_core.export.program import Draft
from autograd_core.expr.gradient import simplify_units
from autograd_core.expr.nodes import Call, Const, Expr, Var

OWN = frozenset(("np", "math"))
"""The names that a program for NumPy uses itself."""


def lines(draft: Draft) -> Iterator[str]:
    """Every operation once, then every gradient, each from the one after it by the rule of its operation."""
    done, names = draft.done, draft.block.names
    root = draft.root
    seed: Expr = Const(1.0) if draft.plain_seed else Var(draft.seed, root.shape)
    arrived: list[tuple[Expr, Expr]] = []
    leaves = (
        backprop([root], [seed], done=lambda node, g: arrived.append((node, g)))
        if root.op is not None
        else {root: seed}
    )
    arrived.sort(key=lambda pair: pair[0].number)
    found = {leaf.name: g for leaf, g in leaves.items() if leaf.name in done.gradients}
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
    draft.block.add([*named[::-1], *roots], draft.free.part)
    backward = draft.block.lines[len(forward) :]
    texts = {}
    for (name, _), g in zip(found.items(), roots, strict=True):
        texts[name] = names.get(id(g)) or draft.printer.text(g, names)
        if g.shape != done.inputs[name].shape:
            texts[name] = f"np.broadcast_to({texts[name]}, {tuple(done.inputs[name].shape)})"
    yield from draft.about("Run it with NumPy.")
    if draft.needs("math."):
        yield "import math"
        yield ""
    yield "import numpy as np"
    yield ""
    yield 'np.seterr(all="ignore")'
    yield ""
    yield from draft.inputs()
    yield from draft.prelude()
    yield ""
    yield from forward
    yield ""
    if not draft.plain_seed:
        yield f"{draft.seed} = {draft.expected(done.weights)}"
    yield from backward
    gradients = {}
    for name in draft.wanted:
        gradients[name] = draft.free.free(f"grad_{draft.names[name]}")
        yield f"{gradients[name]} = {texts.get(name) or f'np.zeros({done.inputs[name].shape})'}"
    yield ""
    yield from draft.proof(gradients, draft.result)
