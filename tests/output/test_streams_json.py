"""The JSON of large arrays is written piece by piece: the same text, without holding it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_cli.document import json_numbers
from autograd_cli.environment import Environment, StandardInput
from autograd_cli.main import perform
from autograd_cli.writers import pieces

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("shape", [(1,), (7,), (3, 5), (2, 3, 4), (30, 1), (1, 30), (1, 1, 30), (0, 5), (5, 0), ()])
def test_pieces_are_the_text_of_the_whole(shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograd_cli.writers.PIECE", 4)
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape) / 7
    if array.size > 2:
        array.flat[1] = np.nan
    document = {"a": [1, {"b": 2, "c": []}], "d": {}, "e": None, "f": [[1.5, 2], []], "g": {"h": "x\x1b"}}
    whole = json.dumps({**document, "data": json_numbers(array), "nodes": [{"data": json_numbers(array)}]})
    assert "".join(pieces({**document, "data": array, "nodes": [{"data": array}]})) == whole


def perform_here(*words: str) -> tuple[int, str]:
    out = io.StringIO()
    return perform(list(words), Environment(StandardInput(None), out, io.StringIO())), out.getvalue()


def test_a_large_report_is_the_one_that_small_pieces_make() -> None:
    words = ("grad", "sum(x**2)", "--x", "randn(70000)", "--check", "none", "--json")
    status, out = perform_here(*words)
    found: Any = json.loads(out)
    assert (status, out.count("\n")) == (0, 1)
    x = np.array(found["variables"]["x"]["data"])
    assert np.array_equal(found["variables"]["x"]["grad"], 2 * x)
    assert [np.size(node["data"]) for node in found["graph"]["nodes"]] == [70000, 70000, 1]


def test_nothing_is_shown_of_an_answer_for_which_there_is_no_time() -> None:
    words = ["graph", "sum(x**2)", "--x", "randn(900000)", "--json", "--max-seconds", "0.5"]
    status, out = perform_here(*words)
    error = json.loads(out)["error"]
    assert (status, error["code"]) == (3, "AG806")
    assert error["why"].endswith("writing the answer unfinished")
    assert "--output r.npz holds all numbers" in error["hint"]


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is asked of Linux")
def test_many_numbers_fit_into_the_memory() -> None:
    words = ["grad", "sum(sin(x)*exp(x))", "--x", "zeros(400000)", "--check", "none", "--no-formula", "--json"]
    program = (
        "import resource, sys; from autograd_cli.main import main; status = main(sys.argv[1:]);"
        "print(status, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )
    paths = os.pathsep.join([str(ROOT / "core"), str(ROOT / "cli")])
    # Started by a small process: the peak of a process begins with that of the one it was started by.
    shell = ["sh", "-c", '"$@" > /dev/null', "sh", sys.executable, "-c", program, *words]
    done = subprocess.run(shell, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=True)
    status, kib = map(int, done.stderr.split()[-2:])
    assert status == 0
    assert kib < 128 * 1024  # the numbers as Python has them would be 180 MiB more
