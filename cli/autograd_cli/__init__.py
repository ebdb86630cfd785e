"""The command line of autograd-cli."""

__version__ = "0.2.0"
