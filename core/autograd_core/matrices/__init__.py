"""Whole Jacobians and Hessians of an expression, and products with them: a request in, a report out."""

from autograd_core.matrices.blocks import derivatives, hessian, jacobian
from autograd_core.request import Request

__all__ = ["Request", "derivatives", "hessian", "jacobian"]
