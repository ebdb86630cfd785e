"""Names, numbers and constant arrays as LaTeX."""

from __future__ import annotations

import math
import re

from autograd_core.expr.nodes import Const
from autograd_core.expr.reader.notation import LETTER
from autograd_core.ops.notation import number_text
from autograd_core.ops.spec import ATOM, MULTIPLY, POWER, UNARY, Notation

_LETTERS = {name: "\\" + name for name in LETTER if name != "omicron"}  # LaTeX writes it as a Latin o
_SHORT = {"lam": r"\lambda", "sig": r"\sigma", "eps": r"\varepsilon", "epsilon": r"\varepsilon", "phi": r"\varphi"}
_WORDS = {"pi": r"\pi", "e": "e", "inf": r"\infty", "nan": r"\mathrm{nan}"}

MAX_ENTRIES = 24
"""Entries of a constant array that are written out."""


def upright(value: object) -> str:
    """A word in upright letters."""
    return r"\mathrm{" + str(value).replace("_", r"\_") + "}"


def name_notation(name: str) -> Notation:
    """A variable: ``W1`` and ``W_1`` with a subscript, Greek letters, a longer name upright, ``f'``."""
    match = re.fullmatch(r"([A-Za-z]+)(?:_?(\d+)|_([A-Za-z\d]+))?([_']*)", name)
    if match is None:
        return ATOM, [r"\mathrm{" + name.replace("_", r"\_") + "}"]
    word, digits, sub, primes = match[1], match[2], match[3], "'" * len(match[4] or "")
    head = _letter(word) or r"\mathrm{" + word + "}"
    below = digits or (sub if sub is None or len(sub) == 1 else r"\mathrm{" + sub + "}")
    return (POWER if primes else ATOM), [head + (f"_{{{below}}}" if below else "") + primes]


def _letter(word: str) -> str | None:
    """A letter, also with an accent: ``xhat``, ``mubar``; None for a longer word."""
    accented = re.fullmatch(r"(\w+?)(hat|bar|tilde|dot)", word)
    inner = _letter(accented[1]) if accented else None
    if accented and inner is not None:
        return rf"\{accented[2]}{{{inner}}}"
    return _SHORT.get(word) or _LETTERS.get(word) or (word if len(word) == 1 else None)


def constant_notation(node: Const) -> Notation:
    """A number, a named constant, or a small array."""
    if node.text is not None:
        return _named(node.text)
    if node.shape != ():
        return ATOM, [_array(node)]
    return number_notation(float(node.value))


def number_notation(value: float) -> Notation:
    """A number: fractions with a bar, powers of ten written out."""
    if not math.isfinite(value):
        return (ATOM if value > 0 else UNARY), [
            r"\mathrm{nan}" if value != value else r"\infty" if value > 0 else r"-\infty"
        ]
    text = number_text(abs(value))
    sign = "-" if value < 0 else ""
    precedence = UNARY if sign else ATOM
    if "/" in text:
        top, bottom = text.split("/")
        return min(precedence, POWER), [rf"{sign}\frac{{{top}}}{{{bottom}}}"]
    if "e" in text:
        digits, exponent = text.split("e")
        power = f"10^{{{int(exponent)}}}"
        return (MULTIPLY if digits != "1" else min(precedence, POWER)), [
            sign + (power if digits == "1" else rf"{digits} \cdot {power}")
        ]
    return precedence, [sign + text]


def _named(text: str) -> Notation:
    """A constant that was written in words."""
    if text in _WORDS:
        return ATOM, [_WORDS[text]]
    call = re.fullmatch(r"(\w+)\((.*)\)", text)
    if call is None:
        return ATOM, [rf"\mathrm{{{text}}}"]
    name, inside = call[1], call[2].replace("_", r"\_")
    if name in ("ones_like", "ones"):
        return ATOM, [r"\mathbf{1}"]
    if name in ("zeros_like", "zeros"):
        return ATOM, [r"\mathbf{0}"]
    if name == "eye":
        return ATOM, [f"I_{{{inside}}}"]
    if name == "sqrt":
        return POWER, [r"\sqrt{" + inside.replace("*", r" ").replace("pi", r"\pi") + "}"]
    if name == "log":
        return UNARY, [rf"\ln {inside}"]
    return ATOM, [rf"\mathrm{{{name}}}\left({inside}\right)".replace("_", r"\_").replace(r"\\_", r"\_")]


def _array(node: Const) -> str:
    """A constant array: written out when it is small, else by its shape."""
    if node.value.size > MAX_ENTRIES or node.value.ndim > 2:
        return r"C_{" + r" \times ".join(map(str, node.shape)) + "}"
    rows = node.value.reshape(-1, 1) if node.value.ndim == 1 else node.value
    lines = (" & ".join(number_notation(float(v))[1][0] for v in line) for line in rows)
    return r"\begin{pmatrix} " + r" \\ ".join(lines) + r" \end{pmatrix}"
