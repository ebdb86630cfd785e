"""What people see, letter for letter: each report at several widths, against a file in tests/cases.

After a change that is meant, AUTOGRAD_WRITE_CASES=1 pytest tests/test_render_cases.py writes the files anew: read the
difference as a student would.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest

from autograd_cli.document import Display
from autograd_cli.views.gradient import gradient_answer
from autograd_cli.writers import write
from autograd_core.report import Report
from cases import render_reports

CASES = Path(__file__).resolve().parents[1] / "cases"

VIEWS: dict[str, Display] = {
    "20": Display(width=20),
    "40": Display(width=40),
    "80": Display(width=80),
    "140": Display(width=140),
    "piped": Display(),
    "ascii": Display(width=80, ascii=True),
    "color": Display(width=80, color=True),
}

SHOWN = {
    "main_job": ["20", "40", "80", "140", "piped", "ascii", "color"],
    "softmax": ["40", "80", "140", "piped"],
    "matrices": ["40", "80", "140", "piped", "ascii"],
    "large": ["20", "80", "140", "piped"],
    "disagreeing": ["40", "80", "color", "ascii"],
    "kinked": ["40", "80", "color", "ascii"],
    "skipped": ["20", "80", "color"],
    "markup": ["80", "ascii", "color"],
    "shared": ["40", "80", "140", "ascii"],
    "deep": ["40", "80"],
    "bushy": ["80", "ascii"],
    "huge_graph": ["80", "piped", "ascii"],
    "many": ["80", "piped"],
    "constant": ["80"],
    "odd": ["80", "140"],
}


def table(report: Report, view: Display) -> str:
    stream = io.StringIO()
    write(gradient_answer(report), "table", view, stream)
    return stream.getvalue()


@pytest.mark.parametrize(("name", "view"), [(name, view) for name, views in SHOWN.items() for view in views])
def test_a_report_looks_as_it_should(name: str, view: str) -> None:
    make: Any = getattr(render_reports, name)
    shown = table(make(), VIEWS[view])
    path = CASES / f"render_{name}_{view}.txt"
    if os.environ.get("AUTOGRAD_WRITE_CASES"):
        path.write_text(shown, encoding="utf-8", newline="\n")
    assert shown == path.read_text(encoding="utf-8")
