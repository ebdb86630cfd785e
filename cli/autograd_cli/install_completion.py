"""Installs completion for the user's shell, and changes nothing else of it.

Typer's own installer lets zsh show a menu for every program, strips ``.zshrc``, and lets PowerShell run any script.
"""

from __future__ import annotations

import io
import os
import shlex
from collections.abc import Mapping
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import Any

import typer

from autograd_cli import PROGRAM
from autograd_cli.errors import OutputError
from autograd_core.errors import UsageError

_ZSH = "(( $+functions[compdef] )) || {{ autoload -Uz compinit && compinit; }}; source {script}"
"""zsh knows ``compdef`` where its completion was switched on; where it was not, this does it."""


def install(context: Any, shell: bool | str) -> None:
    """Write the script for a shell, the one that runs unless it is named, and let the shell read it when it starts.

    Raises OutputError where a file cannot be written, and UsageError for another shell.
    """
    text = script_of(context, shell)
    home = Path.home()
    start: Path | None = None
    line = ""
    if "#compdef" in text:
        script = home / ".zfunc" / f"_{PROGRAM}"
        start, line = Path(os.environ.get("ZDOTDIR") or home) / ".zshrc", _ZSH
    elif "COMPREPLY" in text:
        script = home / ".bash_completions" / f"{PROGRAM}.sh"
        start, line = home / ".bashrc", "source {script}"
    elif "complete --command" in text:
        script = (
            Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "fish" / "completions" / f"{PROGRAM}.fish"
        )
    else:
        raise UsageError(
            "completion can be installed for bash, zsh and fish",
            why="this shell is another one, or none that can be told",
            hint=f"{PROGRAM} --show-completion",
        )
    try:
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(text, encoding="utf-8")
        typer.echo(f"wrote {script}")
        if start is not None and append(start, line.format(script=shlex.quote(str(script)))):
            typer.echo(f"added a line to {start}, which reads it")
    except OSError as error:
        raise OutputError(f"{error.filename} cannot be written: {error.strerror or error}") from error
    typer.echo("it works in terminals that are opened from now on")
    raise typer.Exit


def script_of(context: Any, shell: bool | str) -> str:
    """What ``--show-completion`` prints; nothing for a shell that is not known."""
    options: Mapping[str, Any] = {name: each for each in context.command.params for name in each.opts}
    show = options["--show-completion"]
    printed = io.StringIO()
    with redirect_stdout(printed), suppress(SystemExit, typer.Exit):
        show.callback(context, show, shell)
    return printed.getvalue()


def append(file: Path, line: str) -> bool:
    """Add a line at the end of a file unless it is there; every byte before it stays."""
    wanted = line.encode()
    before = file.read_bytes() if file.exists() else b""
    if wanted in before.splitlines():
        return False
    with file.open("ab") as stream:
        stream.write((b"\n" if before and not before.endswith(b"\n") else b"") + wanted + b"\n")
    return True
