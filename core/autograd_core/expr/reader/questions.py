"""What people write around a formula: prompts, fences, questions, signs of differentiation, conditions.

Everything that is left out is replaced by blanks, so that every other character keeps its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from autograd_core.errors import ExpressionError
from autograd_core.expr.reader.names import Names, set_names, unset_names
from autograd_core.expr.reader.page import MAX_QUESTION, NAME, SET, WHERE, Page
from autograd_core.expr.reader.refused_questions import ASK, refuse

MAX_ROUNDS = 8
"""How many words before or behind one another are taken off."""

D = r"(?:d|∂|\\partial)\s*"
OVER = r"\s*(?:\}\s*\{|/)\s*"
LINE = r"(?:\\[dt]?frac\s*\{\s*)?"
"""What stands before what is above the line of a fraction, and the line with what stands beside it."""
_BY = rf"{D}\\?(?P<by>[^\W_]\w*)(?:(?<=_)\{{\w+\}})?\s*"
_LESS = r"(?:[<>≤≥≠]=?|\\(?:le|ge|lt|gt|ne)q?(?:slant)?\b)\s*"
_TASK = r"(?:ex(?:ercise)?|q(?:uestion)?|problem|aufgabe|exercice|ejercicio)"
_VERB = rf"then|{ASK}|differentiate|derive|what|how|show|let|given|consider|the"
_CLAIM = rf"(?!\s*{NAME}\s*\([^()=]*\)\s*=(?!=))"
"""Not before ``sin(x) = cos(x)``, which is said of the derivative and no definition."""
_FIND = rf"(?:{ASK}|what\s+is|how\s+(?:do|can|to)|I\s+want|want)"
_LEAD = r"(?:[^\W\d_][\w'’]*[,.!?]*\s+){0,14}?"
"""Words before the one that asks for a derivative."""
_FUNCTION = (
    r"(?:(?:the|this|my|a)\s+(?:(?!inverse|of\b)[^\W\d_][\w'-]+\s+){0,4}?(?:function|expression|(?:loss|cost)(?:\s+function)?|field|likelihood|line\s+to)\b(?!\s+of\b)\s*:?"
    r"|(?:(?:the|this|my|following)\s+){0,2}(?:(?:function|expression|loss|cost)\b(?!\s+of\b)\s*:?)?)"
)
WRT = (
    r"(?:with\s+respect\s+to|with\s+regard\s+to|w\.?r\.?t\.?(?=\s)|by|nach|par\s+rapport\s+à|respecto\s+(?:a|de)|naar|terhadap"
    r"|rispetto\s+a)"
)
_ASKED = (
    r"(?:grad(?:ient(?:en|es?|s)?)?|slopes?|derivatives?|deriva[dt]as?|partials|derivation|jacobian|rates?\s+of\s+change|sensitivity|ableitung|dérivée|pochodn\w+|afgeleide|turunan|đạo\s+hàm|türev\w*"
    rf"|derivee|(?:\w_\w|{D}\w*\s*/\s*{D}\w+)(?:\s*(?:,|and|und|et)\s*(?:\w_\w|{D}\w*\s*/\s*{D}\w+))+)"
)
"""What is asked for: a noun, or several partial derivatives."""

_HEADS = tuple(
    re.compile(r"\s*" + pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:(?:\(?(?:\d{{1,2}}|[a-h]|i{{1,3}}|iv|vi{{0,3}})[.)]|{_TASK}[. ]*\d+[.:)])\s+(?=(?:{_VERB})\b|{SET})"
        r"|(?:\d{1,2}|(?P<part>[a-h]))\)\s*(?=\S))",
        rf"{_LEAD}{_ASKED}(?:\s+(?:vector|matrix|parcial|parziale|partielle))?\s*(?:{WRT}\s+\\?\w+\s*)?(?:\b(?:of|for|von|der?|del|di|van|dari|của)\b|(?=;))\s*{_FUNCTION}",
        rf"{_LEAD}(?:differentiate|derive|minimi[sz]e|maximi[sz]e)\s+(?:{WRT}\s+\\?\w+\s*[:,]?\s+)?{_FUNCTION}",
        rf"(?:with|where|at|when|for(?![^,;]*:))\s+{SET}|(?:let|consider|given|suppose|if|on\s+considère|soi(?:en)?t|sei(?:en)?|seja|sea)\s+(?:that\s+|the\s+function\s+)?(?=\S)|(?:const|var)\s+(?=\w+\s*=)",
        rf"(?:{ASK})\s+(?!(?:the|an?)\s)(?=\S)",
        rf"{_LEAD}(?:\w'\(\w\)|(?:∇|\\nabla)\s*\w|{LINE}{D}(?P<asked>\\?\w*){OVER}{_BY}\}}?)\s*(?:(?:of|for|if)\s+|(?=[,;:]))",
        r"(?:gradient|derivative|pochodna|türev|đạo\s+hàm)\s+(?=[^\s=])",
        rf"grad\s*(?=\()|grad\s+(?={NAME}\s*\([^()=]*\)\s*=)",
        rf"{NAME}\s*(?::|\\colon)\s*[Rℝ][^,;=]*(?:→|->|\\to|\\rightarrow)[^,;=]*?(?:[,;]|\b(?:be\s+)?(?:given|defined)\s+by\b)\s*",
        rf"(?:{NAME}\s*(?::|=|\\colon)\s*)?\(?{NAME}(?:\s*,\s*{NAME})*\)?\s*(?:->|→|↦|\\mapsto|=>)\s*(?=[^;\n]*;?\s*$)",
        rf"(?=(?P<subject>D_\w))?(?P<part>D)_\{{?(?P<by>\w)\}}?\s*(?=[\[(]){_CLAIM}",
        rf"\(?{D}/\s*{_BY}\)?(?=[\s(\[{{\\|‖√]){_CLAIM}",
        rf"(?P<brace>\{{\s*)?\\[dt]?frac\s*\{{\s*{D}\}}\s*\{{\s*{_BY}\}}(?(brace)\s*\}}){_CLAIM}",
        rf"(?:∇|\\nabla|grad\s)\s*{NAME}\s*(?=[,;:])",
        r"(?:∇|\\nabla|grad(?=_))\s*(?:_\s*(?:\{[^{}]*\}|\\[A-Za-z]+|\w)|ₓ)?\s*(?=[\s(\[{\\|‖]|[^\W\d])",
        rf"(?:{NAME}\s*(?:\^\s*\{{?\s*(?:\*|\\ast|\\star)\s*\}}?)?\s*=\s*)?\\?arg\s*\\?(?:min|max)\s*_\s*(?:\{{[^{{}}]*\}}|\\[A-Za-z]+|\w)\s*",
        r"\{?\s*\\?(?:min|max)(?:imize)?\s*\}?\s*_\s*(?:\{\s*\\?(?P<over>\w+)[^{}]*\}|\\?(?P<low>\w))\s*",
        r"\\(?:under|over)set\s*\{[^{}]*\}\s*\{\s*\\?(?:arg\s*)?(?:min|max)(?:imize)?\s*\}",
        rf"(?P<subject>(?:(?!(?:def|let|with|for|if|grad|where)\b)[^\W\d_][\w'’-]{{2,}}\s+){{1,4}})(?={NAME}\s*\([^()=]*\)\s*=(?!=))",
        rf"{_LEAD}(?:equation|formula|given\s+by|defined\s+by|is)\s+(?={SET})",
        r"[,:;][,:;\s]*|of\s|=(?!=)",
    )
)
_WHOLE = (
    (re.compile(rf"\s*{D}(?=\()"), re.compile(rf"/\s*{_BY}\s*$")),
    (re.compile(rf"\s*\{{?\s*\\[dt]?frac\s*\{{\s*{D}"), re.compile(rf"\}}\s*\{{\s*{_BY}(?:\}}\s*)+$")),
)
_TAILS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<![,\s])[,\s]*{WRT.replace('|by|', '|')}\s+[\w\\,{{}} ]{{1,40}}\??\s*(?=;|$|,\s*{SET})",
        rf"(?<![,;\s])[,;\s]+(?:\b(?:where|with|for)\b\s*)?{NAME}\s*"
        r"(?:(?:∈|\\in\b)(?:[^={}]|\{[^={}]*\})*|=\s*[01]\s*,[\s\d,]*(?:\.\.\.|…|\\[lc]?dots)\s*,?\s*\w+\s*)$",
        r"(?<![,;\s])[,;\s]*+\b(?:where|with|if)\s+\\?\w+(?:\s*(?:,|and)\s*\\?\w+)*\s+(?:(?:is|are)\s[^=]*|(?:constants?|fixed|given|known))$",
        rf"\A(?:(?!\\[lg][et])[^<>≤≥])*?(?P<domain>(?:,|\s(?:for|where|with)\s)\s*(?:{NAME}\s*{_LESS}-?[\d.]+\s*|-?[\d.]+\s*{_LESS}{NAME}\s*(?:{_LESS}-?[\d.]+\s*)?))$",
        rf"(?<=[\w)\]}}²³])[,;\s]\s*(?:{D}\w\s*/\s*{D}\w|\w['′](?:\(\w\))?)\s*=\s*\??\s*$",
        rf"(?<![.,;\s])(?:[.,;\s]+|\s*(?:→|⇒|->|=>)\s*)(?:then\s+|and\s+)?{_FIND}\s"
        r"[^=;]{1,60}(?=;|$)",
        r"(?<![,.!?\s])[,.!?\s]+(?:please|pls|plz|thanks|thank\s+you|thx|bitte|danke|merci)\b[\s\w!.?]*$",
        r"\s*=\s*\??\s*$",
        r"\?\s*$",
    )
)
_CALLS = r"\d*\w\((?:\w\(|\w+\)\s*(?:[-+*/^²³]|\w\())|\d\w\(\w+\)"
"""What is made of functions of one letter: ``f(f(x))``, ``2f(x)``, ``f(x)^2``, ``f(x) g(x)``."""
_ABOUT = re.compile(
    rf"[.,;]\s*(?:then\s+|and\s+)?(?:{ASK}|what\s+is)\s+(?:(?={_CALLS})|(?:the\s+)?{_ASKED}\s+(?:vector\s+)?(?:of|for)\s+"
    rf"(?:the\s+)?(?=[^\s.,;]*[^\w\s.,;$\\?!]|(?:log|ln|exp|sin|cos|tan|det|tr)\b|(?:[^\W\d_]\w*\s+){{1,4}}of\b|\w+\s+(?:squared|cubed)\b)(?!{NAME}[.,;?!]*\s*$))",
    re.IGNORECASE,
)
"""A question about an expression, behind the names in it: ``find the derivative of x^2``, ``evaluate f(f(x))``."""
_STOP = re.compile(r"(?<![.,\s])\s*[.,][.,\s]*+(?:\\\]|\\\))?\s*$")
_CONDITION = re.compile(
    rf"(?:{WHERE})\s*{SET}|[,\s]\s*(?:(?:evaluated|starting)\s+at|starting\s+from|where|with|at|for|if|when|given|mit|où|en|pour"
    rf"|an\s+der\s+Stelle|bei|für|em|(?:im\s+Punkt|(?:en\s+el|nel)\s+punto|no\s+ponto|au\s+point))\s+{SET}|,\s*(?=\(\s*{NAME}(?:\s*,\s*{NAME})+\s*\)\s*=(?!=))"
)
_POINT = re.compile(
    r"[\s,;.](?:(?:evaluated\s+|(?:(?:find|compute)\s+)?(?:the\s+)?(?:gradient|derivative)\s+(?:of\s+\w+\s+)?|"
    r"(?:start|begin)(?:ing)?\s+)?at|en|au|im|nel|en\s+el|no|в|dans\s+le|an\s+der\s+Stelle|(?:start|begin)(?:ing)?\s+(?:from|with))(?:\s+|(?=\())(?:the\s+)?"
    r"(?:(?:point|Punkt|ponto|punto)\s+)?(?:(?P<name>(?-i:[A-Z](?:_?\d)?))\s*=?\s*(?=\())?"
    r"(?P<values>(?=[^\dpπ]*(?:\d|pi|π))(?:[-−+*/.,;\d()\[\]|\sπ]|\de(?=[-+\d])|\bpi\b)+)\??\s*$",
    re.IGNORECASE,
)
"""Numbers without names behind ``at``."""
_DEFINED_BY = re.compile(
    rf"\s*(?:[^\W\d_]+['’]?[\s,:]+){{2,14}}?(?:mit|durch|par|by|por|with)\s+(?={NAME}\s*\([^()=]*\)\s*=(?!=))",
    re.IGNORECASE,
)
"""``Gegeben ist die Funktion f mit``, ``Soit f la fonction définie par``: words alone before a definition."""
_INDICATOR = re.compile(
    r"(?<![\w.\\^_{])[1𝟙𝟏]\s*(?:_\s*(\{(?=\s*\\?[{[]))?)?\s*(?:\[|\\?\{|\\left\\?[\[{])"
    r"(?P<condition>[^][{}]*(?:[<>≤≥≠]|[!=]=|\\(?:le|ge|lt|gt|ne)q?\b)[^][{}]*?)"
    r"\s*(?:\]|\\?\}|\\right\\?[\]}])(?(1)\s*\})"
)
"""``1[x > 0]``, ``1{y w·x < 1}``, ``1_{x > 0}``."""
_REPLACED = re.compile(rf"\s/\.\s*\{{?(?=\s*{NAME}\s*->)")
"""``x^2 /. x -> 2`` of Mathematica."""
_GIVEN = re.compile(
    rf"\s*(?:(?:for|with|at|given|let|if)\s+)?(?:{NAME}\s*=\s*-?[\d.]+(?:/\d+)?\s*+(?:(?:[,;]|and\b)\s*+)?)+(?P<colon>:)\s"
)
"""``x = 3, y = 4:`` before a formula."""
_AND = re.compile(rf"\s(?:and|und|et)\s+{SET}")
_BAR = re.compile(
    r"[ \t]*(?P<fence>\\right\s*|\\[bB]igg?[lr]?\s*)?(?:\||\\r?vert|\\mid)[ \t]*_?\s*"
    rf"(?:\{{(?P<braces>{SET}(?:[^|{{}}]|\{{[^{{}}]*\}})*)\}}(?=\s*$|\s*[,;]|\s+where\b)|\((?P<brackets>{SET}[^|]*)\)\s*$|(?P<bare>{SET}[^|;\n]*)\s*$"
    r"|\{?\s*(?P<point>\((?:[-+*/.,\d\sπ]|\\pi)+\))\s*\}?\s*$)"
)
"""The bar of an evaluation with its place: ``|_{x=2}``."""
_NOTHING = re.compile(r"\\left\s*\.")
_CALL = re.compile(
    rf"(?:^|[.,;\n]|\sthen\b)\s*(?:(?:then\s+)?(?:{ASK}|what\s+is)\s+)?(?:(?:∇|\\nabla|grad\s)\s*|D(?=\w\())?(?P<name>[^\W\d_]|\((?:[^\W\d_]|[-+*/·∘×\s])+\))\s*"
    r"(?P<marks>(?:_\s*\{?[^\W\d_]\}?)?(?:['′’″‴]*|\^\s*\{?\s*\(\d\)\s*\}?))\s*(?:\((?P<values>[^()=;]*)\))?(?P<end>\s*=?\s*[?.])?\s*"
    r"(?=$|[,;\n]|\b(?:where|with|when|if|for|given|at)\b)",
    re.IGNORECASE,
)
"""``find f(2)``, ``f''(2)`` or ``y'`` beside the definition of the function."""
_RAISED = r"(?:\s*(?:\^\s*\{?\s*\d\s*\}?|[²³]))"
_HIGHER = re.compile(
    rf"\s*{LINE}{D}{_RAISED}\s*\\?\w*{OVER}"
    rf"(?P<by>(?:{D}\\?[^\W\d_]\w*?{_RAISED}?\s*)+)(?:\}}|(?=[\s(\[\\|‖√,;]|$)|(?<=\s))"
    r"|\s*(?:\\nabla|∇)\s*(?:\^\s*\{?2\}?|²)"
    rf"|\s*(?:(?:{ASK}|what\s+is)\s+)?(?P<subject>[^\W\d_]_\{{?(?P<each>[t-z]{{2,3}})\}}?)\s*(?:\b(?:of|for|if)\b|(?=;))"
    rf"|\s*(?:{ASK}|what\s+is)?\s*(?:the\s+|die\s+|la\s+)?(?:(?P<nth>second|2nd|zweite|third|3rd|dritte|fourth|4th"
    r"|vierte)\s+(?:derivative|ableitung)|dérivée\s+seconde|hessian(?:\s+matrix)?)\s+(?:of|von|de)\b",
    re.IGNORECASE,
)
"""What asks for a derivative of a higher order."""
_BY_EACH = re.compile(rf"{D}\\?([^\W\d_]\w*?)(?:\s*(?:\^\s*\{{?\s*(\d)\s*\}}?|([²³])))?(?=\s*(?:d|∂|\\|$))")
_NTH = {"s": 2, "2": 2, "z": 2, "t": 3, "3": 3, "d": 3, "f": 4, "4": 4, "v": 4}
"""The order that a word for it means, by its first letter."""
_QUOTIENT = re.compile(
    rf"(?<!\w){LINE}{D}{_RAISED}?\s*(?P<top>\\?[^\W\d_]\w*?){OVER}"
    rf"(?P<by>(?:{D}\\?[^\W\d_]\w*{_RAISED}?\s*)+)\}}?"
)
"""``dy/dx`` or ``\\frac{\\partial^2 y}{\\partial x^2}``: a derivative of a name."""
_BETWEEN = re.compile(r"(?:[\s,;=?.]|and\b|und\b|et\b)*")
_BEFORE = re.compile(
    rf"(?:[.,;\n]|\\quad|\s(?=\s*[a-z]))\s*(?:then\s+|and\s+)?(?:{_FIND}\s+)?$",
    re.IGNORECASE,
)
"""What stands between and before derivatives that are asked for behind the definitions of what is differentiated."""
_DIFF = re.compile(
    r"\s*(?:sympy\.|sp\.|sym\.)?(?:diff|Derivative|(?:gradient|jacobian)(?=[^>]*,\s*\[[^][]*\]\s*\)))\s*(?=\()|\s*D\s*(?=\[)"
)
_COMMA = re.compile("[,;|]")
_BY_LAST = re.compile(r",\s*(?P<by>\w+|[\[{][\w\s,]*[\]}])\s*[)\]]$")


class Question(Page):
    """A text without what asks a question about its formula.

    ``point`` holds the numbers at which the derivative is asked for, and ``places`` the names that have values there,
    from ``placed`` on. ``order`` is that of the derivative, ``by`` the names for each turn.
    """

    def __init__(self, text: str, known: Callable[[str], bool]) -> None:
        super().__init__(text, known)
        self.point: str | None = None
        self.places: set[str] = set()
        self.placed = len(text)
        self.order = 1
        self.by: list[str] = []
        if len(text) <= MAX_QUESTION:
            self.read()

    def read(self) -> None:
        """Take off what asks a question.

        Raises ExpressionError for what is refused.
        """
        refuse(self.text, self.plain, self.known)
        match = _POINT.search(self.plain)
        named = match is not None and re.search(rf"(?<!\w){match['name']}(?!\w)", self.plain[: match.start("name")])
        if match is not None and not named and not self.known("at"):
            self.point = match["values"].rstrip(". ").replace("−", "-")
            self.blank(*match.span())
        for match in reversed([*_INDICATOR.finditer(self.plain)]):  # 1[x > 0] is its condition
            start, end = match.span("condition")
            self.blank(match.start(), start)
            self.blank(start - 1, start, "(")
            self.blank(end, match.end(), ")")
        if (words := _DEFINED_BY.match(self.plain)) is not None:
            self.said(*words.span())
        self.call()
        self.conditions()
        for end in sorted({self.placed, len(self.text)}):
            self.result(self.plain[:end].rstrip(" \t\n$"))
        self.question()
        if self.left_out or re.search(r"[\\^²ᵀ‖|]", self.text):
            self.end(_STOP, said=False)
        self.derivative_of_sympy()

    def place(self, start: int, end: int) -> None:
        """Make what stands behind a range, which gives names their values at a place, a statement of its own."""
        self.places.update(set_names(f";{self.text[end:]}"))
        self.placed = min(self.placed, start)
        self.blank(start, end, ";")

    def question(self) -> None:
        """Take off what asks for a derivative, at both ends."""
        asked = ""
        for _ in range(MAX_ROUNDS):
            before = self.text
            self.bar()
            for pattern in (_HIGHER, *_HEADS):
                match = pattern.match(self.plain)
                if match and match[0].strip() and self.free(match) and self.text[match.end() :].strip(" .?"):
                    if pattern is _HIGHER:
                        self.differentiated(match["by"] or "")
                        self.by = [*(match["each"] or self.by)]
                        self.order = len(self.by) or _NTH[(match["nth"] or "second")[0].lower()]
                    self.said(*match.span())
                    asked = match.groupdict().get("asked") or asked
            for pattern in _TAILS:
                self.end(pattern)
            for head, tail in _WHOLE:
                self.whole(head, tail)
            if self.text == before:
                break
        if asked and (chosen := self.chosen(asked, self.text)):
            end = len(self.text.rstrip(" .$"))
            self.text = self.text[:end] + chosen + self.text[end:]

    def free(self, match: re.Match[str]) -> bool:
        """Whether no name in a match has a value that gives it another meaning."""
        groups = match.groupdict()
        if "by" in groups and any(self.known(name) for name in ("d", f"d{groups['by']}")):
            return False
        if any(map(self.known, (groups.get("subject") or "").split())):
            return False
        over = groups.get("over") or groups.get("low")
        return (over is None or self.known(over)) and not self.known(groups.get("part") or "")

    def end(self, pattern: re.Pattern[str], *, said: bool = True) -> None:
        """Take off what stands at the end."""
        match = pattern.search(self.plain.rstrip())
        start, end = match.span("domain" if match and "domain" in match.groupdict() else 0) if match else (0, 0)
        if self.text[:start].strip() and self.text[start:end].strip():
            (self.said if said else self.blank)(start, end)

    def whole(self, head: re.Pattern[str], tail: re.Pattern[str]) -> None:
        """``d(...)/dx``: the derivative of everything between."""
        before, after = head.match(self.plain), tail.search(self.plain)
        if before is None or after is None or before.end() >= after.start() or not self.free(after):
            return
        depth = 0
        inner = self.plain[before.end() : after.start()].rstrip()
        bracketed = inner[:1] == "(" and head is _WHOLE[0][0]
        for place, ch in enumerate(inner):
            depth += (ch in "([{") - (ch in ")]}")
            if depth < 0 or (depth == 0 and bracketed and place < len(inner) - 1):
                return
        self.left_out.append(f"{before[0].strip()} ... {after[0].strip()}")
        self.blank(*before.span())
        self.blank(*after.span())

    def conditions(self) -> None:
        """``where z = W x`` and ``at x = 3``: statements of their own."""
        if (replaced := _REPLACED.search(self.plain)) is not None:
            self.text = self.text[: replaced.end()] + self.text[replaced.end() :].replace("->", " =").replace("}", " ")
            self.blank(*replaced.span(), ";")
        if (given := _GIVEN.match(self.plain)) is not None:
            self.blank(*given.span("colon"), ";")
        for also in (*_AND.finditer(self.plain), *_ABOUT.finditer(self.plain)):
            if also.re is _AND or "=" in self.text[: also.start()]:
                self.blank(*also.span(), ";")
        for _ in range(MAX_ROUNDS):
            match = _CONDITION.search(self.plain)
            if match is None or any(map(self.known, match[0].strip(" ,\n").split()[:1])):
                return
            before = self.text[: match.start()]
            if before.count("{") > before.count("}") or before.count("\\begin{c") > before.count("\\end{c"):
                return  # a condition of cases
            self.place(*match.span())

    def bar(self) -> None:
        """``x^2 |_{x=2}``: the place is a statement of its own."""
        match = _BAR.search(self.plain.rstrip(" \t\n.$"))
        if match is None or not self.text[: match.start()].strip():
            return
        if match["fence"] and (left := list(_NOTHING.finditer(self.plain, 0, match.start()))):
            self.blank(*left[-1].span())
        start, end = match.span(match.lastgroup or 0)
        self.blank(end, match.end())
        if match["point"]:
            self.point = match["point"]
            self.blank(match.start(), end)
        else:
            self.place(match.start(), start)

    def call(self) -> None:
        """``f(x) = x^2, f''(2)``: the order, and ``f(2)``."""
        for match in _CALL.finditer(self.plain):
            name, marks = match["name"], match["marks"]
            rest = self.plain[: match.start()] + ";" + self.plain[match.end() :]
            called = (marks or "(" in match[0]) and not self.known(name)
            letters = re.sub(r"\W", "", name)
            heads = [re.search(rf"(?:^|[\s,;]){each}\s*(\([^()=]*\)\s*)?=(?!=)", rest) for each in letters]
            head = heads[0] if heads and all(heads) else None
            if called and head is not None and (head[1] or marks):
                digit = re.search(r"\d", marks)
                primes = sum({"″": 2, "‴": 3}.get(mark, mark in "'′’") for mark in marks)
                self.order = int(digit[0]) if digit else max(primes, 1)
                self.blank(match.start(), match.start("name"), ";" if match.start() else " ")
                if match["values"] and not head[1]:
                    self.point = match["values"]
                    self.blank(match.start("values") - 1, match.end("values") + 1)
                self.blank(*match.span("end"))
                start, last = match.start("marks"), match.end()
                unmarked = self.text[match.end("marks") : last].ljust(last - start)  # (f·g)(2), with nothing between
                self.text = self.text[:start] + unmarked + self.text[last:]
                return

    def result(self, text: str) -> None:
        """Take ``dz/dx`` off the end of ``text``, with which the question begins: z, defined there, is the result."""
        end, asked = len(text), []
        for match in reversed([*_QUOTIENT.finditer(text)]):
            if _BETWEEN.fullmatch(text, match.end(), end) is None:
                break
            end = match.start()
            asked.append(match)
        if len({each["top"] for each in asked}) != 1:
            return
        top, by, before = asked[-1]["top"], asked[-1]["by"], _BEFORE.search(text, max(end - 40, 0), end)
        if any(map(self.known, ("d", f"d{top}", *(f"d{name}" for name, *_ in _BY_EACH.findall(by))))):
            return
        defined = text[: end if before is None else before.start()]
        chosen = self.chosen(top, defined)
        if chosen is None:
            return
        self.differentiated(by)
        self.left_out.append(text[len(defined) :].strip(" .,;\n"))
        self.blank(len(defined), len(text))
        if chosen:
            self.text = f"{defined}{chosen}".ljust(len(text)) + self.text[len(text) :]

    def chosen(self, name: str, text: str) -> str | None:
        """The statement that makes a definition of ``text`` the result; empty where it is, None where there is none."""
        head = re.search(rf"(?:^|[\s,;]){re.escape(name)}\s*(\([^()=]*\)\s*)?=(?!=)", text)
        if head is None:
            return None
        # What it is used in may stand behind it or before.
        used = len(re.findall(rf"(?<!\w){re.escape(name)}\b", text)) > 1
        return "" if head[1] or (not used and set_names(text)[-1:] == [name]) else f"; {name}"

    def differentiated(self, by: str) -> None:
        """Take the order and the names of a derivative from what stands below its line."""
        for name, digit, sign in _BY_EACH.findall(by.strip()):
            self.by += [name] * int(digit or {"²": 2, "³": 3}.get(sign, 1))
        self.order = len(self.by)

    def derivative_of_sympy(self) -> None:
        """``diff(f, x)`` and ``D[f, x]``: the derivative of f."""
        stripped = self.plain.rstrip().removesuffix(";")
        match = _DIFF.match(self.plain, max(stripped.rfind("\n"), stripped.rfind(";")) + 1)
        last = _BY_LAST.search(stripped)
        if match is None or last is None or last.start() < match.end() or self.known(match[0].strip()):
            return
        self.left_out.append(f"{match[0].strip()} by {last['by']}")
        self.blank(match.start(), match.end() + 1)
        self.blank(last.start(), len(stripped))

    def point_values(self, inputs: Mapping[str, Any]) -> dict[str, str]:
        """The values that the numbers of a point give to the inputs without one, in the order in which they occur.

        One input takes all of them; none are given where every input has a value. Raises ExpressionError where there
        are more of one than of the other.
        """
        text, numbers = self.text, _numbers(self.point or "")
        if len(numbers) == 1 and numbers[0][:1] in "([":
            numbers = _numbers(numbers[0][1:-1])
        names = unset_names(text, list(inputs))
        powers = [name for name in names if name[1:].endswith("e") and re.search(rf"{name}\s*\^", text)]  # xe^y
        apart = (name[:-1] if name in powers else name for name in names)
        letters = list(dict.fromkeys(letter for name in apart for letter in name if letter not in inputs))
        names = letters if not letters or len(letters) == len(numbers) else names
        if not names or len(names) == len(numbers):
            return dict(zip(names, numbers, strict=bool(names)))
        if names == [text.strip()]:
            why, hint = "the formula itself is differentiated", f"write {names[0]}(x, y) = x**2*y at (1, 2)"
            raise ExpressionError(f"no value for {names[0]}", code="AG605", why=why, hint=hint)
        if len(names) == 1:
            return {names[0]: f"({', '.join(numbers)})"}
        words = f"the inputs without a value are {', '.join(names) or 'none'}, and the point has {len(numbers)} entries"
        raise ExpressionError(words, code="AG605", hint=f"at {', '.join(f'{name}=1' for name in names) or 'x=1'}")

    def on_curve(self, point: Mapping[str, str]) -> str:
        """The x of a point (x, y) of the curve ``y = f(x)``, where f has one input; empty for other points."""
        numbers = _numbers(next(iter(point.values()))[1:-1]) if len(point) == 1 else []
        return numbers[0] if len(numbers) == 2 and re.match(r"\s*y\s*=(?!=)", self.text) else ""


def question(typed: str, inputs: Mapping[str, Any]) -> Question | None:
    """The text without what stands around its formula; None where nothing does."""
    found = Question(typed, Names(list(inputs)).__contains__)
    return found if found.text != typed and found.text.strip() else None


def _numbers(text: str) -> list[str]:
    return [part.strip() for part in parts(text, _COMMA) if part.strip()]


def parts(text: str, between: re.Pattern[str]) -> list[str]:
    """The parts of a text between matches, of one character each, outside brackets."""
    found: list[str] = []
    depth = start = 0
    for place, ch in enumerate(text):
        depth += (ch in "([{") - (ch in ")]}")
        if depth <= 0 and between.match(text, place):
            found.append(text[start:place])
            start = place + 1
    return [*found, text[start:]]
