"""Homework of real people: what is right is accepted, what is wrong refused, and the mistake they made is told."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograd_cli.main import main

CASES = json.loads((Path(__file__).parent.parent / "cases" / "homework.json").read_text(encoding="utf-8"))["cases"]
Judged = Callable[[dict[str, Any], str], tuple[int, dict[str, Any]]]

SYMMETRIC = "only when .* symmetric"
SIGN = "sign"
TOLD = {
    "M02": ["factor A.T is missing", "A should be transposed"],
    "M04": [r"X.*in X\*\(A.T@X\).*term too many: diag", SYMMETRIC],
    "M06": ["B is symmetric"],
    "M08": [SIGN + r".*inv\(X\)", r"missing.*inv\(X\)"],
    "M10": ["trace.* taken out of a product", r"norm\(x\) should be squared"],
    "M12": ["trace.* a number", SYMMETRIC],
    "M14": ["x@A@B - x and x are exchanged", "A.T stands in the wrong place"],
    "M16": ["missing.*A in A.T.*factor 2"],
    "M18": ["missing.*X in X.T"],
    "M20": ["cross term of the softmax|diagonal", SIGN],
    "M22": [SIGN, "derivative of p = sigmoid.* twice"],
    "M24": [SIGN],
    "M26": ["order.*rows"],
    "M28": ["entry by entry", SYMMETRIC],
    "M30": ["a term is missing"],
    "M32": [r"\*D.* missing"],
    "M34": ["numerator layout", "factor L is missing"],
    "M36": ["S is symmetric", SIGN, "gradient of M, not of S"],
    "M38": [SYMMETRIC, "missing.*x @ x"],
    "M40": [r"missing.*norm\(x\)", r"norm\(x\)\*\*2 is missing"],
    "M42": ["another order.*T", SIGN],
    "M44": ["factor 2 is missing", "order|exchanged"],
    "M46": [SIGN + r".*norm\(a\)", r"missing.*norm\(a\)"],
    "M48": ["missing.*h0", "derivative of h1 = tanh.* is missing"],
    "M50": ["sums over the others are missing", "taken as constants"],
    "M52": ["sum"],
    "M54": [
        "derivative of log.* is missing|factor too many",
        "Vk in the place of -Vk",
        "derivative of log.* is missing",
    ],
    "M56": [
        r"derivative of exp\(x\*y\*z\) belongs",
        r"2\*y.*exp\(x\*z\) is wrong",
        r"y\*z is missing|factor is missing.*y\*z",
    ],
    "M58": ["x/y|divisor y", SIGN],
    "M60": ["exponent of", "base of"],
    "M62": [r"norm\(r\)|exponent 3 should be 2", SIGN],
    "M64": [SIGN],
    "M66": ["factor 2", "transposed"],
    "M68": ["exchanged|order", "transposed|numerator", "W should be transposed"],
    "M70": ["svdvals"],
    "P02": ["v is left out"],
    "P04": ["a term is missing"],
    "P08": ["sum"],
    "P10": ["term too many"],
    "P14": ["v is left out"],
    "P16": ["0 everywhere"],
    "P18": [SIGN, SIGN],
}
"""For each wrong claim, what the answer must say of it."""


@pytest.fixture
def judged(capsys: pytest.CaptureFixture[str]) -> Judged:
    def run(case: dict[str, Any], claim: str) -> tuple[int, dict[str, Any]]:
        words = [word for name, text in case["inputs"].items() for word in ("--var", f"{name}={text}")]
        seed = [] if case["grad_tensor"] is None else ["--grad-tensor", case["grad_tensor"]]
        status = main(["check", case["form"], "--claim", claim, "--json", *seed, *words])
        return status, json.loads(capsys.readouterr().out)

    return run


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_right_homework_is_accepted(judged: Judged, case: dict[str, Any]) -> None:
    for claim in case["right"]:
        status, found = judged(case, claim)
        assert status == 0, (claim, found)


def test_wrong_homework_is_refused_and_the_mistake_is_told(judged: Judged) -> None:
    told, missed = 0, []
    for case in CASES:
        assert len(TOLD.get(case["id"], [])) == len(case["wrong"]), case["id"]
        for wrong, wanted in zip(case["wrong"], TOLD.get(case["id"], []), strict=True):
            status, found = judged(case, wrong["claim"])
            assert status == 1, (wrong, found)
            (claim,) = found["claims"]
            said = [each["text"] for each in [claim["diagnosis"], *claim["also"]] if each]
            said.append(f"only when {claim['condition']}")
            if re.search(wanted, " | ".join(said)):
                told += 1
            else:
                missed.append((case["id"], wrong["claim"], wrong["mistake"], said))
    assert told >= 0.93 * (told + len(missed)), missed
