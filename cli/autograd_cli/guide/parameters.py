"""What the arguments of functions mean, in words, and what they may be, from what their readers refuse."""

from __future__ import annotations

import functools
from pathlib import Path

from autograd_core.errors import AutogradError
from autograd_core.ops.spec import Function, OpSpec, Param


@functools.cache
def meanings() -> dict[str, str]:
    """What arguments mean, by a name, by ``function.name``, or by ``array name``."""
    text = Path(__file__).with_name("arguments.md").read_text(encoding="utf-8")
    return dict(line.removeprefix("- ").split(": ", 1) for line in text.splitlines() if line.startswith("- "))


def meaning(function: Function, param: Param) -> str:
    """What a parameter means, or what its reader says that it reads; empty where nobody says it."""
    found = meanings().get(f"{function.name}.{param.name}") or meanings().get(param.name)
    if found is None:
        sentence = (param.read.__doc__ or "").strip().split("\n")[0].removesuffix(".").replace("``", "")
        found = sentence[:1].lower() + sentence[1:]
    return found


def allowed(param: Param) -> str:
    """What a parameter may be, in the words of its reader's refusal."""
    words = _refusal(param)
    if _reads(param, (1, 2)) and "True" not in words:
        words += ", or a tuple of them" if words else "a tuple"
    return f"{words}, or None" if words and _reads(param, None) else words


def operand_meaning(function: Function, name: str) -> str:
    """What an operand stands for, and what shapes it can have."""
    if name.startswith("*"):
        return "a list of arrays"
    found = meanings().get(f"array {name}", "an array")
    if function.may_be_omitted(name):
        found += ", may be left out"
    if isinstance(function, OpSpec) and function.elementwise:
        found += "; any shape" + (", shapes broadcast" if len(function.operands) > 1 else "")
    return found


def _refusal(param: Param) -> str:
    for probe in (object(), "no such word"):
        try:
            param.read(probe)
        except (TypeError, ValueError, AutogradError) as error:
            words = str(error)
            if words.startswith("must be "):
                return words.removeprefix("must be ").partition(", not ")[0]
    return ""


def _reads(param: Param, value: object) -> bool:
    try:
        param.read(value)
    except (TypeError, ValueError, AutogradError):
        return False
    return True
