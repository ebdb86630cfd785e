"""The rules of an operation as text, from the declaration itself: they are run on names instead of numbers."""

from __future__ import annotations

import contextlib
import functools
import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, TypeVar

import numpy as np

from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.expr.text import write
from autograd_core.formula.normalize import Converter
from autograd_core.formula.printer import Printer
from autograd_core.formula.terms import Table
from autograd_core.ops.spec import Function, OpSpec, Sample, Shape, value_text
from autograd_core.report import shape_text

Made = TypeVar("Made")

EVERYWHERE = " in every entry"
SUMMED = " summed over the axes that were broadcast"
"""What is done to the answer of a rule so that it has the operand's shape."""

_FIRST = "\x01"
"""In front of a name, so that it comes first among the factors of a product."""

_DIGITS = re.compile(r"(?<![\w.])\d+\.?\d*(?:e[-+]?\d+)?")


@dataclass(frozen=True, slots=True)
class Outline:
    """A function in short, written out for one sample.

    ``operands`` and ``shape`` are the names with their shapes and the shape of the result; ``params`` the parameters
    that are not at their defaults. ``rules`` has for each operand the gradient in terms of ``g``, the gradient of the
    result, ``y``, the result, and the operands; None where no gradient flows. ``written`` is what a function that is
    made of others is written as. ``nodes`` are PyTorch's names of the nodes that it leaves in the graph, ``kinks``
    where these are not differentiable: the operation and the choice it makes.
    """

    function: Function
    operands: tuple[tuple[str, Shape], ...]
    shape: Shape
    params: Mapping[str, Any]
    rules: tuple[tuple[str, str | None], ...]
    written: str | None
    nodes: tuple[str, ...]
    kinks: tuple[tuple[str, str], ...]
    elementwise: bool
    g: str
    y: str

    @property
    def flows(self) -> bool:
        """Whether a gradient flows to some operand."""
        return self.written is not None or any(text is not None for _, text in self.rules)

    @property
    def setting(self) -> str:
        """The parameters and shapes that the texts hold for, empty where they hold for all."""
        texts = [text for _, text in self.rules if text] + [self.written or ""]
        parts = [f"{name}={value_text(value)}" for name, value in self.params.items()]
        told = {float(number) for text in texts for number in _DIGITS.findall(text)}
        shapes = (*dict(self.operands).values(), self.shape)
        if not self.elementwise and told & {float(n) for shape in shapes for n in (*shape, math.prod(shape))}:
            parts += [f"{name} of shape {shape_text(shape)}" for name, shape in self.operands]
        return ", ".join(parts) if any(texts) else ""


def samples(function: Function) -> tuple[Sample, ...]:
    """The samples of a function; vectors of three entries where it declares none."""
    if function.cases or any(param.required for param in function.params):
        return function.cases
    return (Sample(((3,),) * (2 if function.variadic else len(function.operands))),)


@functools.cache
def outline(function: Function) -> Outline:
    """A function in short, for the first sample that can be written out."""

    def mixed(sample: Sample) -> bool:  # broadcasting is no part of a rule
        shapes = {one if isinstance(one, tuple) else np.shape(one) for one in sample.operands}
        return isinstance(function, OpSpec) and function.elementwise and len(shapes) > 1

    known = sorted(samples(function), key=mixed)
    return first(partial(_written_out, function, sample, named=named) for sample in known for named in (True, False))


def first(attempts: Iterable[Callable[[], Made]]) -> Made:
    """What the first attempt makes that works out.

    Raises the error of the last where none does.
    """
    problem: Exception = ValueError("there is no sample")
    for attempt in attempts:
        try:
            return attempt()
        except (AutogradError, TypeError, ValueError) as error:
            problem = error
    raise problem


def operand_names(function: Function, count: int) -> list[str]:
    """A name for each operand of a call with ``count`` of them."""
    return [chr(ord("a") + i) for i in range(count)] if function.variadic else list(function.operands[:count])


def all_params(function: Function, sample: Sample) -> dict[str, Any]:
    """The parameters of a sample, with defaults for those that it leaves out."""
    return {param.name: sample.params.get(param.name, param.default) for param in function.params}


def _written_out(function: Function, sample: Sample, *, named: bool) -> Outline:
    """``named`` says that numbers of the sample are written by the operand's name as well, and not as numbers."""
    names = operand_names(function, len(sample.operands))
    operands = [operand(name, given, named) for name, given in zip(names, sample.operands, strict=True)]
    params = all_params(function, sample)
    g, y = ("g_" if "g" in names else "g"), ("y_" if "y" in names else "y")
    made = function(*operands, **params)
    shape = tuple(getattr(made, "shape", ()))
    calls = (
        [node for node in topological([made]) if isinstance(node, Call) and node.depends]
        if isinstance(made, Expr)
        else []
    )
    written = None if isinstance(function, OpSpec) or not isinstance(made, Expr) else text_of(made)
    rules: tuple[tuple[str, str | None], ...] = ()
    if isinstance(made, Call) and made.operands and all(any(o is one for one in operands) for o in made.operands):
        rules = _rules(made, dict(zip(names, operands, strict=True)), Var(_FIRST + g, shape), Var(y, shape))
        if written is not None and (written.startswith(f"{function.name}(") or made.op.name.startswith(function.name)):
            written = None  # a name for several operations: what is to be told are the rules of this one
    return Outline(
        function=function,
        operands=tuple((name, tuple(getattr(one, "shape", ()))) for name, one in zip(names, operands, strict=True)),
        shape=shape,
        params=told_params(function, params),
        rules=rules,
        written=written,
        nodes=tuple(dict.fromkeys(node.op.node_name(node.operand_shapes, node.params) for node in calls)),
        kinks=tuple(dict.fromkeys((node.op.name, kink.choice) for node in calls for kink in node.op.kinks)),
        elementwise=isinstance(made, Call) and made.op.elementwise,
        g=g,
        y=y,
    )


def operand(name: str, given: Any, named: bool = False) -> Any:
    """An operand to build with: a variable for a shape, and also for numbers that are to be written by their name."""
    if isinstance(given, tuple):
        return Var(name, given)
    if named:
        return Var(name, np.shape(given))
    return Const(np.asarray(given, dtype=np.float64), text=name) if np.ndim(given) else given


def told_params(function: Function, params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that have to be told: those without a default, and those that are not at it."""
    return {p.name: params[p.name] for p in function.params if p.required or params[p.name] != p.default}


def _rules(made: Call, operands: Mapping[str, Any], g: Var, y: Var) -> tuple[tuple[str, str | None], ...]:
    """The rule of each operand; None where no gradient flows, or nothing but 0.

    What reaches an operand then is of the operand's shape.
    """
    found: dict[str, str | None] = dict.fromkeys(operands)
    for position, one in enumerate(made.operands):
        rule = made.op.rule(position, textbook=True)
        extra = {"operand": position} if made.op.variadic else {}
        gradient = None if rule is None else rule(g, y, *made.operands, **extra, **made.params)
        if gradient is None:
            continue
        gradient = gradient if isinstance(gradient, Expr) else Const(gradient)
        if (text := text_of(gradient)) != "0":
            fits = broadcasts(gradient.shape, one.shape)
            after = EVERYWHERE if gradient.shape == () != one.shape else "" if fits else SUMMED
            found[next(name for name, given in operands.items() if given is one)] = text + after
    return tuple(found.items())


def broadcasts(shape: Shape, target: Shape) -> bool:
    """Whether an array of one shape stands for one of the other."""
    pairs = zip(reversed(shape), reversed(target), strict=False)
    return len(shape) <= len(target) and all(n in (1, m) for n, m in pairs)


def text_of(root: Expr) -> str:
    """An expression as short text."""
    table = Table()
    with contextlib.suppress(AutogradError):  # too long to simplify: as it is
        root = Printer(table, {}, {}).to_expr(Converter(table, 0).convert([root])[0])
    return write(root).replace(_FIRST, "")
