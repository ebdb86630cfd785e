"""What a person sees of a descent while it runs, and the file of its steps."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from autograd_cli.document.numbers import json_number
from autograd_cli.environment import Environment, is_terminal
from autograd_cli.output import write_text

if TYPE_CHECKING:
    from autograd_core.number_text import number_text
from autograd_core.descend import DescentStep

AFTER = 0.3
"""Seconds after which the line that moves is begun: what is over by then needs none."""

APART = 0.05
"""Seconds between two states of the line."""


class Watcher:
    """Shows on a terminal how far a descent is, and keeps its steps where they are wanted."""

    def __init__(self, environment: Environment, steps: int, *, keep: bool) -> None:
        self.environment = environment
        self.steps = steps
        self.kept: list[DescentStep] | None = [] if keep else None
        self.terminal = is_terminal(environment.stderr)
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
    for step in steps:
        values = {name: np.asarray(value).tolist() for name, value in zip(names, step.values, strict=True)}
        line = {
            "step": step.number,
            "loss": json_number(step.loss),
            "gradient": json_number(step.norm),
            "values": values,
        }
        stream.write(json.dumps(line) + "\n")
