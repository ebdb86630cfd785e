"""``autograd-cli graph``: the computation graph of an expression, alone."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from autograd_cli import options
from autograd_cli.asking import chosen_format, request_of
from autograd_cli.command import environment_of, given
from autograd_cli.output import REPORT, deliver
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
        metavar="FILE",
        help=f"Write to FILE instead: {' '.join(FORMS)}",
        rich_help_panel=options.OUTPUT,
    ),
]


def graph(
    context: typer.Context,
    grad_tensor: options.GradTensors = None,
    zero_grad: options.ZeroGrad = False,
    wrt: options.Wrt = None,
    no_grad: options.NoGrad = None,
    format: Format = None,
    json: options.Json = False,
    output: Output = None,
    precision: options.Precision = None,
    full: options.Full = False,
    color: options.Color = "auto",
    ascii: options.Ascii = False,
    width: options.Width = None,
    dtype: options.Dtype = "float64",
    seed: options.Seed = 0,
) -> None:
    """Draw the graph of an expression."""
    found, environment = given(context), environment_of(context)
    form = chosen_format("table" if format == "tree" else format, json, None, output, FORMS)
    from autograd_cli.render.effort import NPZ, writing

    request = request_of(
        found,
        environment,
        grad_tensor=grad_tensor,
        wrt=wrt,
        no_grad=no_grad,
        seed=seed,
        zero_grad=zero_grad,
        dtype=dtype,
        writing=writing(form, full=False, tree=True, instead=f"--format tree shows their range; {NPZ}"),
    )
    from autograd_core.calculate import outline

    report = outline(request)
    show_warnings(report, environment, color, width)
    if report.missing and form != "json":
        show_note(f"no gradients: {report.missing}", environment, color, width)
    view = view_of(
        environment,
        file=output is not None,
        width=width,
        color=color,
        ascii=ascii,
        precision=precision,
        full=full,
    )
    from autograd_cli.views.graph import graph_answer

    deliver(graph_answer(report), form, output, environment, view)
