"""What there is to tell about a function of the language, from its declaration alone.

The rules of an operation are written by running them on names instead of numbers; the example is a command to type.
"""

from __future__ import annotations

import contextlib
import functools
import math
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_cli.document import value_text as array_value
from autograd_cli.guide.catalogue import Command
from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError
from autograd_core.expr.build import parse
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.expr.parser import read
from autograd_core.expr.text import write
from autograd_core.formula.normalize import Converter
from autograd_core.formula.printer import Printer
from autograd_core.formula.terms import Table
from autograd_core.ops.registry import functions
from autograd_core.ops.spec import Function, OpSpec, Param, Sample, Shape, value_text
from autograd_core.report import shape_text

Array = npt.NDArray[Any]

GOLDEN = (math.sqrt(5) - 1) / 2
"""Multiples of it spread over an interval and never repeat: numbers in no order, and matrices that are regular."""

MOST = 12  # entries of an array in an example

ANYWHERE = (-2.0, 2.0)  # the range that a declaration gives where any numbers will do
EVERYWHERE = " in every entry"
SUMMED = " summed over the axes that were broadcast"
"""What is done to the answer of a rule so that it has the operand's shape."""

_FIRST = "\x01"  # in front of a name, so that it comes first among the factors of a product
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
    """A function in short, for the first sample without broadcasting, which is no part of a rule."""

    def mixed(sample: Sample) -> bool:
        shapes = {one if isinstance(one, tuple) else np.shape(one) for one in sample.operands}
        return isinstance(function, OpSpec) and function.elementwise and len(shapes) > 1

    sample = min(samples(function), key=mixed)
    try:
        return _written_out(function, sample)
    except AutogradError:  # an operand that has to be a number
        return _written_out(function, sample, named=False)


def operand_names(function: Function, count: int) -> list[str]:
    """A name for each operand of a call with ``count`` of them."""
    return [chr(ord("a") + i) for i in range(count)] if function.variadic else list(function.operands[:count])


def all_params(function: Function, sample: Sample) -> dict[str, Any]:
    """The parameters of a sample, with defaults for those that it leaves out."""
    return {param.name: sample.params.get(param.name, param.default) for param in function.params}


def _written_out(function: Function, sample: Sample, *, named: bool = True) -> Outline:
    """``named`` says that numbers of the sample are written by the operand's name as well, and not as numbers."""
    names = operand_names(function, len(sample.operands))
    operands = [operand(name, given, named) for name, given in zip(names, sample.operands, strict=True)]
    params = all_params(function, sample)
    g, y = ("g_" if "g" in names else "g"), ("y_" if "y" in names else "y")
    made = function(*operands, **params)
    shape = tuple(getattr(made, "shape", ()))
    nodes = topological([made]) if isinstance(made, Expr) else ()
    calls = [node for node in nodes if isinstance(node, Call) and node.depends]
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
            pairs = zip(reversed(gradient.shape), reversed(one.shape), strict=False)
            fits = gradient.ndim <= one.ndim and all(n in (1, m) for n, m in pairs)
            after = EVERYWHERE if gradient.shape == () != one.shape else "" if fits else SUMMED
            found[next(name for name, given in operands.items() if given is one)] = text + after
    return tuple(found.items())


def text_of(root: Expr) -> str:
    """An expression as short text."""
    table = Table()
    with contextlib.suppress(AutogradError):  # too long to simplify: as it is
        root = Printer(table, {}, {}).to_expr(Converter(table, 0).convert([root])[0])
    return write(root).replace(_FIRST, "")


def groups() -> dict[str, list[Function]]:
    """The functions of each group, in the order of declaration."""
    found: dict[str, list[Function]] = {}
    for function in functions():
        found.setdefault(function.group, []).append(function)
    return found


def describe(one: Outline) -> dict[str, Any]:
    """What else there is to tell about a function, as JSON has it, with its example as a command.

    The shapes are those of the samples, from operands to result; the domain has a range of each operand in which the
    function is smooth, where it is not so everywhere.
    """
    function, ranges = one.function, getattr(one.function, "domain", ())
    names = [name.lstrip("*") for name in function.operands]
    smooth = {name: ranges[min(i, len(ranges) - 1)] for i, name in enumerate(names) if ranges}
    parameters = [
        {
            "name": param.name,
            "meaning": meaning(function, param),
            "default": None if param.required else value_text(param.default),
            "spellings": param.spellings,
            "allowed": allowed(param) or None,
        }
        for param in function.params
    ]
    return {
        "operands": [{"name": name, "meaning": operand_meaning(function, name)} for name in function.operands],
        "parameters": parameters,
        "kinks": [{"operation": operation, "choice": choice} for operation, choice in one.kinks],
        "domain": {} if all(each == ANYWHERE for each in ranges) else smooth,
        "example": example(function),
        "method": function.method,
        "shapes": tuple(dict.fromkeys(_shapes(function))),
        "nodes": one.nodes,
    }


@functools.cache
def _meanings() -> dict[str, str]:
    """What arguments mean, by a name, by ``function.name``, or by ``array name``."""
    text = Path(__file__).with_name("arguments.md").read_text(encoding="utf-8")
    return dict(line.removeprefix("- ").split(": ", 1) for line in text.splitlines() if line.startswith("- "))


def operand_meaning(function: Function, name: str) -> str:
    """What an operand stands for, and what shapes it can have."""
    if name.startswith("*"):
        return "a list of arrays"
    found = _meanings().get(f"array {name}", "an array")
    if function.may_be_omitted(name):
        found += ", may be left out"
    if isinstance(function, OpSpec) and function.elementwise:
        found += "; any shape" + (", shapes broadcast" if len(function.operands) > 1 else "")
    return found


def meaning(function: Function, param: Param) -> str:
    """What a parameter means; empty where nobody says it."""
    return _meanings().get(f"{function.name}.{param.name}") or _meanings().get(param.name, "")


def allowed(param: Param) -> str:
    """What a parameter may be, in the words of its reader's refusal."""

    def refusal(value: object) -> str:
        try:
            param.read(value)
        except (TypeError, ValueError, AutogradError) as error:
            return str(error)
        return ""

    words = (refusal("no such word") or refusal(object())).removeprefix("must be ").partition(", not ")[0]
    if "True" not in words:
        words += ", or a tuple of them" * (not refusal((1, 2)))
    return words + ", or None" * (not refusal(None))


def _shapes(function: Function) -> Iterator[str]:
    """For each sample the shapes of the operands, the parameters that are not at their defaults, and the result."""
    for sample in samples(function):
        names = operand_names(function, len(sample.operands))
        params = all_params(function, sample)
        operands = [operand(name, given) for name, given in zip(names, sample.operands, strict=True)]
        shape = tuple(getattr(function(*operands, **params), "shape", ()))
        given = [shape_text(one.shape) if isinstance(one, Expr) else value_text(one) for one in operands]
        changed = [f"{name}={value_text(value)}" for name, value in told_params(function, params).items()]
        yield f"{', '.join([*given, *changed])} -> {shape_text(shape)}"


def example(function: Function) -> Command:
    """A command that shows a function, with numbers of its domain, for a sample of a size that shows something."""

    def suitable(sample: Sample) -> tuple[bool, bool]:
        sizes = [math.prod(given) if isinstance(given, tuple) else np.size(given) for given in sample.operands]
        return bool(sample.written), not sizes or 1 < max(sizes) <= MOST

    sample = max(samples(function), key=suitable)
    names = operand_names(function, len(sample.operands))
    params = all_params(function, sample)
    values: dict[str, Array] = {}
    operands: list[Any] = []
    for position, (name, given) in enumerate(zip(names, sample.operands, strict=True)):
        if isinstance(given, tuple) or (isinstance(function, OpSpec) and function.rule(position) is not None):
            ranges, taken = getattr(function, "domain", (ANYWHERE,)), sum(value.size for value in values.values())
            shown = spread(given, ranges[min(position, len(ranges) - 1)], taken) if isinstance(given, tuple) else given
            values[name] = np.asarray(shown, dtype=np.float64)
            operands.append(Var(name, values[name].shape))
        else:
            operands.append(Const(given) if np.ndim(given) else given)
    made = function(*operands, **params)
    text = sample.written or (write(made) if isinstance(function, OpSpec) else call_text(function, operands, params))
    if sample.written:
        names = list(read(text).variables)
        if not set(names) <= set(values):  # names of its own: A and B for the first operand and the second
            values = dict(zip(names, values.values(), strict=False))
        values = {name: value for name, value in values.items() if name in names}
        made = parse(text, values).result
    return Command(" ".join(["grad", *_shown(function, text, made, values), "--no-tree --check none"]))


def _shown(function: Function, text: str, made: Any, values: dict[str, Array]) -> Iterator[str]:
    """The words of a command for an expression: a constant is weighed, what is done entry by entry added up."""
    shape: Shape = tuple(made.shape)
    if not (isinstance(made, Expr) and made.depends and outline(function).flows):
        text = f"w*{text}" if text.endswith(")") else f"w*({text})"
        values = {**values, "w": spread(shape, ANYWHERE, sum(value.size for value in values.values()))}
        alone = True
    else:
        alone = all(node.op is None or node.op.elementwise for node in topological([made]))
    yield quoted(f"sum({text})" if shape and alone else text)
    for name, value in values.items():
        yield from (f"--{name}", quoted(array_value(value)))
    if shape and not alone:
        yield from ("--grad-tensor", quoted(array_value(np.arange(1.0, 1 + math.prod(shape)).reshape(shape))))


def call_text(function: Function, operands: Sequence[Any], params: Mapping[str, Any]) -> str:
    """A call of a function as a person writes it: operands by position, other arguments by name."""
    texts = [write(one) if isinstance(one, Expr) else value_text(one) for one in operands]
    leading = [param.name for param in function.params[: function.leading]]
    first = [value_text(params[name]) for name in leading]
    told = told_params(function, params)
    named = [f"{name}={value_text(value)}" for name, value in told.items() if name not in leading]
    if function.variadic and not function.leading:
        texts = [f"[{', '.join(texts)}]"]
    if function.order:  # parameters stand between the operands
        named_operands = list(zip(function.operands, texts, strict=False))[1:]
        texts = [*texts[:1], *(f"{name}={text}" for name, text in named_operands)]
    return f"{function.name}({', '.join([*first, *texts, *named])})"


def spread(shape: Shape, domain: tuple[float, float], start: int = 0) -> Array:
    """Short numbers that fill a shape, spread over a domain; none of them is 0 or at its ends."""
    low, high = domain
    digits = 1 if high - low >= 1 else 2 if high - low >= 0.1 else 3
    places = (np.arange(start + 1, start + 1 + math.prod(shape)) * GOLDEN) % 1.0
    numbers = np.round(low + (high - low) * (0.06 + 0.88 * places), digits)
    numbers[numbers == 0] = 10.0**-digits * (1 if high > 0 else -1)
    return numbers.reshape(shape)


def quoted(word: str) -> str:
    """A word for a shell, in double quotes where those are enough."""
    if shlex.quote(word) == word:
        return word
    return f'"{word}"' if not set(word) & set('"$`\\!') else shlex.quote(word)
