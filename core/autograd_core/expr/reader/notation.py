"""The signs and words of mathematics, and what each of them stands for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from functools import lru_cache
from html import unescape

from autograd_core.expr.letters import GREEK as GREEK
from autograd_core.expr.letters import LETTER as LETTER
from autograd_core.expr.letters import MARKS as MARKS
from autograd_core.expr.letters import WIDE
from autograd_core.expr.reader.definitions import DEFINED as DEFINED
from autograd_core.expr.reader.definitions import DENSITIES as DENSITIES
from autograd_core.expr.reader.definitions import DISTRIBUTIONS as DISTRIBUTIONS
from autograd_core.expr.reader.definitions import spellings_of as spellings_of
from autograd_core.expr.reader.reading import LIBRARIES as LIBRARIES
from autograd_core.ops.registry import find


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


def any_of(words: Collection[str]) -> str:
    """The pattern of any of these words, the longest first."""
    return "|".join(sorted(words, key=len, reverse=True))


VARIANTS = spellings_of("""
epsilon varepsilon ϵ
theta   vartheta ϑ
rho     varrho ϱ
phi     varphi ϕ
sigma   varsigma ς
lambda  lam
mu      µ
inf     infty
""")

SUBMODULES = words(
    "nn functional linalg numpy math special random autograd keras activations scipy losses lax stats distributions"
)

_SIGNS = r"""
-    − – — ‐ ‑ ﹣ －
+    ＋
=    ＝
*    ∗ \ast \star
·    · ⋅ ∙ • \cdot \bullet
×    × \times
⊙    ⊙ ∘ \odot \circ
⊗    ⊗ \otimes
/    ÷ ∕ ⁄ \div
<=   ≤ \le \leq \leqslant
>=   ≥ \ge \geq \geqslant
!=   ≠ \ne \neq
<    \lt
∈    ∈ \in
>    \gt
||   ‖ ∥ \| \Vert \parallel
|    ∣ \vert \mid
√    √ \sqrt
∛    ∛
∜    ∜
∑    ∑ \sum
∏    ∏ \prod
†    † \dagger
∇    ∇ \nabla
∂    ∂ \partial
T    ⊤ \top \intercal \transpose
⟨    ⟨ 〈 〈 \langle
⟩    ⟩ 〉 〉 \rangle
⌊    ⌊ \lfloor
⌋    ⌋ \rfloor
⌈    ⌈ \lceil
⌉    ⌉ \rceil
'    ′ ’ ʹ \prime
(    （ \{ \lbrace \lbrack \lparen
)    ） \} \rbrace \rbrack \rparen
frac \frac \dfrac \tfrac \cfrac \nicefrac \sfrac
binom \binom \dbinom \tbinom
over \over
%    \bmod \mod
\choose \choose
...  … ⋯ \dots \ldots \cdots \dotsb \dotsc
"""


SIGNS = spellings_of(_SIGNS)
"""Signs and commands of LaTeX, and the sign or mark that each of them is read as."""

KINDS = spellings_of("""
root    √ ∛ ∜
sum     ∑
prod    ∏
nabla   ∇
partial ∂
dagger  †
T       T
bar     | ||
quote   '
open    ( ⟨ ⌊ ⌈
close   ) ⟩ ⌋ ⌉
frac    frac binom
""")
"""The kinds of the signs that are no operators."""

ROUNDED = {"⌊": "floor", "⌈": "ceil"}
"""Brackets that are functions."""

_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵅᵝᵞᵟᶿᵠᵡ"
SUPERSCRIPTS = {ch: unicodedata.normalize("NFKC", ch) for ch in _RAISED} | {"⁻": "-", "ᵗ": "T", "ᵅ": "α"}
SUBSCRIPTS = {ch: unicodedata.normalize("NFKC", ch) for ch in "₀₁₂₃₄₅₆₇₈₉₊₋₌ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ"} | {"₋": "-"}
FRACTIONS = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅛": "1/8"}
FRACTIONS |= {"⅖": "2/5", "⅗": "3/5", "⅘": "4/5", "⅙": "1/6", "⅚": "5/6", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8"}
BLANKS = frozenset("\t\f\xa0 \u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000")

FONTS = words(
    "big Big bigg Bigg bigm middle displaystyle "
    "textstyle scriptstyle limits nolimits mathbf boldsymbol bm mathcal mathfrak mathit mathnormal vec mathbb "
    "pmb symbf mathscr underline mathds ensuremath bold bf rm it boxed cancel mathrlap mathstrut substack qty"
)
"""Commands of LaTeX that only say how something looks."""

WORDS = words("operatorname mathrm text mbox textrm textbf textit mathsf hbox DeclareMathOperator textsf mathop")
"""Commands of LaTeX whose argument is a word."""

ACCENTS = {name: name for name in ("hat", "bar", "tilde", "dot", "ddot")} | WIDE
"""Commands that make a name of its own of a letter, and what stands behind ``_`` in that."""
COMBINING = {MARKS[accent][1]: accent for accent in ACCENTS if accent in MARKS} | {"\u0305": "bar"}
BARS = {"norm": "||", "abs": "|", "lVert": "||", "lvert": "|", "rVert": "||", "rvert": "|"}
"""Commands whose bar is known to open or to close."""

REFUSED = {
    **dict.fromkeys(("int", "iint", "oint", "∫", "∬", "∮"), "an integral"),
    **dict.fromkeys(("lim", "limsup", "liminf"), "a limit"),
    **dict.fromkeys(("forall", "exists", "∀", "∃"), "a quantifier"),
    **dict.fromkeys(("cup", "cap", "subset", "∪", "∩"), "a set"),
    **dict.fromkeys(("±", "∓", "pm", "mp"), "a sign for two values"),
    **dict.fromkeys(("~", "sim"), "a distribution"),
}
"""What is refused by its name."""

NEAR = {
    "an integral": "the mean at 1,001 points between its ends, times their distance, comes near it",
    "an ellipsis": "a sum over all entries is sum(x**2), or with an index sum_i x_i^2",
    "a sign for two values": "one is written with +, the other with -",
    "a distribution": "the logarithm of its density is one expression, as log N(x; mu, sigma^2)",
    "a limit": "its expression a millionth beside the point comes near it",
}

BRACED = words("underbrace overbrace underbracket overbracket")
"""Commands of LaTeX that put a brace below or above their argument, with words at it."""

ASIDE = words("color textcolor overset underset stackrel colorbox")
"""Commands of LaTeX whose first argument is no part of a formula."""

MATRICES = words("cases dcases rcases matrix pmatrix bmatrix Bmatrix vmatrix smallmatrix array")

DISPLAYS = words("align aligned alignat equation gather gathered multline split displaymath math eqnarray")
"""Environments of LaTeX that only say where a formula stands."""

GONE = "\u2060"
"""What stands in the plain text where nothing is: it belongs to no word, and is no blank."""

MARKUP = {
    "▒": " ", "〖": "{", "〗": "}", "\u2061": "", "\u2062": " ", "\u2063": ",", "\u2064": "+",
    "<sup>": "^{", "</sup>": "}", "<sub>": "_{", "</sub>": "}",
}  # fmt: skip
"""What Word and pages put around a power, an index or an argument; characters of them that are not seen."""

_FONT, _WORD = any_of(FONTS), any_of(WORDS)
_LOOKS = re.compile(
    r"\{\s*\\(?:rm|bf|it|sf|cal)\s+(?P<switched>[A-Za-z]+)\s*\}"
    rf"|\\(?P<font>{_FONT}|{_WORD})(?![A-Za-z])\*?"
    r"(?:\s*\{\s*(?P<inner>\\?\w+(?:\\,\s*\w+)*)\s*\}|\s*(?P<digit>1)(?!\d))"
    rf"|{MARKS['vec'][1]}|\\(?:{_FONT}|(?:{_WORD})(?!\*?\s*\{{))(?![A-Za-z])"
    rf"|\\(?P<accent>{'|'.join(ACCENTS)})(?![A-Za-z])\s*(?:\{{\s*(?:\\[A-Za-z]+(?![A-Za-z])\s*(?P<within>\{{)?\s*)?"
    r"(?P<letter>\\?\w+?)\s*(?:_(?P<index>[a-z](?!\w)|\{\w+\}))?\s*(?(within)\}\s*)\}|(?P<one>\\[A-Za-z]+|\w))"
    rf"|(?P<blank>\\(?:begin|end)\s*\{{(?:{'|'.join(DISPLAYS)})\*?\}}|\\(?:tag|label|hspace|phantom)\s*\{{[^{{}}]*\}}"
    r"|\\(?:nonumber|notag|hfill|q?quad|space|(?:neg)?(?:thin|en|med|thick)space)(?![A-Za-z])|\\[,;:!>]|(?<!\s)~|~(?!\s)"
    r"|(?<=\\\\)\[-?[\d.]+ ?(?:pt|em|ex|mm|cm)\])"
    r"|(?P<prime>\^\s*(?:\{\s*\\prime\s*\}|\\prime(?![A-Za-z])))"
    r"|(?P<markup>[▒〖〗\u2061-\u2064]|<(?:su[bp]|i|b|em|math|strong|var|span|p)>(?=.{0,300}?</)|</\w{1,9}>|<br ?/?>"
    r"|\[/?(?:tex|math|latex)\]"
    r"|&(?:#x?)?\w{1,9};)"
    rf"|\$|(?P<other>\\\\|\\[ \n\]\[()]|&|\\(?:[bB]igg?[lr]|{_WORD})(?![A-Za-z])\*?)"
)


_BRACES = re.compile(r"\\?[^\s]")


def group_end(text: str, at: int) -> int:
    """Where the braces end that begin at a place, or the one character there."""
    depth = 0
    for match in _BRACES.finditer(text, at):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth <= 0:
            return match.end()
    return len(text)


@lru_cache(maxsize=64)
def without_looks(text: str) -> str:
    """The text without what only says how LaTeX looks; everything else keeps its place."""

    def shown(match: re.Match[str]) -> str:
        if match["other"] or (match[0] == "~" and "\\" not in text):  # which is not, of code
            return match[0]
        before, found = _seen(match)
        return (GONE * before + found).ljust(len(match[0]), " " if match["blank"] else GONE)

    return _LOOKS.sub(shown, text)


@lru_cache(maxsize=64)
def plain(text: str) -> str:
    """The same with blanks for all that, and ``;`` for the end of a line: what the patterns of questions read."""
    return _LOOKS.sub(lambda match: (" " * _seen(match)[0] + _seen(match)[1]).ljust(len(match[0])), text)


def _seen(match: re.Match[str]) -> tuple[int, str]:
    """Where in a command what is seen of it begins, and what that is."""
    if match["accent"]:
        letter = (match["letter"] or match["one"]).removeprefix("\\")
        index = f"_{{{match['index'].strip('{}')}}}" if match["index"] else ""
        return 0, f"{letter}_{ACCENTS[match['accent']]}{index}"
    if match["prime"]:
        return 0, "'"
    if match["markup"]:
        return 0, MARKUP.get(match[0], unescape(match[0]) if match[0][0] == "&" else "")
    group = next((each for each in ("switched", "inner", "digit") if match[each]), None)
    if group is None:
        return 0, ";" if match["other"] == "\\\\" else ""
    bold = match[group] == "1" and (match["font"] or "").endswith(("bf", "bb", "symbol", "bm", "ds", "vec"))
    return match.start(group) - match.start(), "𝟏" if bold else match[group].replace("\\,", "  ")


def with_fonts(text: str, start: int, end: int) -> tuple[int, int]:
    """The range of a text with the commands around what stands in it, and without those around anything else."""
    for match in _LOOKS.finditer(text):
        before, seen = _seen(match)
        first, last = match.start() + before, match.start() + before + len(seen)
        if start <= first and last <= end:
            start, end = min(start, match.start()), max(end, match.end())
        elif match.start() < end <= first:
            end = match.start()
        elif last <= start < match.end():
            start = match.end()
    return start, end


FUNCTIONS = spellings_of("""
trace tr Tr TR Trace trace Sp Spur
det Det det determinant Determinant
log ln Log Ln LN logarithm
sin sine sen
cos cosine
exp exponential
inv inverse
log10 lg
log2 lb
tan tg tangent
cot cot ctg cotg cotan cotangent
sec sec secant
csc csc cosec cosecant
csch csch cosech
arcsec arcsec asec
arccsc arccsc acsc
arccot arccot acot arcctg
arcsin Arcsin arcsen
arccos Arccos
arctan Arctan arctg
sinh sh senh
cosh ch
sqrt realsqrt WURZEL
cbrt CubeRoot
tanh th
arcsinh arsinh
arccosh arcosh
arctanh artanh
diag diag Diag
sign sgn
norm norm2 matrix_norm
sigmoid LogisticSigmoid
relu Ramp
abs fabs
sum fsum Total SUMME
numel COUNT ANZAHL
binom binom binomial nCr choose comb
prod product PRODUCT PRODUKT
""")
FUNCTIONS |= {name: name for name in words("coth logdet vec adj norm1 factorial ndtr")}
"""Functions that mathematics writes without brackets, also under another name, and their names in the language."""

CALLED = {"Φ": "ndtr", "Phi": "ndtr", "Γ": "gamma", "Gamma": "gamma", "N": "ndtr", "φ": "dnorm", "phi": "dnorm"}
"""Letters that are functions where a bracket stands right behind them."""

CALLED_BESIDE = {"N": r"N\s*(?:\\left)?\(\s*-?\s*d(?![a-z])", "φ": r"Φ|\\?Phi\b", "phi": r"Φ|\\?Phi\b"}
"""What a text has in which one of them is a function: ``N(d_1)`` of Black and Scholes, a density beside Φ."""

CALLED_WITH_SEVERAL = CALLED | {"B": "Beta", "C": "binom"}
"""The same where several arguments stand in the bracket: ``B(XC)`` is a product."""

SHORT = words("sh ch th lg lb tg Sp")
"""Functions that no run of letters is split into."""

MEASURES = words("shape size len length numel nelement ndim ndims dim nrow ncol")
"""Functions, methods and attributes that are numbers of entries or of axes."""

RESULTS = {
    "slogdet": ("sign_of_det", "slogdet"),
    "svd": ("svd_u", "svdvals", "svd_vh"),
    "eigh": ("eigvalsh", "eigh_vectors"),
    "moments": ("moments_mean", "moments_var"),
}
"""Functions of libraries that give several results, and what each of these is here."""

OF_RESULTS = {"logabsdet": "slogdet", "S": "svdvals", "U": "svd_u", "Vh": "svd_vh", "eigenvalues": "eigvalsh"}
"""What single results are called in PyTorch and NumPy."""

PARTS = words("chunk split")
"""Functions that give several arrays."""


def function_named(word: str) -> str | None:
    """The function of the language that a word names in mathematics or in a library; None for none."""
    if word in FUNCTIONS:
        return FUNCTIONS[word]
    if find(word) is not None or word in DEFINED or word in PARTS or word in MEASURES:
        return word
    if word.endswith("f") and getattr(find(word[:-1]), "elementwise", False):  # expf of C
        return word[:-1]
    lower = word.lower()
    if len(word) > 2 and word != lower and (find(lower) is not None or lower in DEFINED):
        return lower
    if lower.startswith("reduce_") and find(lower[7:]) is not None:
        return lower[7:]
    return None


def function_of_class(word: str) -> str | None:
    """The function that a layer or loss of PyTorch is: ``mse_loss`` for ``MSELoss``; None for none."""
    if not word[:1].isupper():
        return None
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", word).lower().replace("re_lu", "relu")
    snake = snake.replace("bce", "binary_cross_entropy")
    forms = (snake, snake.removesuffix("_loss"), word.lower())
    return next((form for form in forms if find(form) is not None or form in DEFINED), None)


def is_mathematical(word: str, *, of_arrays: bool = True) -> bool:
    """Whether a word is a function that may stand in front of its argument without brackets."""
    function = find(word)
    single = function is not None and len(function.order) == 1 and getattr(function, "elementwise", False)
    return word in FUNCTIONS or (single and word not in LETTER) or (of_arrays and word in _BARE)


_BARE = words("softmax softplus sum mean norm inv logsumexp prod max min square")
"""Functions of arrays that stand before their argument without brackets, though they take settings."""


@lru_cache(maxsize=1024)
def spellings(name: str) -> Sequence[str]:
    """Every way to write the name of a variable: Greek letters by sign and by word, with or without ``_``."""
    head, joint, tail = name.partition("_")
    if not head or (joint and not tail):
        return [name]
    head = VARIANTS.get(head, head)
    heads = [head, *(other for other in (GREEK.get(head), LETTER.get(head)) if other)]
    if not tail:
        return heads
    tails = [tail, *(other for other in (GREEK.get(tail), LETTER.get(tail)) if other)]
    return [first + middle + last for first in heads for last in tails for middle in (joint, "")]
