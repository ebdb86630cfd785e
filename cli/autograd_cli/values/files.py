"""Files that hold an expression or an array: only regular ones, of a known kind, within the limits."""

from __future__ import annotations

import math
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from autograd_cli.environment import StandardInput
from autograd_cli.errors import cut, inside, quoted
from autograd_cli.limits import MAX_ARRAY_FILE, MAX_ECHO, MAX_TEXT_FILE
from autograd_cli.names import listed, nearest
from autograd_core.errors import AutogradError, LimitError, ValueTextError
from autograd_core.limits import MAX_CHARACTERS, MAX_DIMENSIONS, RAISE_ELEMENTS, limits

if TYPE_CHECKING:
    from autograd_core.report import Array

TEXT_KINDS = (".csv", ".tsv", ".txt", ".json")
KINDS = (".npy", ".npz", *TEXT_KINDS)
KEYED = (".npz", ".csv", ".tsv", ".json")  # kinds of files of which a part can be taken by its name

NPY_MAGIC = b"\x93NUMPY"
_NO_FILES = (Path("/proc"), Path("/sys"))


class FileError(AutogradError):
    """A file cannot be read, or is of no kind that is known."""

    code = "AG621"


def expression_text(word: str, stdin: StandardInput) -> str:
    """The text of an expression: the word itself, of standard input for ``-``, or of a file for ``@FILE``."""
    if word != "-" and (word[:1] != "@" or word.startswith("@(") or "\n" in word):  # functions of MATLAB, decorators
        return word
    return text_of_file(word.removeprefix("@"), "the expression", 4 * MAX_CHARACTERS, stdin)


def text_of_file(path: str, owner: str, limit: int, stdin: StandardInput | None = None) -> str:
    """The text of a file, or of ``stdin`` for ``-``, of at most ``limit`` bytes."""
    if path == "-" and stdin is not None:
        return decoded(stdin.read(owner, limit), owner, "standard input")
    with opened(path, owner, limit) as stream:
        return decoded(stream.read(), owner, quoted(path))


@contextmanager
def opened(path: str, owner: str, limit: int) -> Iterator[IO[bytes]]:
    """A regular file of at most ``limit`` bytes, open for reading; its errors name ``owner``."""
    name = quoted(path)
    try:
        place = Path(path).expanduser()
        _check_regular(place.stat(), path, owner)
        # Opened without waiting and looked at again: what stood at the path may have been exchanged for a pipe.
        with os.fdopen(os.open(place, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as stream:
            status = os.fstat(stream.fileno())
            _check_regular(status, path, owner)
            if status.st_size > limit:
                raise LimitError(
                    f"{owner}: {name} has {status.st_size:,} bytes, and {limit:,} is the limit",
                    hint="save it as .npy, which is smaller and faster" if limit == MAX_TEXT_FILE else None,
                )
            if status.st_size == 0:
                raise FileError(f"{owner}: {name} is empty")
            yield stream
    except (OSError, ValueError, RuntimeError) as error:  # ValueError: a NUL in the name; RuntimeError: no such home
        raise FileError(f"{owner}: {name} cannot be read: {reason_of(error)}") from error


def kind_of(path: str, owner: str) -> tuple[str, str, str | None]:
    """Path, extension and key of what stands after ``@``: ``a.npz:key``, ``a.json:key``, ``a.csv:size,rooms``."""
    head, colon, key = path.rpartition(":")
    if colon and (kind := Path(head).suffix.lower()) in KEYED:
        return head, kind, key
    kind = Path(path).suffix.lower()
    if kind not in KINDS:
        with suppress(OSError, ValueError):
            _check_regular(os.stat(path), path, owner)  # noqa: PTH116  # not Path.stat, for which "" is this folder
        raise FileError(
            f"{owner}: {quoted(path)} is of no kind that can be read"
            if path
            else f"{owner}: there is no file name after @",
            code="AG623",
            why=f"the kinds are {listed(KINDS)}",
            hint="numpy.save('x.npy', x) in Python writes the array x to a file for --x @x.npy",
        )
    return path, kind, None


def beside(path: str) -> tuple[str | None, str]:
    """The path of the file that may have been meant by one that is not there, and what is there in words."""
    folder, name = os.path.split(path)
    try:
        there = sorted(each.name for each in Path(folder or ".").expanduser().iterdir() if each.suffix.lower() in KINDS)
    except (OSError, ValueError, RuntimeError):
        return None, f"there is no folder {quoted(folder)}"
    near = nearest(name, there)
    holds = f"{quoted(folder) if folder else 'this folder'} holds {listed(there) if there else 'no file of numbers'}"
    return near and str(Path(folder, near)), holds


def decoded(content: bytes, owner: str, name: str) -> str:
    """The content of a text file as text whose lines end with ``\\n``; Excel's mark at the beginning is dropped."""
    try:
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise FileError(f"{owner}: {name} is UTF-16 text", hint="save it as UTF-8 (in Excel: CSV UTF-8)")
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise FileError(
            f"{owner}: {name} is not text: byte {error.start + 1} is not UTF-8",
            hint="numbers in binary form are read from .npy and .npz files, and .npy from standard input",
        ) from None


def read_npy(stream: IO[bytes], size: int, owner: str, name: str) -> Array:
    """The array of an .npy file of ``size`` bytes: its header is believed only as far as the file is long."""
    import numpy as np
    from numpy.lib import format

    try:
        version = format.read_magic(stream)
        if version not in ((1, 0), (2, 0), (3, 0)):
            raise FileError(
                f"{owner}: {name} is of version {version[0]}.{version[1]} of the .npy format, which is not known"
            )
        shape, _, dtype = (format.read_array_header_1_0 if version == (1, 0) else format.read_array_header_2_0)(stream)
    except FileError:
        raise
    except Exception as error:  # a damaged header makes NumPy raise whatever its reader of literals raises
        hint = "numpy.save('x.npy', x) writes one"
        raise FileError(f"{owner}: {name} is not an .npy file, or its header is damaged", hint=hint) from error
    if dtype.kind not in "fiu":
        raise ValueTextError(
            f"{owner}: {name} has dtype {cut(str(dtype), MAX_ECHO)}, and only real numbers are accepted",
            hint="numpy.save('x.npy', x.astype(float)) saves numbers",
        )
    count = math.prod(shape)
    if count > limits().elements:
        raise LimitError(
            f"{owner}: {name} has {count:,} numbers, and {limits().elements:,} is the limit", hint=RAISE_ELEMENTS
        )
    sound = len(shape) <= MAX_DIMENSIONS and all(type(n) is int and 0 <= n < 2**63 for n in shape)
    if not sound or stream.tell() + count * dtype.itemsize > size:
        raise FileError(f"{owner}: {name} is shorter than its header says: {cut(str(shape), MAX_ECHO)} does not fit")
    stream.seek(0)
    found: Array = np.load(stream, allow_pickle=False)
    return found


def read_npz(stream: IO[bytes], key: str | None, owner: str, name: str) -> Array:
    """One array of an .npz file: the one called ``key``, or the only one."""
    import zipfile
    import zlib

    try:
        with zipfile.ZipFile(stream) as archive:
            members = {one.filename[:-4]: one for one in archive.infolist() if one.filename.endswith(".npy")}
            keys = [cut(one, MAX_ECHO) for one in members]
            if not key and len(keys) == 1:
                key = next(iter(members))
            if key is None or key not in members:
                guess = (nearest(key, keys) if key else None) or (keys or ["key"])[0]
                raise FileError(
                    f"{owner}: {name} has no array called {key!r}"
                    if key
                    else f"{owner}: {name} has {len(keys)} arrays",
                    why=f"it has {listed(keys)}" if keys else "it has no arrays",
                    hint=f"@{name.strip(chr(39))}:{guess}",
                )
            if members[key].file_size > MAX_ARRAY_FILE:
                raise LimitError(f"{owner}: {key} of {name} has more than {MAX_ARRAY_FILE:,} bytes")
            with archive.open(members[key]) as member:
                size, label = members[key].file_size, f"{key} of {name}"
                return read_npy(member, size, owner, label)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise FileError(
            f"{owner}: {name} is not a sound .npz file", hint="numpy.savez('x.npz', x=x) writes one"
        ) from error


def reason_of(error: Exception) -> str:
    """What the system or Python says of an error, inside a sentence."""
    return inside((isinstance(error, OSError) and error.strerror) or str(error))


def _check_regular(status: os.stat_result, path: str, owner: str) -> None:
    """Refuse what only looks like a file: a directory, a pipe, a device, a window into the system."""
    if stat.S_ISDIR(status.st_mode):
        raise FileError(f"{owner}: {quoted(path)} is a directory")
    real = Path(path).expanduser().resolve()
    if not stat.S_ISREG(status.st_mode) or any(real.is_relative_to(root) for root in _NO_FILES):
        why = "pipes, devices and files of the system are not opened; - stands for standard input"
        hint = None if owner.startswith("--") else f"- in its place, and < {cut(path, 100)} behind the command"
        raise FileError(f"{owner}: {quoted(path)} is not a regular file", why=why, hint=hint)
