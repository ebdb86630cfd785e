"""What the arguments of functions mean, in words, and what they may be, from what their readers refuse."""

from __future__ import annotations

from autograd_core.errors import AutogradError
from autograd_core.ops.spec import Function, OpSpec, Param

MEANINGS = {
    "alpha": "the scale of the part below 0",
    "approximate": "which formula: the exact one, or that with tanh",
    "axes": "the order of the axes",
    "rot90.axes": "the plane in which to turn",
    "axis": "the axis to go along, counted from 0, or from the end as -1, -2",
    "axis1": "the first of two axes",
    "axis2": "the second of two axes",
    "beta": "the steepness",
    "smooth_l1_loss.beta": "where the square ends and the straight line begins",
    "constant_values": "the number to pad with",
    "count": "how many entries the mask lets through",
    "ddof": "what is taken off the count in the divisor: 0 as NumPy, 1 as PyTorch",
    "decimals": "how many digits stay behind the point",
    "delta": "where the square ends and the straight line begins",
    "descending": "from large to small",
    "destination": "where the axes go",
    "end_dim": "the last axis to merge",
    "dilation": "the distance between the entries that the kernel looks at",
    "endpoint": "whether the last number is part of it",
    "eps": "a small number that keeps a division or a logarithm finite",
    "exclusive": "whether the entry itself is left out",
    "groups": "into how many parts channels are split, each with kernels of its own",
    "is_causal": "whether a position sees only itself and what stands before it",
    "kernel_size": "the extent of a window along each of the last axes",
    "normalized_shape": "the lengths of the last axes, over which to normalize",
    "padding": "how many zeros to put around each of the last axes",
    "dropout.p": "the probability of being set to 0",
    "scale": "the factor of the scores, 1/sqrt(features) if None",
    "stride": "by how many places the window moves",
    "training": "whether entries are dropped at all",
    "exponent": "the exponent",
    "fill_value": "the number to fill with",
    "k": "which diagonal: above the main one, or below it where negative",
    "rot90.k": "how many quarter turns",
    "keepdims": "whether an axis that is reduced stays, with length 1",
    "key": "what stands between the brackets",
    "label_smoothing": "the share of the target that is spread evenly over all classes",
    "lambd": "half the width of the band around 0",
    "log_target": "whether the target holds logarithms already",
    "m": "how many columns, as many as rows if left out",
    "margin": "the distance that is far enough",
    "max": "the upper bound",
    "max_val": "the upper bound",
    "min": "the lower bound",
    "min_val": "the lower bound",
    "mode": "what to pad with",
    "n": "how many rows",
    "diff.n": "how often differences are taken",
    "polygamma_order.n": "the order of the derivative",
    "negative_slope": "the slope below 0",
    "num": "how many numbers",
    "num_classes": "how many classes there are",
    "offset": "which diagonal: above the main one, or below it where negative",
    "ord": "which norm: 1 sums sizes, 2 is the usual length, inf takes the largest",
    "order": "the order of the derivative",
    "p": "which norm: 1 sums sizes, 2 is the usual length, inf takes the largest",
    "pad_width": "how many entries before and after, for each axis or for all",
    "reduction": "what becomes of the losses of the entries",
    "repeats": "how often each entry is repeated",
    "reps": "how often along each axis",
    "reverse": "whether to go from the end to the start",
    "shape": "the lengths of the axes",
    "seed": "what decides the draw: the same seed, the same entries",
    "shift": "by how many places",
    "source": "the axes to move",
    "start": "the first number, or the number of entries where it stands alone",
    "linspace.start": "the first number",
    "start_dim": "the first axis to merge",
    "step": "the distance between two numbers",
    "stop": "where it ends",
    "threshold": "the bound between the two formulas",
    "value": "the number below the bound",
    "weight": "how far to go from a to b, 0 to 1",
}
"""By a parameter's name, or by ``function.name`` where a function means something of its own by it."""

OPERANDS = {
    "bias": "added to each output",
    "condition": "where to take the first of two",
    "indices": "positions, counted from 0",
    "input": "predictions",
    "labels": "class numbers, counted from 0",
    "mask": "which entries to take, 0 or 1 each",
    "target": "what the predictions are compared with",
}
"""By an operand's name, where it does not simply stand for an array."""


def meaning(function: Function, param: Param) -> str:
    """What a parameter means, or what its reader says that it reads; empty where nobody says it."""
    found = MEANINGS.get(f"{function.name}.{param.name}") or MEANINGS.get(param.name)
    if found is None:
        sentence = (param.read.__doc__ or "").strip().split("\n")[0].removesuffix(".").replace("``", "")
        found = sentence[:1].lower() + sentence[1:]
    return found


def allowed(param: Param) -> str:
    """What a parameter may be, in the words of its reader's refusal."""
    words = _refusal(param)
    if _reads(param, (1, 2)) and "True" not in words:
        words += ", or a tuple of them" if words else "a tuple"
    return f"{words}, or None" if words and _reads(param, None) else words


def operand_meaning(function: Function, name: str) -> str:
    """What an operand stands for, and what shapes it can have."""
    if name.startswith("*"):
        return "a list of arrays"
    found = OPERANDS.get(name, "an array")
    position = function.operands.index(name)
    if position >= len(function.operands) - function.optional:
        found += ", may be left out"
    if isinstance(function, OpSpec) and function.elementwise:
        found += "; any shape" + (", shapes broadcast" if len(function.operands) > 1 else "")
    return found


def _refusal(param: Param) -> str:
    for probe in (object(), "no such word"):
        try:
            param.read(probe)
        except (TypeError, ValueError, AutogradError) as error:
            words = str(error)
            if words.startswith("must be "):
                return words.removeprefix("must be ").partition(", not ")[0]
    return ""


def _reads(param: Param, value: object) -> bool:
    try:
        param.read(value)
    except (TypeError, ValueError, AutogradError):
        return False
    return True
