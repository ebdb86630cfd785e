"""A program for PyTorch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograd_core.export.program import Draft

OWN = frozenset(("torch", "F"))
"""The names that a program for PyTorch uses itself."""


def lines(draft: Draft) -> Iterator[str]:
    """Leaves, the forward pass as a user of PyTorch writes it, and ``backward()``."""
    done, f = draft.done, draft.result
    forward = draft.forward()
    yield from draft.about("Run it with PyTorch.")
    yield "import torch"
    if any("F." in line for line in forward):
        yield "import torch.nn.functional as F"
    yield ""
    yield f"torch.set_default_dtype(torch.{done.request.dtype})"
    yield ""
    yield from draft.inputs(lambda name: ", requires_grad=True" if name in done.wanted else "")
    yield from draft.prelude()
    yield ""
    yield from forward
    yield ""
    if draft.plain_seed:
        yield f"{f}.backward()"
    else:
        yield f"{draft.seed} = {draft.expected(done.weights)}"
        yield f"{f}.backward({draft.seed})"
    yield ""
    if draft.strange:
        yield from draft.excuse()
    close = f"{draft.tolerances()}, equal_nan=True"
    if not draft.strange:
        yield f"torch.testing.assert_close({f}.detach(), {draft.expected(done.result.array)}, {close})"
    for name in draft.wanted:
        own, wanted = draft.names[name], done.gradients[name]
        if draft.strange or not np.any(wanted):
            yield f"{own}.grad = torch.zeros_like({own}) if {own}.grad is None else {own}.grad"
        if not draft.strange:
            yield f"torch.testing.assert_close({own}.grad, {draft.expected(wanted)}, {close})"
    yield ""
    yield f'print("value", {f}.tolist())'
    for name in draft.wanted:
        yield f"print({f'gradient of {name}'!r}, {draft.names[name]}.grad.tolist())"
