"""Another name of Display, until all reports are documents."""

from autograd_cli.document.blocks import Display as View

__all__ = ["View"]
