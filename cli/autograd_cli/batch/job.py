"""A line in, a line out: its JSON is a job, whose keys are looked at first, and whatever happens is its answer."""

from __future__ import annotations

import functools
import json
import math
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, TypeVar

from autograd_cli import PROGRAM
from autograd_cli.arguments import Given
from autograd_cli.commands.call import gradients_of
from autograd_cli.commands.check import Judging, claims_request
from autograd_cli.document import Display
from autograd_cli.environment import StandardInput
from autograd_cli.errors import as_option, messages, quoted, word_error
from autograd_cli.errors.hints import added_words, with_letters
from autograd_cli.errors.messages import as_autograd_error
from autograd_cli.limits import MAX_ENDLESS, MAX_LINE, Kind
from autograd_cli.names import candidates, did_you_mean, is_name, listed, meant_by, variables_in
from autograd_cli.options import Checks, Defaults, Expressions, Gradients, Options, Parts, Values, kind_of
from autograd_cli.values import tables
from autograd_cli.values.files import FileError, reason_of
from autograd_cli.values.reader import ValueReader
from autograd_cli.views.claims import claims_answer
from autograd_cli.writers import json_text
from autograd_core.claims.judge import judge
from autograd_core.dataclass import dataclass
from autograd_core.errors import EXAMPLE, AutogradError, LimitError, UsageError, ValueTextError
from autograd_core.expr.reader.interpret import remembered
from autograd_core.expr.reader.reading import Wanted
from autograd_core.report import Array

GROUPS: Mapping[str, tuple[type[Options], ...]] = {"grad": (Gradients, Parts, Checks, Values), "check": (Judging,)}
"""The options of each command that a job can have, by their groups."""

_SHARED = ("id", "command", "expr", "vars", "syntax", "grad_tensor")
_OWN = {"grad": ("grad_tensors",), "check": ("claim", "claims", "require")}
KEYS: Mapping[str, frozenset[str]] = {
    command: frozenset([*_SHARED, *_OWN[command], *(each for group in groups for each in group.annotations())])
    for command, groups in GROUPS.items()
}
"""What a job of each command may say."""

Group = TypeVar("Group")
_WORKS = '{"expr": "sum(x**2)", "vars": {"x": [1, 2, 3]}}'  # a job


@dataclass(frozen=True, slots=True)
class Job:
    """What a job says; ``notes`` has of each value what was read otherwise than it stands there."""

    says: Mapping[str, Any]
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def reader(self) -> ValueReader:
        """Reads values in the notation of the command line; a job has no standard input."""
        return ValueReader(StandardInput(None), self.options(Values).seed, self.notes)

    def given(self, grad_tensors: Sequence[Array | None]) -> Given:
        """The expression, read for the values and the shapes of the grad tensors, with its values."""
        values, expression, reader = self.values, self.text("expr"), self.reader
        wanted = Wanted([each.shape for each in grad_tensors if each is not None])
        syntax = self.options(Expressions).syntax or "auto"
        found = Given(reader)
        found.reading = remembered(expression, values, syntax=syntax, wanted=wanted, value_of=reader.read)
        found.arrays |= values
        found.arrays |= {name: reader.read(name, text) for name, text in found.reading.values.items()}
        found.texts = dict.fromkeys(found.arrays, "")
        return found

    @property
    def values(self) -> dict[str, Array]:
        """The value of each variable."""
        given = self.says.get("vars", {})
        if type(given) is not dict or not all(map(is_name, given)):
            words = f"vars is an object whose keys are names of variables, not {_shown(given)}"
            raise UsageError(words, code="AG102", hint='"vars": {"x": [1, 2, 3]}')
        return {name: self.array(name, value) for name, value in given.items()}

    def array(self, owner: str, value: Any) -> Array:
        """A value: a number, nested lists of numbers, or text in the notation of the command line."""
        if type(value) is str:
            if value.strip()[:1] == "@" or value.strip() == "-":
                hint = "write the numbers: [1, 2, 3]"
                raise ValueTextError(f"{owner}: a job reads no files", code="AG621", hint=hint)
            return self.reader.read(owner, value)
        try:
            return self.reader.noted(owner, tables.from_lists(value, owner), lambda: json.dumps(value))
        except OverflowError:
            raise ValueTextError(f"{owner}: a number is too large for a float", hint="1e300 or smaller") from None

    def text(self, key: str) -> str:
        """A text that must be there."""
        value = self.says.get(key)
        if type(value) is not str:
            words = f"there is no {key}" if value is None else f"{key} is not a text"
            raise UsageError(words, code="AG103", hint=_WORKS)
        return value

    def options(self, group: type[Group], **defaults: Any) -> Group:
        """A group of options as the job has them."""
        known: Any = group  # mypy: a type is hashable
        kinds = _kinds(known)
        for name in () if kinds.keys().isdisjoint(self.says) else kinds:
            if name in self.says:
                defaults[name] = self.option(name, kinds[name], defaults.get(name, getattr(group, name)))
        return group(**defaults)

    def option(self, key: str, kind: Kind, default: Any) -> Any:
        """What the job says for an option, which takes what the command line takes."""
        value = self.says.get(key, default)
        if value is default:
            return value
        if kind.flag:
            if type(value) is not bool:
                words = f"{key} is true or false, not {_shown(value)}"
                raise UsageError(words, code="AG102", hint=f'"{key}": true')
            return value
        if kind.choices or kind.number:
            return kind.read(key.replace("_", "-"), value if type(value) is str else json.dumps(value, default=str))
        return self.names(key)

    def names(self, key: str) -> list[str]:
        """Names, as a list or separated by commas."""
        value = self.says.get(key, [])
        found = [part.strip() for part in value.split(",")] if type(value) is str else value
        if type(found) is not list or not all(type(name) is str for name in found):
            raise UsageError(f"{key} is a list of names, not {_shown(value)}", code="AG102", hint=f'"{key}": ["x"]')
        return found


@functools.cache
def _kinds(group: Any) -> dict[str, Kind]:
    """The kind of each option of a group by its name; not of values, which are read elsewhere."""
    return {name: kind_of(hint) for name, hint in group.annotations().items() if name != "grad_tensor"}


def identity(says: Any, number: int) -> Any:
    """The id of a job as it is given back; the number of its line where it has none that can be."""
    given = says.get("id") if type(says) is dict else None
    return given if type(given) in (str, int, bool) or (type(given) is float and math.isfinite(given)) else number


def command_of(says: Any) -> Any:
    """The command of a job, which follows from its claims where it is not said."""
    if type(says) is not dict:
        return None
    return says.get("command", "check" if "claim" in says or "claims" in says else "grad")


def decoded(line: bytes) -> Any:
    """The JSON of a line.

    Raises UsageError for what is not JSON.
    """
    if len(line) > MAX_LINE:
        raise LimitError(
            f"the line has more than {MAX_LINE:,} bytes",
            code="AG802",
            why=f"behind {MAX_ENDLESS:,} bytes without the end of a line nothing is read",
            hint="smaller arrays, one job a line",
        )

    try:
        return _decoder.decode(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        why = f"byte {error.start + 1} is not UTF-8"
    except RecursionError:
        why = "it is nested too deep"
    except ValueError as error:
        why = reason_of(error)
    example = '{"id": 1, "command": "grad", "expr": "x**2", ...}'
    if line.lstrip()[:1] in (b"{", b"[") and line.rstrip()[-1:] not in (b"}", b"]"):
        example = f"a job stands on one line: jq -c . jobs.json | {PROGRAM} batch"
    raise UsageError("the line is not JSON", code="AG102", why=why, hint=example)


def _no_constant(word: str) -> Any:
    raise ValueError(f"in JSON {word} stands in quotes")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found, names = dict(pairs), [name for name, _ in pairs]
    if len(found) < len(names):
        raise ValueError(f"{quoted(max(names, key=names.count))} stands twice in one object")
    return found


_decoder = json.JSONDecoder(parse_constant=_no_constant, object_pairs_hook=_once)  # one for all lines


def _shown(value: Any) -> str:
    """A value of a job inside a sentence."""
    text = "an object" if type(value) is dict else "a list" if type(value) is list else json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


REFUSED = "refused"  # the key of a job that says why there is nothing to judge; only those made of submissions have it

_KEYS = frozenset().union(*KEYS.values())
_SETS = re.compile(r"(?<![=<>!])=(?!=)|:(?!\d)")  # what says whose gradient a claim gives


def perform(
    line: bytes, number: int, error: AutogradError | None = None, *, usual: Defaults, graded: bool = False
) -> tuple[bool, str]:
    """Whether the job of a line is ok, and the line that answers it, without its end.

    Where there is an ``error`` already, because the job could not be finished, it is not run. ``graded`` jobs are made
    of submissions, some of which cannot be judged. Raises nothing but what ends the process.
    """
    says: Any = None
    try:
        says = decoded(line)
        if error is not None:
            raise error
        if graded and REFUSED in says:
            raise FileError(says[REFUSED])
        if type(says) is not dict:
            works = f"jq -c '.[]' jobs.json | {PROGRAM} batch" if type(says) is list else _WORKS
            raise UsageError(f"a job is an object, not {_shown(says)}", code="AG102", hint=works)
        command = command_of(says)
        if type(command) is not str or command not in KEYS:
            raise UsageError(f"command is {listed(list(KEYS), 'or')}, not {_shown(command)}", code="AG105")
        if (unknown := next((key for key in says if key not in KEYS[command]), None)) is not None:
            keys, words = sorted(KEYS[command]), f"{_shown(unknown)} is not a key of a {command} job"
            words += did_you_mean(meant_by(unknown, keys) if len(unknown) < 40 else None)
            expr, to_vars = says.get("expr"), None
            if isinstance(expr, str) and candidates(unknown, variables_in(expr)):
                to_vars = _members({"vars": {unknown: says[unknown]}})
            raise UsageError(words, code="AG101", why=f"the keys are {', '.join(keys)}", hint=to_vars)
        found = _grad(Job(says), usual) if command == "grad" else _check(Job(says), usual)
        return bool(found["ok"]), json_text({"id": identity(says, number), **found})
    except Exception as raised:  # a batch goes on whatever a job does
        found = failure(error or as_autograd_error(raised), says)
        return False, json_text({"id": identity(says, number), **found})


def failure(error: AutogradError, says: Any) -> dict[str, Any]:
    """An error as the answer to a job, in words that help somebody who writes jobs.

    ``says`` is the job as far as it could be read.
    """
    error = word_error(with_letters(error), _member)
    hints = [json.dumps({"expr": "sum(x**2)", "vars": {"x": "1,2,3"}})] if error.hint == EXAMPLE else [error.hint]
    if error.rewrites and type(says) is dict and error.text != says.get("expr"):  # a value that works instead
        hints = [json.dumps(error.rewrites[0]), *hints]
    if error.retry:  # what is to be added: to the command line a limit, to the job a key or a variable
        added = _members({name.replace("-", "_"): value for name, value in error.retry.items()})
        if next(iter(error.retry)).startswith("max-"):
            added = f"{PROGRAM} batch {shlex.join(added_words(error.retry))}"
        else:
            added = f"add {added}" + " to vars" * ("grad-tensor" not in error.retry)
        hints = [added, *hints]
    error.hint, error.retry = "; ".join(filter(None, hints)) or None, {}
    asked = command_of(says)
    return messages.as_object(error, asked if asked in ("grad", "check") else "batch")


def _grad(job: Job, usual: Defaults) -> dict[str, Any]:
    """Run a job of ``grad``."""
    gradients, settings = job.options(Gradients), job.options(Values)
    checks = job.options(Checks, check=usual.check)
    parts = job.options(Parts, formula=usual.formula, tree=usual.tree)
    several = job.says.get("grad_tensors", [job.says.get("grad_tensor")])
    if type(several) is not list or not several or {"grad_tensor", "grad_tensors"} <= job.says.keys():
        words, hint = "grad_tensors is a list, one for each backward", "give it without grad_tensor"
        raise UsageError(words, code="AG102", hint=hint)
    grad_tensors = tuple(None if each is None else job.array("grad_tensor", each) for each in several)
    given = job.given(grad_tensors)
    if given.reading.seed is not None and grad_tensors == (None,):
        grad_tensors = (given.reader.read("grad_tensor", given.reading.seed),)
    gradients.grad_tensor = [each for each in several if each is not None]
    report, answer = gradients_of(given, gradients, parts, checks, settings, seeds=grad_tensors)
    view = Display(tree=parts.tree, formula=parts.formula)
    return {**answer.json(view), "ok": not report.exit_status(strict=checks.strict)}


def _check(job: Job, usual: Defaults) -> dict[str, Any]:
    """Run a job of ``check``."""
    judging = job.options(Judging, answer=usual.answer)
    claims, numeric = _claims(job)
    require = job.names("require")
    if len(require) == 1 and len(claims) == 1 and isinstance(claims[0], str) and not _SETS.search(claims[0]):
        claims = [(require[0], claims[0])]
    weights = job.says.get("grad_tensor")
    vector = None if weights is None else job.array("grad_tensor", weights)
    given = job.given([vector])
    report = judge(claims_request(given.expression, given.read_values(), claims, numeric, vector, judging))
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


def _member(name: str, value: str | None) -> str:
    """A setting as it is given in a job, or to the whole batch."""
    key, other = name.replace("-", "_"), name.removeprefix("no-").replace("-", "_")
    if key in _KEYS:
        return key if value is None else _members({key: value})
    return _members({other: False}) if other in _KEYS else f"batch {as_option(name, value)}"


def _members(found: Mapping[str, Any]) -> str:
    """Members of a JSON object, without its braces."""
    return json.dumps(found)[1:-1]
