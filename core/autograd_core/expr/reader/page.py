"""What pages, chats and prompts put around formulas: marks, lists, words in lines of their own, numbers of equations.

Everything that is left out is replaced by blanks, so that every other character keeps its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from autograd_core.expr.reader import notation
from autograd_core.expr.tokenizer import wrong

MAX_QUESTION = 2_000
"""Characters of a text that may be a question: some patterns take time with the square of them."""

NAME = r"\\?[^\W\d_]\w*(?:(?<=_)(?:\{\s*\\?\w+\s*\}|\\\w+))?"
SET = rf"(?=(?:{NAME}\s*(?:\([^()=]*\)\s*|\^\s*\{{?2\}}?\s*|²\s*)?|\(\s*{NAME}(?:\s*,\s*{NAME})+\s*\)\s*)=(?!=))"

_PROMPT = re.compile(r"^[ \t]*(?:(?:>>>|\.\.\.|In \[\d*\]:)(?: |$))+", re.MULTILINE)
_OUTPUT = re.compile(r"^(?![ \t]*(?:>>>|\.\.\.|In \[\d*\]:)).+$", re.MULTILINE)
_BULLET = r"^[ \t]*(?:[-*+•‣▪–][ \t]+|\d{1,2}[.)][ \t]+)"
_WORD = r"(?!(?:for|while|if|elif|else|with|class|try|finally|def|lambda|in|return|let)\b)[^\W\d_][\w'’-]*"
_MARKDOWN = tuple(
    re.compile(rf"(?:(?P<bullet>{_BULLET})|^[ \t]*){pattern}", re.MULTILINE)
    for pattern in (
        r"(?P<mark>\*\*)(?=[^\s*\d])[^*\n]+(?P<end>\*\*)",
        rf"(?(bullet)|(?!))(?P<said>{NAME}[ \t]*(?:_\{{?\w+\}}?|\([^()\n]*\))?[ \t]*"
        r"(?:is|are|denotes?|represents?|[:–—])[ \t]+(?:the|an?)[ \t]+[^\W\d_]{2,}[^\n]*)$",
        rf"(?=[^:\n]*[^\W\d_]{{2}})(?P<said>(?P<words>{_WORD}(?:[,.!]?[ \t]+(?:{_WORD}|\d+)){{0,14}})[ \t]*:)(?=\s+\S)",
        rf"(?P<said>{_WORD}[ \t]*:)(?=[ \t]*$)|^[ \t]*(?P<word>f:)(?=\s+(?![Rℝ]))",
        rf"(?(bullet)|(?!))(?={SET})",
    )
)
"""Stars around words, lines that say what a name is, words before a formula, and the signs of a list of definitions."""
_SEVERAL = re.compile(r"[\n:]|\*\*|\A\s*[-*+•‣▪–]")
"""What a text has in which there is any of that."""
_STACKED = re.compile(r"(?:^|[;\n])\s*(?P<name>\w+)\s*(?:\([^()=\n]*\))?\s*=\s*(?P<above>\d+)[ \t]*\n[ \t]*(?=\d)")
"""A number alone on the line before another one: a fraction of a page, whose line is lost."""
_NUMBERED = re.compile(
    r"(?<=[\w)\]}²³ᵀ.,])(?P<gap>[ \t]+|(?<=[.,]))\((?P<number>\d{1,3}(?:[.-]\d{1,3}){0,2}[a-z]?)\)[.\s]*$"
)
"""A number in brackets behind a formula, as equations have one."""
WHERE = "其中|在|当|當|ここで|где|при|の|의"
"""What stands before the values of names in other letters."""
_LETTERS = "\u0400-\u052f\u0590-\u0dff\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Letters of which words are written, and no formulas: Cyrillic, Hebrew, Arabic, Indian, Chinese, Japanese, Korean."""
_OTHER_LETTER = re.compile(f"[{_LETTERS}]")
_VARIABLE = r"\\?[A-Za-zα-ωΑ-Ω][A-Za-z0-9_]*"
_OTHER_WORDS = re.compile(
    rf"(?P<by>(?:[对對]|关于|關於|по\s)\s*{_VARIABLE}\s*(?=[{_LETTERS}:,;.?]|$)"
    rf"|(?<![\w^)\]+*/-]){_VARIABLE}\s*(?:で|について|に関して|에\s*대|로\s))"
    rf"|(?P<where>{WHERE})(?=\s*{_VARIABLE}\s*=)|(?P<point>在[点點]|в\s+точке|在)(?=\s*[A-Z]?\(|\s+{_VARIABLE}\s*=)"
    rf"|(?:(?<![A-Za-z])(?P<beside>[A-Za-z]{{1,20}}))?(?:(?!\d)[{_LETTERS}])+(?<!(?<![{_LETTERS}])[\u0400-\u052f])"
)
"""Words in other letters: what is differentiated by, what stands before a place or a point, and all others."""
_FENCE = re.compile(
    r"\A\s*\.\. math::|`+(?:[ \t]*\w+(?=\s*\n))?|^\s*[“„«]|[”“»]\s*$|(?<=\$)\s*[(\[]\d{1,2}(?:\s*\w+)?[)\]]\s*$"
)
_EQUAL = re.compile(r":=|\\(?:triangleq|coloneqq|equiv|doteq|approx|simeq|gets|leftarrow|propto)(?![A-Za-z])|[≔≜≡≈≃←∝]")
_FACTOR = re.compile(r"∝|\\propto(?![A-Za-z])")
_WHOLE_GROUP = re.compile(r"\{\s*\\(?:displaystyle|textstyle)(?![A-Za-z])|(?<=\\boxed)\{")
"""The braces around a whole formula of Wikipedia, and in a box."""


class Page:
    """A text without what stands around its formulas; ``left_out`` holds what is to be said of that.

    ``known`` tells which words have a value.
    """

    def __init__(self, text: str, known: Callable[[str], bool]) -> None:
        self.text = self.typed = text
        self.last = 0, 0
        self.known = known
        self.left_out: list[str] = []
        self.without_prompts()
        self.without_other_words()
        if len(text) <= MAX_QUESTION:
            if _SEVERAL.search(text):
                self.without_markdown()
                self.stacked()
            self.numbered()

    @property
    def plain(self) -> str:
        """The text without what only says how it looks, in which everything has its place."""
        return notation.plain(self.text)

    def blank(self, start: int, end: int, by: str = " ") -> None:
        """Replace a range by blanks, with the fonts of what stands in it; new lines stay."""
        start, end = notation.with_fonts(self.text, start, end)
        part = re.sub(r"[^\n]", " ", self.text[start:end])
        self.text = self.text[:start] + (by + part[len(by) :] if by != " " else part) + self.text[end:]

    def said(self, start: int, end: int) -> None:
        """Leave a range out and say so, in one with the range before it where nothing stands between them."""
        start, end = notation.with_fonts(self.text, start, end)
        if self.text[start:end].strip(" ,;:?$\n"):
            first = end - len(self.text[start:end].lstrip())
            follows = self.left_out and self.last[1] <= first and not self.text[self.last[1] : first].strip()
            self.last = (self.last[0] if follows else first), end
            self.left_out[len(self.left_out) - bool(follows) :] = [self.typed[slice(*self.last)].strip(" ,;:?$\n")]
        self.blank(start, end)

    def without_prompts(self) -> None:
        """Take off prompts, with what was printed, and fences."""
        if _FACTOR.search(self.text):
            self.left_out.append("the factor of ∝")
        if _PROMPT.search(self.plain):
            self.text = _PROMPT.sub(_blanks, _OUTPUT.sub(_blanks, self.text))
        while (opened := _WHOLE_GROUP.search(self.text)) is not None:
            end = notation.group_end(self.text, opened.start())
            self.text = self.text[: end - 1] + self.text[end - 1 :].replace("}", " ", 1)
            self.blank(*opened.span())
        self.text = _FENCE.sub(_blanks, _EQUAL.sub(lambda match: "=".rjust(len(match[0])), self.text))

    def without_other_words(self) -> None:
        """Take off the words of languages that have other letters than formulas."""
        said: list[str] = []

        def left(match: re.Match[str]) -> str:
            word, kept = match[0].rstrip(), match["beside"] or ""
            kept = "" if notation.function_named(kept) else kept  # sigmoid函数
            if match["where"] or self.known(word):
                return match[0]
            said.append(word[len(kept) :])
            return ("at" if match["point"] else kept).ljust(len(match[0]))

        self.text = _OTHER_WORDS.sub(left, self.text) if _OTHER_LETTER.search(self.text) else self.text
        if said:
            self.left_out.append(" ... ".join(said))

    def without_markdown(self) -> None:
        """Take off what makes a list or a text of formulas."""
        for pattern in _MARKDOWN:
            for match in pattern.finditer(self.plain):
                groups = match.groupdict()
                words = (groups.pop("words", None) or "").split()
                letters = [each for each in "".join(words[:1]) if each not in notation.SUPERSCRIPTS]  # AᵀB : C
                if any(map(self.known, words)) or (len(words) == 1 and all(map(self.known, letters))):
                    continue
                for group in (group for group, found in groups.items() if found):
                    (self.said if group in ("said", "word") else self.blank)(*match.span(group))

    def stacked(self) -> None:
        """Raise ExpressionError for a fraction whose parts stand on two lines."""
        match = _STACKED.search(self.plain)
        if match is None or re.search(rf"(?<!\w){match['name']}(?!\w)", self.text[match.end() :]):
            return
        above, below = self.text[: match.end("above")], self.text[match.end() :].strip()
        why = "what stood above the line of a fraction stands before it in a copy of a page"
        words = "a number alone on a line can be a fraction without its line"
        error = wrong(words, match.span("above"), "AG619", why=why)
        error.rewrites = (f"{above}/{below}", f"{above}/({below})")
        raise error

    def numbered(self) -> None:
        """Take off the number of an equation, ``(7)`` at its end, where it is no factor.

        Raises ExpressionError where it can be one.
        """
        match = _NUMBERED.search(self.plain) if ")" in self.text[-8:] else None
        before = self.text[: match.start()].rstrip() if match else ""
        if match is None or not re.search(r"[-+*/^=²\\]", before):
            return
        if before[-1] in ".," or len(match["gap"].expandtabs()) > 2:
            self.said(*match.span())
            return
        word = re.search(r"(?<!_)[^\W\d_]\w*$", before)
        if "=" not in before or (word and before[: word.start()].endswith("\\")):
            return
        if word and (notation.function_named(word[0]) or not (word[0][1:] or self.known(word[0]))):
            return
        why = "it is the number of the equation or a factor"
        error = wrong(f"({match['number']}) can be read in two ways", match.span(), "AG619", why=why)
        error.rewrites = (before, f"{before} · {match['number']}")
        raise error


def _blanks(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])
