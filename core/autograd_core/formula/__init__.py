"""The gradient as a formula in the tool's own language, proved against the engine's numbers.

The rules of the operations run on expression nodes; what they give is brought to a normal form, simplified, written,
read back and evaluated. A formula that does not give the engine's numbers is not printed.
"""

from __future__ import annotations

from autograd_core.formula.closed import Formula, closed_forms
from autograd_core.formula.verify import Asked

__all__ = ["Asked", "Formula", "closed_forms"]
