"""The options that commands share, in groups; what they mean is up to the command, and to the jobs of a batch."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from types import NoneType
from typing import Annotated, Any, ClassVar, Literal, get_args, get_origin, get_type_hints

import typer

from autograd_cli import completion
from autograd_cli.limits import MAX_SECONDS
from autograd_core.dataclass import dataclass
from autograd_core.limits import CHECK_BUDGET

GRADIENT, CHECK, VALUES, OUTPUT = "Gradient", "Cross-check", "Values", "Output"
"""Headings of the help."""

Texts = list[str] | None
"""An option that can be repeated."""


def option(names: str, about: str, panel: str, **settings: Any) -> Any:
    """An option of Typer: its ``names`` with what stands for its value (``--output -o FILE``), what it is, its heading.

    ``complete`` proposes values, as a file and an array have some of themselves; ``min`` and ``max`` bound them.
    """
    words = names.split(" ")
    declared = [word for word in words if word.startswith("-")]
    metavar = " ".join(words[len(declared) :]) or None
    usual = {
        "FILE": completion.paths,
        "OUT": completion.paths,
        "KEY.toml": completion.paths,
        "VALUE": completion.arrays,
    }
    complete = settings.pop("complete", usual.get(metavar or ""))
    return typer.Option(
        *declared, metavar=metavar, help=about, rich_help_panel=panel, autocompletion=complete, **settings
    )


Wrt = Annotated[
    Texts, option("--wrt A,B", "Only these variables require grad.", GRADIENT, complete=completion.variables)
]
NoGrad = Annotated[
    Texts, option("--no-grad A,B", "All variables but these require grad.", GRADIENT, complete=completion.variables)
]
Assume = Annotated[
    Texts,
    option(
        "--assume 'A symmetric'",
        "What holds of an input and formulas may use: symmetric, positive definite, orthogonal, diagonal, invertible, "
        "'x > 0', 'sum(y) == 1', 'norm(x) == 1'; can be repeated.",
        GRADIENT,
    ),
]


class Options:
    """Options that belong together: each attribute that is annotated for Typer is one, with its default."""

    def __init__(self, **given: Any) -> None:
        vars(self).update(given)

    @classmethod
    def annotations(cls) -> dict[str, Any]:
        """The annotation of each option by its name."""
        hints = get_type_hints(cls, include_extras=True)
        return {name: hint for name, hint in hints.items() if get_origin(hint) is Annotated}


class Inputs(Options):
    """The inputs that derivatives are taken by."""

    wrt: Wrt = None
    no_grad: NoGrad = None


class Gradients(Inputs):
    """What is differentiated, and what is propagated back."""

    grad_tensor: Annotated[
        Texts,
        option(
            "--grad-tensor VALUE",
            "The v of v.J, in the shape of the result; needed unless the result is one number. "
            "Given twice, it is two backwards, and gradients add up.",
            GRADIENT,
        ),
    ] = None
    zero_grad: Annotated[bool, option("--zero-grad", "Forget the gradients between two backwards.", GRADIENT)] = False


class Parts(Options):
    """What is found besides the gradients, and what is assumed for it."""

    assume: Assume = None
    order: Annotated[
        int | None,
        option(
            "--order N",
            "The derivatives up to order N of a number by a number; --wrt x,x,y names a mixed one.",
            GRADIENT,
            min=1,
        ),
    ] = None
    formula: Annotated[bool, option("--formula/--no-formula", "With or without gradients in closed form.", OUTPUT)] = (
        True
    )
    steps: Annotated[bool, option("--steps", "The chain rule worked out, one operation at a time.", OUTPUT)] = False
    show_jacobian: Annotated[
        bool, option("--show-jacobian", "The whole Jacobian J, and how v.J is made of it.", OUTPUT)
    ] = False
    tree: Annotated[bool, option("--tree/--no-tree", "With or without the graph.", OUTPUT)] = True


class Checks(Options):
    """The cross-check."""

    check: Annotated[
        Literal["sympy", "numeric", "all", "none"],
        option(
            "--check WITNESS",
            "Who derives the gradient once more: sympy (if not said), numeric, all or none.",
            CHECK,
        ),
    ] = "sympy"
    check_budget: Annotated[
        float,
        option(
            "--check-budget SECONDS",
            f"What the check may take; it stops there and says what it left out. {CHECK_BUDGET:g} if not said.",
            CHECK,
            min=0,
            max=MAX_SECONDS,
        ),
    ] = CHECK_BUDGET
    rtol: Annotated[float | None, option("--rtol X", "The relative difference that still agrees.", CHECK, min=0)] = None
    atol: Annotated[float | None, option("--atol X", "The absolute difference that still agrees.", CHECK, min=0)] = None
    strict: Annotated[
        bool, option("--strict", "Exit status 1 also if a gradient is not finite or the check is incomplete.", CHECK)
    ] = False


class Values(Options):
    """How values are read."""

    dtype: Annotated[
        Literal["float64", "float32"], option("--dtype", "The type of all numbers; float64 if not said.", VALUES)
    ] = "float64"
    seed: Annotated[int, option("--seed N", "The seed of rand and randn; 0 if not said.", VALUES, min=0)] = 0


REPORT = {".json": "json", ".txt": "table", ".svg": "svg", ".html": "html", ".npz": "npz", ".md": "markdown",
          ".tex": "latex"}  # fmt: skip
"""The form of a report by the end of a file's name."""


class Outputs(Options):
    """The form of the answer, where it goes, and how it looks to people.

    ``FORMATS`` are the words for ``--format``, ``FORMS`` has the form by the end of a file's name, ``DEFAULT`` is the
    form where nobody asks for another.
    """

    FORMATS: ClassVar[Sequence[str]] = ("table", "json", "plain", "markdown", "latex")
    FORMS: ClassVar[Mapping[str, str]] = REPORT
    DEFAULT: ClassVar[str] = "table"

    format: Annotated[
        str | None,
        option("--format FORM", "One of {FORMATS}; plain is separated by tabs, latex needs amsmath.", OUTPUT),
    ] = None
    json: Annotated[bool, option("--json", "Short for --format json.", OUTPUT)] = False
    output: Annotated[str | None, option("--output -o FILE", "Write to FILE instead: {FORMS}", OUTPUT)] = None
    precision: Annotated[
        int | None, option("--precision N", "Significant digits, from 1 to 17.", OUTPUT, min=1, max=17)
    ] = None
    full: Annotated[bool, option("--full", "Large arrays whole, without a summary.", OUTPUT)] = False
    color: Annotated[
        Literal["auto", "always", "never"], option("--color", "Colour; auto, if not said: on a terminal.", OUTPUT)
    ] = "auto"
    ascii: Annotated[bool, option("--ascii", "Only ASCII characters.", OUTPUT)] = False
    width: Annotated[int | None, option("--width N", "Columns, instead of the terminal's.", OUTPUT, min=1)] = None


class ColumnOutputs(Outputs):
    """The forms of an answer that is columns of numbers, too."""

    FORMATS = (*Outputs.FORMATS, "csv")
    FORMS = REPORT | {".csv": "csv"}


def get_option(about: str = "Only the gradient of NAME, as a value to type back in; value is the result.") -> Any:
    """``--get``, which shows numbers alone."""
    return option("--get NAME", f"{about} Can be repeated.", OUTPUT, complete=completion.results)


def flat(command: Callable[..., None]) -> Callable[..., None]:
    """The command with an option for each field of those parameters that are groups of options."""
    hints = get_type_hints(command, include_extras=True)
    groups = {name: hint for name, hint in hints.items() if isinstance(hint, type) and issubclass(hint, Options)}
    parameters: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        if name not in groups:
            parameters.append(parameter.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY))
            continue
        group = groups[name]
        parameters += (
            inspect.Parameter(
                each, inspect.Parameter.KEYWORD_ONLY, default=getattr(group, each), annotation=_with_forms(hint, group)
            )
            for each, hint in group.annotations().items()
        )
    names = {name: list(group.annotations()) for name, group in groups.items()}

    def run(**given: Any) -> None:
        made = {name: group(**{each: given.pop(each) for each in names[name]}) for name, group in groups.items()}
        command(**given, **made)

    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # as inspect has it
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def _with_forms(annotation: Any, group: Any) -> Any:
    """The annotation of an option; of a form, or of a file that has one, with the forms of its group."""
    kind, shared = get_args(annotation)
    if "{FORM" not in shared.help:
        return annotation
    own = copy(shared)
    own.help = shared.help.format(FORMATS=", ".join(group.FORMATS), FORMS=" ".join(group.FORMS))
    if own.help.startswith("One of"):
        kind = Literal[tuple(group.FORMATS)] | None
    return Annotated[kind, own]


@dataclass(frozen=True)
class Kind:
    """What the value of an option is: one of some words, a number in a range, or nothing (a flag)."""

    choices: Sequence[str] = ()
    whole: bool = False
    number: bool = False
    low: float | None = None
    high: float | None = None
    flag: bool = False


def kind_of(annotation: Any) -> Kind:
    """The kind of an option, by its annotation."""
    bare, option = get_args(annotation)
    types = [each for each in get_args(bare) or (bare,) if each is not NoneType]
    words = get_args(bare) if get_origin(bare) is Literal else ()
    words = words or next((get_args(each) for each in types if get_origin(each) is Literal), ())
    return Kind(words, int in types, bool({int, float} & set(types)), option.min, option.max, bool in types)


def kinds(command: Callable[..., None]) -> dict[str, Kind]:
    """The kinds of the options of a flat command, by their names; what takes any text is not among them."""
    found: dict[str, Kind] = {}
    annotations: dict[str, Any] = command.__annotations__
    for annotation in annotations.values():
        if get_origin(annotation) is Annotated:
            option, kind = get_args(annotation)[1], kind_of(annotation)
            if kind.choices or kind.number:
                found.update(dict.fromkeys([option.default, *(option.param_decls or ())], kind))
    return found
