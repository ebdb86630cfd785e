"""The largest and the smallest entries along axes; ties share the gradient evenly."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core.errors import ShapeError
from autograd_core.ops import batching
from autograd_core.ops.arguments import AXES, KEEPDIMS, reduced
from autograd_core.ops.elsewhere import reduction
from autograd_core.ops.reduce import AXIS_SAMPLES, by_slice, count, expand
from autograd_core.ops.registry import composite, op, operation
from autograd_core.ops.signature import Alternative
from autograd_core.ops.spec import Kink, OpSpec, Shape, sample, sp


def nonempty(name: str, shape: Shape, axis: Any) -> None:
    """Raise ShapeError where a result would be made of no entries at all."""
    if count(shape, axis) == 0:
        where = "no entries" if axis is None else f"no entries along axis {axis}"
        raise ShapeError(
            f"{{0}} has {where}, so it has no {name}", code="AG307", hint="the sum of no entries is 0, their product 1"
        )


def _extreme(name: str, alias: str, ufunc: np.ufunc, doc: str) -> OpSpec:
    def forward(x: Any, axis: Any, keepdims: bool) -> Any:
        nonempty(name, x.shape, axis)
        return ufunc.reduce(x, axis=axis, keepdims=keepdims)

    def shape(x: Shape, axis: Any, keepdims: bool) -> Shape:
        found = reduced(x, axis, keepdims)
        nonempty(name, x, axis)
        return found

    def winners(y: Any, x: Any, axis: Any, keepdims: bool) -> Any:
        """1 where an entry is the extreme one, or nan where that is nan."""
        return op.equal(x, expand(y, x.shape, axis, keepdims)) + op.not_equal(x, x)

    def vjp(g: Any, y: Any, x: Any, axis: Any, keepdims: bool) -> Any:
        won = winners(y, x, axis, keepdims)
        return expand(g, x.shape, axis, keepdims) * won / op.sum(won, axis=axis, keepdims=True)

    def textbook(g: Any, y: Any, x: Any, axis: Any, keepdims: bool) -> Any:
        won = op.equal(x, expand(y, x.shape, axis, keepdims))
        return expand(g, x.shape, axis, keepdims) * won / op.sum(won, axis=axis, keepdims=True)

    def jvp(tangents: Any, y: Any, x: Any, axis: Any, keepdims: bool) -> Any:
        won = winners(y, x, axis, keepdims)
        share = op.sum(won, axis=axis, keepdims=keepdims)
        return op.sum(tangents[0] * won, axis=axis, keepdims=keepdims) / share

    def ties(x: Any, axis: Any, keepdims: bool) -> Any:
        won = x == ufunc.reduce(x, axis=axis, keepdims=True)
        return won & (np.count_nonzero(won, axis=axis, keepdims=True) > 1)

    return operation(
        name,
        exports=reduction(f"a{name}", whole=True),
        doc=doc,
        group="reduction",
        params=(AXES, KEEPDIMS),
        aliases=(alias,),
        method=True,
        pairs="along",
        alternatives=(
            Alternative(
                lambda written: (
                    written.count == 2
                    and written.name == name
                    and not written.picked
                    and (not written.method or written.computed)
                ),
                lambda: op.maximum if name == "max" else op.minimum,
                f"{name}(a, b) was read as {name}imum(a, b), entry by entry; along an axis it is {name}(a, axis=0)",
            ),
        ),
        forward=forward,
        vjps=(vjp,),
        textbook=(textbook,),
        jvp=jvp,
        shape=shape,
        symbolic=lambda x, axis, keepdims: by_slice(lambda entries: chosen(entries, name == "max"), x, axis, keepdims),
        batch=batching.along,
        node=lambda _x, axis, keepdims: f"{name.title()}Backward1" if axis is None else f"A{name}Backward0",
        uniform=True,
        latex=rf"\{name}\left({{0}}\right)",
        samples=AXIS_SAMPLES,
        kinks=(Kink(where=ties, choice=f"an equal share for each tied entry, as torch.a{name}", over=0),),
    )


def chosen(entries: list[Any], largest: bool) -> Any:
    """The largest or smallest entry for SymPy: the derivative of its Max by many entries takes minutes."""
    sympy = sp()
    if len(entries) == 1:
        return entries[0]
    best = (sympy.Max if largest else sympy.Min)(*entries)
    compare = sympy.Ge if largest else sympy.Le
    return sympy.Piecewise(*((a, compare(a, best)) for a in entries[:-1]), (entries[-1], True))


max_ = _extreme("max", "amax", np.maximum, "Largest entry, over all axes or along the given ones.")
min_ = _extreme("min", "amin", np.minimum, "Smallest entry, over all axes or along the given ones.")

ptp = composite(
    "ptp",
    lambda x, axis, keepdims: max_(x, axis=axis, keepdims=keepdims) - min_(x, axis=axis, keepdims=keepdims),
    doc="Range of the entries: the largest minus the smallest.",
    group="reduction",
    params=(AXES, KEEPDIMS),
    samples=(sample((2, 3), axis=None, keepdims=False), sample((2, 3), axis=0, keepdims=True)),
)
