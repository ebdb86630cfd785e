"""``autograd-cli descend``: gradient descent on an expression."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

import typer

from autograd_cli.arguments import leaves
from autograd_cli.commands.call import Call
from autograd_cli.commands.requests import request_of
from autograd_cli.options import WRT, ColumnOutputs, Gradients, Options, Texts, Values, get_option, option
from autograd_cli.output import write_text
from autograd_core.errors import UsageError

if TYPE_CHECKING:
    from autograd_core.descend import DescentStep

DESCENT = "Descent"


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
    """Steps of gradient descent on EXPR, and where they lead."""
    call = Call(context, outputs)
    found, environment = call.given, call.environment
    asked = call.wanted(found.texts)
    moving = [name for name in found if name in (leaves(wanted.wrt or (), (), found.used) or found.used)]
    trace = wanted.trace
    if trace is not None and not trace.endswith((".csv", ".jsonl")):
        raise UsageError(f"--trace {trace}: the name ends in .csv or .jsonl", code="AG104", hint="--trace path.csv")
    request = request_of(found, Gradients(), values, check="none")

    from autograd_cli.views.curves import descent_answer
    from autograd_core.descend import Settings
    from autograd_core.descend import descend as run
    from autograd_core.number_text import number_text
    from autograd_core.phases import phase, report_progress

    settings = Settings(rate_of(wanted.rate), wanted.steps, wanted.method, wanted.until)
    kept: list[DescentStep] = []

    def watch(step: DescentStep) -> None:
        report_progress(
            step.number,
            wanted.steps,
            lambda: f"step {step.number:,}, loss {number_text(step.loss)}, gradient {number_text(step.norm)}",
        )
        if trace is not None:
            kept.append(step)

    with phase("descending"):
        end = run(request, moving, settings, watch)
    call.note_reading()
    if trace is not None:
        lines = csv_lines if trace.endswith(".csv") else json_lines
        write_text(trace, lambda stream: stream.writelines(lines(moving, kept)), environment)
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


def csv_lines(names: Sequence[str], steps: Sequence[DescentStep]) -> Iterator[str]:
    """A table with a column for each entry."""
    import numpy as np

    columns = ["step", "loss", "gradient"]
    for name, value in zip(names, steps[0].values, strict=True):
        places = np.ndindex(*np.shape(value))
        labels = [f"{name}[{','.join(map(str, place))}]" if place else name for place in places]
        columns += [f'"{label}"' if "," in label else label for label in labels]
    yield ",".join(columns) + "\n"
    for step in steps:
        entries = [entry for value in step.values for entry in np.ravel(value).tolist()]
        yield ",".join([str(step.number), *map(repr, (step.loss, step.norm, *entries))]) + "\n"


def json_lines(names: Sequence[str], steps: Sequence[DescentStep]) -> Iterator[str]:
    """An object for each step."""
    import json

    import numpy as np

    from autograd_cli.document import json_number

    for step in steps:
        values = {name: np.asarray(value).tolist() for name, value in zip(names, step.values, strict=True)}
        loss, norm = json_number(step.loss), json_number(step.norm)
        yield json.dumps({"step": step.number, "loss": loss, "gradient": norm, "values": values}) + "\n"
