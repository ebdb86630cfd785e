"""Drawings and answers as HTML and SVG: a page in one file, a part of a notebook, a picture of a graph."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any

from autograd_core.array_text import ArrayStyle, inline
from autograd_core.escape import escape
from autograd_core.graph_data import GraphData
from autograd_core.page.graph import draw

BUTTONS = (
    ("first", "Start", "only the inputs"),
    ("back", "Back", "one step back (left arrow)"),
    ("next", "Next", "one step on (right arrow)"),
    ("last", "End", "the last step"),
    ("all", "Show all", "every value and gradient (Escape)"),
)
ZOOMS = (("wider", "-", "zoom out"), ("closer", "+", "zoom in"), ("fit", "Fit", "the whole graph"))


@cache
def asset(name: str) -> str:
    """The text of the frame, the style or the script."""
    return (files("autograd_core.page") / name).read_text(encoding="utf-8")


def page(title: str, body: str, maker: str) -> str:
    """The whole file around a body, which is HTML; ``title`` and ``maker``, the program that made it, are text.

    No other style and no other script runs in it.
    """
    style, script = asset("graph.css") + asset("page.css") + "\n" + asset("chart.css"), asset("page.js")
    own = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    policy = f"default-src 'none'; style-src 'sha256-{own[0]}'; script-src 'sha256-{own[1]}'; base-uri 'none'"
    frame = Template(asset("page.html"))
    return frame.substitute(
        policy=escape(policy), maker=escape(maker), title=escape(title), style=style, body=body, script=script
    )


def controls() -> str:
    """The buttons and the slider, and where a step is said."""
    steps, zooms = (
        "".join(
            f'<button type="button" data-does="{does}" title="{about}" aria-label="{name}: {about}">{name}</button>'
            for does, name, about in buttons
        )
        for buttons in (BUTTONS, ZOOMS)
    )
    slider = '<input type="range" min="0" value="0" aria-label="step">'
    return f'<div class="controls">{steps}{slider}{zooms}</div>\n<div class="said" aria-live="polite"></div>'


def standalone(graph: GraphData, title: str, look: ArrayStyle, *, across: bool = False) -> str:
    """The drawing of a graph as a file of its own."""
    start, rest = draw(graph, title, look, across=across).split(">", 1)
    return f"{start}><title>{escape(title)}</title><style>{asset('graph.css')}</style>{rest}\n"


def in_notebook(found: Any) -> str:
    """A part of a page of somebody else, which Jupyter asks for, with the style of graphs and no script.

    Of a graph that is its drawing under the text of its result, of a report what it found.
    """
    if isinstance(found, GraphData):
        title = next((node.text for node in found.nodes if node.id == found.root), "graph")
        body = draw(found, title, ArrayStyle())
    else:
        title, body = report_in_notebook(found)
    return f'<div class="autograd"><style>{asset("graph.css")}</style><h4>{escape(title)}</h4>{body}</div>'


def report_in_notebook(report: Any) -> tuple[str, str]:
    """The value, then a row for each input, the verdict, and the graph where there is one."""
    look = ArrayStyle()

    def code(found: Any) -> str:
        if found is None:
            return "–"
        return f"<code>{escape(found if isinstance(found, str) else inline(found, look))}</code>"

    cells = [[code(each.name), *map(code, (each.value.data, each.grad, each.formula))] for each in report.variables]
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in cells)
    head = "".join(f"<th>{title}</th>" for title in ("input", "value", "gradient", "formula"))
    verdict = report.verdict
    checked = f"<p>{escape(verdict.status)}: {verdict.compared} of {verdict.total} entries compared</p>"
    drawn = draw(report.graph, report.expression, look) if report.graph is not None else ""
    title = f"{report.expression.strip()} = {inline(report.result.data, look)}"
    return title, f"<table><tr>{head}</tr>{rows}</table>{checked}{drawn}"
