"""What the Tab key offers: variables of the expression that stands on the line, and files after ``@``."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TypeAlias

import typer
from typer.core import CompletionItem as Item  # type: ignore[attr-defined]  # typer's own, and nowhere public

Completion: TypeAlias = Item
"""One proposal for the word that is being typed, with what it is."""

LAST = "autograd_cli.last"
"""Where a context keeps the last whole word of a line that is unfinished."""

AWAITED = "autograd_cli.awaited"
"""Where a context keeps whether a variable stands last on an unfinished line, and its value comes next."""

NAMES = "autograd_cli.names"
"""Where a context keeps the variables of an expression whose line is unfinished."""


def variables(context: typer.Context, incomplete: str) -> list[str]:
    """The variables that begin with what follows the last comma."""
    before, comma, last = incomplete.rpartition(",")
    names: tuple[str, ...] = context.meta.get(NAMES, ())
    return [before + comma + name for name in names if name.startswith(last)]


def results(context: typer.Context, incomplete: str) -> list[str]:
    """The variables, and ``value``."""
    found = variables(context, incomplete)
    return found if "value" in found or not "value".startswith(incomplete) else [*found, "value"]


def claims(context: typer.Context, incomplete: str) -> list[str]:
    """The variables with the sign that a formula follows."""
    return [f"{name}=" for name in variables(context, incomplete)]


def bindings(context: typer.Context, incomplete: str) -> list[str]:
    """``NAME=`` for each variable, and files behind it."""
    return arrays(context, incomplete) or [f"{name}=" for name in variables(context, incomplete)]


def arrays(context: typer.Context, incomplete: str) -> list[str]:
    """The files whose path begins with what follows ``@``.

    bash takes ``@`` for a word of its own, which is then the last before what is typed.
    """
    before, sign, path = incomplete.rpartition("@")
    if not sign and not context.meta.get(LAST, "").endswith("@"):
        return []
    return [before + sign + each for each in paths(path)]


def paths(incomplete: str) -> list[str]:
    """The files whose path begins with what was typed, folders with a slash."""
    folder, start = os.path.split(incomplete)
    try:
        found = sorted(Path(folder or ".").iterdir())
    except OSError:
        return []
    kept = [each for each in found if each.name.startswith(start) and (start or not each.name.startswith("."))]
    typed = incomplete[: len(incomplete) - len(start)]
    return [typed + each.name + ("/" if each.is_dir() else "") for each in kept]


def functions_like(incomplete: str) -> list[str]:
    """The names of functions that begin with what was typed."""
    from autograd_core.ops.registry import spellings

    return [name for name in spellings() if name.startswith(incomplete)]


@contextmanager
def whole_words(variables: Mapping[str, str]) -> Iterator[None]:
    """Put ``--NAME=`` before every proposal for a value behind it in fish and zsh, which compare whole words."""
    typed = re.search(r"(?:^|\s)(--[\w-]+=)\S*$", variables.get("_TYPER_COMPLETE_ARGS", ""))
    shell = variables.get("_AUTOGRAD_CLI_COMPLETE", "").removeprefix("complete_")
    asked = shell == "zsh" or (shell == "fish" and variables.get("_TYPER_COMPLETE_FISH_ACTION") == "get-args")
    if typed is None or not asked:
        yield
        return
    proposals = io.StringIO()
    try:
        with redirect_stdout(proposals):
            yield
    finally:
        start = r'(^"|\(\(")' if shell == "zsh" else "(^)(?=.)"  # of each proposal
        sys.stdout.write(re.sub(start, rf"\g<1>{typed[1]}", proposals.getvalue(), flags=re.MULTILINE))
