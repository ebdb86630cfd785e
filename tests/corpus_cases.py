"""Gradient cases from files: how one is run and how its answer is judged."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FOLDER = Path(__file__).parent / "corpus"
_WORDS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}

Array = npt.NDArray[np.float64]
Case = dict[str, Any]


def cases(pattern: str = "*.json") -> Iterator[Case]:
    """Every case of the files that match."""
    for path in sorted(FOLDER.glob(pattern)):
        content = json.loads(path.read_text())
        yield from content["cases"] if isinstance(content, dict) else content


def numbers(value: Any) -> Any:
    """Numbers with NaN and infinity spelled as words turned into floats."""
    if isinstance(value, str):
        return _WORDS[value]
    return [numbers(v) for v in value] if isinstance(value, list) else value


def array(value: Any, shape: Any = None) -> Array:
    """A nested list as an array; ``shape`` is needed where it holds nothing."""
    made = np.asarray(numbers(value), dtype=float)
    return made if shape is None else made.reshape(shape)


def inputs(case: Case) -> dict[str, Array]:
    """The inputs of a case."""
    return {name: array(value, case.get("input_shapes", {}).get(name)) for name, value in case["inputs"].items()}


def difference(found: Array, wanted: Array, scale: float, rtol: float) -> str | None:
    """None when every entry is within ``rtol`` of the largest wanted one, nan equals nan; else a sentence."""
    if found.shape != wanted.shape:
        return f"shape {found.shape} is not {wanted.shape}"
    with np.errstate(all="ignore"):
        same = (np.isnan(found) & np.isnan(wanted)) | (found == wanted)
        finite = wanted[np.isfinite(wanted)]
        largest = np.max(np.abs(finite)) if finite.size else 0.0
        close = np.abs(found - wanted) <= rtol * largest + 1e-13 * (1 + scale)
        same |= np.isfinite(found) & np.isfinite(wanted) & close
    return None if same.all() else f"{found.tolist()} is not {wanted.tolist()}"


def compared(case: Case, value: Array, gradients: dict[str, Array | None], rtol: float = 1e-9) -> str | None:
    """None when value and gradients are the case's, else a sentence."""
    wanted = case["truth"] if case.get("policy") == "truth" else case
    expected = array(wanted["value"])
    expected = expected.reshape(value.shape) if expected.size == 0 == value.size else expected
    finite = expected[np.isfinite(expected)]
    scale = float(np.max(np.abs(finite))) if finite.size else 0.0
    problem = difference(value, expected, scale, rtol)
    if problem:
        return f"value: {problem}"
    for name, given in inputs(case).items():
        if name not in wanted["grads"]:
            continue
        want = wanted["grads"][name]
        target = np.zeros(given.shape) if want is None else array(want, given.shape if given.size == 0 else None)
        got = gradients.get(name)
        problem = difference(np.zeros(given.shape) if got is None else np.asarray(got), target, scale, rtol)
        if problem:
            return f"gradient of {name}: {problem}"
    return None
