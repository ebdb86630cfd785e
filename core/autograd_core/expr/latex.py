r"""Expressions as LaTeX: matrices side by side, ``\odot`` between arrays, ``^\top``, ``\frac``; needs amsmath."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from string import Formatter
from typing import Any

from autograd_core.expr.letters import GREEK, LETTER, MARKS, WIDE
from autograd_core.expr.nodes import Call, Const, Expr, Var
from autograd_core.expr.text import bracketed, rendered
from autograd_core.ops.registry import op as ops
from autograd_core.ops.spec import ADD, ATOM, MULTIPLY, POWER, UNARY, Notation, number_text, value_text

_LETTERS = {name: "\\" + name for name in LETTER if name != "omicron"}  # LaTeX writes it as a Latin o
_SHORT = {"lam": r"\lambda", "sig": r"\sigma", "eps": r"\varepsilon", "epsilon": r"\varepsilon", "phi": r"\varphi"}
_WORDS = {"pi": r"\pi", "e": "e", "inf": r"\infty", "nan": r"\mathrm{nan}"}

_LATIN = dict(zip("ΑΒΕΖΗΙΚΜΝΟοΡΤΧ", "ABEZHIKMNOoPTX", strict=True))  # noqa: RUF001  they look alike
"""Greek letters that LaTeX has no command for, and the Latin ones that look like them."""
ACCENTS = {f"\\{name}": MARKS[name] for name in MARKS} | {f"\\{name}": (MARKS[of][0], "") for name, of in WIDE.items()}
"""The sign of an accent above a formula, and its mark of a letter within a word."""

MAX_ENTRIES = 24
"""Entries of a constant array that are written out."""


def latex(expr: Expr, words: Mapping[str, str] | None = None) -> str:
    """The LaTeX of an expression, for math mode.

    ``words`` maps names of variables to the fractions that stand for them. Raises LimitError for a text without end.
    """
    known = words or {}

    def worded(node: Expr, place: str = "") -> Notation:
        if isinstance(node, Var) and node.name in known:
            return POWER, [known[node.name]]
        return notation(node, place)

    return tidy(rendered(expr, worded, (r"\left(", r"\right)")))


def tidy(text: str) -> str:
    """A space only where a command would run into a letter or where it helps to read."""
    return re.sub(r"\s+", " ", text).strip()


def notation(node: Expr, place: str = "") -> Notation:
    """Precedence and pieces of one node.

    ``place`` is "row" for a vector to the left of a matrix product, "bare" for a comparison that stands for itself.
    """
    if isinstance(node, Var):
        return name_notation(node.name)
    if isinstance(node, Const):
        return constant_notation(node)
    assert isinstance(node, Call)
    own = _OWN.get(node.op)
    if own is not None:
        return own(node, place)
    if node.op.group == "comparison" and place != "bare":
        _, parts = _of_op(node)
        return ATOM, [r"\left[", *parts, r"\right]"]
    return _of_op(node)


def _of_op(node: Call) -> Notation:
    """What the declaration of the operation says, or an upright name before its arguments."""
    op = node.op
    if callable(op.latex):
        precedence, pieces = op.latex(**node.params)
        raised = isinstance(pieces[-1], str) and pieces[-1].startswith("^")
        return min(precedence, POWER) if raised else precedence, pieces
    axis = node.params.get("axis")
    place = "" if axis is None or axis == -1 else r"_{" + value_text(axis).replace(",)", ")") + "}"
    given = [p for p in op.params if p.name not in ("axis", "keepdims") and node.params.get(p.name) != p.default]
    if op.latex and not given:
        return _template(op.latex, place)
    parts: list[Any] = [r"\operatorname{" + op.name.replace("_", r"\_") + "}" + place + r"\left("]
    for position in range(len(node.operands)):
        parts += [", ", (position, 0)] if position else [(position, 0)]
    for param in given:
        value = node.params[param.name]
        words = upright(value) if isinstance(value, (str, bool)) else value_text(value)
        parts.append(", " + (words if param.required else upright(param.name) + "=" + words))
    return ATOM, [*parts, r"\right)"]


def _template(template: str, place: str) -> Notation:
    """The pieces of a declared form; an operand with an exponent, or at an end, is bracketed where needed."""
    pieces: list[Any] = [""]
    for text, field, _, _ in Formatter().parse(template):
        if isinstance(pieces[-1], str):
            pieces[-1] += text
        else:
            pieces.append(text)
        if field is not None:
            pieces.append((int(field), 0))
    for i, piece in enumerate(pieces):
        if isinstance(piece, tuple):
            before = str(pieces[i - 1])
            after = str(pieces[i + 1]) if i + 1 < len(pieces) else ""
            open_end = after.startswith("^") or not before or not after
            pieces[i] = (piece[0], POWER + 1 if open_end else ADD + 1 if before.endswith("- ") else 0)
        elif place and r"\left(" in piece:
            pieces[i] = piece.replace(r"\left(", place + r"\left(", 1)
            place = ""
    precedence = MULTIPLY if template.startswith("{") else POWER if template.startswith((r"\frac", r"\sqrt")) else ATOM
    return precedence, pieces


def _div(node: Call, place: str) -> Notation:
    """A fraction, the sign of its numerator before it."""
    top = _without_sign(node.operands[0])
    if top is not None:
        return UNARY, [r"-\frac{", (top, 0), "}{", (1, 0), "}"]
    return POWER, [r"\frac{", (0, 0), "}{", (1, 0), "}"]


def _without_sign(node: Expr) -> Expr | None:
    """A product whose first factor has a sign before it, without that; None where there is no sign."""
    factors = []
    while isinstance(node, Call) and node.op in (ops.mul, ops.matmul):
        factors.append(node)
        node = node.operands[0]
    if isinstance(node, Const) and node.shape == () and node.text is None and float(node.value) < 0:
        made: Expr = Const(-node.value)
    elif isinstance(node, Call) and node.op is ops.neg:
        made = node.operands[0]
    else:
        return None
    for outer in reversed(factors):
        made = Call(outer.op, (made, outer.operands[1]), outer.params)
    return made


def _neg(node: Call, place: str) -> Notation:
    """A sign before a product needs no brackets."""
    inner = node.operands[0].op
    return (MULTIPLY, ["-", (0, MULTIPLY)]) if inner is not None and inner.linear == "each" else _of_op(node)


def _mul(node: Call, place: str) -> Notation:
    """A number or a scalar stands beside; two arrays take ``\\odot``."""
    left, right = node.operands
    symbol = r" \odot " if left.shape and right.shape else r" \, "
    if isinstance(right, Const) and right.text is None and not right.shape:
        symbol = r" \cdot "
    number = isinstance(left, Const) and not left.shape
    first = ATOM if bracketed(node.op, *node.operands) else MULTIPLY
    return MULTIPLY, [(0, first), symbol, (1, MULTIPLY if number else MULTIPLY + 1)]


def _matmul(node: Call, place: str) -> Notation:
    """Vectors are columns: ``a @ b`` is a' b, ``x @ A`` is A' x, or x' A before another factor."""
    left, right = node.operands
    if left.ndim != 1 or right.ndim > 2:
        return MULTIPLY, [(0, ATOM if bracketed(node.op, *node.operands) else MULTIPLY), r" \, ", (1, MULTIPLY + 1)]
    if right.ndim == 1 or place == "row":
        if left.op is not None and left.op is ops.matmul and left.operands[0].ndim == 1:
            return MULTIPLY, [(left, MULTIPLY, "row"), r" \, ", (1, MULTIPLY + 1)]
        return MULTIPLY, [*_transposed(left), r" \, ", (1, MULTIPLY + 1)]
    return MULTIPLY, [*_transposed(right), r" \, ", (0, MULTIPLY + 1)]


def _transposed(node: Expr) -> list[Any]:
    """A factor with ``^\\top``; that of a transpose is the matrix itself."""
    if node.op is not None and node.op is ops.transpose and node.ndim == 2:
        return [(node.operands[0], MULTIPLY + 1)]
    if node.op is not None and node.op is ops.inv:
        return [(node.operands[0], ATOM), r"^{-\top}"]
    return [(node, ATOM), r"^{\top}"]


def _transpose(node: Call, place: str) -> Notation:
    return (MULTIPLY, [(0, MULTIPLY)]) if node.ndim < 2 else (POWER, _transposed(node.operands[0]))


def _index(node: Call, place: str) -> Notation:
    _, parts = _of_op(node)
    base = node.operands[0]
    parts = [str(p).replace("None", r"\cdot").replace("...", r"\ldots") if isinstance(p, str) else p for p in parts]
    if isinstance(base, Var) and "_" not in name_notation(base.name)[1][0]:
        return ATOM, parts
    return ATOM, ["{", *parts[:1], "}", *parts[1:]]


def _power(node: Call, place: str) -> Notation:
    """``x^{2}``; of a matrix ``X^{\\odot 2}``, which is not X X."""
    exponent = number_notation(node.params["exponent"])[1][0]
    return POWER, [(0, POWER + 1), "^{" + (r"\odot " if len(node.shape) > 1 else "") + exponent + "}"]


_OWN: dict[Any, Callable[[Call, str], Notation]] = {
    ops.mul: _mul,
    ops.div: _div,
    ops.neg: _neg,
    ops.matmul: _matmul,
    ops.transpose: _transpose,
    ops.swapaxes: _transpose,
    ops.index: _index,
    ops.pow_scalar: _power,
}
"""Operators of the language, whose form in mathematics depends on their operands."""


def upright(value: object) -> str:
    """A word in upright letters."""
    return r"\mathrm{" + str(value).replace("_", r"\_") + "}"


def name_notation(name: str) -> Notation:
    """A variable: ``W1`` and ``W_1`` with a subscript, Greek letters, a longer name upright, ``f'``."""
    match = re.fullmatch(r"([A-Za-z]+)(?:_?(\d+)|_([A-Za-z\d]+))?([_']*)", name)
    if match is None:
        return ATOM, [r"\mathrm{" + "".join(map(_ascii, name)).replace("_", r"\_") + "}"]
    word, digits, sub, primes = match[1], match[2], match[3], "'" * len(match[4] or "")
    head = _letter(word) or r"\mathrm{" + word + "}"
    below = digits or (sub if sub is None or len(sub) == 1 else r"\mathrm{" + sub + "}")
    return (POWER if primes else ATOM), [head + (f"_{{{below}}}" if below else "") + primes]


def _ascii(each: str) -> str:
    """A letter in ASCII, so that different letters differ: Greek and accents by their commands, from the inner one.

    One without a command is written by its code, which is no name.
    """
    if each.isascii():
        return each
    accents = {mark: command for command, (_, mark) in ACCENTS.items() if mark}
    base, *marks = list(unicodedata.normalize("NFD", each))
    found = base
    if base in _LATIN:
        found = rf"\mathsf{{{_LATIN[base]}}}"
    elif not base.isascii():
        found = "\\" + {**GREEK, "ς": "varsigma"}.get(base, "")
    if found == "\\" or not all(mark in accents for mark in marks):
        return rf"{{\text{{u+{ord(each):x}}}}}"
    for mark in marks:
        found = f"{accents[mark]}{{{found}}}"
    return f"{{{found}}}"


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
        word = r"\mathrm{nan}" if math.isnan(value) else r"\infty" if value > 0 else r"-\infty"
        return (ATOM if value > 0 else UNARY), [word]
    text = number_text(abs(value))
    sign, precedence = ("-", UNARY) if value < 0 else ("", ATOM)
    if "/" in text:
        top, bottom = text.split("/")
        return min(precedence, POWER), [rf"{sign}\frac{{{top}}}{{{bottom}}}"]
    digits, e, exponent = text.partition("e")
    power = f"10^{{{int(exponent)}}}" if e else ""
    if e and digits == "1":
        return min(precedence, POWER), [sign + power]
    return (MULTIPLY, [rf"{sign}{digits} \cdot {power}"]) if e else (precedence, [sign + text])


def _named(text: str) -> Notation:
    """A constant that was written in words."""
    if text in _WORDS:
        return ATOM, [_WORDS[text]]
    call = re.fullmatch(r"(\w+)\((.*)\)", text)
    if call is None:
        return ATOM, [rf"\mathrm{{{text}}}"]
    name, inside = call[1], call[2].replace("_", r"\_")
    if name in ("ones_like", "ones", "zeros_like", "zeros"):
        return ATOM, [r"\mathbf{" + str(int(name.startswith("ones"))) + "}"]
    if name == "eye":
        return ATOM, [f"I_{{{inside}}}"]
    return ATOM, [rf"\mathrm{{{name}}}\left({inside}\right)".replace("_", r"\_").replace(r"\\_", r"\_")]


def _array(node: Const) -> str:
    """A constant array: written out when it is small, else by its shape."""
    if node.value.size > MAX_ENTRIES or node.value.ndim > 2:
        return r"C_{" + r" \times ".join(map(str, node.shape)) + "}"
    rows = node.value.reshape(-1, 1) if node.value.ndim == 1 else node.value
    lines = (" & ".join(number_notation(float(v))[1][0] for v in line) for line in rows)
    return r"\begin{pmatrix} " + r" \\ ".join(lines) + r" \end{pmatrix}"
