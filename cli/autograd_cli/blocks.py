"""Gradients in documents, checked: ``python -m autograd_cli.blocks FILE...`` runs what stands in ``gradient`` blocks.

A block is fenced by three backquotes or tildes with the word ``gradient`` behind them, in Markdown or in a docstring.
Each line is a command line without the program's name; one that ends with a backslash goes on in the next.
"""

from __future__ import annotations

import io
import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograd_cli.environment import Environment, StandardInput
from autograd_cli.main import perform
from autograd_cli.signals import INTERRUPTED

BLOCK = re.compile(r"^[ \t]*(([`~])\2{2,})[ \t]*(\S*).*\n(?s:(.*?))(?:^[ \t]*\1\2*[ \t]*$|\Z)", re.MULTILINE)
"""A block with its fence, the sign of that, the word behind it, and what stands inside."""

COMMAND = re.compile(r"^[ \t]*([^\s#](?:.*\\\n)*.*)", re.MULTILINE)


def lines_of(document: str) -> Iterator[tuple[int, str]]:
    """The command lines of every ``gradient`` block, each with the number of the line where it begins."""
    for block in BLOCK.finditer(document):
        if block[3] == "gradient":
            for found in COMMAND.finditer(document, *block.span(4)):
                yield document.count("\n", 0, found.start(1)) + 1, found[1].replace("\\\n", "").strip()


def run(text: str) -> tuple[int, str]:
    """The exit status of a command line, and what it printed."""
    out, err = io.StringIO(), io.StringIO()
    try:
        words = shlex.split(text)
    except ValueError as error:
        return 2, f"{text}: {error}\n"
    if words[:1] == ["autograd-cli"]:
        words = words[1:]
    status = perform(words, Environment(StandardInput(None), out, err, {}))
    return status, out.getvalue() + err.getvalue()


def main(files: Sequence[str]) -> int:
    """Run the blocks of every file; 1 where an answer is no or a command fails."""
    worst = 0
    for name in files:
        for number, text in lines_of(Path(name).read_text(encoding="utf-8", errors="replace")):
            status, printed = run(text)
            if status == INTERRUPTED:
                return status
            if status:
                worst = 1
                sys.stdout.write(f"{name}:{number}: exit status {status}\n{printed}")
    return worst


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
