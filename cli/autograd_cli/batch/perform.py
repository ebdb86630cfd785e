"""A line in, a line out: the job is run and whatever happens becomes its answer."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from autograd_cli import PROGRAM
from autograd_cli.batch import Defaults
from autograd_cli.batch.grades import row
from autograd_cli.batch.job import KEYS, Job, command_of, decoded, identity, job_of
from autograd_cli.batch.submissions import REFUSED
from autograd_cli.commands.call import NPZ, derivatives_of, gradient_request, writing
from autograd_cli.commands.check import Judging, claims_request
from autograd_cli.document import Display
from autograd_cli.errors import messages
from autograd_cli.errors.hints import with_letters
from autograd_cli.errors.messages import as_autograd_error
from autograd_cli.options import Checks, Gradients, Kind, Parts, Values
from autograd_cli.values.files import FileError
from autograd_cli.views.claims import claims_answer
from autograd_cli.views.gradient import gradient_answer
from autograd_cli.writers import json_text
from autograd_core.calculate import calculate
from autograd_core.claims.judge import judge
from autograd_core.errors import AutogradError, UsageError
from autograd_core.expr.reader import Reading
from autograd_core.expr.reader.interpret import remembered
from autograd_core.expr.reader.reading import Wanted
from autograd_core.report import Array
from autograd_core.request import Sparing

_KEYS = frozenset().union(*KEYS.values())
_OPTION = re.compile(r"(?<![\w-])--([a-z]+(?:-[a-z]+)*)")
_COMMAND = re.compile(rf"{PROGRAM} grad \"([^\"]*)\"((?: --\w+ \S+)*)")
_WITH_VALUE = re.compile(rf"{_OPTION.pattern} (?:'(.*)'|(\S+))", re.DOTALL)


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
    weights = job.says.get("grad_tensor", job.says.get("grad_tensors"))
    orders = derivatives_of(
        reading.expression, values, list(values), gradients, parts, checks, settings, grad_tensor=weights
    )
    if orders is not None:
        derived, answer = orders
        return {**answer.json(view), "ok": not derived.exit_status(strict=checks.strict)}
    fewer = "; without tree there are fewer" if parts.tree else ""
    request = gradient_request(
        reading.expression,
        values,
        list(values),
        grad_tensors,
        gradients,
        settings,
        parts,
        checks,
        writing=writing(usual.form, full=False, tree=parts.tree, instead=NPZ + fewer),
        sparing=Sparing('"check": "none"', '"formula": false', '"tree": false'),
    )
    report = calculate(request)
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


def for_job(error: AutogradError, says: Any) -> AutogradError:
    """The error in words that help somebody who writes jobs; ``says`` is the job as far as it could be read."""
    error.message = _keys_for_options(error.message)
    error.why = error.why and _keys_for_options(error.why)
    hints = [_addition(error.retry, says)] if error.retry else []
    if error.hint:
        command, whole = _COMMAND.fullmatch(error.hint), _WITH_VALUE.fullmatch(error.hint)
        if command is not None:
            hints.append(json.dumps({"expr": command[1], "vars": _by_name(command[2].split())}))
        elif whole is not None and _key(whole[1]) in _KEYS:
            hints.append(_members({_key(whole[1]): whole[2] or whole[3]}))
        else:
            hints.append(_keys_for_options(error.hint))
    error.hint, error.retry = "; ".join(hints) or None, ()
    return error


def _keys_for_options(text: str) -> str:
    """A sentence with keys in the place of options; limits are options of the whole batch."""

    def said(match: re.Match[str]) -> str:
        if match[1].startswith("max-"):
            return f"batch {match[0]}"
        return _key(match[1]) if _key(match[1]) in _KEYS else match[0]

    return _OPTION.sub(said, text)


def _addition(options: Sequence[str], says: Any) -> str:
    """What is to be added so that the job works: to the command line a limit, to the job a key or a variable."""
    if options[0].startswith("--max-"):
        return f"{PROGRAM} batch {shlex.join(options)}"
    found = _by_name(options)
    if set(found) <= {"grad_tensor"}:
        return f"add {_members(found)}"
    if type(says) is dict and type(says.get("vars")) is dict:
        return f"add {_members(found)} to vars"
    return f"add {_members({'vars': found})}"


def _by_name(options: Sequence[str]) -> dict[str, str]:
    """The values of options by the names that they have in a job."""
    return {_key(option.removeprefix("--")): value for option, value in zip(options[::2], options[1::2], strict=True)}


def _key(option: str) -> str:
    return option.replace("-", "_")


def _members(found: Mapping[str, Any]) -> str:
    """Members of a JSON object, without its braces."""
    return json.dumps(found)[1:-1]
