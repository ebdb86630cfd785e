"""The LaTeX that this program writes, as MathML for a page; not a reader of LaTeX at large."""

from __future__ import annotations

import re
import unicodedata
from itertools import accumulate

from autograd_core.escape import escape
from autograd_core.expr.latex import ACCENTS
from autograd_core.expr.letters import GREEK

TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}^_&\[\]]|\d+(?:\.\d+)?|\s+|.", re.DOTALL)

SIGNS = {
    r"\odot": "⊙", r"\cdot": "⋅", r"\times": "×", r"\le": "≤", r"\ge": "≥", r"\ne": "≠", r"\bmod": "mod", "-": "−",
    r"\lVert": "‖", r"\rVert": "‖", r"\lfloor": "⌊", r"\rfloor": "⌋", r"\lceil": "⌈", r"\rceil": "⌉",
    r"\ldots": "…", r"\cdots": "⋯", r"\nabla": "∇", r"\qquad": "\u2003\u2003",
}  # fmt: skip
"""Commands and characters that are operators."""

LETTERS = {"\\" + name: letter for letter, name in GREEK.items()} | {
    r"\partial": "∂", r"\infty": "∞", r"\varepsilon": "ε", r"\epsilon": "ϵ", r"\varphi": "φ", r"\phi": "ϕ",
    r"\varsigma": "ς", r"\top": "\u22a4", r"\_": "_",
}  # fmt: skip
"""Commands that are letters."""

SPACES = {r"\,": "0.17em", r"\;": "0.28em"}
UPRIGHT = (r"\mathrm", r"\operatorname", r"\text", r"\mathbf", r"\mathsf")
FENCES = {"pmatrix": "()", "cases": "{"}


def mathml(latex: str, *, block: bool = False) -> str:
    """A ``<math>`` element for a formula; what is unknown stands there by its name."""
    display = ' display="block"' if block else ""
    opened = ((t in ("{", r"\left", r"\begin")) - (t in ("}", r"\right", r"\end")) for t in TOKEN.findall(latex))
    if max(accumulate(opened), default=0) > MOST_NESTED:
        return f"<math{display}><mtext>{escape(latex)}</mtext></math>"
    return f"<math{display}>{_Reader(latex).row()}</math>"


MOST_NESTED = 60
"""Groups within groups; a formula that nests deeper is shown as its text."""


class _Reader:
    """Reads the tokens of one formula from left to right; behind the last one stands an empty one."""

    def __init__(self, latex: str) -> None:
        self.tokens: list[str] = [*(token for token in TOKEN.findall(latex) if not token.isspace()), ""]
        self.at = 0

    @property
    def token(self) -> str:
        """The next token."""
        return self.tokens[self.at]

    def take(self) -> str:
        """The next token, which is then read; the last one is never passed."""
        found = self.token
        self.at += bool(found)
        return found

    def row(self, *until: str) -> str:
        """Everything up to a token, which is left to be read."""
        parts: list[str] = []
        while self.token and self.token not in until:
            parts.append(self.scripts(parts.pop()) if self.token in "^_" and parts else self.atom())
        return parts[0] if len(parts) == 1 else f"<mrow>{''.join(parts)}</mrow>"

    def scripts(self, base: str) -> str:
        """A base with what stands above and below it."""
        found: dict[str, str] = {}
        while self.token and self.token in "^_" and self.token not in found:
            sign = self.take()
            found[sign] = self.atom()
        if len(found) == 2:
            return f"<msubsup>{base}{found['_']}{found['^']}</msubsup>"
        name = "msup" if "^" in found else "msub"
        return f"<{name}>{base}{''.join(found.values())}</{name}>"

    def atom(self) -> str:
        """One letter, number, sign, group or command with its arguments."""
        token = self.take()
        if not token:
            return "<mrow></mrow>"
        if token == "{":
            inside = self.row("}")
            self.take()
            return inside
        if token in SPACES:
            return f'<mspace width="{SPACES[token]}"/>'
        if token in SIGNS:
            return f"<mo>{escape(SIGNS[token])}</mo>"
        if token in LETTERS:
            return f"<mi>{LETTERS[token]}</mi>"
        if token == r"\frac":
            return f"<mfrac>{self.atom()}{self.atom()}</mfrac>"
        if token == r"\sqrt":
            return self.root()
        if token == r"\left":
            return self.fenced()
        if token == r"\begin":
            return self.table()
        if token in UPRIGHT:
            return f'<mi mathvariant="normal">{escape(self.words())}</mi>'
        if token in ACCENTS:
            return f"<mover>{self.atom()}<mo>{ACCENTS[token][0]}</mo></mover>"
        if token[0].isdigit():
            return f"<mn>{token}</mn>"
        word = token.removeprefix("\\") if len(token) > 1 else token
        return f"<mi>{escape(word)}</mi>" if word != token or token.isalpha() else f"<mo>{escape(token)}</mo>"

    def root(self) -> str:
        """A square root, or another with its degree in square brackets."""
        if self.token != "[":
            return f"<msqrt>{self.atom()}</msqrt>"
        self.take()
        degree = self.row("]")
        self.take()
        return f"<mroot>{self.atom()}{degree}</mroot>"

    def fenced(self) -> str:
        """What stands between ``\\left`` and its ``\\right``, with the brackets behind them."""
        left = self.take()
        inside = self.row(r"\right")
        self.take()
        tall = "true" if any(tag in inside for tag in ("<mfrac", "<mtable", "<msqrt", "<mroot")) else "false"
        signs = (escape("" if token == "." else SIGNS.get(token, token)) for token in (left, self.take()))
        before, after = (f'<mo fence="true" stretchy="{tall}">{sign}</mo>' for sign in signs)
        return f"<mrow>{before}{inside}{after}</mrow>"

    def words(self) -> str:
        """The plain text of an argument in braces."""
        found: list[str] = []
        marks = ""
        depth = 0
        while token := self.take():
            depth += (token == "{") - (token == "}")
            if token in ACCENTS:
                marks = ACCENTS[token][1] + marks
            elif token not in ("{", "}", *UPRIGHT):
                found.append((LETTERS.get(token) or token.removeprefix("\\")) + marks)
                marks = ""
            if depth == 0 and token not in UPRIGHT and token not in ACCENTS:
                break
        return unicodedata.normalize("NFC", "".join(found))

    def table(self) -> str:
        """An array of rows, with the brackets of its kind."""
        kind = self.words()
        if kind == "array" and self.token == "{":
            self.words()  # the columns
        rows: list[list[str]] = [[]]
        while self.token and self.token != r"\end":
            rows[-1].append(self.row("&", r"\\", r"\end"))
            if self.token == r"\\":
                rows.append([])
            if self.token != r"\end":
                self.take()
        self.take()
        self.words()
        cells = "".join("<mtr>" + "".join(f"<mtd>{cell}</mtd>" for cell in row) + "</mtr>" for row in rows if any(row))
        left, right = FENCES.get(kind, "")[:1], FENCES.get(kind, "")[1:]
        aligned = ' columnalign="left"' if kind == "cases" else ""
        inside = f"<mtable{aligned}>{cells}</mtable>"
        return f'<mrow><mo fence="true">{left}</mo>{inside}<mo fence="true">{right}</mo></mrow>'
