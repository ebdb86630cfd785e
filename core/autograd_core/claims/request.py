"""What a request to judge claims says: the problem, its claims, and the formula of each step."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.array_text import ArrayStyle, inline
from autograd_core.claims.problem import GRADIENT, HESSIAN, JACOBIAN, Problem
from autograd_core.claims.read import Claim, ClaimedStep, Numbers, read_claims
from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError, ShapeError, UsageError
from autograd_core.expr.build import bound_names, parse
from autograd_core.expr.cache import program_of
from autograd_core.expr.nodes import Expr
from autograd_core.expr.read_text import notes_of, typed_text
from autograd_core.expr.reader.claim import blocks, read_claim
from autograd_core.expr.reader.interpret import interpret
from autograd_core.expr.reader.reading import Wanted
from autograd_core.expr.run import evaluate
from autograd_core.limits import CLAIM_POINTS, CLAIM_RTOL
from autograd_core.ops.spec import Shape
from autograd_core.report import Warning
from autograd_core.request import weights_of

_HEAD = re.compile(r"\s*([^\W\d]\w*)\s*(?:\([\w\s,]*\)\s*)?=(?!=)")
"""The name that an expression gives its result: ``Y = A K^a``, ``f(x) = x^2``."""

_DERIVATIVE = re.compile(r"(?<!\w)(?:d|∂|\\partial)\s*\w+\s*/\s*(?:d|∂|\\partial)\s*\w+")
"""``dz/du`` in a formula."""

_PLACE = re.compile(
    r"\s*((?:∇|\\nabla|grad)\s*\w*|\w+\s*['′]+|[^\W\d_]+_\{?\w+\}?)\s*\(\s*([-+.\d][-+.\d,\s]*)\)\s*=(?!=)"
)
"""The head of a claim that is about a place."""

_D = r"(?:d|∂|\\partial)\s*"
_FRACTION = r"\\[dt]?frac\s*\{\s*"
_OF = re.compile(
    rf"\s*(?:{_D}/\s*{_D}(?P<by>\w+)|{_FRACTION}{_D}\}}\s*\{{\s*{_D}\\?(?P<below>\w+)\s*\}})\s*(?P<behind>\S.*)"
    rf"|\s*{_D}[(\[](?P<inner>.+)[)\]]\s*(?:/\s*{_D}(?P<beside>\w+)\s*)?|\s*[(\[](?P<primed>.+)[)\]]\s*['′]\s*"
)
"""The head of a claim that writes out what it differentiates: ``d(x^T x)``, ``d/dx x^2``, ``d(x^2)/dx``, ``(x^2)'``."""

_ABOVE = re.compile(rf"\s*(?:{_FRACTION})?{_D}([^\W\d_])\s*(?:\}}\s*\{{|/)")
"""The Y of ``∂Y/∂K``, which is the result where it is nothing else."""

Array = npt.NDArray[Any]
Read = Expr | Numbers | ShapeError


@dataclass(frozen=True, slots=True)
class ClaimsRequest:
    """What a user asks of ``check``.

    ``claims`` are texts such as ``x = 2*A @ x``, or pairs of a name and a formula; ``numeric`` are gradients in numbers
    by name. ``of`` says whether they are about the gradient, the Jacobian or the Hessian; ``assume`` what holds of the
    inputs. ``points`` is how many points besides the given one are tried, drawn from ``seed``. ``answer`` asks for the
    right formulas.
    """

    expression: str
    values: Mapping[str, Array]
    claims: Sequence[str | tuple[str, str]]
    numeric: Mapping[str, Array] | None = None
    grad_tensor: Array | None = None
    of: str = GRADIENT
    assume: Sequence[str] = ()
    points: int = CLAIM_POINTS
    seed: int = 0
    rtol: float = CLAIM_RTOL
    atol: float = 0.0
    answer: bool = True


def claims_of(request: ClaimsRequest, problem: Problem) -> list[Claim]:
    """Every claim of a request, each about another derivative."""
    names, statements = list(problem.inputs), list(problem.program.named)
    directions = {name: var.shape for name, var in problem.directions.items()}
    shapes = {**directions, **problem.shapes, problem.f: problem.result.shape}
    result, sizes = problem.result.shape, {name: problem.shapes[name] for name in names}
    wanted = {n: {JACOBIAN: (*result, *s), HESSIAN: (*s, *s)}.get(request.of, s) for n, s in sizes.items()}
    squares = {name: shape[0] for name, shape in wanted.items() if len(shape) == 2 and shape[0] == shape[1]}
    functions = {each: each for each in (*statements, problem.f)}
    if (head := _HEAD.match(typed_text(request.expression))) and head[1] not in shapes:
        functions[head[1]] = problem.f
    claims: list[Claim] = []
    for given_claim in request.claims:
        name, text = (None, given_claim) if isinstance(given_claim, str) else given_claim
        if name is not None and name not in names and name not in statements:
            raise UsageError(f"{name} is not an input", code="AG101", why=f"the inputs are {', '.join(names)}")
        text = _named(_without_place(text, problem), problem, shapes)
        above = _ABOVE.match(text)
        known = functions if above is None or above[1] in shapes else {**functions, above[1]: problem.f}
        if request.of != GRADIENT and len(names) > 1 and not any(sizes.values()):
            text = blocks(text, names, request.of)
        try:
            read_as = read_claim(text, shapes, [*names, *statements], squares, known)
        except AutogradError as error:
            raise _explained(error, text, problem) from None
        try:
            found = read_claims(read_as, names if name is None else [name], statements, request.of)
        except AutogradError as error:
            fitting = _fitting(read_as, shapes, wanted) if error.code == "AG609" else []
            if len(fitting) != 1:
                error.hint = "\n".join(f"`claim {each} = {read_as}`" for each in fitting) or error.hint
                raise
            found = read_claims(read_as, fitting, statements, request.of)
        claims += found if read_as == text else [replace(each, read=read_as) for each in found]
    for name, array in (request.numeric or {}).items():
        exact = Numbers(np.asarray(array, dtype=np.float64), np.zeros(np.shape(array)))
        text = inline(exact.array, ArrayStyle(ascii=True))
        step = ClaimedStep(text, (0, len(text)), numbers=exact)
        claims.append(Claim(request.of, (name,), name, text, text, (step,)))
    if not claims:
        raise UsageError("there is no claim to judge", code="AG103", hint=f"`claim {names[0] if names else 'x'} = ...`")
    seen: set[tuple[str, str]] = set()
    for claim in claims:
        if (claim.kind, claim.label) in seen:
            raise UsageError(
                f"{claim.label} is claimed twice",
                code="AG104",
                why="one of the two would hide the other",
                hint="judge them one after the other, in two commands; steps of a derivation are joined by '='",
            )
        seen.add((claim.kind, claim.label))
    return claims


def _without_place(text: str, problem: Problem) -> str:
    """A claim such as ``f'(2) = 12`` or ``∇f(1, 2) = (4, 13)`` without the place, which has to be the given one.

    Raises UsageError where it is another.
    """
    if (match := _PLACE.match(text)) is None:
        return text
    place = [float(each) for each in re.findall(r"[-+]?(?:\d+\.?\d*|\.\d+)", match[2])]
    given = np.concatenate([np.ravel(each) for each in problem.inputs.values()])
    names = list(problem.inputs)
    if len(place) != len(given) or not np.allclose(place, given, rtol=1e-12):
        words = f"the claim is about ({match[2].strip()}), and the inputs are elsewhere"
        texts = (",".join(f"{number:g}" for number in np.ravel(each)) for each in problem.inputs.values())
        values = ", ".join(f"{name} = {text}" for name, text in zip(names, texts, strict=True))
        scalars = all(np.ndim(each) == 0 for each in problem.inputs.values()) and len(place) == len(names)
        hint = "; ".join(f"--{name} {each:g}" for name, each in zip(names, place, strict=True)) if scalars else None
        raise UsageError(words, code="AG104", why=values, hint=hint)
    head = f"{match[1]}({', '.join(names)})" if "'" in match[1] or "′" in match[1] else match[1]
    return f"{head} {text[match.end() - 1 :]}"


def _named(text: str, problem: Problem, shapes: Mapping[str, Shape]) -> str:
    """A claim such as ``d(x^2)/dx = 2x`` with a name for what it writes out: ``x = 2x``, or ``df = ...``.

    Raises UsageError where that is another than the one whose derivatives are claimed.
    """
    head, _, rest = text.partition("=")
    if (match := _OF.fullmatch(head)) is None:
        return text
    of = match["behind"] or match["inner"] or match["primed"]
    name = match["by"] or match["below"] or match["beside"] or ("" if match["primed"] else f"d{problem.f}")
    named = f"{name} ={rest}" if name else rest.strip()
    try:
        written = problem.formula(interpret(of, shapes, wanted=Wanted(anything=True)).source)
        values = evaluate([written, problem.result], problem.inputs)
    except (AutogradError, KeyError):
        return text
    if written.shape != problem.result.shape or not np.allclose(values[written], values[problem.result], 1e-9):
        words = f"the claim is about {of.strip()}, which is not the expression that was given"
        raise UsageError(words, code="AG104", hint=f"`claim {named}`")
    return named


def _fitting(text: str, shapes: Mapping[str, Shape], wanted: Mapping[str, Shape]) -> list[str]:
    """The inputs whose derivative has the shape of a formula, at most three; none where it has none."""
    if "'" in text or len(text) > 60:
        return []
    with suppress(AutogradError):
        shape = parse(text, shapes).result.shape
        return [name for name in wanted if wanted[name] == shape][:3]
    return []


def formula_of(problem: Problem, claim: Claim, step: ClaimedStep) -> Read:
    """What a step of a claim says: a formula, numbers, or why it has no shape.

    Raises AutogradError for what is not in the language, or has names that are unknown; errors point into the claim.
    """
    if step.source is None:
        assert step.numbers is not None
        return step.numbers
    try:
        return problem.formula(step.source)
    except AutogradError as error:
        if error.span is not None:
            error.text = claim.whole
        if isinstance(error, ShapeError):
            return error
        if error.code == "AG605":
            names = [*problem.inputs, *problem.program.named, problem.f, problem.v]
            error.why = f"a claim is written in {', '.join(names[:12])}" + (" and more" if len(names) > 12 else "")
            error.hint = error.hint if error.hint and error.hint.startswith("did") else None
        raise _explained(error, claim.whole, problem) from None


def _explained(error: AutogradError, text: str, problem: Problem) -> AutogradError:
    """The error for a name without a value in a claim, with what the letter of a size, or a derivative, would be."""
    name = "" if error.span is None else text[slice(*error.span)]
    if error.code not in ("AG605", "AG601"):
        return error
    head, *sides = text.split("=")
    if (match := _DERIVATIVE.search(text, len(head) + 1)) is not None and sides:
        told = AutogradError(f"{match[0]} is a derivative, and a formula is made of values", code="AG605")
        told.text, told.span, told.why = text, match.span(), "a step that names derivatives alone cannot be judged"
        kept = [side for side in sides if not _DERIVATIVE.search(side)]
        told.hint = "write what the derivatives are, or leave the step out"
        told.rewrites = (" = ".join(each.strip() for each in (head, *kept)),) if kept else ()
        return told
    arrays = sorted((array for array in problem.inputs.values() if array.ndim), key=lambda array: -array.ndim)
    if error.code == "AG605" and len(name) == 1 and name.isalpha() and arrays:
        size = arrays[0].shape[-1 if name in "dDkKpP" else 0]  # rows, or columns for the letters that these go by
        error.hint = f"a size of the data is set before the claim: {name} = {size};"
        error.rewrites = (f"{name} = {size}; {text}",)
    return error


def problem_of(request: ClaimsRequest) -> tuple[Problem, list[Warning]]:
    """The expression with its numbers, and the v of v.J."""
    inputs = {name: np.asarray(array, dtype=np.float64) for name, array in request.values.items()}
    program = program_of(request.expression, inputs)
    source, shape = program.source, program.result.shape
    f, v = bound_names({*inputs, *program.named})
    weights: Array | None = None
    texts = [text for text in request.claims if isinstance(text, str)]
    whole = request.of != GRADIENT or any(f"d{name}" in text for text in texts for name in inputs)
    if request.grad_tensor is None and math.prod(shape) != 1 and whole:
        weights = np.ones(shape)  # of a Jacobian or a differential all rows are judged, without weights
    elif request.grad_tensor is not None or math.prod(shape) != 1:
        hint = "in a claim, v is the name of the grad tensor; `of jacobian` judges the whole matrix"
        example = f"randn({','.join(map(str, shape))})"
        weights = np.array(weights_of(request.grad_tensor, shape, request.expression, hint, example), dtype=np.float64)
    unused = [name for name in inputs if name not in source.variables and name not in source.constants]
    warnings = [Warning(*note) for note in (*notes_of(request.expression), *program.notes)]
    warnings += [Warning("AG211", f"{name} does not occur in the expression: its gradient is 0") for name in unused]
    return Problem(request.expression, program, inputs, weights, f, v), warnings
