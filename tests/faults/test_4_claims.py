"""Wrong claims that got no diagnosis, another one, or an error: the right one."""

from __future__ import annotations

import numpy as np
import pytest

from autograd_core.claims.judge import judge
from autograd_core.claims.request import ClaimsRequest
from judging import code, judged


def test_a_diagnosis_that_fails_leaves_the_verdict() -> None:
    assert judged("log(det(0.3*eye(2)+outer(x,x)))", "x = x", x=[1, 2]).verdict == "wrong"


@pytest.mark.parametrize(
    ("expression", "claim", "inputs", "words"),
    [
        ("sum(x**2)*pi", "x = 2*x", {"x": [1, 2]}, "a factor pi is missing"),
        ("log10(x)", "x = 1/x", {"x": 2}, "ln 10 times"),
        ("sin(pi*x/180)", "x = cos(pi*x/180)", {"x": 20}, "180/pi times"),
        ("sum(q@k)/sqrt(3)", "q = sum(k, axis=1)", {"q": [1, 2], "k": [[1, 2, 3], [2, 0, 1]]}, "sqrt(3)"),
        ("f = 1/(1+exp(-w*x)); log(1-f)", "w = f*x", {"x": 1, "w": 0.5}, "the sign is wrong"),
        ("trace(A@X@B)", "X = A@B", {"A": [[1, 2], [3, 4]], "X": np.eye(2), "B": [[2, 1], [5, 3]]}, "A and B should"),
        ("(A@x-b)@(A@x-b)", "x = 2*(A@x-b)", {"A": [[1, 2], [3, 4]], "x": [1, 2], "b": [1, 1]}, "A @ x - b with"),
        ("x**x", "x = x*x**(x-1)", {"x": 2}, "exponent"),
        ("logsumexp(x)", "x = exp(x)", {"x": [1, 2, 3]}, "exp("),
        ("e = exp(z - max(z)); p = e/sum(e); sum(w*p)", "z = w*p*(1-p)", {"z": [1, 2, 0], "w": [1, 2, 5]}, "diagonal"),
        ("sum((X@w + b)**2)", "b = 2*(X@w + b)", {"X": [[1, 2], [3, 4], [5, 6]], "w": [1, 2], "b": 1}, "sum over"),
        ("sum((x - y)**2)", "x = -4*(x - y)", {"x": [1, 2], "y": [0, 5]}, "-2 times"),
        ("y@A@x", "A = outer(x, y)", {"A": [[1, 2], [3, 4]], "x": [1, 2], "y": [3, 1]}, "transposed"),
    ],
)
def test_the_true_mistake_is_told(expression: str, claim: str, inputs: dict[str, object], words: str) -> None:
    judgement = judged(expression, claim, **inputs)
    assert judgement.verdict in ("wrong", "right-if")
    assert judgement.diagnosis is not None
    assert words in judgement.diagnosis.text


@pytest.mark.usefixtures("patient")
def test_two_mistakes_are_told_as_two() -> None:
    numbers = {"A": [[1, 2], [3, 1]], "B": [[2, 1], [0, 1]], "C": [[1, 0], [2, 1]]}
    judgement = judged("sum((A@B@A.T - C)**2)", "A = (A@B@A.T - C)@A@B.T", **numbers)
    assert code(judgement) == "several"
    assert judgement.diagnosis is not None
    assert "two mistakes" in judgement.diagnosis.text
    assert "factor 2 is missing" in judgement.diagnosis.text


def test_hundreds_of_claims_end_with_a_verdict() -> None:
    names = [f"a{i}" for i in range(100)]
    inputs = {name: np.array(0.5 + 0.01 * i) for i, name in enumerate(names)}
    text = "*".join(f"sin({name})" for name in names)
    report = judge(ClaimsRequest(text, inputs, [f"{name} = 2*f" for name in names]))
    assert {each.verdict for each in report.judgements} == {"wrong"}
