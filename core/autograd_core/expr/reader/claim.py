"""Claims about gradients as people write them, as statements of the language: ``x = 2A^T(Ax-b)``."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from autograd_core.errors import AutogradError
from autograd_core.expr.build import parse
from autograd_core.expr.parser import CONSTANTS, read
from autograd_core.expr.reader.interpret import interpret
from autograd_core.expr.reader.reading import Wanted
from autograd_core.expr.tokenizer import scan
from autograd_core.ops.spec import Shape

_OF = r"\s*(?:\\partial|d)\s*\\?"
_LEFT = (
    re.compile(rf"\\[dt]?frac\s*\{{{_OF}\w*\s*\}}\s*\{{{_OF}(\w+)\s*\}}\s*"),
    re.compile(r"(?:∂|\\partial)\s*\\?\w*\s*/\s*(?:∂|\\partial)\s*\\?(\w+)\s*"),
    re.compile(r"(?:∇|\\nabla|grad)\s*_\s*\{?\s*\\?(\w+)\s*\}?\s*\\?\w*(?:\(\w*\))?\s*"),
)

_NUMBERS = re.compile(r"[-+\d\s.,;eE\[\]()]*(?:#.*)?")


def read_claim(text: str, shapes: Mapping[str, Shape], targets: Collection[str]) -> str:
    """A text of claims in the language; unchanged where it is in it or in numbers.

    ``shapes`` holds what a formula may use: the inputs, the statements of the expression, its result and the grad
    tensor. ``targets`` are the names whose gradients may be claimed. Raises the error for a text with two readings, and
    for one that is neither in the language nor can be read.
    """
    if _NUMBERS.fullmatch(text.partition("=")[2] or text) or _plain(text, shapes, targets):
        return text
    known = dict(shapes)
    found: list[str] = []
    for statement in _statements(text):
        parts = _sides(statement)
        head, *sides = parts if len(parts) > 1 else ("", statement)
        left = head.strip()
        for pattern in _LEFT:
            if match := pattern.fullmatch(left):
                left = match[1]
        try:
            read_sides = [_side(side, known) for side in sides]
        except AutogradError as error:
            if error.code != "AG619" and _grammatical(text):
                return text
            start = max(text.find(error.text or text), 0)
            error.span = None if error.span is None else (error.span[0] + start, error.span[1] + start)
            side = error.text or text
            error.rewrites = tuple(text[:start] + each + text[start + len(side) :] for each in error.rewrites)
            error.text, error.retry, error.exit_status = text, (), 3
            raise
        if left and left not in targets and left.isidentifier():
            shape = _shape_of(read_sides[-1], known)
            if shape is not None:
                known[left] = shape
        found.append(" = ".join([left, *read_sides]) if left else read_sides[0])
    return "; ".join(found)


def _sides(text: str) -> list[str]:
    """The parts of a statement between its signs of equality outside brackets."""
    found = [""]
    depth = 0
    for place, ch in enumerate(text):
        depth += (ch in "([{") - (ch in ")]}")
        beside = text[place - 1 : place] + text[place + 1 : place + 2]
        if ch == "=" and depth == 0 and not set(beside) & set("=<>!"):
            found.append("")
        else:
            found[-1] += ch
    return found


def _statements(text: str) -> Sequence[str]:
    """The statements of a text, separated outside brackets."""
    found = [""]
    depth = 0
    for ch in text:
        depth += (ch in "([{") - (ch in ")]}")
        if ch in ";\n" and depth <= 0:
            found.append("")
        else:
            found[-1] += ch
    joined: list[str] = []
    for statement in found:
        if joined and statement.lstrip().startswith("="):  # a step of a derivation, on a line of its own
            joined[-1] += f" {statement.strip()}"
        elif statement.strip():
            joined.append(statement)
    return joined


def _plain(text: str, shapes: Mapping[str, Shape], targets: Collection[str]) -> bool:
    """Whether every statement is in the language, with names that are known, and shapes that fit."""
    try:
        pieces = scan(text)
    except AutogradError:
        return False
    known = dict(shapes)
    for piece in pieces:
        head, *sides = _sides(piece.code)
        for side in sides or [head]:
            try:
                source = read(side)
            except AutogradError:
                return False
            if any(name not in known and name not in CONSTANTS for name in source.variables):
                return False
            shape = _shape_of(side, known)
            if shape is None:
                return False
            if sides and head.strip().isidentifier() and head.strip() not in targets:
                known[head.strip()] = shape
    return True


def _grammatical(text: str) -> bool:
    """Whether every formula is in the language, whatever its names and shapes are."""
    try:
        for piece in scan(text):
            for side in _sides(piece.code)[-1:]:
                read(side)
    except AutogradError:
        return False
    return True


def _side(text: str, shapes: Mapping[str, Shape]) -> str:
    reading = interpret(text.strip(), shapes, wanted=Wanted(anything=True))
    missing = [name for name in reading.source.variables if name not in shapes]
    if missing:
        raise AutogradError(f"no value for {missing[0]}", code="AG605")
    return reading.text


def _shape_of(text: str, shapes: Mapping[str, Shape]) -> Shape | None:
    try:
        return parse(text, shapes).result.shape
    except AutogradError:
        return None
