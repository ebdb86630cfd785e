"""``autograd-cli graph``: the computation graph of an expression, alone."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from autograd_cli import options
from autograd_cli.asking import chosen_format, request_of
from autograd_cli.command import environment_of, given
from autograd_cli.output import REPORT, answer
from autograd_cli.showing import show_note, show_warnings, view_of

HELP = """The computation graph of EXPR: every value, every gradient, and how they hang together.

\b
autograd-cli graph "sum((Y-W2*W1*X1)**2)" \\
    --x1 2,3,4,5 --w1 1,1,1,1 --w2 1,2,3,4 --y 1,1,1,1
autograd-cli graph "h = tanh(W @ x); sum(h)" --W "1,2;3,4" --x 1,0 \\
    --output graph.svg
autograd-cli graph "x*y + x" --x 2 --y 3 --format dot | dot -Tpdf -o graph.pdf

A value that is used more than once is one node. A result that is not a single
number has gradients once --grad-tensor says how to weigh its entries.
"""

FORMS = {".svg": "svg", ".dot": "dot", ".gv": "dot", ".mmd": "mermaid"} | REPORT
"""The form of a graph by the end of a file's name."""

Format = Annotated[
    Literal["tree", "dot", "mermaid", "svg", "table", "json", "plain", "markdown", "latex"] | None,
    typer.Option(
        "--format",
        metavar="FORM",
        help="tree, dot for Graphviz, mermaid, svg, json, plain, markdown or latex.",
        rich_help_panel=options.OUTPUT,
    ),
]
Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help=f"Write to FILE instead: {' '.join(FORMS)}",
        rich_help_panel=options.OUTPUT,
    ),
]


Direction = Annotated[
    Literal["down", "right"],
    typer.Option(
        "--direction", help="Where the data of a drawing flows; down if not said.", rich_help_panel=options.OUTPUT
    ),
]


def graph(
    context: typer.Context,
    gradients: options.Gradients,
    look: options.Look,
    values: options.Values,
    format: Format = None,
    json: options.Json = False,
    output: Output = None,
    direction: Direction = "down",
) -> None:
    """Draw the graph of an expression."""
    found, environment = given(context), environment_of(context)
    outputs = options.Outputs("table" if format == "tree" else format, json, output)  # type: ignore[arg-type]  # more
    form = chosen_format(outputs, forms=FORMS)
    from autograd_cli.views.graph import graph_answer
    from autograd_cli.writers.cost import writing
    from autograd_core.calculate import outline

    instead = "--format tree shows their range; --output r.npz holds all numbers"
    wanted = writing(form, full=False, tree=True, instead=instead)
    report = outline(request_of(found, environment, gradients, values, writing=wanted))
    show_warnings(report, environment, look)
    if report.missing and form != "json":
        show_note(f"no gradients: {report.missing}", environment, look)
    answer(
        graph_answer(report, across=direction == "right"),
        form,
        output,
        environment,
        view_of(environment, look, file=output is not None),
    )
