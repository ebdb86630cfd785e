"""Where an answer goes and in which form, and what is said beside it.

``--output FILE`` is written whole or not at all, in the form that the end of its name asks for.
"""

from __future__ import annotations

import atexit
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from autograd_cli.environment import Environment
from autograd_cli.errors import OutputError, quoted
from autograd_cli.names import listed
from autograd_cli.options import Outputs
from autograd_core.errors import UsageError
from autograd_core.escape import escape_unprintable
from autograd_core.phases import phase

if TYPE_CHECKING:
    from autograd_cli.document import Display

DRAWN = 100  # columns of a terminal that is drawn as a picture or a page


def form_of(file: str, forms: Mapping[str, str], option: str = "--output") -> str:
    """The form for a file by the end of its name; its folder is looked at before any work is done.

    Raises UsageError for an ending that stands for nothing, and OutputError where nothing can be written.
    """
    path = Path(file)
    ending = path.suffix.lower()
    if ending not in forms:
        what = f"a result does not end in {quoted(ending)}" if ending else "the name has no ending"
        works = (path if path.name not in ("", "..") else Path("result")).with_suffix(next(iter(forms)))
        stream = file == "-" or (path.exists() and not path.is_file() and not path.is_dir())
        raise UsageError(
            f"{option} {file}: {what}",
            code="AG104",
            why=f"the form follows from the name, which ends in {listed(list(forms), 'or')}",
            hint=f"leave out {option} {file}" if stream else f"{option} {works}",
        )
    check_writable(file, option)
    return forms[ending]


def check_writable(file: str, option: str) -> None:
    """Raise OutputError where the ``file`` of an option, or what it is a link to, may not be written."""
    path, target = Path(file), Path(os.path.realpath(file))
    folder, kind = path.parent, 0
    with suppress(OSError, ValueError):  # there is nothing yet, or a directory on the way may not be entered
        folder = target.parent if path.is_symlink() else folder
        kind = target.lstat().st_mode
    hint = "give another name"
    if stat.S_ISLNK(kind):
        problem = " is a link that leads back to itself"
    elif stat.S_ISDIR(kind):
        problem, hint = " is a directory", f"{option} {path / f'result{path.suffix}'}"
    elif stat.S_ISSOCK(kind):
        problem = " is a socket, where only a program can listen"
    elif kind and not (kind & 0o222 and os.access(target, os.W_OK)):
        problem = " may not be written to: it is read-only"
    elif kind and not stat.S_ISREG(kind):
        return
    elif not os.path.isdir(folder):  # noqa: PTH112  # not Path.is_dir, which raises where one may not be entered
        problem, hint = f": there is no directory {folder}", f"mkdir -p {folder}"
    elif not os.access(folder, os.W_OK | os.X_OK):
        problem = f": the directory {folder} may not be written to"
    else:
        return
    raise OutputError(f"{option} {file}{problem}", hint=hint)


@contextmanager
def replacing(file: str) -> Iterator[BinaryIO]:
    """A file to write to, which takes the place of ``file`` when all is written; otherwise nothing is left behind.

    What ``file`` is a link to is replaced, not the link; a device or a pipe is not replaced but written to. Raises
    OutputError where the system refuses.
    """
    import tempfile

    target, made = Path(os.path.realpath(file)), None
    try:
        if target.exists() and not target.is_file():
            with target.open("wb") as device:
                yield device
            return
        number, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:40]}.", suffix=".part")
        made = Path(name)
        atexit.register(made.unlink, missing_ok=True)  # where the process is ended by another thread
        with os.fdopen(number, "wb") as stream:
            yield stream
        mask = os.umask(0)
        os.umask(mask)
        made.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~mask)  # as before, or of a new file
        made.replace(target)
    except OSError as error:
        raise OutputError(f"{file} cannot be written: {error.strerror or error}") from error
    finally:
        if made is not None:
            made.unlink(missing_ok=True)
            atexit.unregister(made.unlink)


def write_text(file: str, write: Callable[[TextIO], None], environment: Environment) -> None:
    """Let ``write`` fill ``file``, and say on standard error that it is there."""
    with phase(f"writing {file}"), replacing(file) as stream:
        text = TextIOWrapper(stream, encoding="utf-8", errors="backslashreplace", newline="\n")  # lines end as written
        try:
            write(text)
        finally:
            text.detach()  # flushes
    say(file, environment)


def page(text: str) -> None:
    """Show a long text by the user's pager, less if nobody says it, as git does; where there is none, all at once."""
    from pydoc import pager
    from shutil import which

    if which(os.environ.get("PAGER", "").partition(" ")[0]) is None:  # nothing would be shown
        os.environ.pop("PAGER", None)
    os.environ.setdefault("LESS", "FRX")  # what fits the terminal needs no pager
    pager(text)


def display_of(outputs: Outputs, environment: Environment, **choices: Any) -> Display:
    """The display of standard output or of a file, which has neither colour nor a width of its own."""
    from autograd_cli.document import Display
    from autograd_core.number_text import DIGITS

    look = environment.look(environment.stdout, outputs.color, outputs.width, ascii=outputs.ascii)
    look["height"] = environment.height()
    if outputs.output is not None:
        look = {"width": outputs.width, "ascii": outputs.ascii}
    return Display(precision=outputs.precision or DIGITS, full=outputs.full, **look, **choices)


def say(file: str, environment: Environment) -> None:
    """One line that tells what was written, where it mixes with no answer."""
    environment.remark(f"wrote {escape_unprintable(file, environment.ascii(environment.stderr))}\n")
