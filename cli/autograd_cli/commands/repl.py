"""``autograd-cli repl``: a session in which values and expressions stay."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import NoReturn

import typer

from autograd_cli.command import UntimedCommand, environment_of
from autograd_cli.commands import COMMANDS, help_of
from autograd_cli.completion import functions_like
from autograd_cli.environment import Environment, StandardInput, is_terminal
from autograd_cli.errors import OutputError
from autograd_cli.options import Limited
from autograd_cli.output import write_text
from autograd_cli.session.prompt import piped, typed
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
        self.own: dict[str, Callable[[str], object]] = {
            "vars": lambda _: environment.stdout.write(self.session.text() or "nothing is kept\n"),
            "forget": self.session.forget,
            "save": self.save,
            "load": self.run_file,
            "help": self.help,
            "exit": self.end,
            "quit": self.end,
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
        head, _, rest = text.partition(" ")
        sets = rest.lstrip().startswith("=")
        if not text or text.startswith("#"):
            return 0
        if head in self.own and not sets:
            self.own[head](rest.strip())
            return 0
        if (found := SETS.fullmatch(text)) and (sets or head not in COMMANDS):
            self.session.assign(found[1], found[2].strip())
            return 0
        return self.command(self.session.job(text))

    def command(self, job: Job) -> int:
        """Run a command, and remember its expression as the last one; it must not read the lines of the session.

        Where only an expression was typed and it has no gradient, because it is not one number or has no input, its
        value is the answer.
        """
        from autograd_cli.main import perform

        if not (job.bare and self.show_value(job)):
            seen = self.environment
            inside = Environment(StandardInput(None), seen.stdout, seen.stderr, seen.variables)
            status = perform([job.words[0], *self.always, *job.words[1:]], inside)
            if status not in (0, 1):
                return status
        else:
            status = 0
        if job.program:
            self.session.last = job
        return status

    def show_value(self, job: Job) -> bool:
        """Show the value of an expression that has no gradient; not where it has one, or cannot be computed."""
        from autograd_cli.session.state import result_of

        try:
            with within(limits().seconds):
                array, dependent = result_of(job)
        except (AutogradError, DeadlineError):
            return False  # the command says what is wrong
        if dependent and array.size == 1:
            return False
        from autograd_cli.options import Outputs
        from autograd_cli.output import display_of
        from autograd_core.array_text import inline
        from autograd_core.report import shape_text

        self.environment.stdout.write(inline(array, display_of(Outputs(color="never"), self.environment)) + "\n")
        if dependent:
            advice = "jacobian shows its derivatives, --grad-tensor 1 those of its sum"
            self.environment.remark(f"shape {shape_text(array.shape)}: {advice}\n")
        return True

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
