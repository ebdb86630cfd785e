"""The command line of autograd-cli."""

__version__ = "0.2.0"

PROGRAM = "autograd-cli"  # the name of the command
