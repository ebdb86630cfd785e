"""Formulas for shapes alone: derived and proved at several sizes, and written with the sizes as letters.

The formulas are looked for at three choices of sizes. What is written at all of them is the same but for numbers; a
number that follows the sizes is written by their letters. So a formula is proved at every choice as it is found, and
once more as it is written, at small sizes where SymPy works out every entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

import numpy as np

from autograd_core.assumptions import Assumption
from autograd_core.check import Question, check
from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError, ExpressionError, GradientError
from autograd_core.expr.build import Program
from autograd_core.expr.latex import latex
from autograd_core.expr.nodes import Var
from autograd_core.expr.statements import statements
from autograd_core.formula.closed import Formula
from autograd_core.formula.derivation import DerivationStep
from autograd_core.formula.verify import measure
from autograd_core.matrices.hessian import hessian
from autograd_core.matrices.jacobian import jacobian
from autograd_core.matrices.request import MatrixRequest
from autograd_core.phases import phase
from autograd_core.report import Warning
from autograd_core.shapes.choice import Choice
from autograd_core.shapes.function import lines_of
from autograd_core.shapes.kinds import Kinds, find_kinds
from autograd_core.shapes.letters import lettered, uses
from autograd_core.shapes.sizes import PRIMES, SMALL, Sizes, numbers_for

CHOICES = 3
"""Choices of sizes at which formulas are proved."""

ATTEMPTS = 6
"""Random numbers that are tried at each choice of sizes until the result is finite."""

BUDGET = 2.0
"""Seconds that SymPy has for the derivatives at the small sizes."""


@dataclass(frozen=True, slots=True)
class ShapeDerivative:
    """One derivative in letters: its text and LaTeX, or why there is none; ``of`` names what it is with respect to.

    ``helpers`` are the statements before the formula, each a name and its text and LaTeX.
    """

    of: tuple[str, ...]
    text: str | None
    latex: str | None
    reason: str | None
    sizes: Sizes
    helpers: tuple[tuple[str, str, str], ...] = ()
    last: str = ""


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
    the derivative of the sum of the entries of the one before it, by each input. ``steps`` are worked out where they
    are asked for, and a function of the library ``target`` is written.

    Raises UsageError where kinds are missing, and the errors of reading.
    """
    kinds = find_kinds(typed, given, syntax)
    several = any(size != 1 for size in kinds.result)
    what = "v.J" if what == "gradient" and several and order == 1 else what
    wanted = [name for name in kinds.sizes if not wrt or name in wrt]
    asked = (kinds, what, order, wanted, assumptions)
    runs = _defined(asked, PRIMES, CHOICES if kinds.letters else 1)
    if not runs[0].program.result.depends:
        raise GradientError("nothing to differentiate: the expression has no input", code="AG203")
    if what == "hessian" and several:
        raise GradientError(
            "the Hessian is of a result that is one number",
            code="AG201",
            why=f"the result has sizes {','.join(map(str, kinds.result))}",
            hint="--jacobian gives the first derivatives",
        )
    found = [run.formulas() for run in runs]
    small = _defined(asked, SMALL, 1)[0]
    derivatives = tuple([_derivative(of, runs, [each[of] for each in found], small) for of in found[0]])
    proof = ShapeProof(tuple(run.letters for run in runs), small.letters, *_sympy(small, derivatives))
    lines = tuple(_lettered([latex_of(run.program, run.names[0]) for run in runs], [run.letters for run in runs]) or ())
    worked = {",".join(of): _steps(runs, of) for of in found[0]} if steps else {}
    program = None if target is None else _program(target, kinds, runs, found, derivatives)
    return ShapeFormulas(
        kinds.text,
        kinds,
        what,
        order,
        runs[0].names,
        derivatives,
        proof,
        lines,
        tuple(assumptions),
        worked,
        program,
    )


Asked = tuple[Kinds, str, int, Sequence[str], Sequence[Assumption]]
"""The kinds, which derivatives, of which order, by which inputs, and what is assumed."""


def _defined(asked: Asked, choices: Sequence[Sequence[int]], most: int) -> list[Choice]:
    """The expression at the first sizes and numbers at which it has a value.

    Raises what evaluating raises where it has none anywhere.
    """
    kinds, what, order, wanted, assumptions = asked
    found: list[Choice] = []
    problem: AutogradError | None = None
    for sizes in choices:
        for attempt in range(ATTEMPTS):
            try:
                run = Choice(kinds, numbers_for(kinds.letters, sizes), what, order, wanted, assumptions, attempt)
                if run.defined():
                    found.append(run)
                    break
            except AutogradError as error:
                problem = problem or error
        if len(found) == most:
            return found
    if not found:
        raise problem or GradientError("no numbers were found at which the gradient is finite", code="AG202")
    return found


def _steps(runs: Sequence[Choice], of: tuple[str, ...]) -> tuple[DerivationStep, ...]:
    """The derivation of one derivative in letters; empty where it depends on the sizes."""
    found = [run.steps(of) for run in runs]
    choices = [run.letters for run in runs]
    made = []
    for steps in zip(*found, strict=False):
        texts = [
            lettered([getattr(step, each) for step in steps], choices)
            for each in ("left", "right", "reason", "left_latex", "right_latex")
        ]
        if None in texts:
            return ()
        made.append(DerivationStep(*[text or "" for text in texts]))
    return tuple(made)


def _program(
    target: str,
    kinds: Kinds,
    runs: Sequence[Choice],
    found: Sequence[Mapping[tuple[str, ...], Formula]],
    derivatives: Sequence[ShapeDerivative],
) -> str:
    """The function of a library that returns the derivatives that have a formula."""
    proved = {each.of for each in derivatives if each.text is not None}
    if not proved:
        raise ExpressionError("there is no formula that could be written as a function", code="AG802")
    what, order = runs[0].what, runs[0].order
    called = "derivative" if order > 1 else "gradient" if what == "v.J" else what
    title = {"jacobian": "Jacobian", "hessian": "Hessian", "derivative": f"derivative of order {order}"}.get(
        called, what
    )
    rows = [
        lines_of(
            target,
            run.program.result,
            {of: each for of, each in formulas.items() if of in proved},
            list(run.program.variables),
            run.names,
            kinds.letters,
            called,
        )
        for run, formulas in zip(runs, found, strict=True)
    ]
    lines = [lettered(parts, [run.letters for run in runs]) for parts in zip(*rows, strict=True)]
    if None in lines:
        raise ExpressionError("the program depends on the sizes in a way that has no letter", code="AG802")
    whole = [line or "" for line in lines]
    start = next(place for place, line in enumerate(whole) if line.startswith(f"def {called}("))
    body = whole[start + 1 :]
    shown = [f"{', '.join(of)}: {text}" for of, text in ((e.of, e.text) for e in derivatives) if text]
    doc = [f'"""The {title} of {kinds.text}.', "", *shown, '"""']
    own = [f"{letter} = {_where(kinds, letter)}" for letter in kinds.letters if uses(body, letter)]
    return "\n".join([*whole[: start + 1], *(f"    {line}".rstrip() for line in [*doc, *own, *body])]) + "\n"


def _where(kinds: Kinds, letter: str) -> str:
    """Where a size is read from the arguments."""
    return next(f"{name}.shape[{sizes.index(letter)}]" for name, sizes in kinds.sizes.items() if letter in sizes)


def latex_of(program: Program, f: str) -> list[tuple[str, str]]:
    """Every statement in LaTeX: both sides."""
    return [(latex(Var(label or f, ())), latex(expr)) for label, expr in statements(program)]


def _derivative(
    of: tuple[str, ...], runs: Sequence[Choice], found: Sequence[Formula], small: Choice
) -> ShapeDerivative:
    """The formula that was found at every choice of sizes, in letters."""
    sizes = tuple(size for name in of for size in _sizes(runs[0], name))
    reason = next((each.reason for each in found if each.text is None), None)
    if reason is not None:
        return ShapeDerivative(of, None, None, reason, sizes)
    choices = [run.letters for run in runs]
    text = lettered([each.text or "" for each in found], choices)
    if text is None or not all(run.gives(text, of) for run in [*runs, small]):
        return ShapeDerivative(of, None, None, "the formula depends on the sizes in a way that has no letter", sizes)
    each = found[0]
    parts = [(label, expr) for label, expr in each.helpers]
    signs = [lettered([latex(e.expr) if e.expr is not None else "" for e in found], choices)]
    for place in range(len(parts)):
        signs.append(lettered([latex(e.helpers[place][1]) for e in found], choices))
    *texts, last = text.split("; ")
    helpers = tuple(
        (label, own.partition(" = ")[2], sign or "")
        for (label, _), own, sign in zip(parts, texts, signs[1:], strict=True)
    )
    return ShapeDerivative(of, text, signs[0], None, sizes, helpers, last)


def _sizes(run: Choice, name: str) -> Sizes:
    known: dict[int, str] = {number: letter for letter, number in run.letters.items()}
    return tuple([known.get(n) or n for n in run.values[name].shape])


def _lettered(
    found: Sequence[Sequence[tuple[str, str]]], choices: Sequence[Mapping[str, int]]
) -> list[tuple[str, str]] | None:
    made = []
    for rows in zip(*found, strict=True):
        right = lettered([row[1] for row in rows], choices)
        if right is None:
            return None
        made.append((rows[0][0], right))
    return made


def _sympy(small: Choice, derivatives: Sequence[ShapeDerivative]) -> tuple[str, str | None]:
    """What SymPy says of the engine's numbers at the small sizes: of every entry, of each order."""
    if not any(each.text for each in derivatives):
        return "skipped", "there is no formula"
    if small.what in ("jacobian", "hessian"):
        request = MatrixRequest(small.program.source.text, small.values, small.wanted, check_budget=BUDGET)
        try:
            verdict = (jacobian if small.what == "jacobian" else hessian)(request).verdict
        except AutogradError as error:
            return "skipped", error.message
        return verdict.status, verdict.reason
    status, reason = "agree", None
    names = [(name, turn) for turn in range(1, small.order + 1) for name in (small.wanted if small.order > 1 else [""])]
    for name, turn in names:
        result = small.derived(name, turn) if small.order > 1 else small.program.result
        wanted = [each for each in ([name] if name else small.wanted) if each in small.reached(result)]
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
            budget=BUDGET / len(names),
            text=small.program.source.text if small.order == 1 else None,
        )
        verdict = check(question, "sympy").verdict
        if verdict.status != "agree":
            return verdict.status, verdict.reason
    return status, reason
