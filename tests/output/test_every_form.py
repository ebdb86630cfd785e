"""Every command in every form, on standard output and in files: a table of commands, one line each."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import autograd_cli.commands
from command_runs import Cli

COMMANDS = {
    "grad": ("grad", "sum(x**2)", "--x", "1,2", "--steps"),
    "grad v": ("grad", "x**2", "--x", "1,2", "--grad-tensor", "1,3", "--show-jacobian"),
    "order": ("grad", "x**3", "--x", "2", "--order", "2"),
    "jacobian": ("jacobian", "A @ x", "--A", "1,2;3,4", "--x", "1,0", "--formula"),
    "product": ("jacobian", "A @ x", "--A", "1,2;3,4", "--x", "1,0", "--product", "x=1,1"),
    "hessian": ("hessian", "sum(x**2)*y", "--x", "1,2", "--y", "3", "--formula"),
    "graph": ("graph", "sum(tanh(x)*x)", "--x", "1,2"),
    "check": ("check", "sum(x**2)", "--claim", "x = 3*x", "--x", "1,2"),
    "export": ("export", "sum(x**2)", "--to", "numpy", "--x", "1,2"),
    "curvature": ("hessian", "sum(x**3)", "--x", "1,2", "--product", "1,0"),
    "plot": ("plot", "x**2", "--x", "-1:1", "--points", "20"),
    "field": ("plot", "x*y", "--x", "-1:1", "--y", "0:1", "--points", "5"),
    "descent": ("descend", "sum((x - 1)**2)", "--x", "0,3", "--steps", "5"),
}
"""Commands with numbers; the next ones have none, and so no NumPy archive."""

TEXTS = {
    "formula": ("formula", "norm(A@x - b)**2", "--wrt", "x", "--steps"),
    "formula of a Hessian": ("formula", "logsumexp(x)", "--x", "n", "--hessian"),
    "formula as a program": ("formula", "mean((X@w - y)**2)", "--to", "numpy"),
    "functions": ("functions",),
    "a group": ("functions", "hyperbolic"),
    "function": ("functions", "tanh"),
    "topics": ("explain",),
    "topic": ("explain", "leaf"),
}
ALL = {**COMMANDS, **TEXTS}
REFUTED = ("check",)
"""Commands above whose answer is no."""


OWN = {
    ("plot", "csv"): "x,",
    ("field", "csv"): "x,y,",
    ("descent", "csv"): "step,",
    ("graph", "dot"): "digraph",
    ("graph", "mermaid"): "flowchart",
    ("graph", "svg"): "<svg",
}
"""Forms that a command has besides those of all, and how they begin."""


def test_the_table_has_every_command_that_reports() -> None:
    assert {words[0] for words in ALL.values()} == set(autograd_cli.commands.COMMANDS) - {"batch", "repl"}


@pytest.mark.parametrize(("command", "form"), OWN)
def test_a_command_writes_its_own_forms(cli: Cli, tmp_path: Path, command: str, form: str) -> None:
    path = tmp_path / f"answer.{'mmd' if form == 'mermaid' else form}"
    assert cli(*ALL[command], "-o", str(path)).status == 0
    assert path.read_text(encoding="utf-8").startswith(OWN[command, form])


class Page(HTMLParser):
    """Reads a page, and refuses what would be fetched from elsewhere."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            assert name not in ("src", "href") or (value or "#").startswith("#"), (tag, name, value)


@pytest.mark.parametrize("form", ["table", "json", "plain", "markdown", "latex"])
@pytest.mark.parametrize("command", ALL)
def test_a_command_writes_each_form(cli: Cli, command: str, form: str) -> None:
    done = cli(*ALL[command], "--format", form)
    assert (done.status, done.stderr) == (int(command in REFUTED), "")
    assert done.stdout.endswith("\n")
    if form == "json":
        assert done.json["schema"].startswith("autograd-cli/")
    if form == "plain":
        assert all("\t" in line for line in done.stdout.splitlines())
    if form == "latex":
        assert done.stdout.isascii()
        assert done.stdout.count(r"\begin{") == done.stdout.count(r"\end{")
    if form == "markdown":
        assert done.stdout.count("\n```") % 2 == 0 or done.stdout.startswith("```")


@pytest.mark.parametrize("ending", [".json", ".txt", ".svg", ".html", ".md", ".tex"])
@pytest.mark.parametrize("command", ALL)
def test_a_command_writes_each_file(cli: Cli, tmp_path: Path, command: str, ending: str) -> None:
    path = tmp_path / f"answer{ending}"
    done = cli(*ALL[command], "-o", str(path))
    assert (done.status, done.stdout, done.stderr) == (int(command in REFUTED), "", f"wrote {path}\n")
    text = path.read_text(encoding="utf-8")
    if ending == ".json":
        json.loads(text)
    elif ending == ".svg":
        assert ElementTree.fromstring(text).tag.endswith("svg")
    elif ending == ".html":
        Page().feed(text)
        assert text.lstrip().lower().startswith("<!doctype html>")
        assert text.count("<h1>") == 1
    elif ending != ".tex" or command != "export":
        form = {".txt": "table", ".md": "markdown", ".tex": "latex"}[ending]
        assert text == cli(*ALL[command], "--format", form).stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_with_numbers_writes_them_for_numpy(cli: Cli, tmp_path: Path, command: str) -> None:
    path = tmp_path / "answer.npz"
    assert cli(*COMMANDS[command], "--output", str(path)).status == int(command in REFUTED)
    with np.load(path, allow_pickle=False) as found:
        assert "value" in found
        assert all(found[name].dtype.kind == "f" for name in found)


@pytest.mark.parametrize("command", TEXTS)
def test_a_command_without_numbers_says_which_files_it_writes(cli: Cli, tmp_path: Path, command: str) -> None:
    done = cli(*TEXTS[command], "--output", str(tmp_path / "answer.npz"))
    assert done.status == 2
    assert ".json, .txt, .svg, .html, .md or .tex" in done.stderr


@pytest.mark.parametrize("command", ALL)
@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_command_fits_a_terminal(cli: Cli, command: str, width: int) -> None:
    done = cli(*ALL[command], tty=True, env={"COLUMNS": str(width), "NO_COLOR": "1"})
    assert "\x1b" not in done.stdout
    wide = [line for line in done.stdout.splitlines() if len(line) > width]
    copied = command in ("export", "formula as a program")  # programs and commands are not broken
    assert copied or not [line for line in wide if " " in line.strip() and not line.startswith("  $ ")]


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_the_options_in_the_help_fit_a_terminal(cli: Cli, width: int) -> None:
    for command, first in (("grad", "Gradient:"), ("check", "Claims:"), ("batch", "Jobs:"), ("plot", "Range:")):
        options = cli(command, "--help", env={"COLUMNS": str(width)}).stdout.partition(first)[2]
        assert options
        assert max(map(len, options.splitlines())) <= min(width, 80)


@pytest.mark.parametrize("command", ALL)
def test_a_command_is_ascii_where_the_stream_is(cli: Cli, command: str) -> None:
    for form in ("table", "markdown", "latex", "plain", "json"):
        assert cli(*ALL[command], "--format", form, "--ascii").stdout.isascii()
