"""Lines for a session: from a terminal with history and completion, or from a pipe."""

from __future__ import annotations

import atexit
import re
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

PROMPT, MORE = "> ", ". "
HISTORY = 2_000
"""Lines of history that are kept."""

Complete = Callable[[str, str], Sequence[str]]
"""From the line up to the word, and the word, to the words that may stand there."""


def data_folder(variables: Mapping[str, str], platform: str = sys.platform) -> Path:
    """Where this user's data of the program is kept (XDG Base Directory, Windows and macOS in their own way)."""
    if platform == "win32":
        root = Path(variables.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif platform == "darwin":
        root = Path.home() / "Library" / "Application Support"
    else:
        root = Path(variables.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return root / "autograd-cli"


def is_open(text: str) -> bool:
    """Whether a line goes on: a bracket is open, or it ends with a backslash."""
    bare = re.sub(r"#.*", "", text)
    return text.endswith("\\") or any(bare.count(a) > bare.count(b) for a, b in ("()", "[]", "{}"))


def joined(lines: Iterator[str], more: Callable[[], str | None]) -> Generator[str, None, None]:
    """Lines with those that go on put together; ``more`` reads the next part, None at the end."""
    for line in lines:
        text = line
        while is_open(text):
            part = more()
            if part is None or not part.strip():
                break
            text = text.removesuffix("\\") + " " + part
        yield text


def typed(variables: Mapping[str, str], complete: Complete, output: TextIO) -> Generator[str, None, None]:
    """The lines of a person, those that go on put together; Ctrl-C drops what was typed and asks again.

    readline gives editing, completion and a history, where there is one; the history is kept for the next session.
    """
    history, readline = data_folder(variables) / "history", _readline(complete)

    def ask(prompt: str) -> str | None:
        while True:
            try:
                return input(prompt)
            except KeyboardInterrupt:
                output.write("\n")
                prompt = PROMPT
            except EOFError:
                output.write("\n")
                return None

    def keep() -> None:
        if readline is not None:
            with suppress(OSError):
                history.parent.mkdir(parents=True, exist_ok=True)
                readline.set_history_length(HISTORY)
                readline.write_history_file(history)
                history.chmod(0o600)

    if readline is not None:
        with suppress(OSError):  # none yet, or not to be read
            readline.read_history_file(history)
    atexit.register(keep)  # also where a step that cannot be stopped ends the process
    try:
        yield from joined(iter(lambda: ask(PROMPT), None), lambda: ask(MORE))
    finally:
        atexit.unregister(keep)
        keep()


def _readline(complete: Complete) -> Any:
    """The line editor with completion bound to Tab, None where Python has none (GNU readline or libedit)."""
    try:
        import readline
    except ImportError:
        return None
    found: list[str] = []

    def completer(word: str, state: int) -> str | None:
        if state == 0:
            found[:] = complete(readline.get_line_buffer()[: readline.get_begidx()], word)
        return found[state] if state < len(found) else None

    readline.set_completer_delims(" \t\n()[]{}+*/^@,;=<>!")
    readline.set_completer(completer)
    libedit = "libedit" in (readline.__doc__ or "")
    readline.parse_and_bind("bind ^I rl_complete" if libedit else "tab: complete")
    return readline


def piped(stream: TextIO) -> Generator[str, None, None]:
    """The lines of a pipe or a file, with those that go on put together."""
    rest = (line.rstrip("\r\n") for line in stream)
    return joined(rest, lambda: next(rest, None))
