"""What a text asks of other programs, or says in a way that means two things: it is refused, with what works."""

from __future__ import annotations

import re
from collections.abc import Callable

from autograd_core.expr.tokenizer import wrong

ASK = (
    r"find(?:ing)?|comput(?:e|ing)|calculat(?:e|ing)|determine|evaluat(?:e|ing)|bestimmen?|berechnen?|ermitteln?"
    r"|déterminer|calculer|trouver|calcul[ae]r?|hall[ae]r?|determin[ae]r?|encontr[ae]r?|encuentr[ae]|calcolar?e|trova(?:re)?"
)
"""Words that ask for something, in several languages."""

_INSTEAD = {
    "laplacian": "the Laplacian is the trace of the Hessian",
    "divergence": "the divergence is the trace of the Jacobian",
    "curl": "the curl is made of the entries of the Jacobian",
    "directional derivative": "the derivative along (3, 4) is the product of the Jacobian with it, `product x=3,y=4`",
}
"""What gives something of what is not done."""
_ELSEWHERE = "|".join(_INSTEAD).replace(" ", r"\s+")
_NOT_DONE = re.compile(
    rf"\s*(?:(?:please|{ASK})\s+)?(?:the\s+)?(integrate|integrals?|antiderivative|solve|factor(?:i[sz]e)?"
    rf"|simplify|expand|limit|{_ELSEWHERE})\s+(?:of\s+|for\s+)?(?=[^\s=])(?!is\b|[\w\s]+:)",
    re.IGNORECASE,
)
"""What is asked of other programs."""
_ALONG = re.compile(r"\s*,?\s*(?:in|along)\s+(?:the\s+)?(?:direction|vector)\b.*", re.IGNORECASE | re.DOTALL)
_CONSTRAINT = re.compile(
    r"(?<![^\s,;{])(?:subject\s+to|s\.\s?t\.|such\s+that|under\s+the\s+constraints?(?:\s+that)?)[\s:}]+"
    r"(?=[^=<>≤≥\\]+(?:[=<>≤≥]|\\[lg]e))",
    re.IGNORECASE,
)
"""What names the constraint of an optimization."""
_CELL = re.compile(r"(?<=[=(,*/])\s*(-\s*[\w.]+)\s*\^")
"""``=-A1^2``, which is (-A1)^2 in a spreadsheet."""


def refuse(text: str, plain: str, known: Callable[[str], bool]) -> None:
    """Raise ExpressionError where something else than a derivative is asked for, or a sign binds as in a spreadsheet.

    ``plain`` is the text without what only says how it looks, in which everything has its place.
    """
    if (other := _NOT_DONE.match(plain)) is not None and not known(other[1]):
        error = wrong(f"there is no '{other[1]}' here", other.span(1), "AG603")
        error.why = "this program evaluates and differentiates an expression"
        error.hint = _INSTEAD.get(" ".join(other[1].lower().split()))
        error.rewrites = (re.sub(r"\s*\bd\w$", "", _ALONG.sub("", text[other.end() :]).strip()),)
        raise error
    if (limit := _CONSTRAINT.search(plain)) is not None:
        error = wrong("a constraint is not read", (limit.start(), len(text.rstrip())), "AG603")
        error.why = "with a multiplier it is a part of the expression: f + lambda*(g - c) for g = c"
        error.rewrites = (re.sub(r"\\(?:text|mathrm|mbox)\s*\{\s*$", "", text[: limit.start()]).strip(" ,;"),)
        raise error
    if (match := _CELL.search(text)) is not None and text.lstrip().startswith("="):
        why = "a sign binds tighter than ^ in a spreadsheet, and not in mathematics"
        error = wrong(f"'{match[0].strip()}' can be read in two ways", match.span(), "AG619", why=why)
        before, behind = text[: match.start(1)].strip(" ="), text[match.end() :]
        error.rewrites = tuple(before + each + behind for each in (f"({match[1]})^", f"(-1)*{match[1][1:]}^"))
        raise error
