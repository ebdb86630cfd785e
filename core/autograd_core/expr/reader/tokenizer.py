"""The tokens of a text of mathematics, LaTeX or code, each with its place in the text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace

from autograd_core.errors import ExpressionError, Span
from autograd_core.expr.reader import notation
from autograd_core.expr.reader.tree import Node, is_op
from autograd_core.expr.tokenizer import meaningless, wrong
from autograd_core.limits import MAX_NAME
from autograd_core.ops.registry import find

_SINGLE = {
    "∞": ("name", "inf"),
    **dict.fromkeys("𝟏𝟙", ("ones", "1")),
    **{sign: ("num", f"({text})") for sign, text in notation.FRACTIONS.items()},
}
"""Characters that are tokens by themselves."""

_MARKS = frozenset(
    [*"\\'&^}", notation.GONE, *notation.BLANKS, *_SINGLE, *notation.SUPERSCRIPTS, *notation.SUBSCRIPTS]
).union(notation.REFUSED, notation.SIGNS)
"""What does not begin a word, a number or an operator, or not always."""

_LETTERS = notation.LETTER.keys() | notation.VARIANTS.keys()
_SCRIPTS = "".join([*notation.SUPERSCRIPTS, *notation.SUBSCRIPTS, *notation.FRACTIONS])
_TOKEN = re.compile(
    rf"(?P<word>[^\W\d{_SCRIPTS}][^\W{_SCRIPTS}]*)"
    r"|(?P<comment>\#[^\n]*|(?:(?<=;)|(?<=; )|(?<![^\n]))%[^\n%]*(?![^\n]))"
    r"|(?P<num>(?:[0-9]+(?:_[0-9]{3})*(?:\.(?![*/^'\\])[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<quote>\.')|(?P<op>\*\*|[=!<>+\-*/:]=|//|->|=>|\.\.\.|%\*%|\.[*/^]|\?(?=[^?\n;]*:)|[-+*/%@^<>=_.:!])|(?P<bar>\|\|?)|(?P<sep>[;,\n\r])"
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<str>\"[^\"\n]*\"|'[^'\n]*')"
)
_COMMAND = re.compile(r"\\(?:[A-Za-z]+|.|\n)", re.DOTALL)
_GREEK = re.compile(r"[\u0370-\u03ff]\d*|[^\u0370-\u03ff]+")
_BEHIND = re.compile(r"\(|[ \t]*=(?!=)")
_ACCENT = re.compile(f" ?([{''.join(notation.COMBINING)}])")
"""The mark of the letter before it; Word has a blank between them."""
_GONE = re.compile(f"{notation.GONE}*")
_ARGUMENT = re.compile(r"\s*\{([^{}\\]*)\}")
_LAYER = re.compile(r"\s*\^\s*(?:\{\s*[(\[]\s*(\w{1,3})\s*[)\]]\s*\}|\[(\d{1,3})\])")
"""The raised number or letter of a layer or a sample: ``W^{[1]}``, ``x^{(2)}``, ``b^{(l)}``."""
_RAISED = re.compile(r"\^\s*(?:\{\s*)?(\d)(?!\d)(?:\s*\})?|([⁰¹²³⁴-⁹])(?![⁰¹²³⁴-⁹])")
"""The raised number of a layer without brackets, ``W^1 a^0``, where no power can be meant."""
_FIRST = re.compile(rf"([^\W\d_])({_RAISED.pattern})(?:\s*(=)(?!=))?")
_BRACE = re.compile(r"\*?\s*\{")
_FILLED = re.compile(r"\(\s*(\d+(?:\.\d*)?)\s*\)")
"""The number in ``vector(1)`` or ``matrix(0)``, which fills all entries."""
_CONSTANTS = {
    "Pi": ("pi", re.compile(r"(?<![\w^.])\d[\d.]*\s*\*?\s*Pi")),
    "E": ("e", re.compile(r"E\s*\^\s*[^\d\s]")),
    "eye": ("I", re.compile("eye")),
}
"""Words for constants, and where each of them is meant; beside ``Sin[x]`` of Mathematica that is everywhere."""
_MATHEMATICA = re.compile(r"\b(?:(?:Arc)?(?:Sin|Cos|Tan)h?|Log|Exp|Sqrt|Abs|D)\[")
_INDEXED = re.compile(r"\w+_(?!in$)[i-nt]{1,2}")
_WORDS = re.compile(r"[^\W\d_]\w*_(?![i-n]{3}$)[^\W\d_]{3,}")
"""A name of words, which is no letter with indices."""
_BOLD = re.compile(r"(?:b|v|m|bf|bs|vec|mat|vect)([A-Za-z]|[a-z]{2,})")
_COMPARED = "<>≤≥≠="
"""What may stand on the line between lowered letters: ``Σᵢ<ⱼ``."""
_MARK = re.compile(r"\s*[_^]\s*")
"""What begins the words below or above a brace."""
_NO_FENCE = re.compile(r"\s*(\.?)")
"""What stands behind ``\\left`` or ``\\right``: a dot for nothing."""


class Tokenizer:
    """Splits one text; ``known`` tells which words have a value or are set by a statement."""

    def __init__(self, text: str, known: Callable[[str], bool]) -> None:
        self.typed = text
        self.text = notation.without_looks(text)
        self.known = known
        self.latex = "\\" in text
        self.layered = any(self.counts_layers(match) for match in _FIRST.finditer(self.text))
        self.mathematica = _MATHEMATICA.search(text) is not None
        self.commands = any(not known(name) or name in _LETTERS for name in re.findall(r"\\([A-Za-z]+)", text))
        self.tokens: list[Node] = []
        self.at = 0
        self.blank = False
        self.side = ""
        self.matrices: list[str] = []
        self.braces: list[str] = []

    def run(self) -> list[Node]:
        """The tokens of the whole text.

        Raises ExpressionError for a sign that has no meaning.
        """
        while self.at < len(self.text):
            self.step()
        return self.tokens

    def add(self, kind: str, text: str, start: int, end: int | None = None, *, whole: bool = False) -> None:
        """Append one token, which ends where the text was read up to unless an end is given."""
        self.tokens.append(Node(kind, text, start, self.at if end is None else end, self.blank, self.side, whole))
        self.blank, self.side = False, ""

    def step(self) -> None:
        """Read one token, or what stands between tokens."""
        text, start = self.text, self.at
        ch = text[start]
        self.at += 1
        if ch not in _MARKS:
            self.token(start)
        elif ch in notation.BLANKS:
            self.blank = True
        elif ch == notation.GONE != self.typed[start]:
            pass
        elif ch in _SINGLE:
            self.add(*_SINGLE[ch], start, whole=ch == "∞")
        elif ch == "\\":
            self.command(start)
        elif ch in notation.SUPERSCRIPTS:
            if not self.layer(start):
                self.script(notation.SUPERSCRIPTS, "^", start)
        elif ch in notation.SUBSCRIPTS:
            self.script(notation.SUBSCRIPTS, "_", start)
        elif ch == "~" and text.startswith("=", self.at):  # a ~= b of MATLAB
            self.at += 1
            self.add("op", "!=", start)
        elif ch == "~" and not self.after_operand(blank=True):
            self.add("op", "~", start)
        elif ch in notation.REFUSED:
            raise named(notation.REFUSED[ch], (start, start + 1))
        elif (sign := notation.SIGNS.get(ch)) is not None:
            if sign == "'" and self.tokens:
                self.quote(start)
            else:
                self.add(notation.KINDS.get(sign, "op"), sign, start)
        elif ch == "'" and self.after_operand():
            self.quote(start)
        elif ch == "&" and self.matrices:
            self.add("sep", ",", start)
        elif ch == "&" and (self.latex or text.startswith("=", self.at)):
            self.blank = True
        elif ch == "^" and self.layer(start):
            pass
        elif ch == "}" and self.braces and (bar := self.braces.pop()):
            self.side, self.blank = "r", bar == notation.GONE
            if bar != notation.GONE:
                self.add("bar", bar, start)
        else:
            self.token(start)

    def token(self, start: int) -> None:
        """Read a word, a number, an operator, a bracket or a string."""
        match, text = _TOKEN.match(self.text, start), self.text
        if match is None:
            place = (start, start + 1)
            raise wrong("a string is not closed", place) if text[start] in "\"'" else meaningless(text[start], start)
        self.at = match.end()
        if text[start] == "{":
            self.braces.append("")
        if match.lastgroup == "word":
            self.word(match[0], start)
        elif match.lastgroup != "comment" and not (match[0] == "." and self.broadcasts()):
            doubled = match[0] == ":" and text.startswith("::", start) and bool(self.tokens)
            library = doubled and self.tokens[-1].text in notation.LIBRARIES
            self.at += library  # std::exp, stats::dnorm
            self.add(match.lastgroup or "", "." if library else match[0].replace("\r", "\n"), start)

    def quote(self, start: int) -> None:
        """A quote behind an operand; ``x'`` is a name of its own where ``x_prime`` has a value."""
        name = f"{self.tokens[-1].text}_prime"
        if self.tokens[-1].kind == "name" and not self.blank and self.known(name):
            self.tokens[-1] = replace(self.tokens[-1], text=name, end=self.at, whole=True)
        else:
            self.add("quote", "'", start)

    def broadcasts(self) -> bool:
        """Whether a dot says in Julia what is so here anyway: ``x .+ y``, ``sin.(x)``."""
        behind = self.text[self.at : self.at + 1]
        if behind != "(" or not self.tokens:
            return behind in ("+", "-", "<", ">", "=") and self.after_operand(blank=True)
        function = find(notation.function_named(word := self.tokens[-1].text) or "")
        if word in ("max", "min"):
            self.tokens[-1].text = f"{word}imum"
        return word in ("σ", "max", "min", "ifelse", "abs2") or getattr(function, "elementwise", False)

    def after_operand(self, *, blank: bool = False) -> bool:
        """Whether a quote right here ends an operand, and so transposes it; ``blank`` allows one between them."""
        last = self.tokens[-1] if self.tokens and (blank or not self.blank) else None
        ends = ("name", "num", "close", "quote", "T", "ones")
        return last is not None and (last.kind in ends or (last.kind == "bar" and last.side == "r"))

    def counts_layers(self, match: re.Match[str]) -> bool:
        """Whether a name with a raised 0 or 1 is one of layers: it has a value or is set, and has none without it."""
        number = unicodedata.normalize("NFKC", match[3] or match[4])
        named = match[5] is not None or self.known(f"{match[1]}_{number}")
        return number in "01" and named and not self.known(match[1])

    def layer(self, start: int) -> bool:
        """Whether ``^{[1]}`` stands right behind a name, with an index or without: it is a part of the name.

        Raises ExpressionError where the name with it has no value, and without it has one.
        """
        match = _LAYER.match(self.text, start)
        if match is None and self.layered and self.tokens and not self.known(self.tokens[-1].text):
            match = _RAISED.match(self.text, start)
        if match is None or not self.tokens or self.blank:
            return False
        place = len(self.tokens) - 1
        if self.tokens[place].text == "}":
            place = max((at for at in range(place) if self.tokens[at].text == "{"), default=0)
        if place > 1 and is_op(self.tokens[place - 1], "_"):
            place -= 2
        parts, number = self.tokens[place:], unicodedata.normalize("NFKC", match[1] or match[2])
        first, base = parts[0], "".join(part.text for part in parts if part.text not in "{,}")
        name = f"{base}_{number}"
        if first.kind != "name" or (base == "e" and not self.known("e")) or not (number.isdigit() or self.known(name)):
            return False
        self.at = match.end()
        if not self.known(name) and self.known(f"{first.text}_{number}"):  # the entry i, j of W_2
            first.text, first.whole = f"{first.text}_{number}", True
            return True
        if not base.isidentifier() or (self.known(base) and not self.known(name)):
            words = f"{self.typed[first.start : match.end()]} is a name with an index, or a power"
            hint = f"write {self.typed[first.start : start]}^{number} for the power"
            hint += f", or give {name} a value" if base.isidentifier() else ""
            raise wrong(words, (first.start, match.end()), "AG605", hint=hint)
        self.blank = first.blank
        del self.tokens[place:]
        self.add("name", name, first.start, whole=True)
        return True

    def script(self, table: dict[str, str], sign: str, start: int) -> None:
        """Raised or lowered characters: an exponent or an index, several in braces; ``ᵗ`` transposes beside no t."""
        text = self.text
        while self.at < len(text) and text[self.at - 1] != "ᵀ":
            compares = text[self.at] in _COMPARED and text[self.at + 1 : self.at + 2] in (table if sign == "_" else ())
            if not (compares or text[self.at] in table):
                break
            self.at += 1
        named = "ₜ" in self.text or self.known("t")
        plain = "".join("t" if ch == "ᵗ" and named else table.get(ch, ch) for ch in self.text[start : self.at])
        self.add("op", sign, start, start + 1)
        if plain.isdigit() or (len(plain) == 1 and plain.isalpha()):
            self.add("num" if plain.isdigit() else notation.KINDS.get(plain, "name"), plain, start)
            return
        self.add("open", "{", start, start + 1)
        for match in re.finditer(r"\d+|.", plain):
            place = start + match.start()
            one = notation.SIGNS.get(match[0], match[0])
            kind = "num" if one.isdigit() else notation.KINDS.get(one) or ("name" if one.isalpha() else "op")
            if kind == "num" and sign == "^" and self.tokens[-1].kind == "name":  # e⁻ˣ²
                self.add("op", "^", place)
            self.add(kind, one, place, start + match.end())
        self.add("close", "}", self.at - 1, self.at)

    def filled(self, name: str, number: str, start: int) -> None:
        """``vector(2)``: a vector of ones, twice; ``matrix(1)`` beside ``*``: 1 1^T, elsewhere the number alone."""
        before, behind = self.text[:start].rstrip()[-2:], self.text[self.at :].lstrip()[:1]
        if name == "matrix" and ("*" not in (before[-1:], behind) or before in (".*", "**")):
            self.add("num", number, start)
            return
        factor = [("num", number), ("op", "*")] if float(number) != 1 else []
        turned = [("ones", "1"), ("quote", "'")] if name == "matrix" else []
        for kind, text in (("open", "("), *factor, ("ones", "1"), *turned, ("close", ")")):
            self.add(kind, text, start)

    def word(self, found: str, start: int) -> None:
        """A run of letters, digits and ``_``: one name, or several that stand without a blank between them."""
        text, end = self.text, self.at
        name = unicodedata.normalize("NFKC", found)
        if text[end : end + 1] == notation.GONE and found.rpartition("_")[2] in notation.ACCENTS:
            self.skip(_GONE)
            self.add("name", name, start, whole=True)
            return
        if (mark := self.skip(_ACCENT)) is not None:
            self.add("name", f"{name}_{notation.COMBINING[mark[1]]}", start, whole=True)
            return
        if len(found) > MAX_NAME:
            raise wrong(f"a name has {len(found):,} characters; the limit is {MAX_NAME}", (start, end), "AG802")
        called = text[end : end + 1] in ("(", "[")
        constant, place = _CONSTANTS.get(found, ("", None))
        meant = place and (self.mathematica or place.search(text[max(start - 9, 0) : end + 3]))
        if meant and not called and not self.known(found):
            self.add("name", constant, start, whole=True)
            return
        if found in ("vector", "matrix") and (whole := _FILLED.match(text, end)) and not self.known(found):
            self.at = whole.end()
            self.filled(found, whole[1], start)
            return
        if found == "mod" and not self.known(found) and text[end : end + 1] == " " and self.after_operand(blank=True):
            self.add("op", "%", start)
            return
        if "_" not in found or self.known(name) or notation.function_named(name) is not None:
            self.names(name, start)
            return
        stem = found.rpartition("_")[0]
        indexed = "_" in stem and self.known(stem)  # y_hat_i
        head = stem if indexed else found.partition("_")[0]
        if found.endswith("_") and head in notation.REFUSED:  # lim_{h->0}
            raise named(notation.REFUSED[head], (start, end))
        if not indexed and self.is_name(found, head):
            self.names(name, start)
            return
        self.at = start + len(head)
        if head:
            self.names(unicodedata.normalize("NFKC", head), start)
        self.add("op", "_", self.at, self.at + 1)
        self.at += 1

    def is_name(self, word: str, head: str) -> bool:
        """Whether a word with ``_`` in it is one name, and no letter or function with an index behind it."""
        if not self.latex and _WORDS.fullmatch(word):  # y_hat, x_train
            return True
        behind = _BEHIND.match(self.text, self.at)
        if behind is None or not head or (self.known(head) and _INDEXED.fullmatch(word)):
            return False
        index = word[len(head) + 1 :]  # sum_ij(, and not sum_squares(
        letters = all(len(part) < 3 or part.isdigit() or set(part) <= set("ijklmn") for part in index.split("_"))
        return behind[0] != "(" or notation.function_named(head) is None or not (letters or self.known(index))

    def names(self, name: str, start: int) -> None:
        """One name, or Greek letters apart from what stands beside them; behind ``_`` LaTeX takes one letter."""
        script = self.latex and len(name) > 1 and self.tokens and is_op(self.tokens[-1], "_") and not self.blank
        if script and self.text[start - 1] != notation.GONE and name[0].isalpha():
            self.add("name", name[0], start, start + 1, whole=True)
            start, name = start + 1, name[1:]
            if name[0].isdigit() or name[0] == "_":
                self.at = start
                return
        whole = name.isascii() or self.known(name) or notation.function_named(name) is not None
        pieces = [name] if whole or len(name) != self.at - start else _GREEK.findall(name)
        for number, piece in enumerate(pieces, 1):
            end = start + len(piece) if number < len(pieces) else self.at
            self.add("name", piece, start, end, whole=len(pieces) > 1 and "\u0370" <= piece[0] <= "\u03ff")
            start = end

    def command(self, start: int) -> None:
        """A command of LaTeX."""
        text = self.text
        match = _COMMAND.match(text, start)
        if match is None:
            raise meaningless("\\", start)
        name = match[0][1:]
        self.at = match.end()
        variable = self.known(name) and not (match[0] in notation.SIGNS or name in notation.LETTER)
        called = (variable and not self.commands) or (name == "(" and "\\)" not in text)
        blank = name == " " and not self.commands
        if (blank or called) and self.after_operand(blank=blank):  # A \ b of MATLAB
            self.at = start + 1
            self.add("op", "\\", start)
        elif name in (" ", "\n") or (
            name == "\\" and not self.matrices and "=" not in text[self.at :].partition("\\\\")[0]
        ):
            self.blank = True
        elif name == "\\":
            self.add("sep", ";" if self.matrices else "\n", start)
        elif name in ("(", ")", "[", "]"):
            pass
        elif name in ("&", "%", "_"):
            raise meaningless(name, start)
        elif name in ("left", "right") or re.fullmatch(r"[bB]igg?[lr]", name):
            self.side = "l" if name == "left" or name.endswith("l") else "r"
            if (dot := self.skip(_NO_FENCE)) and dot[1]:
                self.side = ""
        elif name in notation.WORDS and self.skip(_BRACE) is not None:  # \text{if $x > 0$,}
            self.blank = True
            self.braces.append(notation.GONE)
        elif name in notation.ASIDE:
            self.at = notation.group_end(text, self.at)
        elif name in notation.BRACED:
            end = notation.group_end(text, self.at)
            if (mark := _MARK.match(text, end)) is not None:
                last = notation.group_end(text, mark.end())
                self.text = text[:end] + notation.GONE * (last - end) + text[last:]
        elif name in ("begin", "end"):
            self.environment(name, start)
        elif name in ("norm", "abs") and self.skip(_BRACE) is not None:
            self.side = "l"
            self.braces.append(notation.BARS[name])
            self.add("bar", notation.BARS[name], start)
        elif name in notation.BARS and name not in ("norm", "abs"):
            self.side = name[0]
            self.add("bar", notation.BARS[name], start)
        elif match[0] in notation.SIGNS:
            sign = notation.SIGNS[match[0]]
            self.add(notation.KINDS.get(sign, "op"), sign, start)
        else:
            self.symbol(name, start)

    def symbol(self, name: str, start: int) -> None:
        """A command that is a letter or a function."""
        name = notation.VARIANTS.get(name, name)
        known = (
            name in ("inf", "ell", "hbar", "imath", "jmath", "pi", "E") or name in notation.LETTER or self.known(name)
        )
        if name in notation.REFUSED:
            raise named(notation.REFUSED[name], (start, self.at))
        if name in notation.ACCENTS and not known:
            raise wrong(f"\\{name} stands above a letter", (start, self.at), "AG602")
        bold = _BOLD.fullmatch(name)
        if not known and bold is not None and self.known(bold[1]):  # \bx and \vw of a paper's own commands
            name, known = bold[1], True
        if not known and notation.function_named(name) is None:
            why = "what is known of LaTeX: fractions, roots, sums, norms, matrices, functions, Greek letters, fonts"
            raise wrong(f"\\{name} is not known here", (start, self.at), "AG602", why=why)
        self.add("name", name, start, whole=True)

    def skip(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """What stands right here, to go on behind it."""
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return match

    def environment(self, name: str, start: int) -> None:
        """``\\begin{pmatrix}`` and its end: the brackets of a matrix."""
        place = (start, self.at)
        match = self.skip(_ARGUMENT)
        kind = match[1].strip().rstrip("*") if match else ""
        if kind not in notation.MATRICES:
            raise wrong(f"\\{name}{{{kind}}} is not known here", place, "AG602")
        if name == "begin":
            if kind == "array":
                self.skip(_ARGUMENT)
                if self.tokens and self.text.startswith("\\{", self.tokens[-1].start):
                    self.tokens.pop()
                    kind = "cases"
            self.matrices.append(kind)
            self.side = "cases" if kind.endswith("cases") else ""
            if kind == "vmatrix":
                self.add("name", "det", start, whole=True)
            self.add("open", "[", start)
        else:
            self.matrices = self.matrices[:-1]
            self.add("close", "]", start)


def named(what: str, span: Span) -> ExpressionError:
    """The error for what mathematics writes and an expression cannot hold."""
    return wrong(f"{what} cannot be read", span, "AG603", why=notation.NEAR.get(what))
