"""Names on a command line: which variable one means, and which one it may have meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from autograd_core.errors import AutogradError

LONGEST = 10_000  # characters of a word that may hold several values
_PAIR = re.compile(r"(?:^|[\s,;]+)(?:(?:and|at|for|when|where|with)\s+)?([^\W\d]\w*)\s*=(?!=)\s*")
_VALUE = re.compile(r"@[^=]+|(?:[-+*/^.,;:\d\s()\[\]{}π√²³½¼¾°!−×·]|[^\W\d]\w*(?=\()|pi\b|inf\b|e)+")


def canonical(name: str) -> str:
    """The name as the expression language sees it: NFKC, and ``-`` is ``_``."""
    return unicodedata.normalize("NFKC", name).replace("-", "_")


def is_name(text: str) -> bool:
    """Whether ``text`` can be a variable's name behind two dashes."""
    return not text.startswith("-") and canonical(text).isidentifier()


def candidates(name: str, names: Iterable[str]) -> list[str]:
    """The variables that ``name`` can mean: the exact one, else all that differ in case only, or the Greek letter."""
    wanted = canonical(name)
    among = list(names)
    if wanted in among:
        return [wanted]
    near = [one for one in among if one.casefold() == wanted.casefold()]
    if near or (wanted.isascii() and all(one.isascii() for one in among)):
        return near
    from autograd_core.expr.reader.notation import spellings

    return [one for one in among if wanted in spellings(one)]


def pairs_in(text: str) -> tuple[str, list[tuple[str, str]]]:
    """``x = 3, y = 1,2`` as names with the texts of their values, behind the value before the first of them."""
    if "=" not in text or len(text) > LONGEST:
        return text, []
    before, *found = _PAIR.split(text)
    values = [before or "0", *found[1::2]]
    if any(_VALUE.fullmatch(each) is None or each.count("(") != each.count(")") for each in values):
        return text, []
    return before, list(zip(found[::2], found[1::2], strict=True))


def nearest(name: str, names: Sequence[str]) -> str | None:
    """The one of ``names`` that ``name`` is most likely a misspelling of."""
    import difflib

    known = {canonical(one).casefold().strip("_"): one for one in reversed(names)}  # dashes before a name do not count
    wanted = canonical(name).casefold().strip("_")
    found = difflib.get_close_matches(wanted, known, n=1, cutoff=0.61)
    return known[found[0]] if found else None


SAID_ELSEWHERE = {
    **dict.fromkeys(("backward", "derivative", "derive", "diff", "differentiate", "gradient"), "grad"),
    **dict.fromkeys(("verify", "gradcheck"), "check"),
    "draw": "graph",
    "linalg": "linear algebra",
    **dict.fromkeys(("docs", "guide", "man", "manual", "topics", "tutorial"), "explain"),
    **dict.fromkeys(("fit", "minimise", "minimize", "optimise", "optimize", "train"), "descend"),
    **dict.fromkeys(("eta", "alpha", "step-size", "stepsize", "gamma"), "rate"),
    **dict.fromkeys(("optimizer", "algorithm"), "method"),
    **dict.fromkeys(("tol", "tolerance", "eps"), "until"),
    **dict.fromkeys(("iter", "iters", "n", "max-iter", "maxiter"), "steps"),
    **dict.fromkeys(("respect-to", "by", "variable", "vars"), "wrt"),
    **dict.fromkeys(("timeout", "time", "max-time"), "max-seconds"),
    **dict.fromkeys(("digits", "decimals"), "precision"),
}
"""What other programs and books call a command or an option."""


def meant_by(name: str, names: Sequence[str]) -> str | None:
    """The one of ``names`` that other programs call ``name``, that begins like it, or that is spelled most like it."""
    word = name.casefold().replace("_", "-")
    if (ours := SAID_ELSEWHERE.get(word)) in names:
        return ours
    alike = (one for one in names if min(len(one), len(word)) > 2 and (one.startswith(word) or word.startswith(one)))
    return next(alike, None) or nearest(name, names)


def did_you_mean(guess: str | None) -> str:
    """The end of a sentence about a word, with the one that was probably meant."""
    return f"; did you mean {guess}?" if guess else ""


def variables_in(text: str) -> tuple[str, ...]:
    """The variables of an expression; none where ``text`` is not one, or too long to try."""
    from autograd_core.expr.parser import read

    try:
        return read(text).variables if len(text) < 1_000 else ()
    except AutogradError:
        return ()


def listed(names: Sequence[str], last: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``; a long list is shortened."""
    if len(names) > 12:
        return f"{', '.join(names[:10])} {last} {len(names) - 10} more"
    return f" {last} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
