"""The kinds of Typer commands: with help in sections, and with an expression."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import zip_longest
from textwrap import shorten
from typing import Any

import typer
from typer.core import TyperCommand

from autograd_cli.arguments import Given, parse_arguments, split
from autograd_cli.completion import AWAITED, LAST, NAMES, Completion, arrays, functions_like
from autograd_cli.environment import Environment
from autograd_cli.errors.usage_errors import quoted
from autograd_cli.limits import asked_limits, asked_threads, read_number
from autograd_cli.names import CommandLine, Takes, candidates, is_name, listed, nearest, variables_in
from autograd_cli.options import Every, Expressions, Kind, Limited, Options
from autograd_cli.patience import patiently
from autograd_cli.signals import ending_process
from autograd_cli.values.files import expression_text
from autograd_core import deadline
from autograd_core.errors import AutogradError, LimitError, UsageError
from autograd_core.limits import hold, limits

KEY = "autograd_cli.given"
"""Where a context keeps what its command line gave."""


def given(context: typer.Context) -> Given:
    """The expression and the values on the command line of the command that runs in ``context``."""
    found: Given = context.meta[KEY]
    return found


def environment_of(context: typer.Context) -> Environment:
    """The streams and the environment variables that a command uses."""
    return context.find_object(Environment) or Environment.of_process()


WIDEST = 30
"""Columns of an option's name in the help; a longer one has its sentence below it."""


class Command(TyperCommand):
    """A command whose help has one section for each panel of options, and that knows ``--version``."""

    groups: tuple[type[Options], ...] = (Every,)
    """Options besides those of the command's function."""

    kinds: Mapping[str, Kind] = {}  # set where the command is made

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The usage line; versions of Typer put different brackets around arguments."""
        params: list[Any] = self.get_params(ctx)
        return ["[OPTIONS]", *(each.metavar for each in params if each.param_type_name == "argument")]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the options, after looking at those that take a number or one of a few words."""
        if not ctx.resilient_parsing:
            for word, following in zip_longest(args, args[1:]):
                name, equals, value = word.partition("=")
                if name in self.kinds and (equals or following is not None):
                    check_option(name, self.kinds[name], value if equals else following)
        return super().parse_args(ctx, args)

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
        widest = min(max(len(name) for records in panels.values() for name, _ in records), WIDEST)
        for panel, records in panels.items():
            with formatter.section(panel):
                formatter.write_dl([(name.ljust(widest), about) for name, about in records])


class ExpressionCommand(Command):
    """A command with an expression and values for its variables: ``given(context)`` has them."""

    groups = (Expressions, Limited, Every)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The usage line."""
        return ["EXPR", "[--NAME VALUE]...", "[OPTIONS]"]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the expression and the bindings out of ``args``, and leave the options to Typer."""
        line = CommandLine(ctx.info_name, tuple(args), self.takes(ctx), partial(commands_with, ctx))
        if ctx.resilient_parsing:  # completion: the line is unfinished
            return super().parse_args(ctx, self._remember_unfinished(ctx, line))
        environment = environment_of(ctx)
        hold_limits(line.command, split(line, strict=False).options, environment)
        found, options = parse_arguments(line, lambda word: expression_text(word, environment.stdin), environment.stdin)
        if found is not None:
            ctx.meta[KEY] = found
        return super().parse_args(ctx, options)

    def invoke(self, ctx: Any) -> Any:
        """Run the command within its time; an error points into what was typed."""
        seconds = limits().seconds
        try:
            with patiently(environment_of(ctx)), deadline.within(seconds, ending_process(too_long(seconds))):
                return super().invoke(ctx)
        except deadline.DeadlineError as over:
            raise too_long(seconds, over.phase, over.instead) from None
        except AutogradError as error:
            found: Given | None = ctx.meta.get(KEY)
            if found is None:
                raise
            raise found.reading.located(error) from None

    def takes(self, ctx: Any) -> dict[str, Takes]:
        """Every option of the command, and what it takes."""
        found: dict[str, Takes] = {}
        params: list[Any] = self.get_params(ctx)
        for param in params:
            if param.param_type_name == "option":
                takes: Takes = "value" if not param.is_flag else "over" if param.is_eager else "nothing"
                found.update(dict.fromkeys([*param.opts, *param.secondary_opts], takes))
        return found

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Completion]:
        """The options, and a name for each variable of the expression that has no value yet.

        Where no expression stands yet, the functions that it may begin with.
        """
        typed = arrays(ctx, incomplete)
        if typed or "@" in incomplete or ctx.meta[AWAITED]:
            return [Completion(path) for path in typed]
        free = ctx.meta.get(KEY)
        if free is None and (not incomplete or incomplete.isidentifier()):
            return [Completion(name, help="a function") for name in functions_like(incomplete)]
        names = [f"--{name}" for name in free or () if f"--{name}".startswith(incomplete)]
        found = [Completion(name, help="a variable of the expression") for name in names]
        return [*found, *super().shell_complete(ctx, incomplete)]

    def _remember_unfinished(self, ctx: Any, line: CommandLine) -> list[str]:
        parts = split(line, strict=False)
        names = variables_in(line.words[parts.expressions[0]]) if parts.expressions else ()
        bound = {name for binding in parts.bindings for name in candidates(binding.name, names)}
        last = ctx.meta[LAST] = line.words[-1] if line.words else ""
        ctx.meta[AWAITED] = (
            is_name(last.removeprefix("--")) and last not in line.options and len(line.words) - 1 not in parts.values
        )
        ctx.meta[NAMES] = names
        if parts.expressions:
            ctx.meta[KEY] = [name for name in names if name not in bound]
        return parts.options


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


def hold_limits(command: str, options: Sequence[str], environment: Environment) -> None:
    """Let the limits hold that the options and the environment variables ask for."""
    hold(asked_limits(command, options, {**os.environ, **environment.variables}))
    asked_threads(options)  # they were chosen when the process began; here it is said what is wrong with them


def commands_with(ctx: Any, option: str) -> list[str]:
    """The commands with an expression that have an option."""
    root = ctx.find_root().command
    known = {name: root.get_command(ctx, name) for name in root.list_commands(ctx)}
    return [
        name
        for name, command in known.items()
        if isinstance(command, ExpressionCommand) and any(option in param.opts for param in command.params)
    ]


def check_option(name: str, kind: Kind, value: str) -> None:
    """Refuse a value that an option does not take, and say what it takes; what is left is Typer's to judge."""
    if kind.choices and value not in kind.choices:
        works = nearest(value, kind.choices) or kind.choices[0]
        message = f"{name} takes one of {listed(kind.choices, 'or')}, not {quoted(value)}"
        raise UsageError(message, code="AG102", hint=f"{name} {works}")
    if kind.number:
        works = str(max(kind.low or 0, 1))
        read_number(name, value, kind.low, kind.high, works, parse=int if kind.whole else float, whole=kind.whole)
