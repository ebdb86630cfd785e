"""``autograd-cli batch``: many jobs, one JSON line each."""

from __future__ import annotations

import json
import math
import os
import time
from contextlib import ExitStack, suppress
from functools import partial
from io import StringIO
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Literal, TextIO

import typer

from autograd_cli import completion
from autograd_cli.command import Command, environment_of
from autograd_cli.environment import Environment
from autograd_cli.errors import quoted
from autograd_cli.limits import MAX_SECONDS, half_of_memory
from autograd_cli.options import OUTPUT, Defaults, Options, option
from autograd_cli.progress import StatusLine, showing_progress
from autograd_core.errors import UsageError
from autograd_core.limits import USUAL, limits

if TYPE_CHECKING:
    from autograd_cli.batch.grades import Mistakes
    from autograd_cli.batch.lines import Lines
    from autograd_cli.batch.runner import Runner
    from autograd_cli.batch.submissions import Question

MAX_KEPT = 1 << 26  # bytes of jobs made of submissions that are kept in memory and not in a file


class Running(Options, panel="Jobs"):
    """Where jobs come from, how they are run, and where the answers go."""

    file: str | None = option("[FILE]", "The jobs, or with --key the folder of answers.", complete=completion.paths)
    jobs: int | None = option("--jobs N", "Processes. Default one a core.", min=1, max=256)
    time_limit: float | None = option(
        "--time-limit SECONDS",
        f"After which a job is given up. Default --max-seconds, {USUAL.seconds:g}.",
        min=0.01,
        max=MAX_SECONDS,
    )
    resume: str | None = option(
        "--resume OUT", "Write to OUT, and do not repeat jobs whose answers are in it.", works="answers.jsonl"
    )
    key: str | None = option("--key KEY.toml", "Judge a folder of submissions by this key.", works="key.toml")
    format: Literal["json", "csv"] = option(
        "--format", "csv is a gradebook: id, verdict, score, diagnosis.", OUTPUT, default="json"
    )
    summary: str | None = option(
        "--summary FILE",
        "With --key, write what the class did to FILE (.json, .csv, .md, .html, .tex, .txt): the answers to each "
        "question, the mistakes by how many have them, and the total of each student.",
        OUTPUT,
    )
    grader: Literal["gradescope", "prairielearn"] | None = option(
        "--grader NAME",
        "With --key, judge FILE as one submission, and write the result file of an autograder, gradescope or "
        "prairielearn, which tells no right formula.",
        OUTPUT,
    )


KINDS = {"batch": Command}


def batch(context: typer.Context, running: Running, defaults: Defaults) -> None:
    """Run many jobs, and write an answer for each."""
    from autograd_cli.batch.grades import FORMS
    from autograd_cli.output import form_of

    form = form_of(running.summary, FORMS, "--summary") if running.summary is not None else ""
    option = "--summary" if form else "--grader" if running.grader is not None else None
    if option is not None and running.key is None:
        raise UsageError(f"{option} needs a key", code="AG103", hint=f"batch --key key.toml {option} ...")
    if running.grader is not None:
        others = {"--format csv": running.format == "csv", "--resume": running.resume, "--summary": running.summary}
        found = next((name for name, given in others.items() if given), None)
        if found is not None:
            words = f"--grader writes the result of one submission, and {found} is about a class"
            raise UsageError(words, code="AG104", hint=f"leave out {found}")
    raise typer.Exit(0 if _all_ok(running, defaults, environment_of(context), form) else 1)


def _all_ok(running: Running, defaults: Defaults, environment: Environment, summary: str) -> bool:
    """Run the jobs, write the answers and what is told beside them; returns whether all are ok."""
    from autograd_cli.batch.grades import HEAD, Mistakes
    from autograd_cli.batch.job import perform
    from autograd_cli.batch.runner import Runner
    from autograd_cli.batch.submissions import read_key

    form, settings, graded = running.format, vars(defaults), running.key is not None
    with ExitStack() as held:
        questions = read_key(running.key) if running.key is not None else []
        lines = _lines(running, questions, environment, held)
        target, before = environment.stdout, True
        if running.resume is not None:
            from autograd_cli.batch.lines import resume

            target, before = resume(running.resume, form, lines, settings, held)
        elif form == "csv":
            target.write(f"{HEAD}\n")
        of_grader = StringIO()
        target = target if running.grader is None else of_grader
        mistakes = Mistakes({each.id: each.points for each in questions})
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        at_once = max(1, min(cores, half_of_memory() // limits().memory))  # each with all the memory a job may have
        runner = Runner(
            lines,
            partial(perform, usual=defaults, graded=graded),
            running.jobs or at_once,
            running.time_limit or limits().seconds,
        )
        line = held.enter_context(showing_progress(environment, target))
        count, bad = _write(runner, target, line, mistakes if graded else None, form)
    if running.grader is not None:
        from autograd_cli.views.claims import grader_results
        from autograd_cli.writers import write_json

        found = [json.loads(text) for text in of_grader.getvalue().splitlines()]
        write_json(grader_results(found, running.grader, mistakes.questions), environment.stdout)
    elif graded:
        from autograd_cli.document import Display
        from autograd_cli.output import write_text
        from autograd_cli.writers import write

        earlier = f"; {lines.given - count:,} that were there before are not counted" * (lines.given > count)
        total = f"{count:,} answers: {count - bad:,} right, {bad:,} not{earlier}"
        environment.remark("".join(f"{line}\n" for line in (total, *mistakes.lines())))
        if running.summary is not None:
            answer = mistakes.answer()
            write_text(running.summary, lambda stream: write(answer, summary, Display(), stream), environment)
    return not bad and before


def _write(runner: Runner, target: TextIO, line: StatusLine, mistakes: Mistakes | None, form: str) -> tuple[int, int]:
    """Write the answers as they come, their mistakes counted; returns how many there are, and how many are not ok."""
    from autograd_cli.batch.grades import row

    lines, earlier, count, bad, began = runner.lines, runner.lines.given, 0, 0, time.monotonic()

    def answered() -> str:
        return f"{earlier + count:,}" + ("" if lines.total is None else f" of {lines.total:,}") + " jobs"

    def pace() -> str:
        return (f", {bad:,} not ok" if bad else "") + f", {count / max(time.monotonic() - began, 1e-9):,.0f}/s"

    try:
        for answer in runner.answers():
            if answer is None:
                target.flush()
                continue
            ok, text = answer
            if mistakes is not None:
                mistakes.add(json.loads(text))
            text = row(json.loads(text)) if form == "csv" else text
            target.write(f"{text}\n")
            count, bad = count + 1, bad + (not ok)
            line.reached(min((earlier + count) / (lines.total or math.inf), 1.0), lambda: answered() + pace())
        target.flush()
    except KeyboardInterrupt:
        line.end(f"stopped: {answered()} are answered")
        raise
    if line.drawn:
        line.end(f"{count:,} jobs{pace()}")
    return count, bad


def _lines(running: Running, questions: list[Question], environment: Environment, held: ExitStack) -> Lines:
    """Where the jobs come from."""
    from autograd_cli.batch.lines import Lines
    from autograd_cli.values.files import FileError, reason_of

    file = running.file
    if questions:
        from autograd_cli.batch.submissions import one_submission, submissions

        if file is None:
            hint = "batch --key key.toml answers/"
            raise UsageError("--key needs a folder of submissions", code="AG103", hint=hint)
        read = submissions if running.grader is None else one_submission
        made = held.enter_context(SpooledTemporaryFile(max_size=MAX_KEPT))  # noqa: SIM115  closed with what is held
        for job in read(questions, file):  # dates of TOML are texts, which the job refuses
            made.write(json.dumps(job, default=str).encode() + b"\n")
        size = made.tell()
        made.seek(0)
        return Lines(made, size)
    length, stream = None, environment.stdin.stream
    if file is not None and file != "-":
        try:
            path = Path(file.removeprefix("@")).expanduser()
            stream = held.enter_context(path.open("rb", buffering=0))
            length = path.stat().st_size if path.is_file() else None
        except (OSError, ValueError) as error:
            raise FileError(f"{quoted(file)} cannot be read: {reason_of(error)}", hint="batch jobs.jsonl") from error
    elif stream is None:
        raise UsageError("there are no jobs: standard input is closed", code="AG103", hint="batch jobs.jsonl")
    elif stream.isatty():
        environment.remark("waiting for jobs on standard input, a JSON object a line; Ctrl-D ends them\n")
    with suppress(OSError, ValueError):  # what has no descriptor need not be waited for
        return Lines(stream, length, stream.fileno())
    return Lines(stream, length)
