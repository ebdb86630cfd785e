"""The report for people: true and complete at every width, letter for letter, in colour and without."""

from __future__ import annotations

import dataclasses
import functools
import io
import re
from typing import Any

import numpy as np
import pytest

from autograd_cli.document import Display
from autograd_cli.views.gradient import gradient_answer
from autograd_cli.writers import write
from autograd_core import escape as letters
from autograd_core.escape import columns, fold
from autograd_core.report import Report
from cases import render_reports
from cases.render_reports import agreeing, main_job, overall, report, variable

ALL = ["main_job", "softmax", "matrices", "large", "disagreeing", "kinked", "skipped", "markup", "shared", "deep"]
ALL += ["bushy", "huge_graph", "many", "constant", "odd"]
ESCAPE = re.compile(r"\x1b\[[\d;]*m")


def table(report: Report, **view: Any) -> str:
    stream = io.StringIO()
    write(gradient_answer(report), "table", Display(**view), stream)
    return stream.getvalue()


@functools.cache
def made(name: str) -> Report:
    make: Any = getattr(render_reports, name)
    found: Report = make()
    return found


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("width", [None, 10, 20, 33, 40, 61, 80, 100, 140])
def test_without_colour_there_is_no_escape_code_and_no_blank_at_the_end(name: str, width: int | None) -> None:
    for line in table(made(name), width=width).splitlines():
        assert line.isprintable()
        assert line == line.rstrip()


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("width", [None, 20, 80])
def test_colour_changes_nothing_but_the_colour(name: str, width: int | None) -> None:
    colored = table(made(name), width=width, color=True)
    assert ESCAPE.sub("", colored) == table(made(name), width=width)
    assert "\x1b" in colored or name == "constant"
    assert not set(re.findall(r"\x1b\[([\d;]*)m", colored)) - {
        "0",
        "1",
        "1;38;5;131",
        "1;38;5;29",
        "1;38;5;163",
        "38;5;63",
    }


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("width", [None, 20, 80])
def test_ascii_is_ascii(name: str, width: int | None) -> None:
    assert table(made(name), width=width, ascii=True, color=True).isascii()
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="strict")
    write(gradient_answer(made(name)), "table", Display(width=width, ascii=True), stream)
    stream.flush()


@pytest.mark.parametrize("name", ["main_job", "softmax", "disagreeing", "kinked", "skipped", "shared", "bushy", "many"])
def test_no_line_is_wider_than_the_terminal(name: str) -> None:
    for width in range(24, 150):
        for line in table(made(name), width=width).splitlines():
            assert columns(line) <= width, (width, line)


@pytest.mark.parametrize("width", range(8, 150))
def test_no_number_of_the_inputs_is_missing_at_any_width(width: int) -> None:
    upper = table(main_job(), width=width, tree=False)
    shown = [int(each) for each in re.findall(r"(?<![\w.*])-?\d+(?![\w*.])", upper.replace("\n", " "))]
    for each in main_job().variables:
        assert each.grad is not None
        for number in [*each.value.data.tolist(), *each.grad.tolist()]:
            assert number in shown


def test_every_word_a_user_typed_is_shown_letter_for_letter() -> None:
    shown = table(made("markup"))
    for text in ("x[red] + x[/] + x[:100:] + x[bold] # :smile:", "[link=http://a]b[/link]", "x[/] + [red]"):
        assert text in shown
    assert "no formula for Größe_α: [i]no[/i]" in shown
    assert "[/] = x[/]\\x1b[2J" in shown
    assert "\\u202e \\t [link" in shown


@pytest.mark.parametrize(
    "sign", ["\x00", "\x07", "\x1b", "\x7f", "\x9b", "\u200e", "\u202e", "\u2028", "\udcff", "\ufeff"]
)
def test_signs_that_steer_a_terminal_are_escaped(sign: str) -> None:
    assert letters.shown(f"a{sign}b", ascii=False).isprintable()
    shown = table(report(f"x{sign}", 1, variable(f"x{sign}", 1, 1, f"x{sign}")))
    assert sign not in shown
    shown.encode()


def test_lines_of_a_piped_report_are_as_long_as_they_need_to_be() -> None:
    for name in ALL:
        lines = table(made(name)).splitlines()
        for number, line in enumerate(lines):
            if set(line) == {"─"}:
                table_end = next((n for n in range(number, len(lines)) if not lines[n]), len(lines))
                content = [lines[number - 1], *lines[number + 1 : table_end]]
                assert columns(line) <= max(map(columns, content)) + 6  # a title may be wider than what is below it


def test_values_of_several_lines_and_statements_stand_below_the_expression() -> None:
    assert table(report("x", [[1.25, -20], [300, 4]])).startswith("x = [[1.25, -20], [300, 4]]\n")
    matrix = np.arange(16.0).reshape(4, 4)
    assert table(report("x", matrix), width=80).startswith("x\n→ [[ 0,  1,  2,  3],\n   [ 4,  5,  6,  7],\n")
    assert table(report("y = x\ny*2 # twice", 4)).startswith("y = x\ny*2 # twice\n→ 4\n")
    assert table(report("x == 1", 1), ascii=True).startswith("x == 1\n-> 1\n")


def test_grad_tensors_are_said() -> None:
    assert "\nv = [1, 0, 0]\n" in table(made("softmax"))
    hidden = report("v*x", [2], variable("v", [1], [2]), names=("f", "v_"), grad_tensors=(np.array([2.0]),))
    assert "\nv_ = [2]\n" in table(hidden)
    assert "2 grad tensors, one backward for each:\n1. v = [[1], [1], [1]]\n2. v = " in table(made("matrices"))
    assert "1. v = 1\n2. v = 3\n" in table(report("x", 1, grad_tensors=(None, np.array(3.0))))
    assert "v = " not in table(main_job())


def test_formulas_can_be_left_out() -> None:
    shown = table(main_job(), formula=False, width=80)
    assert "formula" not in shown
    assert "-2*W1*W2" not in shown
    assert "formula" not in table(report("x", 1, variable("x", 1, 1)))


def test_the_tree_can_be_left_out() -> None:
    assert "SumBackward0" not in table(main_job(), tree=False)


def test_warnings_are_for_standard_error() -> None:
    assert "AG405" not in table(made("large"))


def test_precision() -> None:
    shown = table(report("x", 1 / 3, variable("x", 2 / 3, 1 / 7)), precision=3)
    assert "x = 0.333\n" in shown
    assert "0.667  0.143" in shown
    assert "0.6666666666666666" in table(report("x", 1 / 3, variable("x", 2 / 3, 1 / 7)), precision=17)


def test_everything_is_shown_when_asked_for() -> None:
    shown = table(made("large"), full=True, width=80)
    assert "…" not in shown
    assert "57.3" in shown


VERDICTS = [
    ({}, {}, "✓ SymPy agrees: 4 of 4 gradient entries, largest difference 0"),
    ({"method": "numeric"}, {}, "✓ numeric differentiation agrees: 4 of 4 gradient entries, largest difference 0"),
    ({"method": "all"}, {}, "✓ SymPy and numeric differentiation agree: 4 of 4 gradient entries, largest difference 0"),
    (
        {"kinks": 1, "compared": 3},
        {"kinks": 1, "compared": 3},
        "✓ SymPy agrees: 3 of 4 gradient entries, largest difference 0\n"
        "  1 entry at a kink, where there is no derivative: 1 of x",
    ),
    (
        {"covered": 3, "compared": 1},
        {"covered": 3, "compared": 1},
        "✓ SymPy agrees: 4 of 4 gradient entries (1 one by one, 3 by projections), largest difference 0",
    ),
    (
        {"status": "partial", "compared": 3, "reason": "no time left"},
        {"status": "partial", "compared": 3},
        "◐ SymPy agrees in part: 3 of 4 gradient entries, largest difference 0\n  1 entry not compared: no time left",
    ),
    (
        {"status": "partial", "compared": 0, "kinks": 4, "reason": "every entry is at a kink"},
        {"status": "partial", "compared": 0, "kinks": 4, "max_abs_error": None},
        "◐ nothing compared: 0 of 4 gradient entries\n  4 entries at a kink, where there is no derivative: 4 of x",
    ),
    (
        {"status": "skipped", "compared": 0, "reason": "SymPy cannot read det"},
        {"status": "skipped", "compared": 0, "max_abs_error": None},
        "– not checked: SymPy cannot read det",
    ),
    (
        {"status": "disagree"},
        {"status": "disagree", "max_abs_error": 2.0},
        "✗ SymPy disagrees: 4 of 4 gradient entries, largest difference 2 (rtol 1e-09, atol 1e-12)",
    ),
]


@pytest.mark.parametrize(("check", "verdict", "words"), VERDICTS)
def test_the_verdict_in_words(check: dict[str, Any], verdict: dict[str, Any], words: str) -> None:
    one = variable("x", [1, 2, 3, 4], [1, 2, 3, 4], check=agreeing(4, **check))
    shown = table(report("x", 1, one, verdict=overall(4, **verdict)))
    assert words in shown
    assert "0 entries not compared" not in shown


def test_numbers_that_disagree_are_shown_with_the_digits_that_differ() -> None:
    assert "W1[2]: 264 here, 264.00000001 by SymPy" in table(made("disagreeing"))


def test_ten_thousand_inputs_are_ten_thousand_lines() -> None:
    many = report("x", 1, *(variable(f"x{k}", k, k) for k in range(10_000)))
    assert table(many, width=80).count("\n") == 10_006


def test_wide_letters_take_two_columns() -> None:
    assert columns("変数") == 4
    assert columns("e\u0301") == 1
    shown = table(report("x", 1, variable("変数", 1, 5), variable("x", 1, 7)))
    first, second = (line for line in shown.splitlines() if "()" in line)
    assert columns(first.partition("5")[0]) == columns(second.partition("7")[0])


def test_folded_text_keeps_its_numbers_and_names() -> None:
    text = "-2*W1*W2*(Y - W1*W2*X1) + 0.333333*exp(-1e-05*longer_name)"
    for width in range(1, 60):
        rows = fold(text, width)
        assert "".join(rows).replace(" ", "") == text.replace(" ", "")
        tokens = [each for row in rows for each in re.findall(r"\d+\.\d+|\de-\d\d|\w+", row)]
        assert tokens == re.findall(r"\d+\.\d+|\de-\d\d|\w+", text)


def test_the_report_may_have_no_check_at_all() -> None:
    bare = dataclasses.replace(main_job().variables[0], check=None)
    assert "–" in table(report("x", 1, bare, verdict=overall(4, status="skipped", reason="not asked for")), width=30)
