"""The options that commands share, in groups; what they mean is up to the command, and to the jobs of a batch."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import field
from functools import partial
from types import NoneType
from typing import Annotated, Any, ClassVar, Literal, get_args, get_origin, get_type_hints

import typer

from autograd_cli import PROGRAM, __version__, completion, limits
from autograd_cli.limits import Kind
from autograd_core.dataclass import dataclass
from autograd_core.limits import CHECK_BUDGET

GRADIENT, CHECK, VALUES, OUTPUT = "Gradient", "Cross-check", "Values", "Output"  # headings of the help

Texts = list[str] | None
"""An option that can be repeated."""


def option(
    names: str, about: str, panel: str | None = None, *, default: Any = None, works: str = "", **settings: Any
) -> Any:
    """An option of Typer: its ``names`` with what stands for its value (``--output -o FILE``), what it is, its heading.

    Without a name it is an argument. ``complete`` proposes values, as a file and an array have some of themselves;
    ``min`` and ``max`` bound them, and one that ``works`` is offered. N stands for a whole number. A default is told.
    """
    if isinstance(default, str | int | float) and not isinstance(default, bool):
        about += f" Default {default:g}.".replace("e-0", "e-") if isinstance(default, float) else f" Default {default}."
    words = names.split(" ")
    declared = [word for word in words if word.startswith("-")]
    metavar = " ".join(words[len(declared) :]) or None
    files = completion.paths if metavar in ("FILE", "OUT", "KEY.toml") else None
    settings["autocompletion"] = settings.pop("complete", completion.arrays if metavar == "VALUE" else files)
    make = partial(typer.Option, *declared) if declared else partial(typer.Argument, show_default=False)
    made = make(metavar=metavar, help=about, rich_help_panel=panel if declared else "Options", **settings)
    made.usual, made.works = default, works
    return made


class Options:
    """Options that belong together: each attribute that is set to an ``option`` is one, and then its default.

    ``panel`` is the heading of those that have none of their own.
    """

    _made: ClassVar[dict[str, Any]] = {}
    _panel: ClassVar[str | None] = None

    def __init_subclass__(cls, panel: str | None = None) -> None:
        cls._panel = panel or cls._panel
        own = {name: each for name, each in vars(cls).items() if hasattr(each, "usual")}
        for name, each in own.items():
            each.rich_help_panel = each.rich_help_panel or cls._panel
            setattr(cls, name, each.usual)
        cls._made = cls._made | own

    def __init__(self, **given: Any) -> None:
        vars(self).update(given)

    @classmethod
    def annotations(cls) -> dict[str, Any]:
        """The annotation of each option for Typer, by its name."""
        hints = get_type_hints(cls)
        return {name: Annotated[hints[name], made] for name, made in cls._made.items()}


WRT = option("--wrt A,B", "Only these variables require grad.", GRADIENT, complete=completion.variables)
NO_GRAD = option("--no-grad A,B", "All variables but these require grad.", GRADIENT, complete=completion.variables)
ASSUME = option(
    "--assume 'A symmetric'",
    "What holds of an input and formulas may use: symmetric, positive definite, orthogonal, diagonal, invertible, "
    "'x > 0', 'sum(y) == 1', 'norm(x) == 1', 'abs(y) == 1'; can be repeated.",
    GRADIENT,
)


class Inputs(Options):
    """The inputs that derivatives are taken by."""

    wrt: Texts = WRT
    no_grad: Texts = NO_GRAD


class Gradients(Inputs, panel=GRADIENT):
    """What is differentiated, and what is propagated back."""

    grad_tensor: Texts = option(
        "--grad-tensor VALUE",
        "The v of v.J, in the shape of the result; needed unless the result is one number. "
        "Given twice, it means two backward passes, and gradients add up.",
    )
    zero_grad: bool = option("--zero-grad", "Zero the gradients between two backward passes.", default=False)


class Parts(Options, panel=OUTPUT):
    """What is found besides the gradients, and what is assumed for it."""

    assume: Texts = ASSUME
    order: int | None = option(
        "--order N",
        "The derivatives up to order N of a number by a number; --wrt x,x,y names a mixed one.",
        GRADIENT,
        min=1,
    )
    formula: bool = option("--formula/--no-formula", "With or without gradients in closed form.", default=True)
    steps: bool = option("--steps", "The chain rule worked out, one operation at a time.", default=False)
    show_jacobian: bool = option("--show-jacobian", "The whole Jacobian J, and how v.J is made of it.", default=False)
    tree: bool = option("--tree/--no-tree", "With or without the graph.", default=True)


class Checks(Options, panel=CHECK):
    """The cross-check."""

    check: Literal["sympy", "numeric", "all", "none"] = option(
        "--check METHOD",
        "What derives the gradient once more: sympy, numeric, all or none.",
        default="sympy",
    )
    check_budget: float = option(
        "--check-budget SECONDS",
        "What the check may take; it stops there and says what it left out.",
        default=CHECK_BUDGET,
        min=0,
        max=limits.MAX_SECONDS,
    )
    rtol: float | None = option("--rtol X", "The relative difference that still agrees.", min=0)
    atol: float | None = option("--atol X", "The absolute difference that still agrees.", min=0)
    strict: bool = option(
        "--strict", "Exit status 1 also if a gradient is not finite or the check is incomplete.", default=False
    )


class Values(Options, panel=VALUES):
    """How values are read."""

    dtype: Literal["float64", "float32"] = option("--dtype", "The type of all numbers.", default="float64")
    seed: int = option("--seed N", "The seed of rand and randn.", default=0, min=0)


class Defaults(Options, panel=OUTPUT):
    """What holds for jobs that do not say otherwise."""

    check: Literal["none", "sympy", "numeric", "all"] = option(
        "--check", "What derives the gradients of grad jobs once more.", CHECK, default="none"
    )
    formula: bool = option(
        "--formula/--no-formula", "With or without gradients in closed form. Default without.", default=False
    )
    tree: bool = option("--tree/--no-tree", "With or without the graph. Default without.", default=False)
    answer: bool = option(
        "--answer/--no-answer", "With or without what is right, for claims that are wrong.", default=True
    )


REPORT = {".json": "json", ".txt": "table", ".svg": "svg", ".html": "html", ".npz": "npz", ".md": "markdown",
          ".tex": "latex"}  # fmt: skip
"""The form of a report by the end of a file's name."""


class Outputs(Options, panel=OUTPUT):
    """The form of the answer, where it goes, and how it looks to people.

    ``FORMATS`` are the words for ``--format``, ``FORMS`` has the form by the end of a file's name, ``DEFAULT`` is the
    form where nobody asks for another.
    """

    FORMATS: ClassVar[Sequence[str]] = ("table", "json", "plain", "markdown", "latex")
    FORMS: Mapping[str, str] = REPORT
    DEFAULT: ClassVar[str] = "table"

    format: str | None = option("--format FORM", "One of {FORMATS}; plain is separated by tabs, latex needs amsmath.")
    json: bool = option("--json", "Short for --format json.", default=False)
    output: str | None = option("--output -o FILE", "Write to FILE instead: {FORMS}")
    precision: int | None = option("--precision N", "Significant digits, from 1 to 17.", min=1, max=17, works="17")
    full: bool = option("--full", "Large arrays whole, without a summary.", default=False)
    color: Literal["auto", "always", "never"] = option(
        "--color", "Whether to use colour; auto: on a terminal.", default="auto"
    )
    ascii: bool = option("--ascii", "Only ASCII characters.", default=False)
    width: int | None = option("--width N", "Columns, instead of the terminal's.", min=1)
    get: Texts = None  # an option of commands whose numbers can be typed back in

    @classmethod
    def annotations(cls) -> dict[str, Any]:
        """The annotation of each option, with the forms of these outputs in that of a form and that of a file."""
        found = super().annotations()
        for name, kind in (("format", Literal[tuple(cls.FORMATS)] | None), ("output", str | None)):
            own = copy(cls._made[name])
            own.help = own.help.format(FORMATS=", ".join(cls.FORMATS), FORMS=" ".join(cls.FORMS))
            found[name] = Annotated[kind, own]
        return found


class TextOutputs(Outputs):
    """The forms of an answer without numbers."""

    FORMS: Mapping[str, str] = {ending: form for ending, form in REPORT.items() if form != "npz"}


class ColumnOutputs(Outputs):
    """The forms of an answer that is columns of numbers, too."""

    FORMATS = (*Outputs.FORMATS, "csv")
    FORMS = REPORT | {".csv": "csv"}


def get_option(about: str = "Only the gradient of NAME, as a value to type back in; value is the result.") -> Any:
    """``--get``, which shows numbers alone."""
    return option("--get NAME", f"{about} Can be repeated.", OUTPUT, complete=completion.results)


VAR = "--var"  # the option that binds a name word for word
SYNTAX = "--syntax"  # the option that says how an expression is read
OR_VALUE = "--or-value"  # the option of ``grad`` by which a session asks for the value where there is no gradient


class Expressions(Options, panel=VALUES):
    """What every command with an expression takes, and reads before Typer does."""

    var: Texts = option(
        f"{VAR} NAME=VALUE", "Bind exactly NAME, also where --NAME is an option.", complete=completion.bindings
    )
    syntax: Literal["auto", "python", "math"] | None = option(
        f"{SYNTAX} auto|python|math",
        "How EXPR is read: auto takes mathematics and code too; python the language alone; "
        "math every product and power as mathematics has them. Default auto.",
    )


def limit(name: str) -> Any:
    """An option for what a run may use."""
    metavar, about, low, high, works = limits.LIMITS[name]
    return option(f"{name} {metavar}", f"{about}.", min=low, max=high, works=works)


class Limited(Options, panel="Limits"):
    """What a run may use: ``limits.asked_limits`` reads it before NumPy is imported."""

    max_elements: float | None = limit(limits.ELEMENTS)
    max_nodes: float | None = limit(limits.NODES)
    max_memory: float | None = limit(limits.MEMORY)
    max_seconds: float | None = limit(limits.SECONDS)
    threads: int | None = limit(limits.THREADS)


def say_version(context: typer.Context, asked: bool) -> None:
    """Show the version and end, where that is asked for."""
    if asked and not context.resilient_parsing:
        typer.echo(f"{PROGRAM} {__version__}")
        raise typer.Exit


class Every(Options):
    """What the program and each command takes."""

    version: bool = option(
        "--version", "Show the version and exit.", default=False, is_eager=True, callback=say_version
    )


def flat(command: Callable[..., None], *besides: type[Options]) -> Callable[..., None]:
    """The command, whose parameters are a context and groups of options, with a parameter for each option.

    The options of groups ``besides`` are taken, and not handed on.
    """
    groups: dict[str, type[Options]] = {
        name: hint
        for name, hint in get_type_hints(command).items()
        if isinstance(hint, type) and issubclass(hint, Options)
    }
    keyword = partial(inspect.Parameter, kind=inspect.Parameter.KEYWORD_ONLY)
    parameters = [keyword("context", annotation=typer.Context)]
    for group in (*groups.values(), *besides):
        parameters += [
            keyword(name, annotation=hint, default=getattr(group, name)) for name, hint in group.annotations().items()
        ]

    def run(context: typer.Context, **given: Any) -> None:
        made = {name: group(**{each: given[each] for each in group._made}) for name, group in groups.items()}
        command(context, **made)

    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # read by inspect, and so by typer
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def kind_of(annotation: Any) -> Kind:
    """The kind of an option, by its annotation."""
    bare, made = get_args(annotation)
    types = [each for each in get_args(bare) or (bare,) if each is not NoneType]
    words = next((get_args(each) for each in (bare, *types) if get_origin(each) is Literal), ())
    works = {"FILE": "result.json", "A,B": "", "NAME": ""}.get(made.metavar, str(max(made.min or 1, 1)))
    number = next((each for each in types if each in (int, float)), None)
    return Kind(
        words,
        number,
        made.min,
        made.max,
        bool in types,
        made.is_eager,
        words[0] if words else made.works or works,
        number is int or made.metavar == "N",
    )


@dataclass(frozen=True, slots=True)
class Part:
    """An option or a variable with its value, or a word that stands alone, from word ``start`` of a line to ``end``.

    ``word`` is the name as it was typed, ``--x``, ``--var`` or ``-o``, empty for a word alone; ``name`` is that of the
    variable or the option, whose ``kind`` a variable has not. ``exact`` says that it came with ``--var``.
    """

    word: str
    name: str
    value: str
    start: int = 0
    end: int = 0
    kind: Kind | None = None
    exact: bool = False

    @property
    def apart(self) -> bool:
        """Whether the value is a word of its own."""
        return self.end - self.start == 2


@dataclass(slots=True)
class CommandLine:
    """The words behind a command's name, the ``kinds`` of its options, and which other commands have an option.

    ``binds`` says that any other ``--NAME`` is a variable, and that a word by itself is the expression. ``split`` finds
    the ``parts``; ``over`` says that one of them, as ``--help``, is all that matters.
    """

    command: str
    words: Sequence[str]
    kinds: Mapping[str, Kind]
    others: Callable[[str], list[str]] = lambda _option: []
    binds: bool = True
    parts: list[Part] = field(default_factory=list)
    over: bool = False

    @property
    def alone(self) -> list[Part]:
        """The words that are neither a name nor a value: the expression, and what should not be there."""
        return [part for part in self.parts if not part.word]

    @property
    def bindings(self) -> list[Part]:
        """The variables with their values."""
        return [part for part in self.parts if part.word and part.kind is None]

    @property
    def options(self) -> list[str]:
        """Every option as one word that Typer can read."""
        known = ((part, part.kind) for part in self.parts if part.kind is not None)
        return [part.word if kind.flag else f"{part.name}={part.value}" for part, kind in known]

    def option(self, name: str, default: str = "") -> str:
        """The value of an option, the last where there are several."""
        return next((part.value for part in self.parts[::-1] if part.kind is not None and part.name == name), default)
