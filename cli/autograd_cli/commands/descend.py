"""``autograd-cli descend``: gradient descent on an expression."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TextIO

import typer

from autograd_cli.arguments import leaves
from autograd_cli.commands.call import Call
from autograd_cli.commands.requests import request_of
from autograd_cli.environment import Environment
from autograd_cli.options import WRT, ColumnOutputs, Gradients, Options, Texts, Values, get_option, option
from autograd_cli.output import show_reading, write_text
from autograd_cli.patience import has_line
from autograd_core.errors import UsageError

if TYPE_CHECKING:
    from autograd_core.descend import DescentStep

DESCENT = "Descent"

AFTER = 0.3
"""Seconds after which the line that moves is begun: what is over by then needs none."""

APART = 0.05
"""Seconds between two states of the line."""


class EndOutputs(ColumnOutputs):
    """The forms of a descent, and single ends as values."""

    get: Texts = get_option("Only the end of NAME, as a value to type back in; value is the loss.")


class Descending(Options, panel=DESCENT):
    """How the inputs move, and until when."""

    wrt: Texts = WRT
    rate: str = option("--rate X|auto", "The rate of a step, 0.1 if not said; auto: backtracking.", default="0.1")
    steps: int = option("--steps N", "At most so many; 100 if not said.", default=100, min=1, max=1_000_000)
    method: Literal["gd", "momentum", "adam"] = option(
        "--method", "gd (if not said), momentum (0.9), or adam.", default="gd"
    )
    until: float = option(
        "--until TOL",
        "Stop where the gradient is so small relative to the first; 1e-8 if not said.",
        default=1e-8,
        min=0,
    )
    trace: str | None = option("--trace FILE", "Write every step with its values: .csv or .jsonl")


def descend(context: typer.Context, outputs: EndOutputs, values: Values, wanted: Descending) -> None:
    """Steps of gradient descent on EXPR, and where they lead.

    \b
    autograd-cli descend "mean((y - X@w)**2)" --X "1,0;1,1;1,2" --y 1,3,5 --w 0,0
    autograd-cli descend "(1-x)**2 + 100*(y-x**2)**2" --x -1.2 --y 1 \\
        --rate auto --steps 20000
    autograd-cli descend "sum((A@x-b)**2)" --A "2,1;1,3" --b 1,2 --x 0,0 \\
        --wrt x --method adam --trace path.csv

    The inputs of --wrt move, all others stay; without it those do that are not
    labels or data, which has to be said where there are several. --rate auto
    looks for a step that lowers the loss. The line on a terminal moves with it.
    """
    call = Call(context, outputs)
    found, environment = call.given, call.environment
    asked = call.wanted(found.values)
    moving = [name for name in found.values if name in (leaves(wanted.wrt or (), (), found.used) or found.used)]
    trace = wanted.trace
    if trace is not None and not trace.endswith((".csv", ".jsonl")):
        raise UsageError(f"--trace {trace}: the name ends in .csv or .jsonl", code="AG104", hint="--trace path.csv")
    request = request_of(found, Gradients(), values, check="none")

    from autograd_cli.views.curves import descent_answer
    from autograd_core.descend import Settings
    from autograd_core.descend import descend as run

    settings = Settings(rate_of(wanted.rate), wanted.steps, wanted.method, wanted.until)
    with Watcher(environment, wanted.steps, keep=trace is not None) as watcher:
        end = run(request, moving, settings, watcher.see)
    show_reading(found.expression, outputs, environment)
    if trace is not None:
        write_trace(trace, moving, watcher.kept, environment)
    status = 1 if end.stopped == "diverged" else 0
    if asked:
        call.give(asked, end.loss, end.values, end.warnings, status)
    call.respond(descent_answer(end), end.warnings, status=status)


def rate_of(text: str) -> float | None:
    """The rate, None for one that is looked for."""
    import math

    if text == "auto":
        return None
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not (math.isfinite(rate) and rate > 0):
        raise UsageError(f"--rate takes a number above 0, or auto, not {text!r}", code="AG102", hint="--rate 0.1")
    return rate


class Watcher:
    """Shows on a terminal how far a descent is, and keeps its steps where they are wanted."""

    def __init__(self, environment: Environment, steps: int, *, keep: bool) -> None:
        self.environment = environment
        self.steps = steps
        self.kept: list[DescentStep] | None = [] if keep else None
        self.terminal = has_line(environment)
        self.next = time.monotonic() + AFTER
        self.progress: Any = None
        self.task: Any = None

    def __enter__(self) -> Watcher:
        return self

    def __exit__(self, *_: object) -> None:
        if self.progress is not None:
            self.progress.stop()

    def see(self, step: DescentStep) -> None:
        """Take down a step."""
        if self.kept is not None:
            self.kept.append(step)
        if self.terminal and time.monotonic() >= self.next:
            self.show(step)
            self.next = time.monotonic() + APART

    def show(self, step: DescentStep) -> None:
        """Move the line."""
        from autograd_core.number_text import number_text

        if self.progress is None:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            self.progress = Progress(
                TextColumn("step"), MofNCompleteColumn(), BarColumn(), TextColumn("{task.description}", markup=False),
                TimeRemainingColumn(), console=Console(file=self.environment.stderr), transient=True,
            )  # fmt: skip
            self.task = self.progress.add_task("", total=self.steps)
            self.progress.start()
        words = f"loss {number_text(step.loss)}, gradient {number_text(step.norm)}"
        self.progress.update(self.task, completed=step.number, description=words)


def write_trace(file: str, names: Sequence[str], steps: Sequence[DescentStep] | None, environment: Environment) -> None:
    """Every step on a line: its number, the loss, the norm of the gradient, and each entry of the inputs."""
    kept = list(steps or ())
    write_text(
        file, lambda stream: (csv_lines if file.endswith(".csv") else json_lines)(stream, names, kept), environment
    )


def csv_lines(stream: TextIO, names: Sequence[str], steps: Sequence[DescentStep]) -> None:
    """A table with a column for each entry."""
    import csv

    import numpy as np

    writer = csv.writer(stream, lineterminator="\n")
    columns = ["step", "loss", "gradient"]
    for name, value in zip(names, steps[0].values if steps else (), strict=False):
        places = np.ndindex(*np.shape(value))
        columns += [f"{name}[{','.join(map(str, place))}]" if place else name for place in places]
    writer.writerow(columns)
    for step in steps:
        entries = [entry for value in step.values for entry in np.ravel(value).tolist()]
        writer.writerow([step.number, *map(repr, (step.loss, step.norm, *entries))])


def json_lines(stream: TextIO, names: Sequence[str], steps: Sequence[DescentStep]) -> None:
    """An object for each step."""
    import json

    import numpy as np

    from autograd_cli.document.numbers import json_number

    for step in steps:
        values = {name: np.asarray(value).tolist() for name, value in zip(names, step.values, strict=True)}
        line = {
            "step": step.number,
            "loss": json_number(step.loss),
            "gradient": json_number(step.norm),
            "values": values,
        }
        stream.write(json.dumps(line) + "\n")
