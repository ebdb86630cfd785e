"""Values as other programs write them: NumPy, PyTorch, MATLAB, LaTeX; turned into the notation of the command line."""

from __future__ import annotations

import re

from autograd_core.errors import ValueTextError
from autograd_core.number_text import KINDS_OF_NUMBERS

_MAKERS = (
    "c|array|Matrix|tensor|Tensor|FloatTensor|DoubleTensor|asarray|as_tensor|matrix|Variable|constant|mat|from_numpy"
)
_PREFIX = re.compile(
    r"(?<![\w.])(?:np|numpy|sp|sympy|torch|jnp|jax\.numpy|tf|math|th)\.(?:random\.|linalg\.)?(?=[A-Za-z])"
)
_MAKER = re.compile(rf"\s*(?:{_MAKERS})\s*\((.*)\)\s*", re.DOTALL)
_SETTING = re.compile(
    r",\s*(?:(?:requires_grad|device|copy|ndmin|order)\s*=\s*[\w.'\"]+"
    rf"|dtype\s*=\s*['\"]?[<=]?(?:\w+\.)*(?:{KINDS_OF_NUMBERS})(?!\w)['\"]?)"
)
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_ROW = re.compile(rf"\s*{_NUMBER}(?:(?:\s*,\s*|\s+){_NUMBER})*\s*", re.ASCII)
_TRANSPOSED = re.compile(r"\s*(.*[\])])\s*(?:'|\.T|\.t\(\)|\.'|ᵀ|\^\{?(?:T|\\top)\}?)\s*", re.DOTALL)
_GAP = re.compile(r"(?<=[\d.])\s+(?=[-+.\d])")
_SIGNS = str.maketrans({"−": "-", "–": "-", "\u2010": "-", "\u2011": "-", "\xa0": " ", "\u202f": " ", "\u2009": " "})
"""Signs and blanks of typeset texts."""

_LISTS = re.compile(r"(?<=\])\s*(?=\[)")
_ROWS = re.compile(r"\[[^][]*\](?:(?:\s*[,;]\s*|\s+)\[[^][]*\])+")  # without the brackets around them
_LATEX = re.compile(r"\s*\\begin\{([bpvB]?matrix|array)\}(?:\{[lcr|]*\})?(.*)\\end\{\1\}\s*", re.DOTALL)
_COMMA = re.compile(r"\d+\.\d{3},\d+|(?<![\d,])\d+,\d+(?:\s+-?\d+,\d+)+(?![\d,])")


def rewritten(text: str, owner: str) -> str | None:
    """The value in the notation of the command line, None where it is no form of another program.

    Raises ValueTextError for a decimal comma.
    """
    if len(text) > 100_000:
        return None
    if found := _COMMA.search(text):
        cure = ",".join(re.sub(r"(\d+)\.(\d{3})(?=,)", r"\1\2", found[0]).replace(",", ".").split())
        raise ValueTextError(
            f"{owner}: '{found[0][:40]}': a comma separates entries and is no decimal point",
            span=found.span(), text=text, hint=f"write {cure[:60]}",
        )  # fmt: skip
    bare = _PREFIX.sub("", text.translate(_SIGNS).strip().rstrip(";").strip())
    changed = bare != text.strip()
    bare, settings = _SETTING.subn("", bare)
    changed |= settings > 0
    if latex := _LATEX.fullmatch(bare):
        return latex[2].strip().removesuffix("\\\\").replace("&", ",").replace("\\\\", ";")
    while (maker := _MAKER.fullmatch(bare)) is not None:
        bare, changed = maker[1].strip(), True
    if _ROWS.fullmatch(bare):
        return f"[{_LISTS.sub(',', bare.replace(';', ','))}]"
    if "((" in bare and not re.search(r"[^\d\s.,()+\-eE]", bare):
        return bare.replace(",)", ")").replace("(", "[").replace(")", "]")
    turned = _TRANSPOSED.fullmatch(bare)
    inner = _inside(turned[1] if turned else bare)
    if turned and inner is not None:
        rows = [row.strip(",").split(",") for row in inner.split(";")]
        columns = [f"[{','.join(column)}]" for column in zip(*rows, strict=False)]
        return f"[{','.join(columns)}]" if len({len(row) for row in rows}) == 1 else None
    if inner is not None:
        return inner
    if bare.startswith("{{") and re.fullmatch(r"[-+\d\s.,/{}]+", bare):  # lists of Mathematica
        return bare.replace("{", "[").replace("}", "]")
    lists = _LISTS.sub(",", _GAP.sub(",", bare)) if bare.startswith("[[") else bare
    if lists != bare:
        return lists
    return bare if changed else None


def _inside(text: str) -> str | None:
    """``[1 2; 3 4]``, ``1 2 3``, ``(1, 2, 3)`` and ``<1, 2, 3>`` without the brackets around them."""
    if text[:1] + text[-1:] not in ("[]", "()", "<>", "⟨⟩"):
        if re.search(r",|;\s*;|\s[-+]|\d\s\d{3}(?![\d.])", text):  # 10 000 can be one number
            return None
        text = f"[{text}]"
    if any(mark in text[1:-1] for mark in "[]()"):
        return None
    rows = [row for row in text[1:-1].replace("\n", ";" if text[0] == "[" else " ").split(";") if row.strip()]
    if not rows or any(_ROW.fullmatch(row) is None for row in rows):
        return None
    entries = [re.findall(_NUMBER, row) for row in rows]
    if len(rows) == 1:
        return ",".join(entries[0]) + ("," if len(entries[0]) == 1 else "")
    return ";".join(",".join(row) for row in entries)
