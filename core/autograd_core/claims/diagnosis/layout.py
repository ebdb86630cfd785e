"""Right numbers in another arrangement: transposed, a row for a column, or the wrong shape altogether."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograd_core.claims.diagnosis.case import Case
from autograd_core.claims.evidence import Evidence
from autograd_core.claims.verdict import Diagnosis
from autograd_core.report import shape_text


def explain(case: Case) -> Iterator[Diagnosis]:
    """The claim is the transpose, or a row or column, or would have to be broadcast."""
    name, have, want = case.name, case.evidence.claimed_shape, case.evidence.shape
    shapes = f"shape {shape_text(have)}, where {name} has {shape_text(want)}"
    turned = len(want) >= 2 and have == (*want[:-2], want[-1], want[-2])
    if turned and case.explains(lambda look: np.swapaxes(look.truth, -1, -2)):
        more = f"; it has {shapes}" if have != want else ""
        yield Diagnosis(
            "transposed", f"transposed: this is numerator layout; the gradient of {name} is arranged as {name} is{more}"
        )
    if have == want:
        return
    same_size = have and np.prod(have) == np.prod(want)
    if same_size and case.explains(lambda look: look.truth.reshape(have)):
        words = "a row (numerator layout)" if have[0] == 1 else "a column" if have[-1] == 1 else "another arrangement"
        yield Diagnosis("shape", f"the numbers are right, but as {words}: the claim has {shapes}")
    if _fits(have, want) and all(
        case.same(np.array(np.broadcast_to(look.claim, want)), look.truth) for look in case.looks
    ):
        yield Diagnosis("shape", f"the claim has {shapes}: the gradient is these numbers, repeated")


def _fits(have: tuple[int, ...], want: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(have, want) == want
    except ValueError:
        return False


def wrong_shape(evidence: Evidence) -> Diagnosis | None:
    """What is left to say of a claim of the wrong shape that nothing else explains."""
    have, want = evidence.claimed_shape, evidence.shape
    if have == want:
        return None
    return Diagnosis(
        "shape",
        f"the claim has shape {shape_text(have)}; a gradient has the shape of its variable, and {evidence.claim.name} "
        f"has {shape_text(want)}",
    )
