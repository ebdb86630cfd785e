"""Every line of FAULTS.md as it is typed, by its section, and what has to be in the answer; more of each in the files
of the sections, in tests/process what the system refuses, in tests/engine and here what a program of PyTorch does."""

from __future__ import annotations

import shlex
import threading
from pathlib import Path

import numpy as np
import pytest

from autograd_core import torch
from command_runs import Cli

TYPED: dict[str, tuple[str, ...]] = {
    # 1. Numbers shown wrongly
    "1: grad '1000003*x' --x 3": ("x () 3 1000003 1000003",),
    "1: grad 'sum(a)' --a 1000003,1000004.5": ("[1000003, 1000004.5]",),
    "1: grad x/3 --x 1000000": ("x/3 = 333333.3", "0.333333"),
    "1: grad 'x**2*1e-8 + x' --x 1": ("= 1.00000 ",),
    "1: hessian 'x**2 + 1e-18*x*y' --x 1 --y 1 --check none": ("definiteness positive semidefinite",),
    "1: hessian 'logsumexp(x)' --x 50,0": ("positive semidefinite",),
    # 2. Wrong values and gradients
    "2: grad 'cosine_similarity(a, b)' --a 1,2 --b '1;3' --grad-tensor 1,1": ("[0.948683, 0.948683]", "6 of 6|4 of 4"),
    "2: hessian 'norm(x)**2' --x 0,0": ("x[0] 2 0", "x[1] 0 2", "positive definite"),
    "2: grad 'norm(x)**2' --x 0 --order 2": ("d²f/dx² 2 |∂²f/∂x² 2 ",),
    "2: grad 'abs(-x**2)' --x 0 --order 2": ("∂²f/∂x² 2 |d²f/dx² 2 ",),
    "2: hessian 'norm(x)' --x 0,0": ("there is no derivative", "x[0] nan nan"),
    "2: grad 'std(x)' --x 1e30,2e30,4e30 --dtype float32": ("1.24722e+30", "[-0.356348, -0.0890871, 0.445435]"),
    "2: grad 'std(x)' --x 1e-200,2e-200,4e-200": ("1.24722e-200", "[-0.356348, -0.0890871, 0.445435]"),
    "2: grad 'expm1(x)' --x -40": ("4.24835e-18",),
    "2: grad 'logsigmoid(x)' --x -40 --order 2": ("-4.24835e-18",),
    "2: grad 'sigmoid(x)' --x 37.43": ("5.55083e-17", "1 of 1"),
    "2: grad 'tanh(x)' --x 20": ("1.69934e-17", "1 of 1"),
    "2: grad '1/(1+exp(x))' --x 400": ("-1.91517e-174", "1 of 1"),
    "2: grad 'sinc(x)' --x 0.01 --dtype float32": ("1 of 1",),
    "2: grad 'asinh(x)' --x 1e22 --dtype float32": ("1/hypot(x, 1)",),
    "2: grad x/y --x 1e25 --y 3e25 --dtype float32": ("3.33333e-26 1/y", "-1.11111e-26 -f/y"),
    "2: grad 'sqrt((1e-170*x)**2)' --x 1e170": ("1e-170*sign(x)",),
    "2: grad 's = sum(x*y); a = x*y; s*sum(a)' --x 1,2 --y 3,4": ("s = sum(x*y)", "s*sum(a)", "2*(x @ y)*y"),
    # 3. False alarms and false comfort of the cross-check
    "3: grad 'exp(x - 1000)' --x 1000": ("x () 1000 1 ", "1 of 1"),
    "3: grad 'sigmoid(100*(x-8))' --x 8": ("1 of 1",),
    "3: grad 'softplus(100*(x-8))' --x 8": ("1 of 1",),
    "3: grad '(x*1e-110)**3' --x 1e110": ("1 of 1",),
    "3: grad 'x + inf' --x 1": ("= inf", "1 of 1"),
    "3: grad 'norm(a - b, ord=1)' --a 1,2,3 --b 1,0,5": ("4 of 6", "2 entries at a kink"),
    "3: grad 'pairwise_distance(a, b, eps=0)' --a 1,2 --b 1,2": ("4 entries at a kink",),
    "3: hessian 'cross_entropy(X@W, y)' --X '1,2;3,4' --W '1,2,3;0,1,0' --y 0,2 --wrt W": ("36 of 36",),
    "3: hessian 'sum(cholesky(A)**2)' --A '1,0.9999;0.9999,1'": ("of 16 Hessian entries",),
    "3: hessian 'tanh(atanh(x))' --x 0.99999": ("1 of 1|no more than rounding",),
    "3: hessian 'logsigmoid(-40 + 1e10*t)' --t 0 --check all": ("-424.835 -424.835",),
    "3: grad 'where(x<1,x,2*x)' --x 1 --check all": ("it jumps from 1 on the left to 2", "nothing compared"),
    "3: grad 'tanh(x)' --x 2 --dtype float32 --check all": ("SymPy and numeric differentiation agree",),
    "3: grad 'x/(x**2+1e-20)' --x 1e-10 --check numeric": ("not checked",),
    "3: grad 'where(x>0,x,0)' --x 0": ("slopes 0 on the left, 1 on the right", "1 entry at a kink"),
    "3: grad '(x>0)*x' --x 0": ("slopes 0 on the left, 1 on the right", "1 entry at a kink"),
    "3: grad 'x**p' --x 0 --p 2": ("2 of 2",),
    "3: grad 'sum(sqrt(x))' --x -3,0,1": ("slopes none on the left, infinite on the right",),
    "3: grad 'x**y' --x -2 --y 3": ("log of a number below 0",),
    # 4. Answers that mislead
    "4: check 'log(det(0.3*eye(2)+outer(x,x)))' --claim 'x = x' --x 1,2": ("wrong",),
    "4: check 'sum(x**2)*pi' --claim 'x = 2*x' --x 1,2": ("a factor pi is missing",),
    "4: check 'f = 1/(1+exp(-w*x)); log(1-f)' --claim 'w = f*x' --x 1 --w 0.5": ("the sign is wrong",),
    "4: check 'trace(A@X@B)' --claim 'X = A@B' --A '1,2;3,4' --B '0,1;2,5' --X '1,1;2,0'": (
        "right only when A and B are symmetric",
    ),
    "4: check '(A@x-b)@(A@x-b)' --claim 'x = 2*(A@x-b)' --A '1,2;3,4' --x 1,2 --b 0,1": ("the factor A.T is missing",),
    "4: check 'x@A@x' --claim 'x = 2*A@x' --A '1,2;2,4' --x 1,2": ("right only when A is symmetric",),
    "4: check 'r@inv(S)@r' --claim 'r = 2*inv(S)@r' --S '2,1;1,3' --r 1,2": ("right only when S is symmetric",),
    "4: grad x**2+y --x 1 --y 2 --get x --get y": ("2 1",),
    "4: grad 'sum()' --x 1": ("sum: needs the argument 'x'",),
    "4: graph 'sum(A)' --A '0.11,2;3,4'": ("[[0.11, 2], [3, 4]]",),
    "4: grad 'SUM(x)' --x 1,2": ("read as sum(x)",),
    # 5. Refusals that nobody needs
    "5: grad 'sum(cdist(x, y))' --x '1,2;3,4' --y '0,0;1,1' --check none": ("= 11.8416",),
    "5: grad 'sum(topk(x, 2))' --x 3,1,2 --check none": ("[1, 0, 1]",),
    "5: grad 'sum(cummax(x) + cummin(x))' --x 3,1,2 --check none": ("= 14 ",),
    "5: grad 'ldexp(x, 3) + log(x, 2)' --x 4": ("= 34 ",),
    "5: grad 'sum(x, where=x>1)' --x 3,1,2 --check none": ("→ 5 ", "[1, 0, 1]"),
    "5: grad 'sum(normalize(x))' --x 3,4 --check none": ("= 1.4 ",),
    "5: grad 'sum(pad(x, 1, mode=\"wrap\"))' --x 3,4 --check none": ("→ 14 ",),
    "5: grad 'smooth_l1_loss(x, y, beta=0)' --x 3,1 --y 1,2": ("→ 1.5 ",),
    "5: grad 'sum(x.detach()*x)' --x 3,1": ("[3, 1] [3, 1]",),
    "5: grad 'sum(x[arange(3), y])' --x '1,2;3,4;5,6' --y 0,1,0": ("[[1, 0], [0, 1], [1, 0]]",),
    "5: grad '(-8)**(1/3)*x' --x 1": ("no real power with a fractional exponent",),
    "5: grad 'sum(x*[1, -inf])' --x 3,1": ("[1, -inf]",),
    # 6. The process
    "6: grad 'а*a' --a 3": ("U+0430",),
}
"""Words of which ``|`` stands between two that would do."""

NEVER = ("Traceback", "AG999", "1e+06", "internal error", "the cross-check failed", "disagree", "113/355", "A.T.T")


@pytest.mark.parametrize("line", TYPED)
def test_the_answer_to_a_line_is_right(cli: Cli, line: str) -> None:
    done = cli(*shlex.split(line[3:]), env={"COLUMNS": "300"})
    written = " ".join((done.stdout + done.stderr).split())
    for words in TYPED[line]:
        assert any(one in written for one in words.split("|")), written
    assert not [word for word in NEVER if word in written]


def test_2_a_step_in_place_changes_the_weight() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    (w**2).sum().backward()
    with torch.no_grad():
        w -= 0.5 * w.grad
    assert w.tolist() == [0.0, 0.0]


def test_2_gradients_are_off_in_one_thread_alone() -> None:
    found = []
    with torch.no_grad():
        thread = threading.Thread(target=lambda: found.append((2 * torch.ones(1, requires_grad=True)).requires_grad))
        thread.start()
        thread.join()
    assert found == [True]


def test_2_gradients_are_turned_off_by_a_statement() -> None:
    torch.set_grad_enabled(False)
    try:
        assert not (2 * torch.ones(1, requires_grad=True)).requires_grad
    finally:
        torch.set_grad_enabled(True)


def test_2_where_nothing_was_saved_backward_runs_twice() -> None:
    x = torch.ones(2, requires_grad=True)
    y = x.sum()
    y.backward()
    y.backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_2_functions_stand_in_the_order_of_pytorch() -> None:
    x = torch.ones(2, requires_grad=True)
    assert [f and f.name() for f, _ in (2 * x).grad_fn.next_functions] == ["torch::autograd::AccumulateGrad", None]


def test_2_a_trace_of_three_axes_is_refused_before_it_is_computed() -> None:
    with pytest.raises(RuntimeError, match=r"matrix|2"):
        torch.trace(torch.ones(2, 2, 2))


def test_4_a_catalogue_fits_a_screen(cli: Cli) -> None:
    lines = cli("functions").stdout.splitlines()
    assert len(lines) < 150
    assert max(map(len, lines)) <= 140


def test_4_helpers_stand_in_the_order_of_their_numbers(cli: Cli) -> None:
    text = "; ".join([f"h{i} = tanh(h{i - 1}*{i}/7)" if i > 1 else "h1 = tanh(x)" for i in range(1, 12)]) + "; h11"
    formula = cli("grad", text, "--x", "0.3", "--json", "--check", "none").json["variables"]["x"]["formula"]
    places = [formula.find(f"h{i}") for i in range(1, 12) if f"h{i}" in formula]
    assert places == sorted(places)


def test_6_an_array_of_an_unknown_version_is_named(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    np.save(path, np.ones(3))
    path.write_bytes(path.read_bytes().replace(b"NUMPY\x01", b"NUMPY\x07", 1))
    assert "version 7.0" in cli("grad", "sum(x)", "--x", f"@{path}").stderr
