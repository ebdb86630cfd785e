"""The manual page, from the commands' own declarations: ``python docs/manual.py > cli/autograd-cli.1``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

from autograd_cli import PROGRAM, __version__
from autograd_cli import limits as own
from autograd_cli.app import program
from autograd_cli.environment import MEMORY_VARIABLE, SECONDS_VARIABLE
from autograd_core import limits as core
from autograd_core.limits import CHECK_BUDGET, USUAL

_CLOSING = r"""
.SH EXIT STATUS
.TP
.B 0
Done.
.TP
.B 1
The answer is no: the cross-check disagrees, a claim is wrong, or what
.B \-\-strict
asks for is not met.
.TP
.B 2
Usage: an unknown option or variable, or a missing value.
.TP
.B 3
The expression or the data is wrong: syntax, shapes, values, files, or a limit.
.TP
.B 130
Interrupted.
.TP
.B 141
Nobody reads the output any more.
.SH ENVIRONMENT
.TP
.B NO_COLOR
No colour, unless
.B \-\-color always
is given.
.TP
.B FORCE_COLOR
Colour where there is no terminal too.
.TP
.B COLUMNS
The width of tables.
.TP
.B PAGER
What shows the pages of
.B explain
and
.B functions
on a terminal that is shorter, less if nobody says it.
.TP
.B TERM
No colour where it is
.IR dumb .
.TP
.B AUTOGRAD_CLI_DEBUG
Show where a mistake of the program happened.
.SH SEE ALSO
.BR jq (1),
.BR python3 (1)
"""


def page() -> str:
    """The manual page in roff, with every command and every option."""
    group: Any = program()
    context = group.make_context(PROGRAM, [], resilient_parsing=True)
    lines = [
        f'.TH {PROGRAM.upper()} 1 "" "{PROGRAM} {__version__}" "User Commands"',
        ".SH NAME",
        rf"{_text(PROGRAM)} \- gradients on the command line",
        ".SH SYNOPSIS",
        f".B {_text(PROGRAM)}",
        ".I COMMAND",
        "[\\fIARGUMENT\\fR]...",
        ".SH DESCRIPTION",
        *_paragraphs(group.help),
        ".SH COMMANDS",
    ]
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        inner = command.make_context(name, [], parent=context, resilient_parsing=True)
        usage = " ".join(command.collect_usage_pieces(inner))
        lines += [f".SS {_text(f'{PROGRAM} {name} {usage}')}", *_paragraphs(command.help), *_options(command, inner)]
    lines += [".SH LIMITS", "What is beyond a limit is refused before it is computed; an option raises some of them."]
    for about, most in stated():
        lines += [".TP", _text(about), _text(most)]
    return "\n".join(lines) + _CLOSING


def stated() -> list[tuple[str, str]]:
    """Every limit in words, and what it is: by default, where an option raises it."""
    return [
        ("Characters of an expression", f"{core.MAX_CHARACTERS:,}"),
        ("Statements of an expression", f"{core.MAX_STATEMENTS:,}"),
        ("Nesting of an expression", f"{core.MAX_DEPTH:,}"),
        ("Nesting of brackets", f"{core.MAX_BRACKETS:,}"),
        ("Parts of an expression: operations, names, numbers", f"{USUAL.nodes:,}; {own.NODES}"),
        ("Characters of a name", f"{core.MAX_NAME:,}"),
        ("Characters of an expression that is written out", f"{core.MAX_WRITTEN:,}"),
        ("Entries of an array: given, in between, or the result", f"{USUAL.elements:,}; {own.ELEMENTS}"),
        ("Dimensions of an array", f"{core.MAX_DIMENSIONS:,}"),
        ("Size of an axis, a length or an index", f"{core.MAX_INTEGER:,}"),
        ("Arrays in a list", f"{core.MAX_LIST:,}"),
        ("Arrays in one einsum", f"{core.MAX_FACTORS:,}"),
        ("Orders of polygamma, repetitions of diff", f"{core.MAX_REPEATED:,}"),
        ("Orders of a derivative", f"{core.MAX_ORDER:,}"),
        ("Rows and columns of a Jacobian beside the gradient", f"{core.MAX_BESIDE:,}"),
        ("Claims of a request", f"{core.MAX_CLAIMS:,}"),
        ("Points at which a claim can be tried", f"{core.MAX_CLAIM_POINTS:,}"),
        ("Entries of all inputs of a program for SymPy", f"{core.MAX_SYMBOLS:,}"),
        ("Characters of a result written out for SymPy", f"{core.MAX_MEANING:,}"),
        ("Memory of a run", f"{own.MEMORY_IN_WORDS}; {own.MEMORY}, {MEMORY_VARIABLE}"),
        ("Seconds of a run", f"{own.SECONDS_IN_WORDS}; {own.SECONDS}, {SECONDS_VARIABLE}"),
        ("Variables of a command", f"{own.MAX_INPUTS:,}"),
        ("Bytes of an .npy file, and of an array in an .npz file", f"{own.MAX_ARRAY_FILE:,}"),
        ("Bytes of a text file, and of standard input", f"{own.MAX_TEXT_FILE:,}"),
        ("Characters of a value with arithmetic in it", f"{own.MAX_WRITTEN:,}"),
        ("Nesting of lists in a value", f"{own.MAX_NESTING:,}"),
        ("Bytes of a line of a batch", f"{own.MAX_LINE:,}"),
        ("Bytes of a batch without the end of a line", f"{own.MAX_ENDLESS:,}"),
        ("Bytes of the key of a batch", f"{own.MAX_KEY:,}"),
        ("Bytes of a submission", f"{own.MAX_ANSWER:,}"),
        ("Nodes of a graph that is drawn", f"{own.MAX_DRAWN:,}"),
        ("Threads", f"{own.MAX_THREADS:,}"),
        ("Seconds of the cross-check", f"{CHECK_BUDGET:g}; --check-budget"),
        ("Seconds of a job of batch", f"{USUAL.seconds:g}; --time-limit"),
        ("Seconds that an option can ask for", f"{own.MAX_SECONDS:,}"),
        ("GiB that an option can ask for", f"{own.MAX_GIB:,}"),
        ("Entries or parts that an option can ask for", f"{own.MAX_COUNT:,}"),
    ]


def _options(command: Any, context: Any) -> Iterator[str]:
    """Each option with its sentence, under the heading of its panel."""
    panels: dict[str, list[tuple[str, str]]] = {}
    for param in command.get_params(context):
        record = param.get_help_record(context)
        if record is not None and param.param_type_name == "option":
            panels.setdefault(param.rich_help_panel or "Options", []).append((record[0], param.help or ""))
    for panel, records in panels.items():
        yield from (".PP", f".I {_text(panel)}:")
        for name, about in records:
            yield from (".TP", f".B {_text(name)}", _text(about))


def _paragraphs(text: str) -> Iterator[str]:
    """Help as paragraphs; what stands behind ``\\b`` keeps its lines."""
    for place, block in enumerate(re.split(r"\n\s*\n", text.strip())):
        lines = [line.rstrip() for line in block.splitlines()]
        if place:
            yield ".PP"
        if lines[0].strip() == "\b":
            yield from (".nf", *(_text(line) for line in lines[1:]), ".fi")
        else:
            yield from (_text(line.strip()) for line in lines)


def _text(text: str) -> str:
    """Text that roff shows as it is."""
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq").replace("^", r"\(ha")
    text = text.replace("~", r"\(ti").replace("`", r"\(ga")
    text = "".join(c if c.isascii() else rf"\[u{ord(c):04X}]" for c in text)
    return rf"\&{text}" if text[:1] in (".", "'") else text


if __name__ == "__main__":
    sys.stdout.write(page())
