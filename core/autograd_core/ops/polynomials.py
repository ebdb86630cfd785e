"""Polynomials, their products, and lines between points."""

from __future__ import annotations

from typing import Any

from autograd_core.errors import ShapeError
from autograd_core.ops.registry import Family, op
from autograd_core.ops.signature import word
from autograd_core.ops.spec import Param, Shape

PRODUCTS, SPECIAL = Family("product"), Family("special")


def _vectors(name: str, *given: Any) -> None:
    """Raise ShapeError for what has not one axis with entries."""
    for each in given:
        shape: Shape = getattr(each, "shape", ())
        if len(shape) != 1 or not shape[0]:
            raise ShapeError(f"{name} needs vectors; the shape of one is {shape}", code="AG306")


@SPECIAL.function(params=(), samples="3 2; 1 (); 4 2,2")
def polyval(p: Any, x: Any) -> Any:
    """The polynomial with the coefficients p, that of the highest power first, at x.

    Horner's rule, as NumPy has it.
    """
    _vectors("polyval", p)
    found = op.index(p, key=(0,)) + 0 * x
    for place in range(1, p.shape[0]):
        found = found * x + op.index(p, key=(place,))
    return found


@SPECIAL.function(params=(), samples="2 [0.0,1.0,3.0] 3; () [-1.0,0.5] 2")
def interp(x: Any, xp: Any, fp: Any) -> Any:
    """The line through the points (xp, fp) at x, where xp rises; beyond the ends it is as at them.

    Each piece adds what it rises, times the part of it that lies before x.
    """
    _vectors("interp", xp, fp)
    if xp.shape != fp.shape:
        raise ShapeError("interp needs as many fp as xp", code="AG302")
    low = op.index(xp, key=(slice(0, -1),))
    part = (op.expand_dims(x, axis=-1) - low) / (op.index(xp, key=(slice(1, None),)) - low)
    rise = op.index(fp, key=(slice(1, None),)) - op.index(fp, key=(slice(0, -1),))
    passed = op.minimum(op.maximum(part, 0.0), 1.0)
    return op.index(fp, key=(0,)) + op.sum(passed * rise, axis=-1, keepdims=False)


@PRODUCTS.function("conv", params=(Param("mode", word("full", "same", "valid"), "full"),), samples="4 2; 3 5 mode=same")
def convolve(a: Any, v: Any, *, mode: str) -> Any:
    """The products of two vectors with their places added: coefficients of a product of polynomials; NumPy's modes."""
    _vectors("convolve", a, v)
    if v.shape[0] > a.shape[0]:
        a, v = v, a
    beyond = 0 if mode == "valid" else v.shape[0] - 1
    kernel = op.flip(v, axis=0)
    rows = [op.expand_dims(op.expand_dims(each, axis=0), axis=0) for each in (a, kernel)]
    found = op.index(op.conv1d(*rows, padding=beyond), key=(0, 0))
    start = beyond // 2 if mode == "same" else 0
    return op.index(found, key=(slice(start, start + a.shape[0]),)) if mode == "same" else found
