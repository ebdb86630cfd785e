"""A Jacobian or Hessian as a picture: each entry a cell whose colour says its sign and size."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from command_runs import Cli


def cells(file: Path) -> list[tuple[str, float, str]]:
    """The kind, the strength and the words of each cell."""
    picture = ElementTree.fromstring(file.read_text())
    found = [each for each in picture.iter() if each.tag.endswith("rect") and each.get("fill-opacity")]
    return [(each.attrib["class"], float(each.attrib["fill-opacity"]), "".join(each.itertext())) for each in found]


def test_a_cell_says_sign_size_and_number(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "h.svg"
    assert cli("hessian", "2*x[0]**2 - x[0]*x[1]", "--x", "1,2", "--output", str(file)).status == 0
    assert cells(file) == [
        ("plus", 0.4, "x[0], x[0]: 4"),
        ("minus", 0.1, "x[0], x[1]: -1"),
        ("minus", 0.1, "x[1], x[0]: -1"),
        ("plus", 0.0, "x[1], x[1]: 0"),
    ]


@pytest.mark.parametrize("size", [3, 40])
def test_a_large_matrix_has_colours_only(cli: Cli, tmp_path: Path, size: int) -> None:
    file = tmp_path / "j.svg"
    words = ("jacobian", "x*flip(x)", "--x", f"randn({size})", "--check", "none", "--output", str(file))
    assert cli(*words).status == 0
    assert len(cells(file)) == size * size
    written = [e for e in ElementTree.fromstring(file.read_text()).iter() if e.tag.endswith("text")]
    assert (len(written) > size * size) == (size == 3)


def test_a_very_large_matrix_is_shown_by_the_largest_of_each_block(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "h.svg"
    words = ("hessian", "sum(w*x**2)/2 + 5*x[0]*x[3] - 9*x[100]*x[7]", "--x", "ones(150)", "--w", "arange(150)")
    assert cli(*words, "--wrt", "x", "--check", "none", "--output", str(file)).status == 0
    texts = dict(text.split(": ") for _, _, text in cells(file))
    assert len(texts) == 75 * 75
    assert (texts["0 to 1, 2 to 3"], texts["0 to 1, 0 to 1"], texts["148 to 149, 148 to 149"]) == ("5", "1", "149")
    assert (texts["100 to 101, 6 to 7"], texts["6 to 7, 100 to 101"], texts["0 to 1, 4 to 5"]) == ("-9", "-9", "0")
    assert "each cell shows the largest of 2 by 2 entries" in file.read_text()


def test_a_jacobian_by_a_matrix_is_one_too(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "j.svg"
    words = ("jacobian", "A @ x", "--A", "ones(2,25)", "--x", "arange(25)", "--wrt", "A", "--output", str(file))
    assert cli(*words).status == 0
    found = [text.split(": ")[1] for _, _, text in cells(file)]
    assert [float(text) for text in found] == [*range(25), *[0] * 50, *range(25)]


def test_what_is_not_finite_has_a_colour_of_its_own(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "h.svg"
    cli("jacobian", "sqrt(x)", "--x", "0,4", "--output", str(file))
    assert cells(file)[0][0] == "odd"
