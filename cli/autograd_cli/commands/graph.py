"""``autograd-cli graph``: the computation graph of an expression, alone."""

from __future__ import annotations

from typing import Literal

import typer

from autograd_cli.commands.call import Call
from autograd_cli.commands.requests import request_of, writing
from autograd_cli.options import OUTPUT, REPORT, Gradients, Outputs, Values, option


class GraphOutputs(Outputs, panel=OUTPUT):
    """The forms of a graph, among them those of other programs."""

    FORMATS = ("tree", "dot", "mermaid", "svg", *Outputs.FORMATS)
    FORMS = {".svg": "svg", ".dot": "dot", ".gv": "dot", ".mmd": "mermaid"} | REPORT

    direction: Literal["down", "right"] = option(
        "--direction", "Where the data of a drawing flows; down if not said.", default="down"
    )


def graph(context: typer.Context, gradients: Gradients, outputs: GraphOutputs, values: Values) -> None:
    """The computation graph of EXPR: every value, every gradient, and how they hang together."""
    call = Call(context, outputs)
    from autograd_cli.views.gradient import graph_answer
    from autograd_core.calculate import outline

    instead = "--format tree shows their range; --output r.npz holds all numbers"
    wanted = writing(call.form, full=False, tree=True, instead=instead)
    report = outline(request_of(call.given, gradients, values, writing=wanted))
    missing = f"no gradients: {report.missing}" if report.missing and call.form != "json" else None
    answer = graph_answer(report, across=outputs.direction == "right")
    call.respond(answer, report.warnings, note=missing)
