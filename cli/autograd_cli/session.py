"""What a session keeps, and the command that a line typed in it stands for."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from autograd_cli.arguments import parse_arguments, split
from autograd_cli.commands import COMMANDS, WITHOUT_VALUES
from autograd_cli.environment import StandardInput
from autograd_cli.options import OR_VALUE, CommandLine
from autograd_cli.values.reader import ValueReader
from autograd_core.errors import AutogradError, UsageError

if TYPE_CHECKING:
    from autograd_core.report import Array

ON_EXPRESSIONS = ("grad", "check", "jacobian", "hessian", "graph", "export", "formula", "plot", "descend")
"""Commands that take the last expression where none is typed."""

SHORT = {"tree": ("graph",), "steps": ("grad", "--steps", "--no-tree")}
"""Other names of commands, with what they stand for."""

LOOKS = {"--precision", "--full", "--width", "--color", "--ascii"}  # options that ask for no other answer
NAME = re.compile(r"[^\W\d]\w*")
SETS = re.compile(rf"\s*(?:(?:let|set|var|const)\s+)?({NAME.pattern})\s*(\([\w\s,]*\)\s*)?=(?!=)(.*)", re.DOTALL)
RANGE = re.compile(rf"(?:(({NAME.pattern})(\[[-\d,\s]*\])?|.*)\s)?\s*(\S+:\S+)\s*")
"""A range alone, or behind an input, an entry of one, or an expression."""
LAST = "_"


@dataclass(frozen=True)
class Job:
    """A command line, and the one that gives the value of its expression, if it has one."""

    words: tuple[str, ...]
    valued: tuple[str, ...] = ()


@dataclass
class Session:
    """The values, the kept expressions and the last expression of a session, in the order they were given.

    ``values`` holds the text of each value, ``kept`` that of each named expression behind the parameters of a function,
    as ``(x, y)``, ``last`` what was computed last, ``subject`` the expression that was typed or named last, for which
    ``_`` was ``before``.
    """

    values: dict[str, str] = field(default_factory=dict)
    kept: dict[str, tuple[str, str]] = field(default_factory=dict)
    last: Job | None = None
    subject: str = ""
    before: str = ""

    def assign(self, name: str, text: str, parameters: str = "") -> None:
        """Keep a value or an expression under a name.

        Raises the errors of reading a value for a text that is not an expression either.
        """
        try:
            read(name, text)
        except AutogradError:
            if not NAME.search(text) or re.match(r"\s*@|[^(\[{]*[,;]", text):  # no name, a file, or a list of numbers
                raise
            if name not in self.values or name not in NAME.findall(text):
                self.values.pop(name, None)
                self.kept.pop(name, None)
                self.kept[name], self.subject, self.before = (parameters, text), name, ""
                return
            text = result_text(self.on_expression("grad", text, []))  # w = w - 0.1*g is another value of w
        self.kept.pop(name, None)
        self.values[name] = text

    def forget(self, name: str) -> None:
        """Drop a value or an expression.

        Raises UsageError where nothing has the name.
        """
        if self.values.pop(name, None) is None and self.kept.pop(name, None) is None:
            raise UsageError(f"nothing is called {name}", hint="vars lists what is kept")

    def text(self) -> str:
        """Lines that make the same session when they are typed."""
        values = [f"{name} = {text}\n" for name, text in self.values.items()]
        return "".join([*values, *(f"{name}{parameters} = {text}\n" for name, (parameters, text) in self.kept.items())])

    def job(self, line: str) -> Job:
        """The command that a line stands for: one by its name, or ``grad`` of an expression.

        Raises UsageError where a command needs an expression and there is none.
        """
        head, _, rest = line.strip().partition(" ")
        command, *always = SHORT.get(head, (head,))
        named = command in COMMANDS and not (command in ON_EXPRESSIONS and rest.lstrip().startswith("="))
        if named and command not in ON_EXPRESSIONS:
            return Job((command, *split_words(rest)))
        expression, options = split_options(rest if named else line)
        if not named:
            asked = {option.partition("=")[0] for option in options if option.startswith("-")}
            shown = not asked.isdisjoint(("--tree", "--json", "--format"))
            added = [*["--no-tree"] * (not shown), *[OR_VALUE] * (asked <= LOOKS)]
            return self.on_expression("grad", expression, [*added, *options])
        if command == "check" and SETS.fullmatch(expression):
            options = [*[f"--claim={part.strip()}" for part in expression.split(";") if part.strip()], *options]
            expression = ""
        if command == "plot" and (ranged := RANGE.fullmatch(expression.strip())):
            before, name, entry, ends = ranged.groups()
            if moving := name or self.only_input(before or ""):
                options = [f"--along={moving}{entry}={ends}" if entry else f"--{moving}={ends}", *options]
                expression = "" if name else before or ""
        again = not expression.strip()
        expression = expression.strip() or self.subject
        if not expression:
            raise UsageError(f"{head}: there is no expression yet", hint=f"{head} sum([1, 2]**2)")
        always = [each for each in always if each.replace("--no-", "--") not in options]
        return self.on_expression(command, expression, [*always, *options], again=again)

    def on_expression(self, command: str, expression: str, options: list[str], *, again: bool = False) -> Job:
        """A command on an expression, on the last one ``again``, with the statements and the values that it needs."""
        program = self.with_statements(expression.strip())
        given = {option.partition("=")[0] for option in options}
        called = re.search(rf"(?:^|;)\s*({NAME.pattern})\s*\([-+*/.,\d\s]+\)\s*$", expression)
        if called and called[1] in self.kept:  # f(2): the parameters have numbers of their own
            given |= {f"--{name}" for name in NAME.findall(self.kept[called[1]][0])}
        values = {name: text for name, text in self.values_of(program, again).items() if f"--{name}" not in given}
        bindings = [f"--var={name}={text}" for name, text in values.items()]
        valued = (program, *bindings)
        if command == "formula":  # the kind of each value
            kinds = {name: ",".join(map(str, read(name, text).shape)) for name, text in values.items()}
            bindings = [f"--var={name}={kind or 'scalar'}" for name, kind in kinds.items()]
        constant = [f"--no-grad={LAST}"] if LAST in values and command == "grad" else []
        words = (command, program, *bindings, *constant, *options)
        return Job(words, ("graph", *valued) if command in WITHOUT_VALUES else words)

    def with_statements(self, expression: str) -> str:
        """An expression after the statements that set the names it uses."""
        needed: list[str] = []
        names = set(NAME.findall(expression))
        for name, (parameters, text) in reversed(self.kept.items()):
            if name in names and not re.search(rf"(^|;)\s*{name}\s*(\([\w\s,]*\)\s*)?=(?!=)", expression):
                called = any(re.search(rf"\b{name}\s*\(", each) for each in (expression, *needed))
                needed.append(f"{name}{parameters if called or name == expression else ''} = {text}")
                names |= set(NAME.findall(text))
        # A name alone: its own statement is the result.
        return "; ".join(reversed(needed if expression in self.kept else [expression, *needed]))

    def only_input(self, expression: str) -> str | None:
        """The input of an expression, or of the last one, that has but one."""
        from autograd_core.expr.reader.names import unset_names

        try:
            names = unset_names(self.with_statements(expression or self.subject), [])
        except AutogradError:
            return None
        return names[0] if len(names) == 1 else None

    def values_of(self, program: str, again: bool) -> dict[str, str]:
        """The values that a program uses: names that stand in it, alone or in a run of letters as ``Ax``."""
        from autograd_core.expr.reader.notation import spellings

        words = set(NAME.findall(program))
        written = {name: spellings(name) for name in self.values}
        every = sorted((each for several in written.values() for each in several), key=len, reverse=True)
        made_of = re.compile(f"(?:{'|'.join(map(re.escape, every))})+")  # as Ax of A and x
        runs = [run for run in words - {*every, *self.kept} if made_of.fullmatch(run.rstrip("T"))]
        found = {
            name: text
            for name, text in self.values.items()
            if any(one in words or any(one in run for run in runs) for one in written[name])
        }
        if LAST in words and self.last is not None:
            found[LAST] = self.before = (again and self.before) or result_text(self.last)
        return found


def result_text(job: Job) -> str:
    """The value of a job's expression as a text to type; the line is read as a command reads it.

    Raises what ``run`` raises.
    """
    from autograd_cli.app import command
    from autograd_cli.document import value_text
    from autograd_core.request import Request
    from autograd_core.run import run

    name, *words = job.valued
    given = parse_arguments(split(CommandLine("graph", words, command(name).kinds)), StandardInput(None))
    request = Request(given.expression, given.read_values(), requires_grad=(), graph=False)
    return value_text(run(request, backward=False).result.array)


def read(name: str, text: str) -> Array:
    """The array of a value's text."""
    return ValueReader(StandardInput(None)).read(name, text)


def split_options(text: str) -> tuple[str, list[str]]:
    """The expression at the start of a line, as it was typed, and the words of the options after it."""
    found = re.search(r"(^|\s)(--(?=[A-Za-z])|-(?=o\s))", text)
    if found is None:
        return text, []
    return text[: found.start()], split_words(text[found.start() :])


def split_words(text: str) -> list[str]:
    """Words as a shell splits them.

    Raises UsageError for a quotation that does not end.
    """
    try:
        return shlex.split(text)
    except ValueError as error:
        raise UsageError(f"{text.strip()}: {error}", hint="close the quotation") from None
