"""``autograd-cli repl``: a session in which values and expressions stay, from a terminal or a pipe."""

from __future__ import annotations

import atexit
import io
import re
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn, TextIO

import typer

from autograd_cli import PROGRAM
from autograd_cli.command import Command, environment_of
from autograd_cli.commands import COMMANDS, help_of
from autograd_cli.completion import functions_like
from autograd_cli.environment import Environment, StandardInput, is_terminal
from autograd_cli.errors import OutputError
from autograd_cli.errors.hints import typed_words
from autograd_cli.limits import MAX_TEXT_FILE
from autograd_cli.options import Limited
from autograd_cli.output import write_text
from autograd_cli.session import LAST, SETS, Job, Session
from autograd_cli.values.files import text_of_file
from autograd_core.errors import AutogradError, UsageError

KINDS = {"repl": Command}

MARK = "# autograd-cli session"
"""The first line of a saved session, by which it is known when it is to be replaced."""

WELCOME = "autograd-cli: help says what can be typed, Ctrl-D ends\n"

PROMPT, MORE = "> ", ". "
HISTORY = 2_000  # lines of history that are kept

Complete = Callable[[str, str], Sequence[str]]
"""From the line up to the word, and the word, to the words that may stand there."""


def repl(context: typer.Context) -> None:
    """A session: values and expressions that stay, and every command by its name."""
    given = {each: context.params[each] for each in Limited.annotations()}
    always = [f"--{name.replace('_', '-')}={value}" for name, value in given.items() if value]
    raise typer.Exit(Loop(environment_of(context), always).run())


class Loop:
    """One session: reads lines, runs commands, ``always`` with some options, and keeps the status of the last error."""

    def __init__(self, environment: Environment, always: Sequence[str] = ()) -> None:
        self.environment = environment
        self.always = always
        self.session = Session()
        self.status = 0
        self.own: dict[str, Callable[[str], object]] = {
            "vars": lambda _: environment.stdout.write(self.session.text() or "nothing is kept\n"),
            "save": self.save,
            "load": self.run_file,
            **dict.fromkeys(("forget", "del"), self.session.forget),
            **dict.fromkeys(("help", "?"), self.help),
            **dict.fromkeys(("exit", "quit", ":q"), self.end),
        }

    def run(self) -> int:
        """Read to the end; returns the exit status."""
        stream, stdout = self.environment.stdin.stream, self.environment.stdout
        if stream is not None and is_terminal(stdout) and stream.isatty():
            stdout.write(WELCOME)
            lines = typed(self.environment.variables, self.complete, stdout)
        else:
            lines = piped(io.TextIOWrapper(stream or io.BytesIO(), encoding="utf-8", errors="backslashreplace"))
        with closing(lines), suppress(EOFError):
            self.answer(lines)
        return self.status

    def answer(self, lines: Iterator[str]) -> None:
        """Answer each line; raises EOFError where the session is ended."""
        from autograd_cli.main import show_error

        for line in lines:
            try:
                self.status = self.line(line.strip()) or self.status
            except AutogradError as error:
                self.status = show_error(error, [], self.environment)

    def line(self, text: str) -> int:
        """Answer one line; returns its exit status."""
        text = text if text in self.own else text.removeprefix(":")
        head, _, rest = text.partition(" ")
        sets = rest.lstrip().startswith("=")
        if not text or text.startswith("#"):
            return 0
        if head in ("import", "from") and not sets:
            self.environment.remark(f"'{text}' was left out: its functions are known\n")
            return 0
        if (own := self.own.get(head.removesuffix("()"))) and not sets:
            own(rest.strip())
            return 0
        if (found := SETS.fullmatch(text)) and (sets or head not in COMMANDS):
            first, *others = text.split(";")
            if others and any(SETS.fullmatch(each) or any(letter.isalpha() for letter in each) for each in others):
                return max(self.line(each.strip()) for each in (first, *others))
            self.session.assign(found[1], found[3].strip(), (found[2] or "").strip())
            return 0
        typed = typed_words(text)  # as in the shell: what errors offer can be pasted
        return self.command(self.session.job(text) if typed is None else Job(tuple(typed)))

    def command(self, job: Job) -> int:
        """Run a command, and remember its expression as the last one; it must not read the lines of the session."""
        from autograd_cli.main import perform

        inside = replace(self.environment, stdin=StandardInput(None))
        given = {word.partition("=")[0] for word in job.words}
        always = [option for option in self.always if option.partition("=")[0] not in given]
        status = perform([job.words[0], *always, *job.words[1:]], inside)
        if job.valued and status in (0, 1):
            self.session.last = job
            self.session.subject = job.valued[1] if job.valued[1] != LAST else self.session.subject
        return status

    def help(self, rest: str) -> None:
        """The help of the session, or of a command."""
        if rest:
            self.command(Job((rest.split()[0], "--help")))
        else:
            self.environment.stdout.write(help_of("repl").replace("\b\n", "") + "\n")

    def end(self, _rest: str) -> NoReturn:
        """End the session."""
        raise EOFError

    def save(self, file: str) -> None:
        """Write the session as lines that can be typed; replaces only what is a saved session itself."""
        if not file:
            raise UsageError("save needs a file", hint="save session.txt")
        path = Path(file)
        try:
            with path.open(encoding="utf-8", errors="replace") as stream:
                ours = stream.readline().rstrip() == MARK
        except OSError:
            ours = not path.exists()
        if not ours:
            raise OutputError(f"{file} is not a saved session: it is not replaced", hint="save another.txt")
        text = f"{MARK}\n{self.session.text()}"
        write_text(file, lambda stream: stream.writelines([text]), self.environment)

    def run_file(self, file: str) -> None:
        """Run the lines of a file."""
        if not file:
            raise UsageError("load needs a file", hint="load session.txt")
        self.answer(piped(io.StringIO(text_of_file(file, "load", MAX_TEXT_FILE))))

    def complete(self, before: str, word: str) -> list[str]:
        """What may stand at a place of a line: commands at its start, options, names and functions."""
        if word.startswith("-"):
            return []
        known = [*self.session.values, *self.session.kept]
        if not before.strip():
            known += [*self.own, *COMMANDS, "tree", "steps"]
        return sorted({name for name in known if name.startswith(word)}) + [f"{n}(" for n in functions_like(word)]


def lines(ask: Callable[[str], str | None]) -> Generator[str, None, None]:
    """What ``ask`` reads at a prompt, None at the end: lines with those that go on put together.

    InterruptedError drops what was read of one.
    """

    def is_open(text: str) -> bool:  # a bracket is open, or it ends with a backslash
        bare = re.sub(r"#.*", "", text)
        return text.endswith("\\") or any(bare.count(a) > bare.count(b) for a, b in ("()", "[]", "{}"))

    while True:
        with suppress(InterruptedError):
            if (text := ask(PROMPT)) is None:
                return
            while is_open(text) and (part := ask(MORE)) is not None and part.strip():
                text = text.removesuffix("\\") + " " + part
            yield text


def typed(variables: Mapping[str, str], complete: Complete, output: TextIO) -> Generator[str, None, None]:
    """The lines of a person, those that go on put together; Ctrl-C drops what was typed and asks again.

    readline gives editing, completion and a history, where there is one; the history is kept for the next session.
    """
    usual = Path.home() / ("Library/Application Support" if sys.platform == "darwin" else ".local/share")
    history = Path(variables.get("XDG_DATA_HOME") or usual) / PROGRAM / "history"
    readline = _readline(complete)

    def ask(prompt: str) -> str | None:
        try:
            return input(prompt)
        except KeyboardInterrupt:
            output.write("\n")
            raise InterruptedError from None
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
    return lines(ask)


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
    """The lines of a pipe or a file."""
    return lines(lambda _: next((line.rstrip("\r\n") for line in stream), None))
