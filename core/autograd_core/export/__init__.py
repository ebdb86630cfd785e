"""Programs that compute a result and its gradients elsewhere, and prove themselves when they are run."""

from __future__ import annotations

from autograd_core.export.program import TARGETS, afford, export

__all__ = ["TARGETS", "afford", "export"]
