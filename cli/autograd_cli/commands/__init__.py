"""The commands of the program, by subject, and the command that a line without one means."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

from autograd_cli.names import nearest

COMMANDS = {
    "grad": "The value and the gradient of every input.",
    "check": "Gradients derived by hand, judged and diagnosed.",
    "jacobian": "The derivatives of every entry of the result, or v.J, or J.u.",
    "hessian": "The second derivatives of a number, or H.u.",
    "graph": "The graph alone: tree, DOT, Mermaid, SVG.",
    "export": "A program that gives the same numbers elsewhere.",
    "formula": "Formulas for sizes alone, without numbers.",
    "plot": "A function and its derivative over a range.",
    "descend": "Steps of gradient descent, momentum or Adam.",
    "batch": "Many jobs, a JSON line each; grades a course.",
    "explain": "A function, an error code, or a message, explained.",
    "functions": "What the language knows.",
    "repl": "A session in which values and expressions stay.",
}
"""Every command, in the order of the help, and what it does."""

MODULES = {
    **dict.fromkeys(("grad", "graph", "export"), "gradients"),
    **dict.fromkeys(("jacobian", "hessian", "formula"), "derivatives"),
    **dict.fromkeys(("plot", "descend"), "curves"),
    **dict.fromkeys(("explain", "functions"), "guide"),
}
"""The modules of ``autograd_cli.commands`` that hold several commands; any other is called as its command.

The command is the function of its name, and ``help.md`` has its help; ``KINDS`` has its class where it takes no
expression.
"""

OF_PARTS = ("batch", "repl")  # commands whose parts, jobs or lines, are commands of their own
WITHOUT_VALUES = ("formula", "plot")  # commands that take sizes or ranges for values
WITNESSED = ("grad", "jacobian", "hessian")  # commands that ask SymPy unless ``--check`` says otherwise
USUAL = "grad"  # the command of a line that names none
SHOW, INSTALL = "--show-completion", "--install-completion"  # the name of a shell may follow
OWN = ("--help", "-h", "--version", SHOW, INSTALL)  # the options of the program itself


def help_of(name: str) -> str:
    """The help of a command as click takes it: an indented paragraph keeps its lines."""
    text = Path(__file__).with_name("help.md").read_text(encoding="utf-8")
    paragraphs = text.partition(f"# {name}\n\n")[2].partition("\n# ")[0].rstrip().split("\n\n")
    return "\n\n".join(f"\b\n{dedent(each)}" if each.startswith("    ") else each for each in paragraphs)


def with_command(words: Sequence[str]) -> list[str]:
    """The words with their command: ``grad`` where the first is the expression, or a name with its value.

    What may be a misspelt command or option is left for the program to answer.
    """
    if list(words) == ["-V"]:  # what other programs call it; before values it is an expression
        return ["--version"]
    if not words or words[0] in COMMANDS or words[0].partition("=")[0] in OWN:
        return list(words)
    first, rest, misspelt = words[0], words[1:], False
    if first.startswith("--"):
        misspelt = (not rest and nearest(first, OWN) is not None) or any(word in COMMANDS for word in rest)
    elif first.isidentifier():  # a word: a variable with values for it, or a command
        misspelt = not rest or not rest[0].startswith("-") or nearest(first, list(COMMANDS)) is not None
    return list(words) if misspelt else [USUAL, *words]


def option_words(words: Sequence[str]) -> list[str]:
    """The words in which options may stand: those before ``--``."""
    return list(words[: words.index("--")] if "--" in words else words)


def chosen(option: str, words: Sequence[str]) -> str | None:
    """What the bare words say for an option, the last time they do, before the line is read in earnest."""
    found = None
    for place, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name == option:
            found = value if equals else "".join(words[place + 1 : place + 2])
    return found
