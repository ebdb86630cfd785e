"""How long texts take to be read: 200 characters of each notation, and how the time grows with the length."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress

from measure import Row

from autograd_core.errors import AutogradError
from autograd_core.expr.reader import interpret

SHAPES = {"x": (3,), "y": (3,), "A": (3, 3), "s": (), "t": (), "lambda": ()}
TEXTS = {
    "mathematics": "||Ax - y||^2 + 3 x^T A x + 1/2 tr(A^T A) + log(1 + e^(-s t)) + sin(s) cos(t) + x^T (A + I)^-1 x"
    " + 2s(t + 1)(s - t) + x'A'Ax - 2y'Ax + ln det(A A' + I) + s^2 t^3",
    "LaTeX": r"\lVert A x - y \rVert_2^2 + \frac{\lambda}{2} \mathbf{x}^\top \mathbf{x} + \log\left(1 + e^{-s t}\right)"
    r" + \sum_{i=1}^n x_i y_i + \operatorname{tr}(A^{-1} A^\top) + \sqrt{s^2 + t^2}",
    "Unicode": "‖Ax − y‖² + ½λxᵀx + √(s² + t²) + Σᵢ xᵢyᵢ + sin²s·cos²t + xᵀ(A + I)⁻¹x + ln(1 + e⁻ˢ) + |s|² + 3πst"
    " + (A + Aᵀ)x·y + ⟨x, Ay⟩ + 2s²t³ − s⁻¹ + ‖x ⊙ y‖²",
    "code": "h = torch.relu(A @ x + y)\nz = np.tanh(h).sum() + F.mse_loss(h, y)\nm = z**2 + s*t"
    "\nloss = m + 0.1*x.pow(2).sum() + x.dot(A.mv(y))\nloss.backward()",
}
PARTS = (
    "s + ",
    "2s + ",
    "s t ",
    "(",
    r"\frac{",
    r"\sqrt{s} + ",
    "x_i ",
    "a = 2s; ",
    "s² + ",
    "|s| + ",
    "x.T + ",
    "- ",
    "q",
)


def seconds(text: str) -> float:
    """Processor time of one reading, the best of five."""
    best = 1e9
    for _ in range(5):
        before = time.process_time()
        with suppress(AutogradError):
            interpret(text, SHAPES)
        best = min(best, time.process_time() - before)
    return best


def measured() -> Iterator[Row]:
    """Each notation beside its goal, and for texts without end the time of 40,000 characters over that of 10,000."""
    for name, text in TEXTS.items():
        found, goal = seconds(text), 0.003 * len(text) / 200
        yield Row(f"{len(text)} characters of {name}", "3 ms for 200", found, goal, 1.0, "read")
    for part in PARTS:
        short, long = (seconds("2s + " + part * (size // len(part))) for size in (10_000, 40_000))
        yield Row(f"40,000 characters of {part!r}", "10,000", long, short, None, "read or refused")
