"""``--output FILE``: the whole file or nothing, in the form that the end of its name asks for."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, TextIO

from autograd_cli.environment import Environment, is_terminal
from autograd_cli.failures import OutputError
from autograd_cli.misread import quoted
from autograd_cli.names import listed
from autograd_core.errors import UsageError
from autograd_core.phases import phase
from autograd_core.visible import visible

if TYPE_CHECKING:
    from autograd_cli.document.blocks import Answer, Display

DRAWN = 100
"""Columns of a terminal that is drawn as a picture or a page."""

REPORT = {
    ".json": "json",
    ".txt": "table",
    ".svg": "svg",
    ".html": "html",
    ".npz": "npz",
    ".md": "markdown",
    ".tex": "latex",
}
"""The form of a report by the end of a file's name."""

TEXTS = {ending: form for ending, form in REPORT.items() if form != "npz"}
"""The forms of an answer without numbers."""

_ALSO = {".txt": ("table", "plain")}


def form_of(file: str, asked: str | None, forms: Mapping[str, str] = REPORT) -> str:
    """The form for a file, which ``--format`` must not contradict; its folder is looked at before any work is done.

    Raises UsageError for an ending that stands for nothing, and OutputError where nothing can be written.
    """
    path = Path(file)
    ending = path.suffix.lower()
    if ending not in forms:
        what = f"does not end in {quoted(ending)}" if ending else "has no ending"
        raise UsageError(
            f"--output {file}: a result {what}" if ending else f"--output {file}: the name {what}",
            code="AG104",
            why=f"the form follows from the name, which ends in {listed(list(forms), 'or')}",
            hint=f"--output {path.with_suffix(next(iter(forms))) if path.name not in ('', '..') else 'result.json'}",
        )
    if asked is not None and asked not in _ALSO.get(ending, (forms[ending],)):
        raise UsageError(
            f"--format {asked} and --output {file} ask for different forms",
            code="AG104",
            why=f"a file that ends in {ending} is written as {forms[ending]}",
            hint=f"leave out --format {asked}",
        )
    check_writable(file)
    return asked or forms[ending]


def check_writable(file: str) -> None:
    """Raise OutputError where ``file``, or what it is a link to, may not be written."""
    path, target = Path(file), Path(os.path.realpath(file))
    folder = path.parent
    try:
        folder = target.parent if path.is_symlink() else folder
        kind = target.stat().st_mode
    except (OSError, ValueError):  # there is nothing yet, or a directory on the way may not be entered
        kind = None
    if kind is not None and stat.S_ISDIR(kind):
        raise OutputError(f"--output {file} is a directory", hint=f"--output {path / f'result{path.suffix}'}")
    if kind is not None and stat.S_ISSOCK(kind):
        raise OutputError(f"--output {file} is a socket", why="only a program can listen there", hint=_ELSEWHERE)
    if kind is not None and not (kind & 0o222 and os.access(target, os.W_OK)):
        raise OutputError(f"--output {file} may not be written to: it is read-only", hint=_ELSEWHERE)
    if kind is not None and not stat.S_ISREG(kind):
        return
    if not _is_folder(folder):
        raise OutputError(f"--output {file}: there is no directory {folder}", hint=f"mkdir -p {folder}")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"--output {file}: the directory {folder} may not be written to", hint=_ELSEWHERE)


_ELSEWHERE = "give another name"


def _is_folder(path: Path) -> bool:
    """Whether there is a directory; not where one on the way may not be entered, or the name is too long."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


@contextmanager
def replacing(file: str) -> Iterator[BinaryIO]:
    """A file to write to, which takes the place of ``file`` when all is written; otherwise nothing is left behind.

    What ``file`` is a link to is replaced, not the link; a device or a pipe is not replaced but written to. Raises
    OutputError where the system refuses.
    """
    target = Path(os.path.realpath(file))
    try:
        if target.exists() and not target.is_file():
            with target.open("wb") as device:
                yield device
            return
        number, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:40]}.", suffix=".part")
    except OSError as error:
        raise OutputError(f"{file} cannot be written: {error.strerror or error}") from error
    made = Path(name)
    try:
        with os.fdopen(number, "wb") as stream:
            yield stream
        made.chmod(_mode(target))
        made.replace(target)
    except OSError as error:
        raise OutputError(f"{file} cannot be written: {error.strerror or error}") from error
    finally:
        made.unlink(missing_ok=True)


def _mode(target: Path) -> int:
    """The permissions of the file that is replaced, or those that a new file gets here."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


@contextmanager
def text_of(stream: IO[bytes]) -> Iterator[TextIO]:
    """A text stream over a binary one: UTF-8 with lines that end as they are written."""
    text = TextIOWrapper(stream, encoding="utf-8", errors="backslashreplace", newline="\n")
    try:
        yield text
    finally:
        text.flush()
        text.detach()


def write_text(file: str, write: Callable[[TextIO], None], environment: Environment) -> None:
    """Let ``write`` fill ``file``, and say on standard error that it is there."""
    with phase(f"writing {file}"), replacing(file) as stream, text_of(stream) as text:
        write(text)
    say(file, environment)


def answer(found: Answer, form: str, file: str | None, environment: Environment, look: Display) -> None:
    """Write an answer where it was asked for."""
    from autograd_cli.writers import write, write_bytes

    if file is None:
        with nullcontext() if is_terminal(environment.stdout) else phase("writing the answer"):
            write(found, form, look, environment.stdout)
    elif form == "npz":
        with phase(f"writing {file}"), replacing(file) as stream:
            write_bytes(found, stream)
        say(file, environment)
    else:
        width = look.width or (DRAWN if form in ("svg", "html") else None)
        write_text(file, lambda stream: write(found, form, replace(look, width=width), stream), environment)


def say(file: str, environment: Environment) -> None:
    """One line that tells what was written, where it mixes with no answer."""
    environment.remark(f"wrote {visible(file, environment.ascii(environment.stderr))}\n")
