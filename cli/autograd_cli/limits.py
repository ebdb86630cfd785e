"""The limits on what is read from the command line and from files, and the options for what a run may use."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from autograd_cli.commands import chosen
from autograd_cli.environment import MEMORY_VARIABLE, SECONDS_VARIABLE
from autograd_cli.errors import quoted
from autograd_core import limits as core
from autograd_core.errors import UsageError
from autograd_core.limits import USUAL, Limits

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

MAX_LINE = 16_000_000
"""Bytes of one line of a batch."""

MAX_ENDLESS = 1_000_000_000
"""Bytes of a batch without the end of a line, which may never come."""

MAX_KEY = 10_000_000
"""Bytes of the key of a batch."""

MAX_ANSWER = 1_000_000
"""Bytes of a submission."""

MAX_DRAWN = 400
"""Nodes of a graph that is drawn: more would be a picture nobody can read."""

MAX_ECHO = 40
"""Characters of a file or a value that a message repeats."""

ELEMENTS, NODES, MEMORY, SECONDS = "--max-elements", "--max-nodes", "--max-memory", "--max-seconds"
THREADS = "--threads"
RUN_SECONDS = 60.0
"""Seconds of a run, unless said otherwise; of a job of ``batch`` those of the core."""

MAX_SECONDS = 1_000_000
"""Seconds that an option can ask for: eleven days, which every clock can count."""

MAX_GIB = 1_000_000
"""GiB that an option can ask for: more than any machine has, in bytes less than the system can count."""

MAX_COUNT = 1_000_000_000_000_000
"""Entries and parts that an option can ask for."""

MAX_THREADS = 64
"""Threads: as many as the OpenBLAS in NumPy's wheels can use."""

_LEAST_SECONDS = 0.0001


MEMORY_IN_WORDS = f"half of what the machine has (a job of batch: {USUAL.memory >> 30} GiB)"
SECONDS_IN_WORDS = f"{RUN_SECONDS:g} s (a job of batch: {USUAL.seconds:g} s)"
"""What a run may need and take unless said otherwise."""


def asked_limits(command: str, options: Sequence[str], variables: Mapping[str, str]) -> Limits:
    """The limits that hold for a command: what its options say, else the environment variables, else the usual ones.

    Raises UsageError for what is not a number that the option takes.
    """

    def asked(option: str, works: float, least: float, most: float, variable: str = "") -> float | None:
        for name, text in ((option, chosen(option, options)), (variable, variables.get(variable))):
            if text is not None:
                return read_number(name, text, least, most, f"{works:.15g}", whole=not variable)
        return None

    gib = asked(MEMORY, USUAL.memory / 2**30, core.PROGRAM_MEMORY / 2**30, MAX_GIB, MEMORY_VARIABLE)
    memory, seconds = (USUAL.memory, USUAL.seconds) if command == "batch" else (half_of_memory(), RUN_SECONDS)
    return Limits(
        elements=int(asked(ELEMENTS, USUAL.elements, 1, MAX_COUNT) or USUAL.elements),
        nodes=int(asked(NODES, USUAL.nodes, 1, MAX_COUNT) or USUAL.nodes),
        memory=memory if gib is None else int(gib * 2**30),
        seconds=asked(SECONDS, USUAL.seconds, _LEAST_SECONDS, MAX_SECONDS, SECONDS_VARIABLE) or seconds,
    )


def half_of_memory() -> int:
    """Half of the bytes that this process can have: the machine's, or its container's; the usual limit if not known."""
    found = []
    with suppress(AttributeError, OSError, ValueError):
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with suppress(OSError, ValueError):  # "max" where there is no limit
            found.append(int(Path(name).read_text(encoding="ascii")))
    known = [size for size in found if size > 0]
    return max(min(known) // 2, 4 * core.PROGRAM_MEMORY) if known else USUAL.memory


def asked_threads(options: Sequence[str]) -> int | None:
    """The threads that the words of a command line ask for, None where they ask for none.

    Raises UsageError for what is not a whole number from 1 to MAX_THREADS.
    """
    text = chosen(THREADS, options)
    return None if text is None else int(read_number(THREADS, text, 1, MAX_THREADS, "2", parse=int, whole=True))


def read_number(
    name: str,
    text: str,
    low: float | None,
    high: float | None,
    works: str,
    *,
    parse: Callable[[str], float] = float,
    whole: bool = False,
) -> float:
    """The number in the text of an option or an environment variable.

    Raises UsageError, which offers one that ``works``, where it is none, not finite, not whole or out of range.
    """
    try:
        number = parse(text)
    except ValueError:
        number = math.nan
    above, below = low is None or number >= low, high is None or number <= high
    if above and below and (parse is int or math.isfinite(number)) and not (whole and number % 1):
        return number
    limits = f" of at least {low}" if low is not None else ""
    limits = f" from {low:,} to {high:,}" if low is not None and high is not None else limits
    sort = "whole " if whole else "finite " if high is None else ""
    hint = f"{name}{' ' if name.startswith('-') else '='}{works}"
    raise UsageError(f"{name} takes a {sort}number{limits}, not {quoted(text)}", code="AG102", hint=hint)
