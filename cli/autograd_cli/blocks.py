"""Gradients in documents, checked: ``python -m autograd_cli.blocks FILE...`` runs what stands in ``gradient`` blocks.

A block is fenced by three backquotes or tildes with the word ``gradient`` behind them, in Markdown or in a docstring.
Each line is a command line without the program's name; one that ends with a backslash goes on in the next.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograd_cli import PROGRAM
from autograd_cli.guide.catalogue import Command
from autograd_cli.signals import INTERRUPTED
from autograd_cli.views.guide import run_example

BLOCK = re.compile(r"^[ \t]*(([`~])\2{2,})[ \t]*(\S*).*\n(?s:(.*?))(?:^[ \t]*\1\2*[ \t]*$|\Z)", re.MULTILINE)
"""A block with its fence, the sign of that, the word behind it, and what stands inside."""

COMMAND = re.compile(r"^[ \t]*([^\s#](?:.*\\\n)*.*)", re.MULTILINE)


def lines_of(document: str) -> Iterator[tuple[int, str]]:
    """The command lines of every ``gradient`` block, each with the number of the line where it begins."""
    for block in BLOCK.finditer(document):
        if block[3] == "gradient":
            for found in COMMAND.finditer(document, *block.span(4)):
                yield document.count("\n", 0, found.start(1)) + 1, found[1].replace("\\\n", "").strip()


def run(text: str) -> tuple[str, int]:
    """What a command line printed, and its exit status."""
    try:
        return run_example(Command(text.removeprefix(f"{PROGRAM} ")))
    except ValueError as error:
        return f"{text}: {error}\n", 2
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None


def main(files: Sequence[str]) -> int:
    """Run the blocks of every file; 1 where an answer is no or a command fails."""
    worst = 0
    for name in files:
        for number, text in lines_of(Path(name).read_text(encoding="utf-8", errors="replace")):
            printed, status = run(text)
            if status:
                worst = 1
                sys.stdout.write(f"{name}:{number}: exit status {status}\n{printed}")
    return worst


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
