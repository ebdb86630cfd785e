"""The limits on what is read from the command line and from files, and the options that raise the core's limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from autograd_core.errors import UsageError
from autograd_core.limits import USUAL, Limits

if TYPE_CHECKING:
    from typer.core import TyperOption

MAX_INPUTS = 1_000
"""Variables of one command."""

MAX_ARRAY_FILE = 400_000_000
"""Bytes of an .npy file, and of the array taken from an .npz file."""

MAX_TEXT_FILE = 100_000_000
"""Bytes of a .csv, .tsv, .txt or .json file, and of standard input."""

MAX_WRITTEN = 1_000_000
"""Characters of a value with arithmetic in it; what is longer is numbers only."""

MAX_NESTING = 32
"""Nesting of lists in a value."""

MAX_ECHO = 40
"""Characters of a file or a value that a message repeats."""

ELEMENTS, NODES, MEMORY = "--max-elements", "--max-nodes", "--max-memory"
PANEL = "Limits"

_LARGEST = 2.0**53


def limit_options() -> list[TyperOption]:
    """The options that raise a limit."""
    from typer.core import TyperOption

    about = (
        (ELEMENTS, "N", f"The most entries an array may have; {USUAL.elements:,} if not said."),
        (NODES, "N", f"The most parts an expression may have; {USUAL.nodes:,} if not said."),
        (MEMORY, "GIB", f"The most memory a run may need; {USUAL.memory >> 30} GiB if not said."),
    )
    return [
        TyperOption(param_decls=[name], metavar=metavar, help=words, expose_value=False, rich_help_panel=PANEL)
        for name, metavar, words in about
    ]


def asked_limits(options: Sequence[str]) -> Limits:
    """The limits that the words of a command line ask for, the usual ones where they ask for none.

    Raises UsageError for what is not a number above 0.
    """
    return Limits(
        elements=int(_asked(ELEMENTS, options, USUAL.elements)),
        nodes=int(_asked(NODES, options, USUAL.nodes)),
        memory=int(_asked(MEMORY, options, USUAL.memory / 2**30) * 2**30),
    )


def _asked(name: str, options: Sequence[str], usual: float) -> float:
    text = None
    for position, word in enumerate(options):
        option, equals, value = word.partition("=")
        if option == name:
            text = value if equals else "".join(options[position + 1 : position + 2])
    if text is None:
        return usual
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < _LARGEST:
        raise UsageError(f"{name}: {text[:MAX_ECHO]!r} is not a number above 0", code="AG102", hint=f"{name} {usual:g}")
    return number
