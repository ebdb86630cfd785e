"""What a user typed acts on nothing it is written to: terminal, Markdown, LaTeX, exported programs, spreadsheets."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from command_runs import Cli

DANGEROUS = ["\x1b[31m", "\x00", "\x07", "\x9b", "\u202e", "\u2066", "\u200b", "\u2028", "\r"]
EXPRESSION = f'# {"".join(DANGEROUS)} ]]> --> </script> ``` """ \\end{{verbatim}}\nx**2'


@pytest.mark.parametrize(
    "words",
    [
        *[("grad", "--format", form) for form in ("table", "plain", "json", "markdown", "latex")],
        *[("export", "--to", target) for target in ("torch", "jax", "numpy", "sympy", "latex")],
        *[("graph", "--format", form) for form in ("tree", "dot", "mermaid", "svg")],
        ("jacobian", "--format", "markdown"),
        ("check", "--claim", f"x = 2*x # {''.join(DANGEROUS)}"),
    ],
    ids=" ".join,
)
def test_no_sink_gets_a_sign_that_acts(cli: Cli, words: tuple[str, ...]) -> None:
    done = cli(words[0], EXPRESSION, "--x", "3", *words[1:])
    assert done.status == 0, done.stderr
    for sign in DANGEROUS:
        assert sign not in done.stdout + done.stderr


@pytest.mark.parametrize("ending", ["svg", "html", "md", "tex", "txt"])
def test_no_file_gets_a_sign_that_acts(cli: Cli, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"r\x1b\u202e.{ending}"
    done = cli("grad", EXPRESSION, "--x", "3", "--check", "none", "--output", str(path))
    text = path.read_text(encoding="utf-8")
    assert "\\x1b\\u202e" in done.stderr
    for sign in DANGEROUS:
        assert sign not in text + done.stderr
    assert ending != "html" or "</script> ```" not in text


def test_no_cell_of_a_gradebook_is_a_formula(cli: Cli) -> None:
    names = ["=1+1", "\uff1d1+1", "+cmd", "-cmd|x", "\uff20SUM(A1)", "x;=cmd|' /C calc'!A0", "x; =1", "\t=1", "\x1b=1"]
    jobs = [json.dumps({"id": name, "expr": "x", "vars": {"x": 1}}) for name in [*names, "-5", "a;b"]]
    done = cli("batch", "--format", "csv", stdin="\n".join(jobs))
    rows = [row["id"] for row in csv.DictReader(io.StringIO(done.stdout))]
    assert rows[-2:] == ["-5", "a;b"]
    for cell in rows[:-2]:
        for part in cell.split(";"):
            assert part.strip()[:1] not in tuple("=+-@\uff1d\uff0b\uff0d\uff20")
