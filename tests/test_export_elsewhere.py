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
from autograd_core.export.unspoken import Unspoken
from corpus_cases import array, cases, inputs

PYTHON = os.environ.get("AUTOGRAD_CLI_LIBRARIES", sys.executable)
FEWEST = {"torch": 400, "jax": 400, "sympy": 100}
EVERY = {"torch": 1, "jax": 1, "sympy": 4}

# torch is wrong at singular matrices, and of several equal middle entries it picks one.
KNOWN = {"torch": ("det(", "median("), "jax": ("det(", "hypot(", "softplus(", "_with_logits("), "sympy": ("round(",)}

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
            )
        except Unspoken:
            continue
    assert len(programs) >= FEWEST[target]
    runner = tmp_path / "run.py"
    runner.write_text(RUNNER)
    done = subprocess.run(
        [PYTHON, str(runner)], input=json.dumps(programs), capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    failed = json.loads(done.stdout)
    surprising = {name: words for name, words in failed.items() if not any(each in name for each in KNOWN[target])}
    assert not surprising
