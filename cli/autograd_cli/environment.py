"""What surrounds one run: the three streams, and what the terminal and the environment variables ask for."""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import field
from typing import Any, BinaryIO, TextIO

from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError, LimitError, UsageError

SECONDS_VARIABLE, MEMORY_VARIABLE = "AUTOGRAD_CLI_MAX_SECONDS", "AUTOGRAD_CLI_MAX_MEMORY"
"""Environment variables that say what limits hold where no option does: seconds, and GiB."""

WIDEST = 10_000  # columns: wider than any terminal, narrow enough that padding stays cheap
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # names of malloc.h


@dataclass(slots=True)
class StandardInput:
    """Standard input, which only one part of a command can have."""

    stream: BinaryIO | None
    reader: str | None = None

    def read(self, reader: str, limit: int) -> bytes:
        """Everything on standard input, at most ``limit`` bytes; ``reader`` is the variable it is read for."""
        if self.reader is not None:
            raise UsageError(
                f"{reader}: standard input was read already, for {self.reader}",
                code="AG106",
                why="standard input can be read once",
                hint="put one of the two in a file and write @FILE, as in --x @x.csv",
            )
        self.reader = reader
        problem = "is closed"
        try:
            content = None if self.stream is None else self.stream.read(limit + 1)
        except OSError as error:
            content, problem = None, f"cannot be read: {error.strerror}"
        if content is None:
            words, hint = f"{reader}: standard input {problem}", "echo 1,2,3 | autograd-cli ..."
            raise AutogradError(words, code="AG622", hint=hint)
        if len(content) > limit:
            raise LimitError(
                f"{reader}: standard input has more than {limit:,} bytes", hint="--x @x.npy reads larger arrays"
            )
        return content


@dataclass(frozen=True, slots=True)
class Environment:
    """The streams of one run and the environment variables that say how to use them."""

    stdin: StandardInput
    stdout: TextIO
    stderr: TextIO
    variables: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_process(cls) -> Environment:
        """The environment of this process; a character that a stream cannot show is escaped instead of an error."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        return cls(
            StandardInput(getattr(sys.stdin, "buffer", None)),
            sys.stdout or io.StringIO(),  # closed before the program started: what is written is gone
            sys.stderr or io.StringIO(),
            os.environ,
        )

    def remark(self, text: str) -> None:
        """Write to standard error what goes with a result; where it is full or closed, the result is still there."""
        with suppress(OSError):
            self.stderr.write(text)
            self.stderr.flush()

    def color(self, stream: TextIO, choice: str = "auto") -> bool:
        """Whether to use colour on ``stream``: ``choice`` is stronger than NO_COLOR, and that than FORCE_COLOR."""
        if choice != "auto":
            return choice == "always"
        if self.variables.get("NO_COLOR"):
            return False
        if self.variables.get("FORCE_COLOR", "0") not in ("", "0"):
            return True
        return self.variables.get("TERM") != "dumb" and is_terminal(stream)

    def width(self, asked: int | None = None, stream: TextIO | None = None) -> int | None:
        """Columns of standard output or ``stream``: as asked, else COLUMNS, else the terminal's; None without limit."""
        stream = self.stdout if stream is None else stream
        if asked is None:
            asked = number_in(self.variables.get("COLUMNS", ""))
        asked = asked or _size(stream).columns
        return min(asked, WIDEST) if asked else None

    def height(self) -> int | None:
        """Lines of standard output: LINES, else the terminal's; None without limit."""
        return number_in(self.variables.get("LINES", "")) or _size(self.stdout).lines or None

    def ascii(self, stream: TextIO, asked: bool = False) -> bool:
        """Whether only ASCII may be written to ``stream``."""
        if asked:
            return True
        try:
            return codecs.lookup(stream.encoding or "ascii").name != "utf-8"
        except LookupError:
            return True

    def look(self, stream: TextIO, color: str, width: int | None, *, ascii: bool = False) -> dict[str, Any]:
        """How ``stream`` shows text, with what was asked for."""
        ascii = self.ascii(stream, ascii)
        return {"color": self.color(stream, color), "ascii": ascii, "width": self.width(width, stream)}


def number_in(text: str) -> int | None:
    """The number of columns or lines that a text says, None where it says none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _size(stream: TextIO) -> os.terminal_size:
    """The columns and lines of a terminal, 80 columns where it does not tell; 0 for what is unknown or no terminal."""
    if not is_terminal(stream):
        return os.terminal_size((0, 0))
    try:
        columns, lines = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        columns, lines = 0, 0
    return os.terminal_size((columns or 80, lines))


def is_terminal(stream: TextIO) -> bool:
    """Whether a person sees ``stream``."""
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def keep_standard_descriptors() -> None:
    """Fill closed standard descriptors, so that no file we open gets the number of one and is written to.

    Standard output gets the buffer that PYTHONUNBUFFERED takes away: what a signal breaks off of a write would be lost.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number, which is this one
    if isinstance(sys.stdout, io.TextIOWrapper) and isinstance(raw := sys.stdout.buffer, io.RawIOBase):
        encoding = sys.stdout.encoding
        sys.stdout.detach()
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(raw), encoding)


def bound_memory(size: int) -> None:
    """Let the system refuse this process more than ``size`` bytes, where it can: an allocation fails then."""
    with suppress(ImportError, OSError, OverflowError, ValueError):  # no such thing here
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (size if most < 0 else min(size, most), most))


LEAST_ADDRESSES = 112 << 20
"""Bytes of addresses without which the library that multiplies matrices for NumPy ends the process by itself."""


def require_address_space() -> None:
    """Raise LimitError where the system allows fewer addresses than NumPy needs to be loaded."""
    try:
        import resource

        most, _ = resource.getrlimit(resource.RLIMIT_AS)
    except (ImportError, OSError, AttributeError):  # no such thing here
        return
    if 0 <= most < LEAST_ADDRESSES:
        raise LimitError(
            f"{most >> 20} MiB of address space are allowed, and NumPy needs {LEAST_ADDRESSES >> 20} to be loaded",
            code="AG804",
            hint="ulimit -v unlimited",
        )


def hold_freed_memory() -> None:
    """Let the C library keep for the next array what one leaves, for a process that does one thing and ends.

    A page that went back to the system is cleared when it is next touched, which costs several times what an operation
    on it does. glibc (mallopt(3)) is told to make no mapping of its own for a large block, and to give nothing back of
    the end of the heap. Other C libraries do as they always do.
    """
    try:
        import ctypes  # NumPy imports it anyhow

        mallopt = ctypes.CDLL(None).mallopt
    except (ImportError, OSError, AttributeError, TypeError):
        return
    mallopt(M_MMAP_MAX, 0)
    mallopt(M_TRIM_THRESHOLD, 2**31 - 1)


def abandon(stream: TextIO) -> None:
    """Point ``stream`` at nothing, so that Python's own flush at exit has nothing to complain about."""
    with suppress(OSError, ValueError):  # no descriptor behind the stream: nothing to flush to either
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
