"""``autograd-cli descend``: gradient descent on an expression."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from autograd_cli import options
from autograd_cli.command import environment_of, given
from autograd_core.errors import UsageError

DESCENT = "Descent"

HELP = """Steps of gradient descent on EXPR, and where they lead.

\b
autograd-cli descend "mean((y - X@w)**2)" --X "1,0;1,1;1,2" --y 1,3,5 --w 0,0
autograd-cli descend "(1-x)**2 + 100*(y-x**2)**2" --x -1 --y 1 \\
    --rate auto --steps 2000
autograd-cli descend "sum((A@x-b)**2)" --A "2,1;1,3" --b 1,2 --x 0,0 \\
    --wrt x --method adam --trace path.csv

The inputs of --wrt move, all others stay; without it those do that are not
labels or data, which has to be said where there are several. --rate auto
looks for a step that lowers the loss. The line on a terminal moves with it.
"""

FORMS = {".json": "json", ".csv": "csv", ".txt": "table", ".svg": "svg", ".html": "html", ".npz": "npz",
         ".md": "markdown", ".tex": "latex"}  # fmt: skip

Rate = Annotated[
    str,
    typer.Option(
        "--rate", metavar="X|auto", help="The rate of a step, 0.1 if not said; auto: backtracking.",
        rich_help_panel=DESCENT,
    ),
]  # fmt: skip
Steps = Annotated[
    int,
    typer.Option("--steps", metavar="N", min=1, max=1_000_000, help="At most so many; 100 if not said.",
                 rich_help_panel=DESCENT),
]  # fmt: skip
Method = Annotated[
    Literal["gd", "momentum", "adam"],
    typer.Option("--method", help="gd (if not said), momentum (0.9), or adam.", rich_help_panel=DESCENT),
]
Until = Annotated[
    float,
    typer.Option(
        "--until", metavar="TOL", min=0,
        help="Stop where the gradient is so small relative to the first; 1e-8 if not said.", rich_help_panel=DESCENT,
    ),
]  # fmt: skip
Trace = Annotated[
    str | None,
    typer.Option(
        "--trace", metavar="FILE", help="Write every step with its values: .csv or .jsonl", rich_help_panel=DESCENT
    ),
]
Get = Annotated[
    list[str] | None,
    typer.Option(
        "--get", metavar="NAME", help="Only the end of NAME, as a value to type back in; value is the loss.",
        rich_help_panel=options.OUTPUT,
    ),
]  # fmt: skip


def descend(
    context: typer.Context,
    outputs: options.Outputs,
    look: options.Look,
    settings: options.Values,
    wrt: options.Wrt = None,
    rate: Rate = "0.1",
    steps: Steps = 100,
    method: Method = "gd",
    until: Until = 1e-8,
    trace: Trace = None,
    get: Get = None,
) -> None:
    """Descend, and show the end."""
    from autograd_cli.arguments import leaves
    from autograd_cli.asking import chosen_format, request_of
    from autograd_cli.output import answer
    from autograd_cli.showing import show_reading, show_warnings, view_of

    found, environment = given(context), environment_of(context)
    form = chosen_format(outputs, get=bool(get), forms=FORMS)
    moving = [name for name in found.values if name in (leaves(wrt or (), (), found.used) or found.used)]
    if trace is not None and not trace.endswith((".csv", ".jsonl")):
        raise UsageError(f"--trace {trace}: the name ends in .csv or .jsonl", code="AG104", hint="--trace path.csv")
    request = request_of(found, environment, options.Gradients(), settings, check="none")

    from autograd_cli.descent import Watcher, write_trace
    from autograd_cli.views.descend import descent_answer
    from autograd_core.descend import Settings
    from autograd_core.descend import descend as run

    watcher = Watcher(environment, steps, keep=trace is not None)
    with watcher:
        end = run(request, moving, Settings(rate_of(rate), steps, method, until), watcher.see)
    show_reading(found.expression, environment, look)
    show_warnings(end, environment, look)
    if trace is not None:
        write_trace(trace, moving, watcher.kept, environment)
    if get:
        environment.stdout.write("".join(end_of(end, name) + "\n" for name in get))
    else:
        display = view_of(environment, look, file=outputs.output is not None)
        answer(descent_answer(end), form, outputs.output, environment, display)
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
    from autograd_cli.arguments import one_named
    from autograd_cli.document.numbers import value_text

    if name == "value" and "value" not in end.values:
        import numpy as np

        return value_text(np.asarray(end.loss))
    return value_text(end.values[one_named(name, "--get", tuple(end.values))])
