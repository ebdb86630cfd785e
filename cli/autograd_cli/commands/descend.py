"""``autograd-cli descend``: gradient descent on an expression."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from autograd_cli.arguments import leaves, one_named
from autograd_cli.command import environment_of, given
from autograd_cli.options import ColumnOutputs, Gradients, Options, Texts, Values, Wrt, get_option, option
from autograd_cli.output import chosen_format, respond, show_reading, show_warnings
from autograd_cli.requests import request_of
from autograd_core.errors import UsageError

DESCENT = "Descent"

HELP = """Steps of gradient descent on EXPR, and where they lead.

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


class Descending(Options):
    """How the inputs move, and until when."""

    wrt: Wrt = None
    rate: Annotated[
        str, option("--rate X|auto", "The rate of a step, 0.1 if not said; auto: backtracking.", DESCENT)
    ] = "0.1"
    steps: Annotated[int, option("--steps N", "At most so many; 100 if not said.", DESCENT, min=1, max=1_000_000)] = 100
    method: Annotated[
        Literal["gd", "momentum", "adam"], option("--method", "gd (if not said), momentum (0.9), or adam.", DESCENT)
    ] = "gd"
    until: Annotated[
        float,
        option(
            "--until TOL",
            "Stop where the gradient is so small relative to the first; 1e-8 if not said.",
            DESCENT,
            min=0,
        ),
    ] = 1e-8
    trace: Annotated[
        str | None, option("--trace FILE", "Write every step with its values: .csv or .jsonl", DESCENT)
    ] = None
    get: Annotated[Texts, get_option("Only the end of NAME, as a value to type back in; value is the loss.")] = None


def descend(context: typer.Context, outputs: ColumnOutputs, values: Values, wanted: Descending) -> None:
    """Descend, and show the end."""
    found, environment = given(context), environment_of(context)
    form = chosen_format(outputs, get=bool(wanted.get))
    moving = [name for name in found.values if name in (leaves(wanted.wrt or (), (), found.used) or found.used)]
    trace = wanted.trace
    if trace is not None and not trace.endswith((".csv", ".jsonl")):
        raise UsageError(f"--trace {trace}: the name ends in .csv or .jsonl", code="AG104", hint="--trace path.csv")
    request = request_of(found, Gradients(), values, check="none")

    from autograd_cli.descent import Watcher, write_trace
    from autograd_cli.views.curves import descent_answer
    from autograd_core.descend import Settings
    from autograd_core.descend import descend as run

    settings = Settings(rate_of(wanted.rate), wanted.steps, wanted.method, wanted.until)
    with Watcher(environment, wanted.steps, keep=trace is not None) as watcher:
        end = run(request, moving, settings, watcher.see)
    show_reading(found.expression, outputs, environment)
    if trace is not None:
        write_trace(trace, moving, watcher.kept, environment)
    if wanted.get:
        show_warnings(end.warnings, outputs, environment)
        environment.stdout.write("".join(f"{end_of(end, name)}\n" for name in wanted.get))
    else:
        respond(descent_answer(end), form, outputs, environment, end.warnings)
    raise typer.Exit(1 if end.stopped == "diverged" else 0)


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


def end_of(end: Any, name: str) -> str:
    """What ``--get`` shows: the end of an input, or the loss."""
    from autograd_cli.document.numbers import value_text

    if name == "value" and "value" not in end.values:
        import numpy as np

        return value_text(np.asarray(end.loss))
    return value_text(end.values[one_named(name, "--get", tuple(end.values))])
