"""``autograd-cli repl``: a session in which values and expressions stay."""

from __future__ import annotations

import atexit
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import typer

from autograd_cli.command import UntimedCommand, environment_of
from autograd_cli.commands import COMMANDS, help_of
from autograd_cli.completion import functions_like
from autograd_cli.environment import Environment, StandardInput, is_terminal
from autograd_cli.errors import OutputError
from autograd_cli.options import Limited
from autograd_cli.output import write_text
from autograd_cli.session.prompt import Terminal, piped
from autograd_cli.session.state import SETS, Job, Session
from autograd_core.deadline import DeadlineError, within
from autograd_core.errors import AutogradError, UsageError
from autograd_core.limits import limits

KINDS = {"repl": UntimedCommand}

MARK = "# autograd-cli session"
"""The first line of a saved session, by which it is known when it is to be replaced."""

WELCOME = "autograd-cli: help says what can be typed, Ctrl-D ends\n"


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
        self.over = False
        self.own: dict[str, Callable[[str], None]] = {
            "vars": self.show_values,
            "forget": self.session.forget,
            "save": self.save,
            "load": self.run_file,
            "help": self.help,
            "exit": self.end,
            "quit": self.end,
        }

    def run(self) -> int:
        """Read to the end; returns the exit status."""
        stream = self.environment.stdin.stream
        terminal = None
        if stream is not None and is_terminal(self.environment.stdout) and stream.isatty():
            terminal = Terminal(self.environment.variables, self.complete, self.environment.stdout)
            self.environment.stdout.write(WELCOME)
            atexit.register(terminal.close)  # also where a step that cannot be stopped ends the process
            lines = terminal.lines()
        else:
            lines = piped(io.TextIOWrapper(stream or io.BytesIO(), encoding="utf-8", errors="backslashreplace"))
        try:
            self.answer(lines)
        finally:
            if terminal is not None:
                atexit.unregister(terminal.close)
                terminal.close()
        return self.status

    def answer(self, lines: Iterator[str]) -> None:
        """Answer each line, until there are no more or the session is ended."""
        for line in lines:
            status = self.line(line)
            if status:
                self.status = status
            if self.over:
                return

    def line(self, line: str) -> int:
        """Answer one line; returns its exit status."""
        text = line.strip()
        if not text or text.startswith("#"):
            return 0
        head, _, rest = text.partition(" ")
        try:
            if head in self.own and not rest.lstrip().startswith("="):
                self.own[head](rest.strip())
                return 0
            sets = SETS.fullmatch(text)
            if sets and not (head in COMMANDS and not rest.lstrip().startswith("=")):
                self.session.assign(sets[1], sets[2].strip())
                return 0
            return self.command(self.session.job(text))
        except AutogradError as error:
            return self.tell(error)

    def command(self, job: Job) -> int:
        """Run a command, and remember its expression as the last one.

        Where only an expression was typed and it has no gradient, because it is not one number or has no input, its
        value is the answer.
        """
        from autograd_cli.main import perform

        status = self.value(job) if job.bare else None
        if status is None:
            status = perform([job.words[0], *self.always, *job.words[1:]], self.apart())
        if job.program and status in (0, 1):
            self.session.last = job
        return status

    def value(self, job: Job) -> int | None:
        """Show the value of an expression that has no gradient; None where it has one, or cannot be computed."""
        from autograd_cli.session.state import result_of

        try:
            with within(limits().seconds):
                array, dependent = result_of(job)
        except (AutogradError, DeadlineError):
            return None  # the command says what is wrong
        if dependent and array.size == 1:
            return None
        from autograd_cli.options import Outputs
        from autograd_cli.output import display_of
        from autograd_core.array_text import inline

        display = display_of(Outputs(color="never"), self.environment)
        self.environment.stdout.write(inline(array, display) + "\n")
        if dependent:
            shape = f"({','.join(map(str, array.shape))}{',' * (array.ndim == 1)})"
            self.environment.remark(
                f"shape {shape}: jacobian shows its derivatives, --grad-tensor 1 those of its sum\n"
            )
        return 0

    def apart(self) -> Environment:
        """The environment of one command, which must not read the lines of the session."""
        seen = self.environment
        return Environment(StandardInput(None), seen.stdout, seen.stderr, seen.variables)

    def tell(self, error: AutogradError) -> int:
        """Show an error as every command does."""
        from autograd_cli.main import show_error

        return show_error(error, [], self.environment)

    def show_values(self, _rest: str) -> None:
        """List what is kept, as it can be typed."""
        self.environment.stdout.write("".join(f"{line}\n" for line in self.session.lines()) or "nothing is kept\n")

    def help(self, rest: str) -> None:
        """The help of the session, or of a command."""
        if rest:
            self.command(Job((rest.split()[0], "--help")))
        else:
            self.environment.stdout.write(help_of("repl").replace("\b\n", "") + "\n")

    def end(self, _rest: str) -> None:
        """End the session."""
        self.over = True

    def save(self, file: str) -> None:
        """Write the session as lines that can be typed; replaces only what is a saved session itself."""
        if not file:
            raise UsageError("save needs a file", hint="save session.txt")
        path = Path(file)
        if path.exists() and not starts_with(path, MARK):
            raise OutputError(f"{file} is not a saved session: it is not replaced", hint="save another.txt")
        text = "".join(f"{line}\n" for line in (MARK, *self.session.lines()))
        write_text(file, lambda stream: (stream.write(text), None)[1], self.environment)

    def run_file(self, file: str) -> None:
        """Run the lines of a file."""
        if not file:
            raise UsageError("load needs a file", hint="load session.txt")
        try:
            text = Path(file).read_text(encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            raise UsageError(f"{file} cannot be read: {error.strerror}", code="AG622") from None
        self.answer(piped(io.StringIO(text)))

    def complete(self, before: str, word: str) -> list[str]:
        """What may stand at a place of a line: commands at its start, options, names and functions."""
        if word.startswith("-"):
            return []
        known = [*self.session.values, *self.session.kept]
        if not before.strip():
            known += [*self.own, *COMMANDS, "tree", "steps"]
        return sorted({name for name in known if name.startswith(word)}) + [f"{n}(" for n in functions_like(word)]


def starts_with(path: Path, mark: str) -> bool:
    """Whether a file begins with a line."""
    try:
        with path.open(encoding="utf-8", errors="replace") as stream:
            return stream.readline().rstrip() == mark
    except OSError:
        return False
