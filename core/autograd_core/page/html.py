"""A page: one HTML file with its style, its script and nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from autograd_core.graph_data import GraphData
from autograd_core.page.graph import Rows, draw, small_rows
from autograd_core.page.markup import escape
from autograd_core.page.numbers import one_line
from autograd_core.page.steps import StepItem, Text, formulas_of, items_of, slopes_of
from autograd_core.worked_steps import Steps

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
    """The text of the style or the script."""
    return (files("autograd_core.page") / name).read_text(encoding="utf-8")


def digest(text: str) -> str:
    """What the page's policy names a style or a script by, so that no other runs."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def page(title: str, body: str, maker: str, extra: str = "") -> str:
    """The whole file around a body, which is HTML; ``title`` and ``maker``, the program that made it, are text.

    ``extra`` is more style, for what the body brings.
    """
    style, script = asset("graph.css") + asset("page.css") + extra, asset("page.js")
    policy = f"default-src 'none'; style-src {digest(style)}; script-src {digest(script)}; base-uri 'none'"
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta name="generator" content="{escape(maker)}">',
            f"<title>{escape(title)}</title>",
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            "<main>",
            body,
            "</main>",
            f"<footer>Made by {escape(maker)}.</footer>",
            f"<script>{script}</script>",
            "</body>",
            "</html>",
            "",
        ]
    )


def graph_section(
    graph: GraphData,
    steps: Steps | None,
    title: str,
    *,
    across: bool = False,
    rows: Rows = small_rows,
    text: Text = one_line,
) -> str:
    """The graph with its buttons, and the list of its steps, which a page without scripts shows as it is.

    ``rows`` and ``text`` write the arrays in boxes and in steps.
    """
    items = items_of(graph, steps, text) if steps is not None else []
    parts = ["<section>", "<h2>Graph</h2>"]
    if items:
        parts.append(controls(len(items)))
    formulas = formulas_of(graph, steps) if steps is not None else None
    slopes = slopes_of(graph, steps) if steps is not None else None
    parts += [
        f'<div class="stage">{draw(graph, title, formulas, slopes, across=across, rows=rows)}</div>',
        '<div class="detail"></div>',
    ]
    if items:
        parts += ["<h2>Steps</h2>", '<div class="scroll"><ol class="steps">', *map(listed, items), "</ol></div>"]
    return "\n".join([*parts, "</section>"])


def controls(count: int) -> str:
    """The buttons and the slider."""
    made = [
        f'<button type="button" data-does="{does}" title="{about}">{name}</button>' for does, name, about in BUTTONS
    ]
    slider = f'<input type="range" min="0" max="{count}" value="0" aria-label="step">'
    zooms = [
        f'<button type="button" data-does="{does}" title="{about}" aria-label="{about}">{name}</button>'
        for does, name, about in ZOOMS
    ]
    said = '<div class="said" aria-live="polite"></div>'
    return f'<div class="controls">{"".join(made)}{slider}{"".join(zooms)}</div>{said}'


def listed(item: StepItem) -> str:
    """A step as an item of the list."""
    return f'<li data-node="{item.node}" data-phase="{item.phase}">{item.words}</li>'


def fragment(title: str, body: str) -> str:
    """A part of a page of somebody else, a notebook, with the style of graphs and no script."""
    return f'<div class="autograd"><style>{asset("graph.css")}</style><h4>{escape(title)}</h4>{body}</div>'


def standalone(graph: GraphData, title: str, *, across: bool = False, rows: Rows = small_rows) -> str:
    """The drawing of a graph as a file of its own."""
    drawn = draw(graph, title, across=across, rows=rows)
    start, rest = drawn.split(">", 1)
    return f"{start}><title>{escape(title)}</title><style>{asset('graph.css')}</style>{rest}\n"
