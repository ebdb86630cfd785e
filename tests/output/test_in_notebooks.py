"""A report and a graph show themselves in a notebook: valid HTML, in which the user's text is text."""

from __future__ import annotations

import html5lib
import numpy as np
import pytest

from autograd_core.calculate import calculate
from autograd_core.report import Report
from autograd_core.request import Request


@pytest.fixture(scope="module")
def report() -> Report:
    """An answer whose expression holds what HTML would take for a tag."""
    inputs = {"x": np.array([1.0, 2.0]), "y": np.array([3.0, 4.0]), "b": np.array(3.0)}
    return calculate(Request("sum(y*(x<b))", inputs))


def read(html: str) -> str:
    """The text that a browser shows of a part of a page, which must be valid."""
    found = html5lib.HTMLParser(strict=True).parseFragment(html)
    return " ".join("".join(found.itertext()).split())


def test_a_report_shows_values_gradients_formulas_and_the_verdict(report: Report) -> None:
    assert report.graph is not None
    shown = read(report._repr_html_())
    assert "sum(y*(x<b)) = 7" in shown
    assert "y[3, 4][1, 1]" in shown
    assert f"{report.verdict.compared} of {report.verdict.total} entries compared" in shown


def test_a_graph_shows_its_boxes(report: Report) -> None:
    assert report.graph is not None
    html = report.graph._repr_html_()
    assert html.count("<svg") == 1
    shown = read(html)
    assert all(part in shown for part in ("sum(y*(x < b))", "MulBackward0", "SumBackward0")), shown
