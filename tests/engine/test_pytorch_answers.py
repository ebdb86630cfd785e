"""Small questions to PyTorch 2.13, with what it prints and raises: ``pytorch_answers.json``, a question a line.

How tensors are printed, dtypes, random numbers, indexing, in-place changes, hooks, functions by hand, NumPy, pickles,
functional derivatives, and the words of errors.
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from pytorch import python_with_pytorch

FILE = Path(__file__).with_name("pytorch_answers.json")
QUESTIONS: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
RUN = """
import ast, contextlib, io, json, re, sys, warnings
import numpy as np
{door}
warnings.simplefilter("ignore")
found = []
for question in json.load(open(sys.argv[1], encoding="utf-8")):
    names = {{"torch": torch, "np": np, "nn": torch.nn, "F": torch.nn.functional, "__name__": "__main__"}}
    tree = ast.parse(question["code"])
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    out, raised = io.StringIO(), None
    try:
        with contextlib.redirect_stdout(out):
            exec(compile(tree, "question", "exec"), names)
            value = None if last is None else eval(compile(ast.Expression(last.value), "question", "eval"), names)
            if value is not None:
                print(repr(value))
    except Exception as error:
        raised = [[kind.__name__ for kind in type(error).__mro__], str(error).strip().split("\\n")[0]]
    torch.set_printoptions(profile="default")
    torch.set_grad_enabled(True)
    torch.set_default_dtype(torch.float32)
    found.append([re.sub("0x[0-9a-f]+", "0x", out.getvalue()), raised])
print(json.dumps(found))
"""


@cache
def answers(door: str) -> list[Any]:
    """What is printed and raised where ``door`` brings the name ``torch``: a process asks all questions."""
    program = [
        python_with_pytorch() if door == "import torch" else sys.executable,
        "-c",
        RUN.format(door=door),
        str(FILE),
    ]
    done = subprocess.run(program, capture_output=True, encoding="utf-8", timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


def compare(door: str) -> None:
    wrong = []
    for question, (printed, raised) in zip(QUESTIONS, answers(door), strict=True):
        kind, words = question.get("raises", (None, None))
        as_expected = (
            raised is None if kind is None else raised is not None and kind in raised[0] and words == raised[1]
        )
        if printed != question.get("prints", "") or not as_expected:
            wrong.append((question, printed, raised))
    assert not wrong


def test_questions_are_answered_as_pytorch_answers_them() -> None:
    assert len(QUESTIONS) > 600
    compare("from autograd_core import torch")


def test_the_recorded_answers_are_those_of_pytorch() -> None:
    compare("import torch")
