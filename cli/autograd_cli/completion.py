"""What the Tab key offers: variables of the expression that stands on the line, and files after ``@``.

The installer changes nothing else of the shell: Typer's own lets zsh show a menu for every program, strips ``.zshrc``,
and lets PowerShell run any script.
"""

from __future__ import annotations

import io
import os
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any, TypeAlias

import typer
from typer.core import CompletionItem as Item  # type: ignore[attr-defined]  # typer's own, and nowhere public

from autograd_cli import PROGRAM
from autograd_cli.commands import INSTALL, SHOW
from autograd_cli.errors import OutputError
from autograd_cli.names import variables_in
from autograd_core.errors import UsageError

Completion: TypeAlias = Item
"""One proposal for the word that is being typed, with what it is."""

LINE = "autograd_cli.line"  # where a context keeps the parts of an unfinished line with an expression


def names_of(context: typer.Context) -> tuple[str, ...]:
    """The variables of the expression that stands on the line."""
    line = context.meta.get(LINE)
    return variables_in(line.alone[0].value) if line is not None and line.alone else ()


_HELP = {
    SHOW: "Show what lets a shell complete words: the one named behind it, or the one in use.",
    INSTALL: "Let a shell complete words: the one named behind it, or the one in use.",
}

SHELL = "autograd_cli.shell"  # where a context keeps the name of the shell behind one of them, or True

_ZSH = "(( $+functions[compdef] )) || {{ autoload -Uz compinit && compinit; }}; source {script}"
"""zsh knows ``compdef`` where its completion was switched on; where it was not, this does it."""


def variables(context: typer.Context, incomplete: str) -> list[str]:
    """The variables that begin with what follows the last comma."""
    before, comma, last = incomplete.rpartition(",")
    listed = before.split(",")
    return [before + comma + name for name in names_of(context) if name.startswith(last) and name not in listed]


def results(context: typer.Context, incomplete: str) -> list[str]:
    """The variables, and ``value``."""
    found = variables(context, incomplete)
    return found if "value" in found or not "value".startswith(incomplete) else [*found, "value"]


def bindings(context: typer.Context, incomplete: str) -> list[str]:
    """``NAME=`` for each variable, as a value and a claim have it, and files behind it."""
    return arrays(context, incomplete) or [f"{name}=" for name in variables(context, incomplete)]


def arrays(context: typer.Context, incomplete: str) -> list[str]:
    """The files whose path begins with what follows ``@``.

    bash takes ``@`` for a word of its own, which is then the last before what is typed.
    """
    before, sign, path = incomplete.rpartition("@")
    line = context.meta.get(LINE)
    if not sign and not (line is not None and "".join(line.words[-1:]).endswith("@")):
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


def name_shells(program: Any) -> None:
    """Let the two options of a program of Typer take the name of a shell, and change nothing else of it."""
    options = {name: each for each in program.params for name in each.opts}
    show = options[SHOW].callback

    def run(context: Any, param: Any, asked: bool | str | None) -> None:
        if not asked or context.resilient_parsing:
            return
        printed = io.StringIO()
        with redirect_stdout(printed), redirect_stderr(io.StringIO()), suppress(SystemExit, typer.Exit):
            show(context, param, context.meta[SHELL])
        if not printed.getvalue():
            raise UsageError(
                "completion is there for bash, zsh and fish",
                why="this shell is another one, or none that can be told",
                hint=f"{PROGRAM} {SHOW} bash",
            )
        if param is options[SHOW]:
            typer.echo(printed.getvalue(), nl=False)
        else:
            install(printed.getvalue())
        raise typer.Exit

    for name, about in _HELP.items():
        options[name].callback, options[name].help = run, about


def install(text: str) -> None:
    """Write the script of a shell, and let the shell read it when it starts.

    Raises OutputError where a file cannot be written, and UsageError for a shell that has no such place.
    """
    import shlex

    home, config = Path.home(), os.environ.get("XDG_CONFIG_HOME")
    places = {
        "#compdef": (home / ".zfunc" / f"_{PROGRAM}", Path(os.environ.get("ZDOTDIR") or home) / ".zshrc", _ZSH),
        "COMPREPLY": (home / ".bash_completions" / f"{PROGRAM}.sh", home / ".bashrc", "source {script}"),
        "complete --command": (
            Path(config or home / ".config") / "fish" / "completions" / f"{PROGRAM}.fish", None, "",
        ),
    }  # fmt: skip
    found = next((place for sign, place in places.items() if sign in text), None)
    if found is None:
        raise UsageError("completion can be installed for bash, zsh and fish", hint=f"{PROGRAM} {SHOW} powershell")
    script, start, line = found
    try:
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(text, encoding="utf-8")
        typer.echo(f"wrote {script}")
        wanted = line.format(script=shlex.quote(str(script))).encode()
        before = start.read_bytes() if start is not None and start.exists() else b""
        if start is not None and wanted not in before.splitlines():  # every byte before it stays
            with start.open("ab") as stream:
                stream.write((b"\n" if before and not before.endswith(b"\n") else b"") + wanted + b"\n")
            typer.echo(f"added a line to {start}, which reads it")
    except OSError as error:
        raise OutputError(f"{error.filename} cannot be written: {error.strerror or error}") from error
    typer.echo("it works in terminals that are opened from now on")
