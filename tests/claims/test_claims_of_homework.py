"""A claim is read as homework writes it: with the name of the result, by entries, in numbers, a second derivative."""

from __future__ import annotations

import shlex

import pytest

from command_runs import Cli

SOFTMAX = "'p = softmax(z); L = -sum(y*log(p))' --z 1,2,3 --y 0,1,0 --assume sum(y)==1"
FIELD = "'stack([x**2*y, 5*x + sin(y)])' --x 1 --y 2 --of jacobian"
NEURON = "'o = sigmoid(w*h); E = 1/2*(t - o)^2' --w .5 --h .8 --t 0"


@pytest.mark.parametrize(
    ("asked", "claim"),
    [
        ("'Y = A K^a L^(1-a)' --A 2 --K 4 --L 9 --a .5", "dY/dK = a Y/K"),
        ("'Y = A K^α L^{1-α}' --A 2 --K 4 --L 9 --alpha .5", "∂Y/∂K = αY/K"),
        ("'A K^a L^(1-a)' --A 2 --K 4 --L 9 --a .5", "∂Y/∂K = 2Y a/(2K)"),
        ("'(2x+1)^5' --x 1", "d/dx = 10(2x+1)^4"),
        ("'(2x+1)^5' --x 1", "d/dx (2x+1)^5 = 10(2x+1)^4"),
        ("'x^2 sin x' --x 1", "(x^2 sin x)' = 2x sin x + x^2 cos x"),
        ("'sqrt(x^2+y^2)' --x 3 --y 4", "x/sqrt(x^2+y^2), y/sqrt(x^2+y^2)"),
        ("'e^{-x^2/2}' --x 1", "f'(x) = -x f(x)"),
        ("'r = sqrt(x^2+y^2)' --x 3 --y 4", "dr/dx = x/r(x,y)"),
        ("'f(x) = x^3' --x 2", "f''(x) = 6x"),
        ("'(1+x)^n' --x .3 --n 4.5", "df/dn = f log(1+x)"),
        ("'(1+x)^n' --x .3 --n 4.5", "df/dx = n f/(1+x)"),
        ("'f(x,y) = x^2 y + 3 y^3' --x 1 --y 2", "grad f = <2xy, x^2 + 9y^2>"),
        (SOFTMAX, "dL/dz_i = p_i - y_i"),
        ("'f(x,y) = x^2 y^3' --x 1 --y 2", "f_xy = 6 x y^2"),
        ("'f(x,y) = x^2 y^3' --x 1 --y 2", "f_xx = 2 y^3"),
        ("'f(x,y) = x^2 y^3' --x 1 --y 2", "∂²f/∂x∂y = 6 x y^2"),
        ("'f(x,y) = x^2 y^3' --x 1 --y 2", r"\frac{\partial^2 f}{\partial y^2} = 6 x^2 y"),
        ("'f(x) = x^3' --x 2", "f'(2) = 12"),
        ("'f(x,y) = x^2 y^3' --x 1 --y 2", "f_x(1, 2) = 16"),
        ("'-sum(y*log(softmax(z)))' --z 1,2,3 --y 0,1,0 --assume sum(y)==1", "z_i = p_i - y_i, p = softmax(z)"),
        (NEURON, "dE/dw = -(t-o)*o*(1-o)*h = 0.598688*0.240261*0.8 = 0.115073"),
        (NEURON, "dE/dw = 0.598688*0.240261*0.8 = 0.115073"),
        ("'logdet(X)' --X '2,1;0,1'", "Y = X^-1; X = Y.T"),
        (FIELD, "J = [2*x*y, x**2; 5, cos(y)]"),
        (FIELD, "c = cos(y); [[2*x*y, x**2], [5, c]]"),
        (FIELD, r"J_F = \begin{pmatrix} 2xy & x^2 \\ 5 & \cos y \end{pmatrix}"),
        (FIELD, "y,x = [1, 4; -0.416, 5]"),
        ("'x**2*y' --x 1 --y 2 --of hessian", "H = [2y 2x; 2x 0]"),
        ("'x**2*y' --x 1 --y 2 --of hessian", "H = [4, 2; 2, 0]"),
        ("'z = w@x + b; p = sigmoid(z); -y*log(p) - (1-y)*log(1-p)' --y 1 --w 1,2 --x .1,.2 --b .1", "z = p - y"),
    ],
)
def test_a_claim_of_homework_is_right(cli: Cli, asked: str, claim: str) -> None:
    done = cli("check", *shlex.split(asked), "--claim", claim)
    assert (done.status, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("asked", "claim", "words"),
    [
        (NEURON, "dE/dw = -(t-o)*o*(1-o)*h = 0.125", "step 2 of 2 is wrong"),
        ("'e^{-x^2/2}' --x 1", "f'(x) = x f(x)", "the sign is wrong"),
        ("'(2x+1)^5' --x 1", "d/dx (2x+1)^5 = 5(2x+1)^4", "a constant factor"),
        ("'sum(where(abs(r)<=d, r**2/2, d*(abs(r)-d/2)))' --r .1,-3 --d 1", "r = clip(r,-d,d)", "only when d > 0"),
        ("'y@solve(K,y)/2' --K '2,.5;.5,1' --y 1,2", "y = solve(K,y)", "only when K is symmetric claim"),
        (FIELD, "J = [2*x*y, 5; x**2, cos(y)]", "0 of 2 claims are right"),
        ("'x**2*y' --x 1 --y 2 --of hessian", "H = [2y, 2x; 2x, 1]", "3 of 4 claims are right"),
    ],
)
def test_a_wrong_one_is_wrong(cli: Cli, asked: str, claim: str, words: str) -> None:
    done = cli("check", *shlex.split(asked), "--claim", claim)
    assert done.status == 1
    assert words in " ".join(done.stdout.split())


def test_a_step_that_names_derivatives_alone_is_told_from_a_missing_value(cli: Cli) -> None:
    words = ["check", "u = x/y; z = u^2", "--x", "1", "--y", "2"]
    done = cli(*words, "--claim", "dz/dx = dz/du * du/dx = 2u * 1/y")
    assert done.status == 3
    assert "dz/du is a derivative" in done.stderr
    offered = next(line for line in done.stderr.splitlines() if line.startswith("try: "))
    assert cli(*shlex.split(offered.removeprefix("try: autograd-cli "))).status == 0


def test_a_claim_without_a_name_is_that_of_the_one_input_it_fits_or_offered(cli: Cli) -> None:
    words = ["check", "sum((y - X@b)**2)", "--y", "1,2,3", "--X", "1,0;1,1;1,2", "--b", ".5,.5"]
    assert cli(*words, "--claim", "-2*X.T@(y - X@b)").stdout.splitlines()[2].startswith("✓ b: right")
    offered = cli("check", "x @ y", "--x", "1,2", "--y", "3,4", "--claim", "2*y").stderr
    assert [line.split("--claim ")[1] for line in offered.splitlines() if "--claim" in line] == [
        "'x = 2*y'",
        "'y = 2*y'",
    ]


def test_a_condition_in_brackets_is_a_factor(cli: Cli) -> None:
    words = ["check", "max(0, 1 - y*(w·x))", "--y", "1", "--w", ".1,.2", "--x", "1,2"]
    assert cli(*words, "--claim", "w = -y x 1[y w·x < 1]").status == 0


def test_a_claim_about_another_place_is_refused(cli: Cli) -> None:
    done = cli("check", "f(x) = x^3", "--claim", "f'(2) = 12", "--x", "3")
    assert (done.status, "the inputs are elsewhere" in done.stderr) == (2, True)
    assert "--x 2" in done.stderr
