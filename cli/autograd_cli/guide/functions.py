"""What there is to tell about a function of the language, from its declaration alone."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_cli.guide import parameters
from autograd_cli.guide.entry import Command
from autograd_cli.guide.rules import Rendered, all_params, operand, operand_names, render, samples
from autograd_cli.guide.samples import example
from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Expr
from autograd_core.ops.notation import value_text
from autograd_core.ops.registry import functions
from autograd_core.ops.spec import Function
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
class Outline:
    """A function in short.

    ``rules`` has for each operand its gradient, None where none flows; it is empty for a function that is ``written``
    in others, and for a constant. ``setting`` says for which parameters and shapes the texts hold, where not for all.
    """

    name: str
    signature: str
    doc: str
    group: str
    aliases: tuple[str, ...]
    rules: tuple[tuple[str, str | None], ...]
    written: str | None
    setting: str
    g: str
    y: str

    @property
    def flows(self) -> bool:
        """Whether a gradient flows to some operand."""
        return self.written is not None or any(text is not None for _, text in self.rules)


@dataclass(frozen=True, slots=True)
class Description:
    """A function in full.

    ``shapes`` are those of the samples, from operands to result; ``kinks`` the choices made where there is no
    derivative, each with its operation; ``nodes`` PyTorch's names of the nodes it leaves in the graph; ``domain`` a
    range of each operand in which the function is smooth, where it is not so everywhere.
    """

    outline: Outline
    method: bool
    operands: tuple[Argument, ...]
    params: tuple[Argument, ...]
    shapes: tuple[str, ...]
    kinks: tuple[tuple[str, str], ...]
    nodes: tuple[str, ...]
    domain: tuple[tuple[str, float, float], ...]
    example: Command


def groups() -> dict[str, list[Function]]:
    """The functions of each group, in the order of declaration."""
    found: dict[str, list[Function]] = {}
    for function in functions():
        found.setdefault(function.group, []).append(function)
    return found


def outlines(group: str | None = None) -> Iterator[Outline]:
    """Every function in short, those of one group together; or the functions of ``group`` alone."""
    for name, members in groups().items():
        if group in (None, name):
            yield from map(outline, members)


def outline(function: Function) -> Outline:
    """A function in short."""
    return _outline(function, render(function))


def _outline(function: Function, found: Rendered) -> Outline:
    return Outline(
        name=function.name,
        signature=function.signature,
        doc=function.doc,
        group=function.group,
        aliases=function.aliases,
        rules=found.rules,
        written=found.written,
        setting=found.setting,
        g=found.g,
        y=found.y,
    )


def describe(function: Function) -> Description:
    """A function in full."""
    operands = tuple(Argument(name, parameters.operand_meaning(function, name)) for name in function.operands)
    found = render(function)
    return Description(
        outline=_outline(function, found),
        method=function.method,
        operands=operands,
        params=tuple(
            Argument(
                param.name,
                parameters.meaning(function, param),
                parameters.allowed(param),
                None if param.required else value_text(param.default),
                param.spellings,
            )
            for param in function.params
        ),
        shapes=tuple(dict.fromkeys(_shapes(function))),
        kinks=tuple(dict.fromkeys(found.kinks)),
        nodes=tuple(dict.fromkeys(found.nodes)),
        domain=_domain(function),
        example=example(function),
    )


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
        changed = [
            f"{p.name}={value_text(params[p.name])}"
            for p in function.params
            if p.required or params[p.name] != p.default
        ]
        yield f"{', '.join([*given, *changed])} -> {shape_text(shape)}"


def _domain(function: Function) -> tuple[tuple[str, float, float], ...]:
    """For each operand the range in which the function is surely smooth, where it is not so everywhere."""
    ranges = getattr(function, "domain", ())
    if all(one == ANYWHERE for one in ranges):
        return ()
    names = [name.lstrip("*") for name in function.operands]
    return tuple((name, *ranges[min(i, len(ranges) - 1)]) for i, name in enumerate(names))
