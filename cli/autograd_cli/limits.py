"""What options take, the limits on what is read from the command line and from files, and those of a run."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from autograd_cli.commands import chosen
from autograd_cli.environment import MEMORY_VARIABLE, SECONDS_VARIABLE
from autograd_cli.errors import quoted
from autograd_cli.names import listed, nearest
from autograd_core import limits as core
from autograd_core.dataclass import dataclass
from autograd_core.errors import UsageError
from autograd_core.limits import USUAL, Limits

MAX_INPUTS = 1_000  # variables of one command
MAX_ARRAY_FILE = 400_000_000  # bytes of an .npy file, and of the array taken from an .npz file
MAX_TEXT_FILE = 100_000_000  # bytes of a .csv, .tsv, .txt or .json file, and of standard input
MAX_WRITTEN = 1_000_000  # characters of a value with arithmetic in it; what is longer is numbers only
MAX_NESTING = 32  # nesting of lists in a value
MAX_LINE = 16_000_000  # bytes of one line of a batch
MAX_ENDLESS = 1_000_000_000  # bytes of a batch without the end of a line, which may never come
MAX_KEY = 10_000_000  # bytes of the key of a batch
MAX_ANSWER = 1_000_000  # bytes of a submission
MAX_DRAWN = 400  # nodes of a graph that is drawn: more would be a picture nobody can read
MAX_ECHO = 40  # characters of a file or a value that a message repeats

ELEMENTS, NODES, MEMORY, SECONDS = "--max-elements", "--max-nodes", "--max-memory", "--max-seconds"
THREADS = "--threads"
RUN_SECONDS = 60.0  # seconds of a run, unless said otherwise; of a job of ``batch`` those of the core
MAX_SECONDS = 1_000_000  # seconds that an option can ask for: eleven days, which every clock can count

MAX_GIB = 1_000_000
"""GiB that an option can ask for: more than any machine has, in bytes less than the system can count."""

MAX_COUNT = 1_000_000_000_000_000  # entries and parts that an option can ask for
MAX_THREADS = 64  # threads: as many as the OpenBLAS in NumPy's wheels can use

MEMORY_IN_WORDS = f"half of what the machine has (a job of batch: {USUAL.memory >> 30} GiB)"
SECONDS_IN_WORDS = f"{RUN_SECONDS:g} s (a job of batch: {USUAL.seconds:g} s)"
LIMITS = {
    ELEMENTS: ("N", f"The most entries of an array. Default {USUAL.elements:,}", 1, MAX_COUNT, str(USUAL.elements)),
    NODES: ("N", f"The most parts of an expression. Default {USUAL.nodes:,}", 1, MAX_COUNT, str(USUAL.nodes)),
    MEMORY: ("GIB", f"The most memory of a run. Default {MEMORY_IN_WORDS}", core.PROGRAM_MEMORY / 2**30, MAX_GIB, "1"),
    SECONDS: ("SECONDS", f"The most time of a run. Default {SECONDS_IN_WORDS}", 1e-4, MAX_SECONDS, "3"),
    THREADS: ("N", f"The threads of one product of matrices, up to {MAX_THREADS}. Default 1", 1, MAX_THREADS, "2"),
}
"""Of each of these options what stands for its value, what it is with its default, its range, and what works."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What an option takes: one of some words, a number in a range, another text, or nothing (a flag).

    ``over`` are help and version: whatever else stands on the line does not matter. ``works`` is a value it takes,
    empty where that is a variable's name. A ``whole`` number may be written as 1e6 where its type is float.
    """

    choices: Sequence[str] = ()
    number: type[float] | None = None
    low: float | None = None
    high: float | None = None
    flag: bool = False
    over: bool = False
    works: str = "1"
    whole: bool = False

    def read(self, name: str, text: str) -> Any:
        """What a text says for the option, or for an environment variable, whose name is in capitals.

        Raises UsageError for what it does not take, and says what it takes.
        """
        if self.number:
            with suppress(ValueError):
                number = self.number(text)
                inside = (self.low is None or number >= self.low) and (self.high is None or number <= self.high)
                if inside and (self.number is int or math.isfinite(number)) and not (self.whole and number % 1):
                    return number
            limits = "" if self.low is None else f" of at least {self.low}"
            limits = limits if self.high is None else f" from {self.low:,} to {self.high:,}"
            sort = "whole " if self.whole else "finite " if self.high is None else ""
            takes, works = f"a {sort}number{limits}", self.works
        elif text in self.choices or not self.choices:
            return text
        else:
            takes, works = f"one of {listed(self.choices, 'or')}", nearest(text, self.choices) or self.works
        shown, hint = (f"`{name}`", f"`{name} {works}`") if name.islower() else (name, f"{name}={works}")
        raise UsageError(f"{shown} takes {takes}, not {quoted(text)}", code="AG102", hint=hint)


def asked_limits(command: str, options: Sequence[str], variables: Mapping[str, str]) -> Limits:
    """The limits that hold for a command: what its options say, else the environment variables, else the usual ones.

    Raises ValueError for an option that is no number, UsageError for a variable that is none in its range.
    """

    def asked(option: str, variable: str = "") -> float | None:
        if (text := chosen(option, options)) is not None:
            return float(text)
        *_, low, high, works = LIMITS[option]
        kind = Kind(number=float, low=low, high=high, works=works)
        return kind.read(variable, variables[variable]) if variables.get(variable) else None

    gib = asked(MEMORY, MEMORY_VARIABLE)
    memory, seconds = (USUAL.memory, USUAL.seconds) if command == "batch" else (half_of_memory(), RUN_SECONDS)
    return Limits(
        elements=int(asked(ELEMENTS) or USUAL.elements),
        nodes=int(asked(NODES) or USUAL.nodes),
        memory=memory if gib is None else int(gib * 2**30),
        seconds=asked(SECONDS, SECONDS_VARIABLE) or seconds,
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
