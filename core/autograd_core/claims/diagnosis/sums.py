"""A sum over a broadcast axis that is missing, or one too many."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.diagnosis.case import Case, Look
from autograd_core.claims.verdict import Diagnosis
from autograd_core.report import shape_text

Array = npt.NDArray[Any]


def explain(case: Case) -> Iterator[Diagnosis]:
    """The claim gives the gradient once it is summed over some axes, or is such a sum, or such a mean."""
    have, want = case.evidence.claimed_shape, case.evidence.shape
    if len(have) >= len(want) and have != want and np.prod(have) > np.prod(want):
        for count in range(1, len(have) + 1):
            for axes in combinations(range(len(have)), count):
                summed = [np.sum(look.claim, axis=axes, keepdims=True) for look in case.looks]
                if int(np.prod(summed[0].shape)) != int(np.prod(want)):
                    continue
                where = f"axis {axes[0]}" if count == 1 else f"axes {', '.join(map(str, axes))}"
                shapes = f"the claim has shape {shape_text(have)}, and {case.name} has {shape_text(want)}"
                if _same(case, summed, 1.0):
                    yield Diagnosis(
                        "missing-sum",
                        f"a sum over the broadcast axis is missing: {case.name} is used once for each entry along "
                        f"{where}, and these contributions add up; {shapes}",
                    )
                    return
                length = float(np.prod([have[a] for a in axes]))
                if _same(case, summed, length):
                    yield Diagnosis("missing-mean", f"a mean over {where} is missing; {shapes}")
                    return
    if want and np.prod(have) < np.prod(want):
        for count in range(1, len(want) + 1):
            for axes in combinations(range(len(want)), count):
                total = [np.sum(look.truth, axis=axes, keepdims=True) for look in case.looks]
                if int(np.prod(total[0].shape)) != int(np.prod(have)):
                    continue
                if all(case.same(look.claim, each.reshape(have)) for look, each in zip(case.looks, total, strict=True)):
                    where = f"axis {axes[0]}" if count == 1 else f"axes {', '.join(map(str, axes))}"
                    yield Diagnosis(
                        "extra-sum",
                        f"a sum too many: the claim is the gradient added up over {where}, and {case.name} has an "
                        "entry of its own for each of them",
                    )
                    return
    if have == want and want and case.looks[0].truth.size > 1:
        for axis in range(len(want)):
            if want[axis] > 1 and case.explains(partial(_spread, axis)):
                yield Diagnosis("extra-sum", f"a sum too many: every entry is the sum of the gradient over axis {axis}")
                return


def _spread(axis: int, look: Look) -> Array:
    """The sum of the gradient over an axis, in every entry along it."""
    return np.array(np.broadcast_to(np.sum(look.truth, axis=axis, keepdims=True), look.truth.shape))


def _same(case: Case, summed: list[Array], over: float) -> bool:
    pairs = zip(case.looks, summed, strict=True)
    return all(case.same((each / over).reshape(look.truth.shape), look.truth) for look, each in pairs)
