"""A line in, a line out: the job is run and whatever happens becomes its answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from autograd_cli.batch import Defaults
from autograd_cli.batch.advice import for_job
from autograd_cli.batch.grades import row
from autograd_cli.batch.job import Job, command_of, decoded, identity, job_of
from autograd_cli.batch.submissions import REFUSED
from autograd_cli.commands import orders
from autograd_cli.commands.check import Judging, claims_request
from autograd_cli.commands.requests import NPZ, checking, gradient_request, writing
from autograd_cli.document.blocks import Display
from autograd_cli.errors import messages
from autograd_cli.errors.failures import as_autograd_error, with_letters
from autograd_cli.names import Kind
from autograd_cli.options import Checks, Gradients, Parts, Values
from autograd_cli.values.files import FileError
from autograd_cli.views.claims import claims_answer
from autograd_cli.views.gradient import gradient_answer
from autograd_cli.writers.data import json_text
from autograd_core.calculate import calculate
from autograd_core.claims.judge import judge
from autograd_core.errors import AutogradError, UsageError
from autograd_core.expr.reader import Reading
from autograd_core.expr.reader.interpret import remembered
from autograd_core.expr.reader.reading import Wanted
from autograd_core.report import Array
from autograd_core.request import Sparing


def perform(line: bytes, number: int, usual: Defaults) -> tuple[bool, str]:
    """Whether the job of a line is ok, and the line that answers it, without its end.

    Raises nothing but what ends the process.
    """
    says: Any = None
    try:
        says = decoded(line)
        if usual.graded and REFUSED in says:
            raise FileError(says[REFUSED])
        job = job_of(says, number)
        found = _grad(job, usual) if job.command == "grad" else _check(job, usual)
        return _written(job.id, found, usual)
    except Exception as error:  # a batch goes on whatever a job does
        return _written(identity(says, number), failure(as_autograd_error(error), says), usual)


def refused(line: bytes, number: int, error: AutogradError, usual: Defaults) -> tuple[bool, str]:
    """The answer to a job that could not be finished."""
    try:
        says = decoded(line)
    except AutogradError:
        says = None
    return _written(identity(says, number), failure(error, says), usual)


def failure(error: AutogradError, says: Any) -> dict[str, Any]:
    """An error as the answer to a job."""
    command = command_of(says)
    known = command if command in ("grad", "check") else "batch"
    found: dict[str, Any] = json.loads(messages.for_programs(for_job(with_letters(error, ()), says), known))
    return found


def _written(identity: Any, found: Mapping[str, Any], usual: Defaults) -> tuple[bool, str]:
    ok = bool(found["ok"])
    if usual.form == "csv":
        return ok, row(identity, found)
    return ok, json_text({"id": identity, **found})


def _grad(job: Job, usual: Defaults) -> dict[str, Any]:
    """Run a job of ``grad``."""
    gradients, settings = job.options(Gradients), job.options(Values)
    checks = job.options(Checks, check=usual.check)
    parts = job.options(Parts, formula=usual.formula, tree=usual.tree)
    grad_tensors = _grad_tensors(job)
    reading, values = _read(job, grad_tensors)
    if reading.seed is not None and grad_tensors == (None,):
        grad_tensors = (job.reader.read("grad_tensor", reading.seed),)
    view = Display(tree=parts.tree, formula=parts.formula)
    if path := orders.path_of(parts.order, gradients.wrt or (), list(values)):
        orders.refuse(gradients, parts, {"--grad-tensor": job.says.get("grad_tensor", job.says.get("grad_tensors"))})
        derived, answer = orders.derive(path, reading.expression, values, parts, settings, checks)
        return {**answer.json(view), "ok": not derived.exit_status(strict=checks.strict)}
    report = calculate(
        gradient_request(
            reading.expression,
            values,
            list(values),
            grad_tensors,
            gradients,
            settings,
            **checking(checks),
            formula=parts.formula,
            graph=parts.tree,
            steps=parts.steps,
            jacobian=parts.show_jacobian,
            assume=parts.assume or (),
            writing=writing(
                usual.form, full=False, tree=parts.tree, instead=NPZ + "; without tree there are fewer" * parts.tree
            ),
            sparing=Sparing('"check": "none"', '"formula": false', '"tree": false'),
        )
    )
    return {**gradient_answer(report).json(view), "ok": not report.exit_status(strict=checks.strict)}


def _read(job: Job, grad_tensors: Sequence[Array | None]) -> tuple[Reading, dict[str, Array]]:
    """The expression, read for the values of a job."""
    values = job.values
    seeds = [each.shape for each in grad_tensors if each is not None]
    syntax = job.option("syntax", Kind(("auto", "python", "math")), "auto")
    reader = job.reader
    reading = remembered(job.expression, values, syntax=syntax, wanted=Wanted(seeds), value_of=reader.read)
    return reading, values | {name: reader.read(name, text) for name, text in reading.values.items()}


def _grad_tensors(job: Job) -> tuple[Array | None, ...]:
    several = job.says.get("grad_tensors")
    if several is None:
        one = job.says.get("grad_tensor")
        return (None if one is None else job.array("grad_tensor", one),)
    if type(several) is not list or not several or "grad_tensor" in job.says:
        raise UsageError(
            "grad_tensors is a list, one for each backward", code="AG102", hint="give it without grad_tensor"
        )
    return tuple(None if each is None else job.array("grad_tensors", each) for each in several)


def _check(job: Job, usual: Defaults) -> dict[str, Any]:
    """Run a job of ``check``."""
    judging = job.options(Judging, answer=usual.answer)
    claims, numeric = _claims(job)
    require = job.names("require")
    weights = job.says.get("grad_tensor")
    vector = None if weights is None else job.array("grad_tensor", weights)
    reading, values = _read(job, [vector])
    report = judge(claims_request(reading.expression, values, claims, numeric, vector, judging))
    found = dict(claims_answer(report).json(Display(formula=judging.answer)))
    if require:
        scores = {each.name: each.score if each.steps else float(each.right) for each in report.judgements}
        right = {each.name for each in report.judgements if each.right}
        found["missing"] = [name for name in require if name not in scores]
        found["score"] = sum(scores.get(name, 0.0) for name in require) / len(require)
        found["ok"] = right.issuperset(require)
    return found


def _claims(job: Job) -> tuple[list[str | tuple[str, str]], dict[str, Array]]:
    """The claims: a text, a list of texts, or an object with a formula or numbers for each name."""
    given = job.says.get("claims", job.says.get("claim"))
    if "claims" in job.says and "claim" in job.says:
        raise UsageError("claim and claims are both given", code="AG104", hint="claims is a list of texts")
    if type(given) is str:
        given = [given]
    texts: list[str | tuple[str, str]] = []
    numeric: dict[str, Array] = {}
    if type(given) is list and all(type(each) is str for each in given):
        texts += [each for each in given if each.strip()]
    elif type(given) is dict:
        for name, each in given.items():
            if type(each) is str:
                texts.append((name, each))
            else:
                numeric[name] = job.array(name, each)
    else:
        raise UsageError("there is no claim", code="AG103", hint='"claims": ["x = 2*x"], or "claims": {"x": "2*x"}')
    return texts, numeric
