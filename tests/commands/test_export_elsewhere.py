"""Exports for PyTorch and JAX, run where these are.

``AUTOGRAD_CLI_LIBRARIES=/path/to/python`` names a Python that has torch, jax or sympy; without it, the one that runs
the tests is used for what it has. This takes minutes, which is why the ordinary tests do without torch and jax.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograd_core.calculate import Request, program_for
from autograd_core.export.code import UnsupportedError
from corpus_cases import array, cases, inputs
from exported import program

PYTHON = os.environ.get("AUTOGRAD_CLI_LIBRARIES", sys.executable)
FEWEST = {"torch": 400, "jax": 400, "sympy": 100}
EVERY = {"torch": 1, "jax": 1, "sympy": 4}

AWKWARD = {
    "a singular matrix": ("det(A)", {"A": [[1, 2], [2, 4]]}),
    "ties": ("median(x) + sum(median(y, axis=1))", {"x": [1, 2, 2, 2], "y": [[1, 2, 2], [1, 2, 4]]}),
    "no gradient but 0": ("sum(heaviside(x, 0.5))", {"x": [-1, 0, 2]}),
    "whole quotients": ("sum(x//2)", {"x": [-1, 0, 2]}),
    "bounds of more axes": ("sum(clip(x, y, y + 1)**2)", {"x": 0.5, "y": [0, 1, -2]}),
    "a border": ("sum(pad(x, ((1, 0), (0, 2)))[0, 1:]*y)", {"x": [[1, 2], [3, 4]], "y": [1, 2, 3]}),
    "smooth at 0": (
        "sum(softplus(x) + logsigmoid(x) + elu(x) + celu(x, alpha=2)) + binary_cross_entropy_with_logits(x, x)",
        {"x": [0, -0.0, 1]},
    ),
    "a softmax of a number": ("log_softmax(x) + softmax(x)", {"x": 2}),
    "a list of lists": ("sum(x[[[0, 1], [-1, 0]]])", {"x": [[1, 2], [3, 4]]}),
    "a condition of numbers": ("sum(where(0 > 1, x, 2*x))", {"x": [1, 2]}),
    "a kernel with gaps": ("sum(conv1d(x, w, dilation=2)**2)", {"x": [[[1, 2, 4, 8, 16]]], "w": [[[1, 3]]]}),
    "a cosh that is infinite": ("sum(sech(x))", {"x": [1, 400, 1000, 0]}),
    "nothing of a logarithm that is none": ("sum(xlogy(x, y))", {"x": [0, 1], "y": [-1, 2]}),
    "names of libraries": (
        "gradients = erf(np)*jnp + torch; compute = gradients*F; sum(compute*value)",
        {name: [0.5, 0.25] for name in ("np", "jnp", "torch", "F", "value")},
    ),
}

RUNNER = """
import contextlib, io, json, sys, warnings
warnings.simplefilter("ignore")
failed = {}
programs = json.load(sys.stdin)
for name, text in programs.items():
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(text, name, "exec"), {"__name__": "__main__"})
    except Exception as error:
        failed[name] = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
print(json.dumps(failed))
"""


def has(library: str) -> bool:
    """Whether the Python that was named, or else this one, has a library."""
    if "AUTOGRAD_CLI_LIBRARIES" not in os.environ:
        return library != "sympy" and importlib.util.find_spec(library) is not None
    done = subprocess.run([PYTHON, "-c", f"import {library}"], capture_output=True, timeout=120, check=False)
    return done.returncode == 0


@pytest.mark.parametrize("target", ["torch", "jax", "sympy"])
def test_programs_prove_themselves_elsewhere(target: str, tmp_path: Path) -> None:
    if not has(target):
        pytest.skip(f"AUTOGRAD_CLI_LIBRARIES names no Python that has {target}")
    programs = {}
    for case in list(cases("gradients.json"))[:: EVERY[target]]:
        if "error" in case or case.get("policy") not in (None, "match", "match+warn"):
            continue
        seeds = (array(case["grad_tensor"]),) if case.get("grad_tensor") is not None else (None,)
        try:
            programs[f"{case['id']}: {case['expr']}"] = program_for(
                Request(case["expr"], inputs(case), grad_tensors=seeds), target
            )[0]
        except UnsupportedError:
            continue
    for name, (expression, values) in AWKWARD.items():
        programs[name] = program(expression, values, target)
    assert len(programs) >= FEWEST[target]
    runner = tmp_path / "run.py"
    runner.write_text(RUNNER)
    done = subprocess.run(
        [PYTHON, str(runner)], input=json.dumps(programs), capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout) == {}
