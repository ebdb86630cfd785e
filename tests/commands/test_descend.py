"""``descend``: where it ends, why it stops, and what it says of the rate."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from command_runs import Cli

LINE = ("mean((y - X@w)**2)", "--X", "1,0;1,1;1,2", "--y", "1,3,5", "--w", "0,0", "--wrt", "w")

PROBLEMS = [
    (LINE, {"w": [1, 2]}),
    (("sum((A@x - b)**2)", "--A", "2,1;1,3", "--b", "1,2", "--x", "0,0", "--wrt", "x"), {"x": [0.2, 0.6]}),
    (("x@A@x/2 - b@x", "--A", "3,1;1,2", "--b", "1,1", "--x", "0,0", "--wrt", "x"), {"x": [0.2, 0.4]}),
    (("(x - 3)**2", "--x", "0"), {"x": 3}),
    (("(1 - x)**2 + (y - x**2)**2", "--x", "-1", "--y", "1"), {"x": 1, "y": 1}),
    (("sum((y - a)**2) + lam*a**2", "--y", "1,2,3", "--lam", "1", "--a", "0", "--wrt", "a"), {"a": 1.5}),
    (("sum(softplus(w) - t*w)", "--w", "0,0", "--t", "0.25,0.5", "--wrt", "w"), {"w": [-np.log(3), 0]}),
    (("mean((y - a*x - b)**2)", "--x", "0,1,2", "--y", "1,3,5", "--a", "0", "--b", "0", "--wrt", "a,b"),
     {"a": 2, "b": 1}),
    (("sum(exp(x) - 2*x)", "--x", "0,1"), {"x": [np.log(2), np.log(2)]}),
    (("x - log(x) + y**2", "--x", "3", "--y", "2"), {"x": 1, "y": 0}),
]  # fmt: skip


@pytest.mark.parametrize(("words", "solution"), PROBLEMS, ids=[words[0] for words, _ in PROBLEMS])
def test_a_problem_is_solved(cli: Cli, words: tuple[str, ...], solution: dict[str, object]) -> None:
    done = cli("descend", *words, "--rate", "auto", "--steps", "5000", "--json")
    assert done.status == 0
    assert done.json["schema"] == "autograd-cli/descend/1"
    assert done.json["stopped"] == "converged"
    for name, value in solution.items():
        np.testing.assert_allclose(done.json["variables"][name]["data"], value, atol=1e-6)


def updates(method: str, rate: float, steps: int) -> float:
    """PyTorch's SGD and Adam on x**2 from 1, written out."""
    x, m, s = 1.0, 0.0, 0.0
    for turn in range(1, steps + 1):
        g = 2 * x
        if method == "gd":
            x -= rate * g
        elif method == "momentum":
            m = 0.9 * m + g
            x -= rate * m
        else:
            m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g * g
            x -= rate * (m / (1 - 0.9**turn)) / (np.sqrt(s / (1 - 0.999**turn)) + 1e-8)
    return x


@pytest.mark.parametrize("method", ["gd", "momentum", "adam"])
def test_the_methods_step_as_in_pytorch(cli: Cli, method: str) -> None:
    done = cli("descend", "x**2", "--x", "1", "--method", method, "--rate", "0.05", "--steps", "7", "--get", "x")
    assert float(done.stdout) == pytest.approx(updates(method, 0.05, 7), rel=1e-12)


def test_too_large_a_rate_diverges_and_the_largest_is_told(cli: Cli) -> None:
    done = cli("descend", "(x - 3)**2", "--x", "0", "--rate", "1.2")
    assert done.status == 1
    assert "diverged" in done.stdout
    assert "2/L = 1 do not diverge" in done.stdout
    answer = cli("descend", "(x - 3)**2", "--x", "0", "--rate", "1.2", "--json").json
    assert (answer["ok"], answer["largest_rate"], answer["curvature"]) == (False, 1.0, 2.0)
    slow = cli("descend", "(x - 3)**2", "--x", "0", "--rate", "1.01", "--json").json
    assert slow["stopped"] == "diverged"


def test_a_mask_picks_other_entries_on_the_way(cli: Cli) -> None:
    words = ("--x", "0.05,1", "--rate", "0.1", "--steps", "3", "--json")
    by_mask = cli("descend", "sum(x[x>0])", *words).json
    assert by_mask["variables"]["x"]["data"] == pytest.approx([-0.05, 0.7])
    assert by_mask["losses"] == cli("descend", "sum(where(x>0, x, 0))", *words).json["losses"]


def test_the_rate_that_is_advised_works(cli: Cli) -> None:
    printed = cli("descend", *LINE, "--rate", "0.5").stdout
    advised = printed.split("a smaller rate: --rate ")[1].split(",")[0]
    assert cli("descend", *LINE, "--rate", advised, "--steps", "2000").status == 0


def test_the_end_is_a_start(cli: Cli) -> None:
    first = cli("descend", *LINE, "--steps", "50", "--get", "w").stdout.strip()
    words = [*LINE[:-3], first, *LINE[-2:]]
    assert cli("descend", *words, "--steps", "50", "--get", "w").stdout == cli("descend", *LINE, "--get", "w").stdout


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_trace_has_every_step(cli: Cli, ending: str, tmp_path: Path) -> None:
    file = tmp_path / f"path.{ending}"
    assert cli("descend", "sum(w**2)", "--w", "1,2", "--steps", "3", "--trace", str(file)).status == 0
    text = file.read_text()
    if ending == "csv":
        rows = list(csv.reader(io.StringIO(text)))
        assert rows[0] == ["step", "loss", "gradient", "w[0]", "w[1]"]
        assert [float(cell) for cell in rows[2][3:]] == [0.8, 1.6]
    else:
        assert [json.loads(line)["step"] for line in text.splitlines()] == [0, 1, 2, 3]


def test_nothing_moves_in_a_pipe(cli: Cli) -> None:
    assert cli("descend", *LINE, "--steps", "20000", "--until", "0").stderr == ""


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("x*[1,2]", "--x", "1"), 3, "one number"),
        (("x**2", "--x", "1", "--rate", "fast"), 2, "--rate takes"),
        (("x**2", "--x", "1", "--rate", "0"), 2, "--rate takes"),
        (("x**2", "--x", "1", "--trace", "a.txt"), 2, ".csv or .jsonl"),
        (("x**2", "--x", "1", "--trace", "/no/where/a.csv"), 3, "--trace /no/where/a.csv: there is no directory"),
        (("x**2 + 0*floor(y)", "--x", "1", "--y", "2", "--wrt", "z"), 2, "not one of the variables"),
    ],
)
def test_what_cannot_be_done_is_said(cli: Cli, words: tuple[str, ...], status: int, said: str) -> None:
    done = cli("descend", *words)
    assert (done.status, said in done.stderr) == (status, True), done.stderr


def test_the_line_on_a_terminal_tells_the_loss(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograd_cli.progress.AFTER", 1e-6)
    monkeypatch.setattr("autograd_cli.progress.APART", 0.0)
    done = cli("descend", "(x - 3)**2", "--x", "0", "--steps", "4", tty=True)
    assert done.status == 0
    assert "step 2, loss 3.6864, gradient 3.84 ...  50%" in done.stderr


def test_a_few_steps_are_shown_one_by_one(cli: Cli) -> None:
    shown = cli("descend", "x^2 - 4*x", "--x", "0", "--rate", "0.1", "--steps", "3").stdout
    assert [line.split()[:2] for line in shown.splitlines() if line[:2] in ("0 ", "1 ", "2 ", "3 ")] == [
        ["0", "0"],
        ["1", "0.4"],
        ["2", "0.720000"],
        ["3", "0.976"],
    ]
    assert "step  " not in cli("descend", "x^2", "--x", "1", "--steps", "11").stdout


def test_data_that_moves_is_told(cli: Cli) -> None:
    assert "all inputs move: X, y, w; --wrt w moves w alone" in cli("descend", *LINE[:-2], "--steps", "2").stderr
    assert cli("descend", *LINE, "--steps", "2").stderr == ""


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["maximize -(x-2)^2", "--x", "0"], "'-(-(x-2)^2)' --x 0"),
        (["(x-2)^2", "--x", "0", "--eta", "0.1"], "'(x-2)^2' --x 0 --rate 0.1"),
    ],
)
def test_what_was_meant_is_offered(cli: Cli, words: list[str], offered: str) -> None:
    done = cli("descend", *words)
    assert (done.status, f"try: autograd-cli descend {offered}\n" in done.stderr) == (2, True)


def test_a_start_may_stand_in_the_text(cli: Cli) -> None:
    typed = "f(x,y) = x^2 + 2y^2 starting at (2,1)"
    assert cli("descend", typed, "--rate", "0.1", "--steps", "3", "--get", "x", "--get", "y").stdout == "1.024\n0.216\n"
