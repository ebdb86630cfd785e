"""The formula among sentences, where everything else is words, or says something of names and derivatives.

What signs of LaTeX enclose is no word; in a text without them words are letters that stand apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from autograd_core.errors import Span
from autograd_core.expr.reader import notation
from autograd_core.expr.reader.names import Names
from autograd_core.expr.reader.page import NAME
from autograd_core.expr.reader.questions import Question

_CHUNK = re.compile(
    r"(?P<enclosed>(?P<sign>\$\$?)[^$]+(?P=sign)|\\\(.+?\\\)|\\\[.+?\\\]"
    rf"|\\begin\{{(?P<kind>(?:{'|'.join(notation.DISPLAYS)})\*?)\}}.+?\\end\{{(?P=kind)\}})|\S+",
    re.DOTALL,
)
_CODE = re.compile(
    r"^\s*(?:import|from|def|class|function|syms|using|with|library)\b|\bfor \w+ in\b|\breturn\b|\w\[\w+_|[{;]\s*$"
    r"|''|″|(?:\bd|∂|\\partial|∇|\\nabla)\s*(?:\^|²)"
    r"|\b(?:log\w*|exp\w*|sums?|product|norm|trace|det\w*|mean|average|variance|\w*sine|root|power|square|reciprocal)\s+of\b",
    re.MULTILINE,
)
"""Programs, derivatives of a higher order, and functions of what is a formula."""
_OTHER = re.compile(
    r"\b(?:inverse|integra\w+|antiderivative|limits?|hessian|laplacian|second|third|curl|divergence|taylor|area|solve"
    r"|constraints?|subject|such that|direction\w*|minus|plus|times|squared|cubed|negative|reciprocal|transposed?|add"
    r"|multipl\w+|divided?|subtract|twice|half|double|than|square|transform|series|percent|otherwise|elsewhere"
    r"|Stammfunktion|zweite)\b",
    re.IGNORECASE,
)
"""What asks for something else than the derivative of a formula as it stands."""
_WORD = re.compile(r"[\"'(\[*#>_-]*+(?P<word>[^\W\d_](?:[^\W\d_]|['’-](?=\w))+|a)?[\"'*_.,:;?!)\]]*")
_MARK = re.compile(r"[(\[]?(?:\d{1,2}(?:\.\d+)*|[a-h]|i{1,3}|iv|vi{0,3})[.):\]]+|[-–—•→#*>.,;:?!]+")
_AT = re.compile(
    r"\b[Aa]t\s+(?:the\s+)?(?:point\s+)?\$?[A-Z]?(\(\s*-?[\d.](?:[-\d.,/\sπ])*\)|\w+\s*=\s*-?[\d.]*\d|-?[\d.]*\d)\$?"
)
_SAID = re.compile(
    rf"(?P<value>{NAME}\s*=\s*-?[\d.]+)|[A-Z]?[-–—\s\d.,:/π()\[\]]*"
    rf"|\(?(?P<head>{NAME})(?:\s*,\s*{NAME})*\)?(?P<called>\s*\([^()=+*/]*\))?"
    r"|(?:(?!(?<![<>])=)[^+])*(?:[<>≤≥≠∈→×]|\\(?:in|neq?|[gl][et]q?|to|times|subset|mathbb)(?![A-Za-z]))(?:(?!(?<![<>])=).)*"
    r"|(?P<derivative>(?:\\[dt]?frac\s*\{\s*)?(?:(?:d|∂|\\partial)\s*(?:\\?\w{0,6}\b|\()\s*(?:[/}=(]|$)|∇|\\nabla"
    r"|[^\W\d_]\w*\s*(?:['′]|\^\s*\{?\\prime)|[^\W\d_]_\{?[a-z]{1,2}\}?\s*(?:\([^()]*\)\s*)?(?:=|$)).*)",
    re.DOTALL,
)
"""A value, a number or a mark, names, what is said of them, as ``A ∈ R^{n×n}`` and ``x ≠ 0``, and derivatives."""
_DEFINED = re.compile(rf"\s*(\\?{NAME})\s*(?:\([^()=]*\)\s*)?(?:&?=|:=)(?!=)")


def passage(typed: str, inputs: Mapping[str, Any]) -> Question | None:
    """The formula among the sentences of a text, with the definitions that it uses; None where there is none."""
    known = Names(list(inputs)).__contains__
    chunks = [*_CHUNK.finditer(typed)] if len(typed) < 6_000 and not _CODE.search(typed) else []
    inside = any(chunk["enclosed"] for chunk in chunks)
    spans: list[Span] = []
    words, apart = "", True
    for chunk in chunks:
        word = _WORD.fullmatch(chunk[0])
        name = (word and word["word"]) or ""
        meant = known(name) or name in notation.LETTER or all(map(known, name))
        raised = {*name} & notation.SUPERSCRIPTS.keys()
        function = notation.function_named(name) is not None and name != "If"
        other = inside and not chunk["enclosed"] and not re.search(r"[=^+]", chunk[0])
        prose = other or not (meant or raised or function) or (apart and _MARK.fullmatch(chunk[0]) is not None)
        words += f" {chunk[0]}" * prose
        if not prose:
            spans.append((chunk.start() if apart or chunk["enclosed"] else spans.pop()[0], chunk.end()))
        apart = prose or chunk["enclosed"] is not None
    plain = notation.plain(typed)
    kept: list[Span] = []
    asked: list[Span] = []
    for start, end in spans:
        said = _SAID.fullmatch(text := plain[start:end].strip(" .,;:?!\n$&✅"))
        if said is not None and said["derivative"]:
            asked += [] if "=" in text else [(start, end)]
        elif (
            said is None
            or (said["value"] and not known(text.partition("=")[0].strip()))
            or (said["called"] and notation.function_named(said["head"].lstrip("\\")) is not None)
        ):
            kept.append((start, end))
    kept = kept or asked[:1]
    formulas = [plain[start:end] for start, end in kept]
    heads = [match[1] for text in formulas if (match := _DEFINED.match(text)) is not None]
    whole = "\n".join(formulas)
    unused = [name for name in heads if len(re.findall(rf"(?<!\w){re.escape(name)}(?![^\W_])", whole)) < 2]
    one = len(formulas) - len(heads) + len(unused) == 1 and len({*heads}) == len(heads)
    if not one or _OTHER.search(words) or len(re.findall(r"[^\W\d_]{2,}|\b\w\b[.)\]:]", words)) + len(heads) < 2:
        return None
    text, end, left = "", 0, []
    for start, stop in [*kept, (len(typed), len(typed))]:
        text += (";" if 0 < end < start < len(typed) else "").ljust(start - end) + typed[start:stop]
        left.append(" ".join(typed[end:start].split()))
        end = stop
    places = _AT.findall(" ".join(left))
    found = Question(text + f" at {places[-1]}" if places else text, known)
    found.left_out = [words for each in left if re.search(r"\w", words := each.strip(" $.,;:?"))] + found.left_out
    return found
