"""``plot``: values and derivatives at every point, and the places where there is none, found and named."""

from __future__ import annotations

import csv
import io
import math
import shlex
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest

from command_runs import Cli

MARKS = [
    ("abs(x)", "-5:5", [("kink", 0)]),
    ("relu(x)", "-5:5", [("kink", 0)]),
    ("maximum(x, 1-x)", "-5:5", [("kink", 0.5)]),
    ("clip(x, -1, 1)", "-5:5", [("kink", -1), ("kink", 1)]),
    ("sum(maximum(x - [1, 2, 3.5], 0))", "-5:5", [("kink", 1), ("kink", 2), ("kink", 3.5)]),
    ("sqrt(abs(x))", "-2:2", [("kink", 0)]),
    ("floor(x)", "-1.5:1.5", [("jump", -1), ("jump", 0), ("jump", 1)]),
    ("sign(x)", "-1:1", [("jump", 0)]),
    ("where(x < 1, x, 2*x)", "-5:5", [("jump", 1)]),
    ("x % 1", "-0.5:1.5", [("jump", 0), ("jump", 1)]),
    ("floor(x)", "1:2", [("jump", 2)]),
    ("ceil(x)", "1:2", [("jump", 1)]),
    ("1/x", "-5:5", [("pole", 0)]),
    ("1/x**2", "-5:5", [("pole", 0)]),
    ("tan(x)", "0:6", [("pole", math.pi / 2), ("pole", 3 * math.pi / 2)]),
    ("log(x)", "-1:5", [("pole", 0)]),
    ("sqrt(x)", "-1:5", [("end", 0)]),
    ("asin(x)", "-2:2", [("end", -1), ("end", 1)]),
    ("(x**2 - 1)/(x - 1)", "-1:3", [("hole", 1)]),
    *[(smooth, "-5:5", []) for smooth in ("x**2", "exp(x)", "sin(20*x)", "tanh(50*x)", "gelu(x)", "7 + 0*x", "x*1e-9")],
]


@pytest.mark.parametrize(("expression", "ends", "marks"), MARKS, ids=[mark[0] for mark in MARKS])
def test_what_is_not_smooth_is_marked(cli: Cli, expression: str, ends: str, marks: list[tuple[str, float]]) -> None:
    found = cli("plot", expression, "--x", ends, "--points", "401", "--json").json["marks"]
    assert [mark["kind"] for mark in found] == [kind for kind, _ in marks]
    assert [mark["x"] for mark in found] == pytest.approx([at for _, at in marks], abs=1e-9)


def test_the_sides_of_a_mark_are_told(cli: Cli) -> None:
    [kink] = cli("plot", "abs(x) + 2*x", "--x", "-3:3", "--json").json["marks"]
    assert kink == {"kind": "kink", "x": 0.0, "left": 0.0, "right": 0.0, "slopes": [1.0, 3.0]}
    [pole] = cli("plot", "1/x", "--x", "-3:3", "--json").json["marks"]
    assert (pole["left"], pole["right"]) == ("-Infinity", "Infinity")
    poles = cli("plot", "tan(x)", "--x", "-2:2", "--json").json["marks"]
    assert [(each["left"], each["right"]) for each in poles] == [("Infinity", "-Infinity")] * 2
    poles = cli("plot", "gamma(x)", "--x", "-4:4", "--json").json["marks"]
    assert [each["x"] for each in poles] == [-4, -3, -2, -1, 0]
    printed = cli("plot", "where(x < 1, x, 2*x)", "--x", "0:2").stdout
    assert "jump at x = 1: from 1 to 2" in printed


def test_every_point_has_the_value_and_the_derivative(cli: Cli) -> None:
    answer = cli("plot", "sin(x)*exp(-x/2) + a", "--x", "-pi:pi", "--a", "3", "--points", "50", "--json").json
    x = np.linspace(-np.pi, np.pi, 50)
    assert answer["schema"] == "autograd-cli/plot/1"
    np.testing.assert_allclose(answer["x"], x, atol=1e-15)
    np.testing.assert_allclose(answer["value"], np.sin(x) * np.exp(-x / 2) + 3, rtol=1e-12)
    np.testing.assert_allclose(answer["slope"], (np.cos(x) - np.sin(x) / 2) * np.exp(-x / 2), rtol=1e-9, atol=1e-12)


def test_an_entry_of_an_array_goes_through_a_range(cli: Cli) -> None:
    words = ("sum(w**2)*w[1]", "--w", "1,2,3", "--points", "3", "--json")
    answer = cli("plot", *words, "--along", "w[1]=0:4").json
    assert answer["value"] == [0.0, 28.0, 104.0]
    assert answer["slope"] == [10.0, 22.0, 58.0]
    assert cli("plot", *words, "--along", "w[0]").json["x"] == [-4.0, 1.0, 6.0]


def test_two_ranges_make_a_field(cli: Cli) -> None:
    answer = cli("plot", "x**2*y", "--x", "0:2", "--y", "1:3", "--points", "3", "--json").json
    assert answer["value"] == [[0, 1, 4], [0, 2, 8], [0, 3, 12]]
    assert answer["slopes"] == [[[0, 2, 4], [0, 4, 8], [0, 6, 12]], [[0, 1, 4], [0, 1, 4], [0, 1, 4]]]


@pytest.mark.parametrize("expression", ["x@A@x", "sum(softmax(A@x))", "det(A + x[0]*eye(2))", "logsumexp(A@x)"])
def test_what_mixes_entries_is_sampled_as_one_by_one(cli: Cli, expression: str) -> None:
    given = ("--A", "1,2;3,5", "--x", "0.5,2")
    answer = cli("plot", expression, *given, "--along", "x[0]=-1:1", "--points", "5", "--json").json
    for at, value, slope in zip(answer["x"], answer["value"], answer["slope"], strict=True):
        alone = cli("grad", expression, "--A", "1,2;3,5", "--x", f"{at!r},2", "--check", "none", "--json").json
        assert value == pytest.approx(alone["result"]["data"], rel=1e-12, abs=1e-12)
        assert slope == pytest.approx(alone["variables"]["x"]["grad"][0], rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("width", ["60", "80", "100"])
@pytest.mark.parametrize("options", [(), ("--ascii",)])
def test_a_drawing_keeps_to_its_width(cli: Cli, width: str, options: tuple[str, ...]) -> None:
    done = cli("plot", "x**3 - 2*x", "--x", "-2:2", "--width", width, *options)
    lines = done.stdout.splitlines()
    assert done.status == 0
    assert max(map(len, lines)) <= int(width)
    assert done.stdout.isascii() == bool(options)
    assert any("df/dx" in line for line in lines)
    assert any(line.split()[:1] == ["-2"] for line in lines)


@pytest.mark.parametrize(("lines", "rows"), [("15", 11), ("24", 20), ("100", 20), (None, 20)])
def test_a_drawing_keeps_to_the_lines_of_the_terminal(cli: Cli, lines: str | None, rows: int) -> None:
    environment = {"COLUMNS": "60"} | ({"LINES": lines} if lines else {})
    done = cli("plot", "x**3 - 2*x", "--x", "-2:2", tty=True, env=environment)
    assert len(done.stdout.splitlines()) == rows + 1  # and the legend


def test_a_line_falls_where_the_function_falls(cli: Cli) -> None:
    rows = cli("plot", "-x", "--x", "0:1", "--ascii", "--width", "60").stdout.splitlines()
    stars = [row.index("*") for row in rows if "*" in row and "****" not in row[:10]]
    assert stars == sorted(stars)
    assert stars[-1] - stars[0] > 30


def test_files_hold_the_same(cli: Cli, tmp_path: Path) -> None:
    words = ("plot", "abs(x)", "--x", "-1:1", "--points", "5", "--output")
    for name in ("a.svg", "a.csv", "a.json", "a.html", "a.md", "a.tex", "a.txt", "a.npz"):
        assert cli(*words, str(tmp_path / name)).status == 0
    rows = list(csv.reader(io.StringIO((tmp_path / "a.csv").read_text())))
    assert rows[0] == ["x", "f", "df/dx"]
    numbers = [[float(cell) for cell in row] for row in rows[1:]]
    assert numbers == [[-1, 1, -1], [-0.5, 0.5, -1], [0, 0, 0], [0.5, 0.5, 1], [1, 1, 1]]
    picture = ElementTree.fromstring((tmp_path / "a.svg").read_text())
    assert "kink at x = 0" in "".join(picture.itertext())
    assert not [e for e in picture.iter() if e.tag.endswith(("script", "image")) or "href" in e.attrib]
    assert np.load(tmp_path / "a.npz")["slope"].tolist() == [-1, -1, 0, 1, 1]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("x**2", "--x", "3"), 2, "LOW:HIGH"),
        (("x*y*z", "--x", "0:1", "--y", "0:1", "--z", "0:1"), 2, "3 are given"),
        (("x**2", "--x", "3:1"), 2, "is no range"),
        (("x**2", "--x", "0:inf"), 2, "is no range"),
        (("x*[1, 2]", "--x", "0:1"), 3, "a plot shows one number"),
        (("sum(w)", "--w", "1,2", "--along", "w[5]=0:1"), 3, "not one number"),
        (("sum(w)", "--w", "1,2", "--along", "v[0]"), 2, "--along takes"),
        (("sum(w)*randn(3)[0]", "--w", "0:1"), 0, ""),
    ],
)
def test_what_cannot_be_drawn_is_said(cli: Cli, words: tuple[str, ...], status: int, said: str) -> None:
    done = cli("plot", *words)
    if status:
        assert done.status == status, done.stderr
        assert said in done.stderr
    else:
        assert done.status in (0, 3)
    assert "AG999" not in done.stderr


def test_a_line_is_not_drawn_over_a_pole(cli: Cli, tmp_path: Path) -> None:
    cli("plot", "1/x", "--x", "-1:1", "--points", "11", "--output", str(tmp_path / "a.svg"))
    picture = ElementTree.fromstring((tmp_path / "a.svg").read_text())
    [line] = [e for e in picture.iter() if e.get("class") == "value" and "clip-path" in e.attrib]
    assert line.attrib["d"].count("M") == 2


@pytest.mark.parametrize("given", [(), ("--a", "2"), ("--x", "-1:1")])
def test_a_plot_without_values_is_offered_one_that_runs(cli: Cli, given: tuple[str, ...]) -> None:
    found = cli("plot", "a*x**2", *given)
    assert found.status == 2
    offered = shlex.split(found.stderr.partition("try: autograd-cli ")[2].splitlines()[0])
    assert cli(*offered).status == 0


def test_a_mask_that_picks_other_entries_is_offered_as_a_choice(cli: Cli) -> None:
    refused = cli("plot", "sum(x[x>t])", "--x", "1,2,3", "--t=0:4")
    assert refused.status == 3
    assert "holds in 2 places, not in 3" in " ".join(refused.stderr.split())
    assert "where(mask, x, 0) in place of x[mask]" in " ".join(refused.stderr.split())
    assert cli("plot", "sum(where(x>t, x, 0))", "--x", "1,2,3", "--t=0:4").status == 0
