"""What there is to tell about a function of the language, from its declaration alone."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

from autograd_cli.guide.entry import Command
from autograd_cli.guide.rules import Outline, all_params, operand, operand_names, outline, samples, told_params
from autograd_cli.guide.samples import example
from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Expr
from autograd_core.ops.notation import value_text
from autograd_core.ops.registry import functions
from autograd_core.ops.spec import Function, OpSpec, Param
from autograd_core.report import shape_text

ANYWHERE = (-2.0, 2.0)
"""The range that a declaration gives where any numbers will do."""


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument: its name, what it means, what it may be, its default as text, and its other spellings."""

    name: str
    meaning: str
    allowed: str = ""
    default: str | None = None
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Description:
    """A function in full.

    ``shapes`` are those of the samples, from operands to result; ``domain`` a range of each operand in which the
    function is smooth, where it is not so everywhere.
    """

    outline: Outline
    operands: tuple[Argument, ...]
    params: tuple[Argument, ...]
    shapes: tuple[str, ...]
    domain: tuple[tuple[str, float, float], ...]
    example: Command


def groups() -> dict[str, list[Function]]:
    """The functions of each group, in the order of declaration."""
    found: dict[str, list[Function]] = {}
    for function in functions():
        found.setdefault(function.group, []).append(function)
    return found


def describe(function: Function) -> Description:
    """A function in full."""
    return Description(
        outline=outline(function),
        operands=tuple(Argument(name, operand_meaning(function, name)) for name in function.operands),
        params=tuple(
            Argument(
                param.name,
                meaning(function, param),
                allowed(param),
                None if param.required else value_text(param.default),
                param.spellings,
            )
            for param in function.params
        ),
        shapes=tuple(dict.fromkeys(_shapes(function))),
        domain=_domain(function),
        example=example(function),
    )


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
    refusals = (_refusal(param, probe) or "" for probe in (object(), "no such word"))
    must = next((words for words in refusals if words.startswith("must be ")), "")
    words = must.removeprefix("must be ").partition(", not ")[0]
    if _refusal(param, (1, 2)) is None and "True" not in words:
        words += ", or a tuple of them" if words else "a tuple"
    return f"{words}, or None" if words and _refusal(param, None) is None else words


def _refusal(param: Param, value: object) -> str | None:
    """What the reader of a parameter says against a value; None where it reads it."""
    try:
        param.read(value)
    except (TypeError, ValueError, AutogradError) as error:
        return str(error)
    return None


def _shapes(function: Function) -> Iterator[str]:
    """For each sample the shapes of the operands, the parameters that are not at their defaults, and the result."""
    for sample in samples(function):
        names = operand_names(function, len(sample.operands))
        params = all_params(function, sample)
        operands = [operand(name, given) for name, given in zip(names, sample.operands, strict=True)]
        try:
            shape = tuple(getattr(function(*operands, **params), "shape", ()))
        except (AutogradError, TypeError, ValueError):
            continue  # needs numbers where the sample gives shapes
        given = [shape_text(one.shape) if isinstance(one, Expr) else value_text(one) for one in operands]
        changed = [f"{name}={value_text(value)}" for name, value in told_params(function, params).items()]
        yield f"{', '.join([*given, *changed])} -> {shape_text(shape)}"


def _domain(function: Function) -> tuple[tuple[str, float, float], ...]:
    """For each operand the range in which the function is surely smooth, where it is not so everywhere."""
    ranges = getattr(function, "domain", ())
    if all(one == ANYWHERE for one in ranges):
        return ()
    names = [name.lstrip("*") for name in function.operands]
    return tuple((name, *ranges[min(i, len(ranges) - 1)]) for i, name in enumerate(names))
