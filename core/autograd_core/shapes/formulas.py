"""Formulas for shapes alone: derived and proved at several sizes, and written with the sizes as letters.

The formulas are looked for at three choices of sizes. What is written at all of them is the same but for numbers; a
number that follows the sizes is written by their letters. So a formula is proved at every choice as it is found, and
once more as it is written, at small sizes where SymPy works out every entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.assumptions import Assumption, make_true
from autograd_core.errors import AutogradError, ExpressionError, GradientError
from autograd_core.expr.build import Program, parse
from autograd_core.expr.evaluate import evaluate
from autograd_core.expr.gradient import gradients as expressions
from autograd_core.expr.latex import latex
from autograd_core.expr.nodes import Const, Expr, Var
from autograd_core.expr.reader import interpret
from autograd_core.expr.reader.interpret import Wanted
from autograd_core.expr.source import read
from autograd_core.expr.statements import bound_names, statements
from autograd_core.formula.closed import Formula, closed_forms
from autograd_core.formula.derivation import Step, derivation
from autograd_core.formula.prepare import simple_gradients
from autograd_core.formula.verify import FAR, agreement, largest, measure
from autograd_core.functional import jacobian
from autograd_core.ops.registry import op
from autograd_core.ops.spec import Shape
from autograd_core.phases import phase
from autograd_core.records import record
from autograd_core.shapes.function import lines_of
from autograd_core.shapes.kinds import (
    PRIMES,
    SMALL,
    Kinds,
    Sizes,
    entrywise,
    find_kinds,
    is_greek,
    numbers_for,
    shapes_of,
    some_numbers,
)

Array = npt.NDArray[Any]


_TOKEN = re.compile(r"\d+(?:\.\d+)?(?:e[-+]?\d+)?|[^\W\d]\w*|\s+|.", re.DOTALL)
_TRANSPOSED = re.compile(r"\^\s*\{?\s*\\?(?:T|top)\b|\^\s*T\(")
"""What makes a text mathematics, also where it could be read as code: ``^T``."""

MOST_LETTERS = 3
"""Letters of a word that may be a product of as many names."""

LONG = 12
"""Characters of a decimal that may be a rounded fraction."""

_NUMBER = re.compile(r"\d")


@record(frozen=True, slots=True)
class Derivative:
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


@record(frozen=True, slots=True)
class Proof:
    """What a set of formulas was proved by: the choices of sizes, and what SymPy said at the small ones."""

    choices: tuple[Mapping[str, int], ...]
    small: Mapping[str, int]
    sympy: str
    reason: str | None


@record(frozen=True, slots=True)
class ShapeFormulas:
    """The formulas of an expression for shapes."""

    expression: str
    kinds: Kinds
    what: str
    order: int
    names: tuple[str, str]
    derivatives: tuple[Derivative, ...]
    proof: Proof
    latex: tuple[tuple[str, str], ...]
    assumptions: tuple[Assumption, ...] = ()
    steps: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    program: str | None = None


def names_in(typed: str, given: Mapping[str, Sizes], syntax: str) -> tuple[str, ...]:
    """The inputs of an expression, also of one that is not in the language."""
    if syntax != "math" and not _TRANSPOSED.search(typed):
        try:
            return read(typed).variables
        except AutogradError:
            pass
    names = list(given)
    for _ in range(20):
        shapes = {name: (29,) * max(1, len(given.get(name, "n"))) for name in names}
        try:
            missing = list(interpret(typed, shapes, syntax=syntax, wanted=Wanted(anything=True)).source.variables)
        except AutogradError as error:
            missing = [word[2:] for word in error.retry[::2] if word.startswith("--")] if error.code == "AG605" else []
        new = [name for word in missing if word not in names for name in _letters_of(word) if name not in names]
        if not new:
            break
        names += dict.fromkeys(new)
    return tuple(names)


def _letters_of(word: str) -> Sequence[str]:
    """The names that a word of mathematics is made of: ``Ax`` is A and x, ``theta`` is one."""
    return list(word) if word.isalpha() and 1 < len(word) <= MOST_LETTERS and not is_greek(word) else [word]


def reader_of(typed: str, syntax: str) -> Callable[[Mapping[str, Shape]], tuple[str, Shape, bool]]:
    """Reads an expression for shapes, as the language where it is in it."""

    def reads(shapes: Mapping[str, Shape]) -> tuple[str, Shape, bool]:
        reading = interpret(typed, shapes, syntax=syntax, wanted=Wanted(anything=True))
        result = parse(reading.source, shapes).result
        return reading.text, result.shape, entrywise(result)

    return reads


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
    names = names_in(typed, given, syntax)
    own = tuple(sorted({int(n) for n in re.findall(r"(?<![\w.])[2-9](?![\w.])", typed)}))
    kinds = find_kinds(names, {name: given[name] for name in names if name in given}, reader_of(typed, syntax), own)
    several = any(size != 1 for size in kinds.result)
    what = "v.J" if what == "gradient" and several and order == 1 else what
    wanted = [name for name in kinds.sizes if not wrt or name in wrt]
    runs = [_Run(kinds, numbers_for(kinds, choice), what, order, wanted, assumptions) for choice in PRIMES]
    if not kinds.letters:
        runs = runs[:1]
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
    small = _Run(kinds, numbers_for(kinds, SMALL), what, order, wanted, assumptions)
    derivatives = tuple([_derivative(of, runs, [each[of] for each in found], small) for of in found[0]])
    proof = Proof(tuple(run.letters for run in runs), small.letters, *_sympy(small, derivatives))
    lines = tuple(_lettered([latex_of(run.program, run.names[0]) for run in runs], [run.letters for run in runs]) or ())
    worked = {name: _steps(runs, name) for name in wanted} if steps and what != "hessian" and order == 1 else {}
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


class _Run:
    """An expression at one choice of sizes, with random numbers of which the assumptions hold."""

    def __init__(
        self,
        kinds: Kinds,
        letters: Mapping[str, int],
        what: str,
        order: int,
        wanted: Sequence[str],
        assumptions: Sequence[Assumption],
    ) -> None:
        self.letters, self.what, self.order, self.wanted = letters, what, order, wanted
        self.assumptions = assumptions
        random = np.random.default_rng(sum(letters.values()))
        values = {name: some_numbers(shape, random) for name, shape in shapes_of(kinds.sizes, letters).items()}
        self.values = make_true(assumptions, values, random) or values
        self.program: Program = parse(kinds.text, self.values)
        self.values = {name: self.values[name] for name in self.program.variables}
        self.names = bound_names({*self.program.variables, *self.program.named, *letters})
        shape = self.program.result.shape
        self.weights = random.uniform(0.3, 0.9, shape) if what == "v.J" else None

    def formulas(self) -> dict[tuple[str, ...], Formula]:
        """The formula of each derivative."""
        program, names = self.program, self.names
        if self.what == "hessian":
            found: dict[tuple[str, ...], Formula] = {}
            whole, labels = simple_gradients(program.result, program.labels, self.assumptions)
            for a in self.wanted:
                row = whole.get(a, Const(np.zeros(self.values[a].shape)))
                numbers = {b: self.numbers((a, b)) for b in self.wanted}
                made = self._closed(row, numbers, ("", names[1]), labels, matrices=True)
                found |= {(a, b): made[b] for b in self.wanted}
            return found
        if self.what == "jacobian":
            blocks = {name: self.block(program.result, name) for name in self.wanted}
            return {(name,): each for name, each in self._closed(program.result, blocks, names, matrices=True).items()}
        if self.order > 1:
            derived: dict[tuple[str, ...], Formula] = {}
            for name in self.wanted:
                result = self.derived(name)
                _, numbers = measure(result, self.values, None, [name]) if result.depends else (0, self.zeros(name))
                derived[name,] = self._closed(result, numbers, ("", names[1]))[name]
            return derived
        _, gradients = measure(program.result, self.values, self.weights, self.wanted)
        return {(name,): each for name, each in self._closed(program.result, gradients, names).items()}

    def derived(self, name: str) -> Expr:
        """The derivative before the last, by one input, as the sum of its entries."""
        result = self.program.result
        for _ in range(self.order - 1):
            total: Expr = op.sum(result, axis=None, keepdims=False)
            grads = {var.name: grad for var, grad in expressions(total, None).items()}
            result = grads.get(name, Const(np.zeros(self.values[name].shape)))
        made: Expr = op.sum(result, axis=None, keepdims=False)
        return made

    def zeros(self, name: str) -> dict[str, Array]:
        """A derivative that vanishes."""
        return {name: np.zeros(self.values[name].shape)}

    def _closed(
        self,
        result: Expr,
        numbers: Mapping[str, Array],
        names: tuple[str, str],
        labels: Mapping[Expr, str] | None = None,
        *,
        matrices: bool = False,
    ) -> Mapping[str, Formula]:
        return closed_forms(
            result,
            self.program.variables,
            self.values,
            list(numbers),
            numbers,
            labels=self.program.labels if labels is None else labels,
            weights=self.weights,
            names=names,
            matrices=matrices,
            assumptions=self.assumptions,
        )

    def block(self, result: Expr, name: str) -> Array:
        """The numbers of a Jacobian, by the engine."""
        if not result.depends:
            return np.zeros(result.shape + self.values[name].shape)
        return np.asarray(
            jacobian(lambda x: evaluate([result], {**self.values, name: x})[result])(self.values[name]).data
        )

    def numbers(self, of: tuple[str, ...]) -> Array:
        """The numbers of one derivative, by the engine."""
        if self.what == "hessian":
            row = {var.name: grad for var, grad in expressions(self.program.result, None, exact=True).items()}.get(
                of[0]
            )
            return self.block(row if row is not None else Const(np.zeros(self.values[of[0]].shape)), of[1])
        if self.what == "jacobian":
            return self.block(self.program.result, of[0])
        result = self.program.result if self.order == 1 else self.derived(of[0])
        if not result.depends:
            return self.zeros(of[0])[of[0]]
        return measure(result, self.values, self.weights, [of[0]])[1][of[0]]

    def bound(self) -> dict[str, Array]:
        """The names that a formula may use."""
        f = np.asarray(evaluate([self.program.result], self.values)[self.program.result])
        weights = {} if self.weights is None else {self.names[1]: self.weights}
        return {**self.values, self.names[0]: f, **weights}

    def gives(self, text: str, of: tuple[str, ...]) -> bool:
        """Whether a formula in letters, with these sizes for them, gives the engine's numbers."""
        try:
            bound = self.bound()
            made = parse(with_sizes(text, self.letters), bound).result
            value = np.asarray(evaluate([made], bound)[made])
            expected = self.numbers(of)
        except (AutogradError, KeyError, ValueError, ArithmeticError):
            return False
        slope = largest(bound[self.names[0]]) / (largest(self.values[of[-1]]) or 1.0)
        return agreement(value, expected, slope, np.dtype(np.float64)) != FAR[0]


def _steps(runs: Sequence[_Run], name: str) -> tuple[Step, ...]:
    """The derivation of one gradient in letters; empty where it depends on the sizes."""
    found = []
    for run in runs:
        program = run.program
        seed = None if not program.result.shape else Var(run.names[1], program.result.shape)
        found.append(derivation(program.result, seed, program.variables[name], program.labels, run.names))
    choices = [run.letters for run in runs]
    made = []
    for steps in zip(*found, strict=False):
        texts = [
            lettered([getattr(step, each) for step in steps], choices)
            for each in ("left", "right", "reason", "left_latex", "right_latex")
        ]
        if None in texts:
            return ()
        made.append(Step(*[text or "" for text in texts]))
    return tuple(made)


def _program(
    target: str,
    kinds: Kinds,
    runs: Sequence[_Run],
    found: Sequence[Mapping[tuple[str, ...], Formula]],
    derivatives: Sequence[Derivative],
) -> str:
    """The function of a library that returns the derivatives that have a formula."""
    proved = {each.of for each in derivatives if each.text is not None}
    if not proved:
        raise ExpressionError("there is no formula that could be written as a function", code="AG802")
    called = {"jacobian": "jacobian", "hessian": "hessian"}.get(runs[0].what, "gradient")
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
    shown = [f"{'.'.join(of)}: {text}" for of, text in ((e.of, e.text) for e in derivatives) if text]
    doc = [f'"""The {runs[0].what} of {kinds.text}.', "", *shown, '"""']
    own = [f"{letter} = {_where(kinds, letter)}" for letter in kinds.letters if _uses(body, letter)]
    return "\n".join([*whole[: start + 1], *(f"    {line}".rstrip() for line in [*doc, *own, *body])]) + "\n"


def _where(kinds: Kinds, letter: str) -> str:
    """Where a size is read from the arguments."""
    return next(f"{name}.shape[{sizes.index(letter)}]" for name, sizes in kinds.sizes.items() if letter in sizes)


def _uses(lines: Sequence[str], word: str) -> bool:
    return any(word in _TOKEN.findall(line) for line in lines)


def with_sizes(text: str, letters: Mapping[str, int]) -> str:
    """A text in which each letter for a size is its number."""
    return "".join(str(letters[part]) if part in letters else part for part in _TOKEN.findall(text))


def latex_of(program: Program, f: str) -> list[tuple[str, str]]:
    """Every statement in LaTeX: both sides."""
    return [(latex(Var(label or f, ())), latex(expr)) for label, expr in statements(program)]


def _derivative(of: tuple[str, ...], runs: Sequence[_Run], found: Sequence[Formula], small: _Run) -> Derivative:
    """The formula that was found at every choice of sizes, in letters."""
    sizes = tuple(size for name in of for size in _sizes(runs[0], name))
    reason = next((each.reason for each in found if each.text is None), None)
    if reason is not None:
        return Derivative(of, None, None, reason, sizes)
    choices = [run.letters for run in runs]
    text = lettered([each.text or "" for each in found], choices)
    if text is None or not all(run.gives(text, of) for run in [*runs, small]):
        return Derivative(of, None, None, "the formula depends on the sizes in a way that has no letter", sizes)
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
    return Derivative(of, text, signs[0], None, sizes, helpers, last)


def _sizes(run: _Run, name: str) -> Sizes:
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


def lettered(texts: Sequence[str], choices: Sequence[Mapping[str, int]]) -> str | None:
    """One text from those at several sizes: numbers that follow the sizes are written by their letters.

    None where the texts differ in anything else, or no simple expression in the letters gives the numbers.
    """
    if len(set(texts)) == 1 and len(texts) == 1:
        return texts[0]
    rows = [_TOKEN.findall(text) for text in texts]
    if len({len(row) for row in rows}) != 1:
        return None
    made: list[str] = []
    for parts in zip(*rows, strict=True):
        if len(set(parts)) == 1:
            made.append(parts[0])
            continue
        if not all(_NUMBER.match(part) for part in parts):
            return None
        size = _size_text([_exact(part) for part in parts], choices)
        if size is None:
            return None
        made.append(size)
    return _without_brackets("".join(made))


def _size_text(values: Sequence[Fraction], choices: Sequence[Mapping[str, int]]) -> str | None:
    """The expression in letters that has these values: ``n``, ``2*n``, ``n - 1``, ``n*m``, ``n/2``."""
    letters = list(choices[0])
    shapes: list[tuple[str, Callable[[Mapping[str, int]], int]]] = []
    for a in letters:
        shapes.append((a, lambda c, a=a: c[a]))  # type: ignore[misc]
        shapes.append((f"({a} - 1)", lambda c, a=a: c[a] - 1))  # type: ignore[misc]
        shapes.append((f"({a} + 1)", lambda c, a=a: c[a] + 1))  # type: ignore[misc]
    for a, b in product(letters, letters):
        if letters.index(a) <= letters.index(b):
            word = f"{a}*{b}" if a != b else f"{a}**2"
            shapes.append((word, lambda c, a=a, b=b: c[a] * c[b]))  # type: ignore[misc]
            shapes.append((f"({word} - 1)", lambda c, a=a, b=b: c[a] * c[b] - 1))  # type: ignore[misc]
    for word, value in shapes:
        ratios = {v / value(c) for v, c in zip(values, choices, strict=True)}
        if len(ratios) == 1:
            ratio = ratios.pop()
            if ratio.numerator < 1000 and ratio.denominator < 1000:
                above = word if ratio.numerator == 1 else f"{ratio.numerator}*{word}"
                whole = above if ratio.denominator == 1 else f"{above}/{ratio.denominator}"
                return whole if whole == word and "*" not in word else f"({whole})"
        products = {v * value(c) for v, c in zip(values, choices, strict=True)}
        if len(products) == 1:
            ratio = products.pop()
            if ratio.numerator < 1000 and ratio.denominator < 1000:
                below = word if ratio.denominator == 1 else f"({ratio.denominator}*{word})"
                return f"({ratio.numerator}/{below})"
    return None


def _exact(text: str) -> Fraction:
    """A number in a text; a long decimal is the fraction that it rounds."""
    if len(text) < LONG:
        return Fraction(text)
    near = Fraction(float(text)).limit_denominator(10**5)
    return near if abs(float(near) - float(text)) <= 1e-15 * abs(float(text)) else Fraction(text)


def _without_brackets(text: str) -> str:
    """``eye((n - 1))`` as ``eye(n - 1)``."""
    return re.sub(r"(?<=\()\(([\w\s*+-]+)\)(?=[,)])", r"\1", text)


def _sympy(small: _Run, derivatives: Sequence[Derivative]) -> tuple[str, str | None]:
    """What SymPy says of the engine's gradients at the small sizes."""
    from autograd_core.check import Question, check

    if small.what not in ("gradient", "v.J") or small.order > 1 or not any(each.text for each in derivatives):
        return "skipped", "the matrices were compared with the engine's, entry by entry"
    result = small.program.result
    value, gradients = measure(result, small.values, small.weights, small.wanted)
    question = Question(
        result=result,
        variables=small.program.variables,
        inputs=small.values,
        wanted=tuple(small.wanted),
        weights=np.ones(result.shape) if small.weights is None else small.weights,
        value=value,
        gradients=gradients,
        rtol=1e-9,
        atol=1e-12,
        budget=2.0,
        text=small.program.source.text,
    )
    verdict = check(question, "sympy").verdict
    return verdict.status, verdict.reason
