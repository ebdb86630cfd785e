"""The options that commands share, as declarations: what they mean is up to the command."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import typer

from autograd_cli import completion
from autograd_cli.limits import MAX_SECONDS
from autograd_core.limits import CHECK_BUDGET

GRADIENT = "Gradient"
CHECK = "Cross-check"
VALUES = "Values"
OUTPUT = "Output"

GradTensors = Annotated[
    list[str] | None,
    typer.Option(
        "--grad-tensor",
        metavar="VALUE",
        help="The v of v.J, in the shape of the result; needed unless the result is one number. "
        "Given twice, it is two backwards, and gradients add up.",
        rich_help_panel=GRADIENT,
    ),
]
ZeroGrad = Annotated[
    bool, typer.Option("--zero-grad", help="Forget the gradients between two backwards.", rich_help_panel=GRADIENT)
]
Wrt = Annotated[
    list[str] | None,
    typer.Option(
        "--wrt",
        metavar="A,B",
        help="Only these variables require grad.",
        rich_help_panel=GRADIENT,
        autocompletion=completion.variables,
    ),
]
NoGrad = Annotated[
    list[str] | None,
    typer.Option(
        "--no-grad",
        metavar="A,B",
        help="All variables but these require grad.",
        rich_help_panel=GRADIENT,
        autocompletion=completion.variables,
    ),
]
Assume = Annotated[
    list[str] | None,
    typer.Option(
        "--assume",
        metavar="'A symmetric'",
        help="What holds of an input and formulas may use: 'A symmetric', 'x > 0', 'sum(y) == 1'; can be repeated.",
        rich_help_panel=GRADIENT,
    ),
]
Order = Annotated[
    int | None,
    typer.Option(
        "--order",
        metavar="N",
        min=1,
        help="The derivatives up to order N of a number by a number; --wrt x,x,y names a mixed one.",
        rich_help_panel=GRADIENT,
    ),
]
Dtype = Annotated[
    Literal["float64", "float32"],
    typer.Option("--dtype", help="The type of all numbers; float64 if not said.", rich_help_panel=VALUES),
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed", metavar="N", min=0, help="The seed of rand and randn; 0 if not said.", rich_help_panel=VALUES
    ),
]
Format = Annotated[
    Literal["table", "json", "plain", "markdown", "latex"] | None,
    typer.Option(
        "--format",
        metavar="FORM",
        help="One of table, json, plain, markdown, latex; plain is separated by tabs, latex needs amsmath.",
        rich_help_panel=OUTPUT,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Short for --format json.", rich_help_panel=OUTPUT)]
Get = Annotated[
    list[str] | None,
    typer.Option(
        "--get",
        metavar="NAME",
        help="Only the gradient of NAME, as a value to type back in; value is the result. Can be repeated.",
        rich_help_panel=OUTPUT,
        autocompletion=completion.results,
    ),
]
Check = Annotated[
    Literal["sympy", "numeric", "all", "none"],
    typer.Option(
        "--check",
        metavar="WITNESS",
        help="Who derives the gradient once more: sympy (if not said), numeric, all or none.",
        rich_help_panel=CHECK,
    ),
]
CheckBudget = Annotated[
    float,
    typer.Option(
        "--check-budget",
        metavar="SECONDS",
        min=0,
        max=MAX_SECONDS,
        help=f"What the check may take; it stops there and says what it left out. {CHECK_BUDGET:g} if not said.",
        rich_help_panel=CHECK,
    ),
]
Rtol = Annotated[
    float | None,
    typer.Option(
        "--rtol", metavar="X", min=0, help="The relative difference that still agrees.", rich_help_panel=CHECK
    ),
]
Atol = Annotated[
    float | None,
    typer.Option(
        "--atol", metavar="X", min=0, help="The absolute difference that still agrees.", rich_help_panel=CHECK
    ),
]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict",
        help="Exit status 1 also if a gradient is not finite or the check is incomplete.",
        rich_help_panel=CHECK,
    ),
]
ShowFormula = Annotated[
    bool,
    typer.Option("--formula/--no-formula", help="With or without gradients in closed form.", rich_help_panel=OUTPUT),
]
ShowTree = Annotated[bool, typer.Option("--tree/--no-tree", help="With or without the graph.", rich_help_panel=OUTPUT)]
ShowSteps = Annotated[
    bool, typer.Option("--steps", help="The chain rule worked out, one operation at a time.", rich_help_panel=OUTPUT)
]
ShowJacobian = Annotated[
    bool,
    typer.Option("--show-jacobian", help="The whole Jacobian J, and how v.J is made of it.", rich_help_panel=OUTPUT),
]
Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write to FILE instead: .json .txt .svg .html .npz .md .tex",
        rich_help_panel=OUTPUT,
    ),
]
Precision = Annotated[
    int | None,
    typer.Option(
        "--precision", metavar="N", min=1, max=17, help="Significant digits, from 1 to 17.", rich_help_panel=OUTPUT
    ),
]
Full = Annotated[bool, typer.Option("--full", help="Large arrays whole, without a summary.", rich_help_panel=OUTPUT)]
Color = Annotated[
    Literal["auto", "always", "never"],
    typer.Option("--color", help="Colour; auto, if not said: on a terminal.", rich_help_panel=OUTPUT),
]
Ascii = Annotated[bool, typer.Option("--ascii", help="Only ASCII characters.", rich_help_panel=OUTPUT)]
Width = Annotated[
    int | None,
    typer.Option("--width", metavar="N", min=1, help="Columns, instead of the terminal's.", rich_help_panel=OUTPUT),
]


@dataclass(frozen=True)
class Gradients:
    """What is differentiated, and what is propagated back."""

    grad_tensor: GradTensors = None
    zero_grad: ZeroGrad = False
    wrt: Wrt = None
    no_grad: NoGrad = None


@dataclass(frozen=True)
class Inputs:
    """The inputs of a matrix of derivatives."""

    wrt: Wrt = None
    no_grad: NoGrad = None


@dataclass(frozen=True)
class Checks:
    """The cross-check."""

    check: Check = "sympy"
    check_budget: CheckBudget = CHECK_BUDGET
    rtol: Rtol = None
    atol: Atol = None
    strict: Strict = False


@dataclass(frozen=True)
class Look:
    """How an answer looks to people."""

    precision: Precision = None
    full: Full = False
    color: Color = "auto"
    ascii: Ascii = False
    width: Width = None


@dataclass(frozen=True)
class Outputs:
    """The form of the answer, and where it goes."""

    format: Format = None
    json: Json = False
    output: Output = None


@dataclass(frozen=True)
class Values:
    """How values are read."""

    dtype: Dtype = "float64"
    seed: Seed = 0


def flat(command: Callable[..., None]) -> Callable[..., None]:
    """The command with an option for each field of those parameters that are groups of options."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: hint for name, hint in hints.items() if is_dataclass(hint)}
    parameters: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        if name not in groups:
            parameters.append(parameter.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY))
            continue
        inner = get_type_hints(groups[name], include_extras=True)
        parameters += [
            inspect.Parameter(
                each.name, inspect.Parameter.KEYWORD_ONLY, default=each.default, annotation=inner[each.name]
            )
            for each in fields(groups[name])
        ]

    def run(**given: Any) -> None:
        made = {
            name: group(**{each.name: given.pop(each.name) for each in fields(group)}) for name, group in groups.items()
        }
        command(**given, **made)

    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # as the documentation of inspect has it
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


@dataclass(frozen=True)
class Kind:
    """What the value of an option is: one of some words, or a number in a range."""

    choices: tuple[str, ...] = ()
    whole: bool = False
    number: bool = False
    low: float | None = None
    high: float | None = None


def kinds(command: Callable[..., None]) -> dict[str, Kind]:
    """The kinds of the options of a command, by their names; what takes any text is not among them."""
    found: dict[str, Kind] = {}
    for parameter in inspect.signature(command, eval_str=True).parameters.values():
        if get_origin(parameter.annotation) is not Annotated:
            continue
        annotation, *about = get_args(parameter.annotation)
        types = [each for each in get_args(annotation) or (annotation,) if each is not NoneType]
        words = get_args(annotation) if get_origin(annotation) is Literal else ()
        words = words or next((get_args(each) for each in types if get_origin(each) is Literal), ())
        option = about[0] if about else None
        if option is None or not (words or {int, float} & set(types)):
            continue
        kind = Kind(words, int in types, bool({int, float} & set(types)), option.min, option.max)
        found.update(dict.fromkeys([option.default, *(option.param_decls or ())], kind))
    return found
