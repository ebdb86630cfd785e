"""Formulas for shapes alone: derived and proved at several sizes, and written with the sizes as letters.

The formulas are looked for at three choices of sizes. What is written at all of them is the same but for numbers; a
number that follows the sizes is written by their letters. So a formula is proved at every choice as it is found, and
once more as it is written, at small sizes where SymPy works out every entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import partial

import numpy as np

from autograd_core.assumptions import Assumption, read_assumptions
from autograd_core.check import Question, check
from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError, ExpressionError, GradientError
from autograd_core.export.code import FreeNames
from autograd_core.export.code_printer import CodePrinter
from autograd_core.expr.build import statements
from autograd_core.expr.latex import latex
from autograd_core.expr.nodes import Expr, Var, variables_in
from autograd_core.expr.read_text import ReadText
from autograd_core.formula.closed import Formula
from autograd_core.formula.derivation import DerivationStep
from autograd_core.formula.verify import measure
from autograd_core.matrices.blocks import hessian, jacobian
from autograd_core.phases import phase
from autograd_core.report import Array, Warning
from autograd_core.request import Request
from autograd_core.shapes.choice import Choice
from autograd_core.shapes.kinds import Kinds, find_kinds
from autograd_core.shapes.sizes import PRIMES, SMALL, Sizes, all_lettered, lettered, numbers_for, without_numbers, words

HEADS = {"numpy": "import numpy as np", "torch": "import torch", "jax": "import jax\nimport jax.numpy as jnp"}
"""What a program of each library begins with."""

CHOICES = 3
"""Choices of sizes at which formulas are proved."""

ATTEMPTS = 20
"""Random numbers that are tried at each choice of sizes until the result is finite."""

BUDGET = 2.0
"""Seconds that SymPy has for the derivatives at the small sizes."""


Found = tuple[Formula, Choice]
"""A formula, and the choice of sizes at which it was found."""


@dataclass(frozen=True, slots=True)
class ShapeDerivative:
    """One derivative in letters: its text and LaTeX, or why there is none; ``of`` names what it is with respect to.

    ``helpers`` are the statements before the formula, each a name and its text and LaTeX. ``found`` are the formulas of
    which it was made, with their choices of sizes.
    """

    of: tuple[str, ...]
    text: str | None
    latex: str | None
    reason: str | None
    sizes: Sizes
    helpers: tuple[tuple[str, str, str], ...] = ()
    last: str = ""
    found: tuple[Found, ...] = ()


@dataclass(frozen=True, slots=True)
class ShapeProof:
    """What a set of formulas was proved by: the choices of sizes, and what SymPy said at the small ones."""

    choices: tuple[Mapping[str, int], ...]
    small: Mapping[str, int]
    sympy: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class ShapeFormulas:
    """The formulas of an expression for shapes."""

    expression: str
    kinds: Kinds
    what: str
    order: int
    names: tuple[str, str]
    derivatives: tuple[ShapeDerivative, ...]
    proof: ShapeProof
    latex: tuple[tuple[str, str], ...]
    assumptions: tuple[Assumption, ...] = ()
    steps: Mapping[str, tuple[DerivationStep, ...]] = field(default_factory=dict)
    program: str | None = None

    @property
    def warnings(self) -> tuple[Warning, ...]:
        """What was read of the expression where it could mean something else."""
        return tuple([Warning(note.code, note.message) for note in self.kinds.notes])


@phase("formulas")
def shape_formulas(
    typed: str,
    given: Mapping[str, Sizes],
    what: str = "gradient",
    order: int = 1,
    wrt: Sequence[str] = (),
    assumptions: Sequence[Assumption] = (),
    syntax: str = "auto",
    *,
    steps: bool = False,
    target: str | None = None,
) -> ShapeFormulas:
    """The formulas of the derivatives of an expression for inputs of these sizes; kinds not given are inferred.

    ``what`` is gradient (v.J for a result that is not one number), jacobian or hessian; an ``order`` above 1 asks for
    the derivative of the sum of the entries of the one before it, by each input, as the text may do itself.
    ``steps`` are worked out where they are asked for, and a function of the library ``target`` is written.

    Raises UsageError where kinds are missing, and the errors of reading.
    """
    kinds = find_kinds(typed, given, syntax)
    if what == "gradient" and order == 1 and kinds.order > 1:
        whole = kinds.order == 2 and len(kinds.sizes) > 1 and not (wrt or kinds.by)
        what, order, wrt = ("hessian", 1, ()) if whole else (what, kinds.order, wrt or kinds.by)
    several = any(size != 1 for size in kinds.result)
    what = "v.J" if what == "gradient" and several and order == 1 else what
    wanted = [name for name in kinds.sizes if not wrt or name in wrt]
    at = partial(Choice, kinds, what=what, order=order, wanted=wanted, assumptions=assumptions)
    runs = _defined(at, kinds.letters, PRIMES, CHOICES if kinds.letters else 1)
    if not runs[0].program.result.depends:
        raise GradientError("nothing to differentiate: the expression has no input", code="AG203")
    if what == "hessian" and several:
        raise GradientError(
            "the Hessian is of a result that is one number",
            code="AG201",
            why=f"the result has sizes {','.join(map(str, kinds.result))}",
            hint="`jacobian` gives the first derivatives",
        )
    found = [run.formulas() for run in runs]
    small = _defined(at, kinds.letters, SMALL, 1)[0]
    derivatives = tuple([_derivative(of, runs, [each[of] for each in found], small) for of in found[0]])
    proof = ShapeProof(tuple(run.letters for run in runs), small.letters, *_sympy(small, derivatives))
    worked = {",".join(of): _steps(runs, of) for of in found[0]} if steps else {}
    program = None if target is None else _program(target, kinds, derivatives)
    return ShapeFormulas(
        ReadText(kinds.text, typed),
        kinds,
        what,
        order,
        runs[0].names,
        derivatives,
        proof,
        _statements(runs),
        tuple(assumptions),
        worked,
        program,
    )


def drawn_values(
    typed: str, given: Mapping[str, Sizes], assumed: Sequence[str] = (), syntax: str = "auto"
) -> dict[str, Array]:
    """Random numbers of small sizes for the inputs that are not ``given``, at which the expression has a gradient.

    Raises UsageError where several kinds of inputs fit, or none, and what evaluating raises.
    """
    kinds = find_kinds(typed, given, syntax)
    assumptions = read_assumptions(assumed, list(kinds.sizes))
    at = partial(Choice, kinds, what="gradient", order=1, wanted=[*kinds.sizes], assumptions=assumptions)
    values = _defined(at, kinds.letters, SMALL, 1)[0].values
    return {name: array for name, array in values.items() if name not in given}


def _defined(
    at: Callable[..., Choice], letters: Sequence[str], choices: Sequence[Sequence[int]], most: int
) -> list[Choice]:
    """The expression at the first sizes and numbers at which it has a value.

    Raises what evaluating raises where it has none anywhere.
    """
    found: dict[Sequence[int], Choice] = {}
    problem: AutogradError | None = None
    for attempt in range(ATTEMPTS):
        for sizes in choices:
            if sizes in found or len(found) == most:
                continue
            try:
                run = at(letters=numbers_for(letters, sizes), attempt=attempt)
                if run.defined():
                    found[sizes] = run
            except AutogradError as error:
                problem = problem or error
    if not found:
        raise problem or GradientError("no numbers were found at which the gradient is finite", code="AG202")
    return list(found.values())


def _steps(runs: Sequence[Choice], of: tuple[str, ...]) -> tuple[DerivationStep, ...]:
    """The derivation of one derivative in letters; empty where it depends on the sizes."""
    fields = ("left", "right", "reason", "left_latex", "right_latex")
    rows = [[getattr(step, field) for step in run.steps(of) for field in fields] for run in runs]
    made = all_lettered(rows, [run.letters for run in runs]) or []
    return tuple([DerivationStep(*made[at : at + len(fields)]) for at in range(0, len(made), len(fields))])


def _program(target: str, kinds: Kinds, derivatives: Sequence[ShapeDerivative]) -> str:
    """The function of a library that returns the derivatives that have a formula.

    Raises ExpressionError where there is none, or none that is the same at all sizes.
    """
    proved = {each.of: each for each in derivatives if each.text is not None}
    if not proved:
        raise ExpressionError("there is no formula that could be written as a function", code="AG802")
    runs = [run for _, run in next(iter(proved.values())).found]
    found = {of: {id(run): formula for formula, run in each.found} for of, each in proved.items()}
    runs = [run for run in runs if all(id(run) in each for each in found.values())]
    programs = [_function_lines(target, run, {of: each[id(run)] for of, each in found.items()}, kinds) for run in runs]
    lines = all_lettered(programs, [run.letters for run in runs])
    if lines is None:
        raise ExpressionError("the program depends on the sizes in a way that has no letter", code="AG802")
    return _function_text(lines, {of: each.text or "" for of, each in proved.items()}, kinds)


def _statements(runs: Sequence[Choice]) -> tuple[tuple[str, str], ...]:
    """Every statement of the expression in LaTeX, both sides; nothing where they depend on the sizes."""
    rows = [[latex(expr) for _, expr in statements(run.program)] for run in runs]
    lefts = [latex(Var(label or runs[0].names[0], ())) for label, _ in statements(runs[0].program)]
    return tuple(zip(lefts, all_lettered(rows, [run.letters for run in runs]) or (), strict=False))


def _derivative(
    of: tuple[str, ...], runs: Sequence[Choice], found: Sequence[Formula], small: Choice
) -> ShapeDerivative:
    """The shortest formula in letters that gives the engine's numbers at every choice of sizes."""
    known: dict[int, str] = {number: letter for letter, number in small.letters.items()}
    sizes = tuple([known.get(n) or n for name in of for n in small.values[name].shape])
    groups: dict[str, list[Found]] = {}
    for each, run in zip(found, runs, strict=True):
        if each.text is not None:
            groups.setdefault(without_numbers(each.text), []).append((each, run))
    for shape in sorted(groups, key=len):
        alike = groups[shape]
        choices = [run.letters for _, run in alike]
        text = lettered([each.text or "" for each, _ in alike], choices)
        if text is not None and all(run.gives(text, of) for run in [*runs, small]):
            break
    else:
        words = "the formula depends on the sizes in a way that has no letter"
        return ShapeDerivative(of, None, None, words if groups else found[0].reason, sizes)
    *texts, last = text.split("; ")
    rows = [[latex(expr) for expr in _expressions(each)] for each, _ in alike]
    *signs, sign = [lettered(written, choices) for written in zip(*rows, strict=True)]
    helpers = tuple(
        (label, own.partition(" = ")[2], each or "")
        for (label, _), own, each in zip(alike[0][0].helpers, texts, signs, strict=True)
    )
    return ShapeDerivative(of, text, sign, None, sizes, helpers, last, tuple(alike))


def _expressions(each: Formula) -> list[Expr]:
    """The statements of a formula."""
    return [*(expr for _, expr in each.helpers), *([] if each.expr is None else [each.expr])]


def _sympy(small: Choice, derivatives: Sequence[ShapeDerivative]) -> tuple[str, str | None]:
    """What SymPy says of the engine's numbers at the small sizes: of every entry, of each order."""
    if not any(each.text for each in derivatives):
        return "skipped", "there is no formula"
    if small.matrices:
        request = Request(small.program.source.text, small.values, requires_grad=small.wanted, check_budget=BUDGET)
        try:
            verdict = (jacobian if small.what == "jacobian" else hessian)(request).verdict
        except AutogradError as error:
            return "skipped", error.message
        return verdict.status, verdict.reason
    groups = [(turn, group) for turn in range(1, small.order + 1) for group in small.groups()]
    for turn, group in groups:
        result, _ = small.before(group[0], turn)
        wanted = [of[-1] for of in group if of[-1] in variables_in(result)]
        if not wanted:
            continue
        value, gradients = measure(result, small.values, small.weights, wanted)
        question = Question(
            result=result,
            variables=small.program.variables,
            inputs=small.values,
            wanted=tuple(wanted),
            weights=np.ones(result.shape) if small.weights is None else small.weights,
            value=value,
            gradients=gradients,
            rtol=1e-9,
            atol=1e-12,
            budget=BUDGET / len(groups),
            text=small.program.source.text if small.order == 1 else None,
        )
        verdict = check(question, "sympy").verdict
        if verdict.status != "agree":
            return verdict.status, verdict.reason
    return "agree", None


def _function_lines(target: str, run: Choice, formulas: Mapping[tuple[str, ...], Formula], kinds: Kinds) -> list[str]:
    """A function that returns derivatives at one choice of sizes: the lines before it, and its own without indents."""
    variables, names, result = list(run.program.variables), run.names, run.program.result
    what = "derivative" if run.order > 1 else "gradient" if run.what == "v.J" else run.what
    title = {"jacobian": "Jacobian", "hessian": "Hessian", "derivative": f"derivative of order {run.order}"}
    free = FreeNames({"np", "torch", "jax", "jnp", *variables, *names, *kinds.letters})
    printer = CodePrinter(target, {}, free)
    used = {name for each in formulas.values() for expr in _expressions(each) for name in variables_in(expr)}
    arguments = [*variables, *([names[1]] if names[1] in used else [])]
    body: list[str] = []
    if names[0] in used:
        body.append(f"{names[0]} = {printer.text(result)}")
    returned = []
    for of, each in formulas.items():
        name = "d_" + "_".join(of)
        labels = [*(label for label, _ in each.helpers), name]
        body += [f"{label} = {printer.text(e)}" for label, e in zip(labels, _expressions(each), strict=True)]
        returned.append((of, name))
    last = returned[0][1] if len(returned) == 1 else "{" + ", ".join(f'"{" ".join(o)}": {n}' for o, n in returned) + "}"
    prelude = [line for text in printer.prelude.values() for line in ["", "", *text.splitlines()]]
    head = f"def {what}({', '.join(arguments)}):"
    doc = f'"""The {title.get(what, what)} of {kinds.text}.'
    return [HEADS[target], *prelude, "", "", head, doc, *body, f"return {last}"]


def _function_text(lines: Sequence[str], texts: Mapping[tuple[str, ...], str], kinds: Kinds) -> str:
    """The program of lines with letters for sizes, which it reads from the arguments, and with what it returns."""
    start = next(place for place, line in enumerate(lines) if line.startswith('"""'))
    body = lines[start + 1 :]
    doc = [lines[start], "", *(f"{', '.join(of)}: {text}" for of, text in texts.items()), '"""']
    used = [letter for letter in kinds.letters if any(letter in words(line) for line in body)]
    first = {letter: next(name for name, own in kinds.sizes.items() if letter in own) for letter in used}
    sizes = [f"{each} = {name}.shape[{kinds.sizes[name].index(each)}]" for each, name in first.items()]
    return "\n".join([*lines[:start], *(f"    {line}".rstrip() for line in [*doc, *sizes, *body])]) + "\n"
