"""What a notebook shows of a report and of a graph: ``_repr_html_``, which Jupyter asks for."""

from __future__ import annotations

from typing import Any

from autograd_core.graph_data import GraphData
from autograd_core.page.graph import draw
from autograd_core.page.html import fragment
from autograd_core.page.markup import escape
from autograd_core.page.numbers import one_line


def report_html(report: Any) -> str:
    """The value, a row for each input, the verdict, and the graph where there is one."""
    rows = "".join(
        f"<tr><td>{code(each.name)}</td><td>{number(each.value.data)}</td>"
        f"<td>{gradient(each)}</td><td>{formula(each)}</td></tr>"
        for each in report.variables
    )
    head = "".join(f"<th>{title}</th>" for title in ("input", "value", "gradient", "formula"))
    table = f"<table><tr>{head}</tr>{rows}</table>"
    verdict = report.verdict
    checked = f"<p>{escape(verdict.status)}: {verdict.compared} of {verdict.total} entries compared</p>"
    drawn = draw(report.graph, report.expression) if report.graph is not None else ""
    return fragment(f"{report.expression.strip()} = {one_line(report.result.data)}", table + checked + drawn)


def graph_html(graph: GraphData) -> str:
    """The drawing of a graph under the text of its result."""
    title = next((node.text for node in graph.nodes if node.id == graph.root), "graph")
    return fragment(title, draw(graph, title))


def code(text: str) -> str:
    """A text of the language."""
    return f"<code>{escape(text)}</code>"


def number(array: Any) -> str:
    """A number or an array."""
    return code(one_line(array))


def gradient(each: Any) -> str:
    """The gradient of an input, or a dash."""
    return "–" if each.grad is None else number(each.grad)


def formula(each: Any) -> str:
    """The gradient of an input in closed form, or a dash."""
    return "–" if each.formula is None else code(each.formula)
