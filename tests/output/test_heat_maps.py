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
        ("plus", 0.75, "x[0], x[0]: 4"),
        ("minus", 0.188, "x[0], x[1]: -1"),
        ("minus", 0.188, "x[1], x[0]: -1"),
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


def test_what_is_not_finite_has_a_colour_of_its_own(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "h.svg"
    cli("jacobian", "sqrt(x)", "--x", "0,4", "--output", str(file))
    assert cells(file)[0][0] == "odd"
