"""Numbers stay whole and beside what they belong to, in narrow terminals, on axes and in the boxes of a page."""

from __future__ import annotations

import re
from pathlib import Path

from command_runs import Cli

INVERSE = ("grad", "sum(inv(A)*B)", "--A", "1,2,3;4,5,6;7,8,10", "--B", "1,0,0;0,1,0;0,0,1", "--check", "none")


def test_the_rows_of_a_small_matrix_stay_whole_in_the_tree(cli: Cli) -> None:
    tree = cli(*INVERSE, "--no-formula", "--width", "80").stdout.partition("\ngraph")[2]
    assert "[[-0.666667,  -1.33333,   1.00000]," in tree
    assert "[  1.00000,        -2,   1.00000]]" in tree


def test_rows_that_have_no_room_for_columns_of_equal_width_are_not_broken(cli: Cli) -> None:
    rows = cli("grad", "sum(exp(W))", "--W", "0,-7,-9;-3,-5,-2", "--no-tree", "--check", "none", "--width", "50").stdout
    assert re.search(r"\[\[1, 0\.000911882, 0\.000123410\],\n +\[0\.0497871, 0\.00673795, 0\.135335\]\]", rows)


def test_steps_stand_beside_their_numbers_where_these_have_room(cli: Cli) -> None:
    steps = cli("grad", "x*sin(x)", "--x", "2", "--steps", "--no-tree", "--check", "none", "--width", "40").stdout
    assert re.search(r"^    v1 = sin\(x\) +\(\)  0\.909297$", steps, re.MULTILINE)


def test_the_loss_is_drawn_from_its_start_over_powers_of_ten(cli: Cli) -> None:
    words = ("descend", "sum(w**2)", "--w", "3,4", "--rate", "0.4", "--steps", "8", "--width", "60")
    drawn = cli(*words).stdout
    marks = [float(mark) for mark in re.findall(r"^ *(\S+) ┤", drawn, re.MULTILINE)]
    assert len(marks) > 2
    assert all(re.fullmatch(r"10*(e-?\d+)?|0\.0*1", f"{mark:g}") for mark in marks)
    first = next(row for row in drawn.splitlines() if "│" in row or "┤" in row)
    assert first.split("│")[-1].split("┤")[-1].strip(), "the largest loss touches the top"


def test_a_page_has_every_digit_in_its_boxes_and_the_steps_once(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    words = ("grad", "sum(x**2)", "--x", "linspace(0,1,9)/3", "--steps", "--check", "none", "--output", str(out))
    assert cli(*words).status == 0
    page = out.read_text(encoding="utf-8")
    boxes = re.findall(r'<text class="(?:value|grad)"[^>]*>([^<]*)</text>', page)
    assert "0.0416667" in " ".join(boxes)
    assert not any("…" in text for text in boxes)
    assert [page.count(f"<h3>{each}</h3>") for each in ("forward", "backward")] == [1, 1]
    assert page.count('data-phase="forward"') == 2


def test_a_number_of_a_node_in_a_formula_is_said_by_its_box(cli: Cli) -> None:
    words = ("graph", "sum(tanh(x)*x)", "--x", "1,2", "--format")
    for form, title in (("svg", "MulBackward0 #2 (2,)"), ("dot", r"MulBackward0 #2 (2,)\n#1*x")):
        assert title in cli(*words, form).stdout


def test_pages_and_pictures_have_the_precision_that_was_asked_for(cli: Cli, tmp_path: Path) -> None:
    for command, kind in (("grad", "html"), ("graph", "svg")):
        out = tmp_path / f"answer.{kind}"
        assert cli(command, "sum(x/3)", "--x", "1,2", "--precision", "3", "--output", str(out)).status == 0
        shown = out.read_text(encoding="utf-8")
        assert "0.333" in shown
        assert "0.33333" not in shown
