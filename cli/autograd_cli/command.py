"""The kinds of Typer commands: with help in sections, and with an expression."""

from __future__ import annotations

import os
from textwrap import shorten
from typing import Any

import typer
from typer.core import TyperCommand

from autograd_cli.arguments import Given, parse_arguments, split
from autograd_cli.commands import OF_PARTS
from autograd_cli.completion import LINE, Completion, arrays, functions_like, names_of
from autograd_cli.environment import Environment
from autograd_cli.errors.usage_errors import no_option
from autograd_cli.limits import Kind, asked_limits
from autograd_cli.names import candidates, is_name
from autograd_cli.options import CommandLine, Every, Expressions, Limited, Options, Part
from autograd_cli.progress import showing_progress
from autograd_cli.signals import ending_process
from autograd_core import deadline
from autograd_core.errors import AutogradError, LimitError
from autograd_core.limits import hold, limits

KEY = "autograd_cli.given"  # where a context keeps what its command line gave


def environment_of(context: typer.Context) -> Environment:
    """The streams and the environment variables that a command uses."""
    return context.find_object(Environment) or Environment.of_process()


WIDEST, NARROWEST = 30, 8  # columns of options' names in the help; a longer one has its sentence below it
SENTENCE = 48  # columns that a sentence beside the names has at least, where the terminal has as many


class Command(TyperCommand):
    """A command within limits, whose help has one section for each panel of options.

    It runs within its time, unless its parts have one of their own.
    """

    groups: tuple[type[Options], ...] = (Limited, Every)
    """Options besides those of the command's function."""

    kinds: dict[str, Kind]  # set where the command is made
    binds = ""
    """What a variable's name on the line is followed by, where the command has an expression."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The usage line; versions of Typer put different brackets around arguments."""
        params: list[Any] = self.get_params(ctx)
        words = [f"EXPR [--NAME {self.binds}]..."] if self.binds else []
        return [*words, "[OPTIONS]", *(each.metavar for each in params if each.param_type_name == "argument")]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words: limits hold from here on, and Typer gets the options, which have been looked at."""
        line = split(self.line(ctx, args), strict=not ctx.resilient_parsing)
        if ctx.resilient_parsing:  # completion: the line is unfinished, and kept for what is proposed
            ctx.meta[LINE] = line
        elif not line.over:
            for part in line.parts:
                if part.kind is not None:
                    part.kind.read(part.name.lstrip("-"), part.value)
            hold(asked_limits(line.command, line.options, {**os.environ, **environment_of(ctx).variables}))
            self.read(ctx, line)
        rest = [] if self.binds else [part.value for part in line.alone]
        return super().parse_args(ctx, [*line.options, *rest])

    def line(self, ctx: Any, args: list[str]) -> CommandLine:
        """The words with what they can mean."""
        root = ctx.find_root().command

        def others(option: str) -> list[str]:  # the commands with an expression that have an option
            known = ((name, root.get_command(ctx, name)) for name in root.list_commands(ctx))
            return [name for name, each in known if isinstance(each, ExpressionCommand) and option in each.kinds]

        return CommandLine(ctx.info_name, tuple(args), self.kinds, others, bool(self.binds))

    def read(self, ctx: Any, line: CommandLine) -> None:
        """Read what Typer does not: where nothing is bound, only refuse what is no option."""
        for part in line.alone:
            if part.value == "--":
                return
            name, _, value = part.value.partition("=")
            if name.startswith("--") and is_name(name[2:]):
                raise no_option(line, Part(name, name[2:], value, part.start, part.end))

    def invoke(self, ctx: Any) -> Any:
        """Run the command within its time."""
        if ctx.info_name in OF_PARTS:
            return super().invoke(ctx)
        seconds = limits().seconds
        try:
            with showing_progress(environment_of(ctx)), deadline.within(seconds, ending_process(too_long(seconds))):
                return super().invoke(ctx)
        except deadline.DeadlineError as over:
            raise too_long(seconds, over.phase, over.instead) from None

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Completion]:
        """The options, each with words for one line: fish takes a second one for another proposal."""
        found: list[Any] = super().shell_complete(ctx, incomplete)
        return [Completion(each.value, help=shorten(each.help or "", 60, placeholder=" ...")) for each in found]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the options, each under its panel."""
        panels: dict[str, list[tuple[str, str]]] = {}
        params: list[Any] = self.get_params(ctx)
        for param in params:
            record = param.get_help_record(ctx)
            if record is not None:
                # Typer would add defaults and ranges in brackets; the sentences say what has to be said.
                panels.setdefault(param.rich_help_panel or "Options", []).append((record[0], param.help or ""))
        room = min(max(formatter.width - SENTENCE, NARROWEST), WIDEST)
        widest = min(max(len(name) for records in panels.values() for name, _ in records), room)
        for panel, records in panels.items():
            with formatter.section(panel):
                formatter.write_dl([(name.ljust(widest), about) for name, about in records], col_max=room)


class ExpressionCommand(Command):
    """A command with an expression and values for its variables, which the context keeps."""

    groups = (Expressions, Limited, Every)
    binds = "VALUE"

    def read(self, ctx: Any, line: CommandLine) -> None:
        """Take the expression and the values out of the words."""
        ctx.meta[KEY] = parse_arguments(line, environment_of(ctx).stdin)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; an error points into what was typed."""
        try:
            return super().invoke(ctx)
        except AutogradError as error:
            found = ctx.meta.get(KEY)
            if not isinstance(found, Given):
                raise
            raise found.reading.located(error) from None

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Completion]:
        """The options, and a name for each variable of the expression that has no value yet.

        Where no expression stands yet, the functions that it may begin with.
        """
        typed, line = arrays(ctx, incomplete), ctx.meta[LINE]
        last, ends = "".join(line.words[-1:]), [part.end for part in line.parts]
        name = is_name(last.removeprefix("--")) and last not in line.kinds and len(line.words) not in ends
        if typed or "@" in incomplete or name:  # a variable's name, whose value comes next
            return [Completion(path) for path in typed]
        if not line.alone and (not incomplete or incomplete.isidentifier()):
            return [Completion(name, help="a function") for name in functions_like(incomplete)]
        names = names_of(ctx)
        bound = {name for binding in line.bindings for name in candidates(binding.name, names)}
        free = [f"--{name}" for name in names if name not in bound and f"--{name}".startswith(incomplete)]
        found = [Completion(name, help="a variable of the expression") for name in free]
        return [*found, *super().shell_complete(ctx, incomplete)]


def too_long(seconds: float, phase: str = "", instead: str = "") -> LimitError:
    """The error of a command that takes longer than its limit; ``phase`` is what it did then."""
    during = f", {phase} unfinished" if phase else ""
    less = instead or "--check none, --no-formula or smaller arrays take less"
    return LimitError(
        f"this takes longer than {seconds:g} s",
        code="AG806",
        why=f"it was given up after that much processor time{during}",
        hint=f"{less}; --max-seconds raises the limit",
    )
