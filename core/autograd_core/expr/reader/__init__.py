"""Reads what people paste: mathematics as typed, in Unicode or in LaTeX, and code of other libraries."""

from autograd_core.expr.reader.interpret import interpret
from autograd_core.expr.reader.reading import Reading

__all__ = ["Reading", "interpret"]
