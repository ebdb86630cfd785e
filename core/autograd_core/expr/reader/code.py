"""Code of PyTorch, NumPy, JAX and TensorFlow as the language has it: without what cannot matter for a gradient."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from autograd_core.errors import ExpressionError, LimitError, Span
from autograd_core.expr.reader import notation
from autograd_core.expr.reader.layers import Layer, Layers
from autograd_core.expr.reader.names import Names
from autograd_core.expr.reader.notation import words
from autograd_core.expr.reader.tree import (
    Change,
    Node,
    bracketed,
    closing,
    is_literal,
    is_op,
    position,
    split,
    text_at,
)
from autograd_core.expr.reader.words import signs
from autograd_core.expr.tokenizer import wrong
from autograd_core.number_text import KINDS_OF_NUMBERS
from autograd_core.ops.registry import find
from autograd_core.ops.signature import CallForm

CONSTRUCTORS = words(
    "tensor array Variable FloatTensor DoubleTensor Tensor asarray as_tensor constant matrix Parameter float32 "
    "float64 from_numpy LongTensor Value Matrix"
)
"""Functions that make an array of what is written out, and so mean what they are given."""

DERIVATIVES = words("grad gradient derivative value_and_grad elementwise_grad jacfwd jacrev jacobian")
"""Functions that give the derivative of a function."""

GENERATORS = words("randn rand zeros ones arange linspace eye full empty normal uniform identity")
_IGNORED = words(
    "clone copy cuda cpu to float double contiguous numpy requires_grad_ retain_grad item astype type half long bool"
)
"""Methods that change where or how numbers are kept, and not what they are."""

_PREFIXED = re.compile(rf"\w+ \. (?:(?:{'|'.join(notation.SUBMODULES)}) \. )*\w+")
MAX_TOKENS = 20_000
"""Tokens of a statement whose functions are written out, and of the turns of a loop."""
MOST_PARTS = 11
"""Tokens of a name behind those of a library and of parts of it."""

_EXCEL = {"STDEV.P": "np_std", "STDEV.S": "sd", "VAR.P": "np_var", "VAR.S": "var_s", "NORM.DIST": "norm"}
"""Functions of Excel with a dot in their name."""

_BSXFUN = {"-": "-", "+": "+", "times": ".*", "rdivide": "./", "power": ".^"}
"""Operators by their names in MATLAB."""

_SETTINGS = words(
    "requires_grad dtype device retain_graph create_graph order requires_grad_ name inplace training label"
)
_LOST = "AG418"
_TRUTH = re.compile(r"^bool\(|\bbool_?['\"]?$|logical$")
"""The end of ``.bool()``, ``.astype(bool)``, ``dtype=torch.bool``: numbers become conditions."""


def rewritten(
    tokens: Sequence[Node], rule: Callable[[Sequence[Node], int], Change], signs: Collection[str]
) -> list[Node]:
    """The tokens with what a rule gives at each place that is one of these signs or stands before one."""
    marks = [place for place, token in enumerate(tokens) if token.text in signs]
    found: list[Node] = []
    end = 0
    for place in sorted({*marks, *[place - 1 for place in marks if place]}):
        if place >= end and (change := rule(tokens, place)) is not None:
            found += [*tokens[end:place], *change[0]]
            end = place + change[1]
    return [*found, *tokens[end:]]


def function_written(tokens: Sequence[Node], place: int) -> Change:
    """``lambda x, y: x*y``, Julia's ``(x, y) -> x*y``, R's ``function(x, y) x*y`` as ``@(x, y) x*y`` of MATLAB."""
    end, marks, names = place, ["->", "=>"], tokens[place : place + 1]
    if tokens[place].text == "function" and text_at(tokens, place + 1) == "(":
        end = closing(tokens, place + 1) - 1
        marks, names = [")"], tokens[place + 2 : end + 1]
    elif tokens[place].text == "(":
        end = closing(tokens, place)
        names = tokens[place + 1 : end]
    elif tokens[place].text == "lambda":
        end, marks = place + 1, [":"]
        while text_at(tokens, end + 1) == "," and text_at(tokens, end + 2) != ":":
            end += 2
        names = tokens[place + 1 : end + 1]
    if not names or any(each.kind != "name" and each.text != "," for each in names):
        return None
    if text_at(tokens, end + 1) not in marks:
        return None
    first, last = tokens[place].span, tokens[end + 1].span
    opened = [*signs("@", first, blank=tokens[place].blank), *signs("(", first)]
    return [*opened, *names, *signs(")", last)], end + 2 - place


def part_of(span: Span | None) -> ExpressionError:
    """The error for a derivative that something else is made of."""
    why = "the answer is the derivative of the whole expression, and a number before it multiplies both"
    hint = "write the function itself"
    return wrong("a derivative is a part of an expression here", span, "AG603", why=why, hint=hint)


class Code(Layers):
    """Rewrites the tokens of code; ``found`` says whether there was anything of a library in them."""

    def __init__(self, names: Names, notes: dict[str, str]) -> None:
        self.names = names
        self.notes = notes
        self.found = False
        self.of_r = self.of_torch = False
        self.layers: dict[str, list[Layer]] = {}
        self.distributions: dict[str, list[Node]] = {}
        self.weights: dict[str, str] = {}
        self.dropped: set[int] = set()

    def plain(self, tokens: Sequence[Node]) -> list[Node]:
        """The tokens without prefixes of libraries, settings and methods that do not matter."""
        self.dropped = set()
        found = [
            token for place, token in enumerate(tokens) if not (place and self.is_suffix(token, tokens[place - 1]))
        ]
        texts = {token.text for token in tokens}
        for rule, needed, marks in (
            (self.prefixed, ".{", (".", "_")),
            (self.divided, (";", "|", "||"), ("(",)),
            (self.density, (".", "kl_divergence"), ("(", ".")),
            (self.result, ".[", ("(",)),
            (self.method, ".", (".",)),
            (self.setting, "=", (",", "=")),
            (self.layer_called, "(", ("(",)),
            (self.renamed, "(", ("(",)),
        ):
            if not texts.isdisjoint(needed):
                found = rewritten(found, rule, marks)
        return [token for token in found if id(token) not in self.dropped]

    def is_suffix(self, token: Node, before: Node) -> bool:
        """Whether a token says of a number in code what kind it is: the f of ``1.0f``."""
        tight = token.kind == "name" and not token.blank and before.kind == "num" and "." in before.text
        return tight and token.text in ("f", "F", "d0") and token.text not in self.names

    def prefixed(self, tokens: Sequence[Node], start: int) -> Change:
        """``torch.nn.functional.relu`` is ``relu``."""
        token = tokens[start]
        if [each.text for each in tokens[start : start + 5]] == ["D", "_", "{", "KL", "}"]:
            return [token.named("KL")], 5
        dotted = _EXCEL.get("".join(each.text for each in tokens[start : start + 3]))
        if dotted is not None and text_at(tokens, start + 3) == "(":
            return self.of_excel(tokens, start, dotted)
        if token.text == "self" and text_at(tokens, start + 1) == "." and "self" not in self.names:
            self.found = True
            return [], 2
        if token.kind != "name" or token.text not in notation.LIBRARIES or token.text in self.names:
            return None
        parts = [each.text for each in tokens[start : start + MOST_PARTS]]
        match = _PREFIXED.match(" ".join(parts))
        if match is None or (start and is_op(tokens[start - 1], ".")):
            return None
        self.found = True
        length = match[0].count(" ") + 1
        last = tokens[start + length - 1]
        end = closing(tokens, start + length) if text_at(tokens, start + length) == "(" else len(tokens)
        if last.text == "batch_norm" and call_form(last.text, tokens[start + length :]).count > 1:
            place = start + length + 1 + len(split(tokens[start + length + 1 : end], between=",")[0])
            if [each.text for each in tokens[place : place + 4]] != [",", "None", ",", "None"]:
                hint = "batch_norm(x, w, b) takes the averages of x"
                raise wrong("batch_norm with averages of earlier runs is not read", last.span, "AG603", hint=hint)
            self.dropped.update(map(id, tokens[place : place + 4]))
        if last.text in ("PI", "E"):
            return [last.named(last.text.lower())], length
        text = self.here(last.text, set(parts[: length - 1 : 2]), tokens[start + length :])
        return [Node(last.kind, text, *last.span, token.blank, "", True)], length

    def of_excel(self, tokens: Sequence[Node], start: int, name: str) -> Change:
        """``VAR.S(x)``; ``NORM.DIST(x, m, s, FALSE)``, a density, with TRUE a distribution function."""
        end = closing(tokens, start + 3)
        last = text_at(tokens, end - 1)
        if name == "norm" and last in ("TRUE", "FALSE"):
            self.dropped.update(map(id, tokens[end - 2 : end]))
            name = "pnorm" if last == "TRUE" else "dnorm"
        return [tokens[start].named(name)], 3

    def here(self, name: str, libraries: set[str], behind: Sequence[Node]) -> str:
        """The name here of what code of these libraries calls so; what it means otherwise is noted."""
        function = find(name)
        for each in () if function is None else function.alternatives:
            if not libraries.isdisjoint(each.libraries) and each.when(call_form(name, behind)):
                name = each.name or name
                if each.note:
                    self.notes.setdefault(each.note, "AG419")
        return name

    def divided(self, tokens: Sequence[Node], place: int) -> Change:
        """``N(x | m, s)`` and ``KL(p || q)`` with commas in place of the one bar, or ``;``, among their arguments."""
        token, name = tokens[place], notation.DISTRIBUTIONS.get(tokens[place].text)
        end = closing(tokens, place + 1) if text_at(tokens, place + 1) == "(" else len(tokens)
        if end == len(tokens) or token.text in self.names or not (name or token.text in notation.DEFINED):
            return None
        inner = tokens[place + 2 : end]
        marks = [each for each in inner if each.text == ";"] or [each for each in inner if each.kind == "bar"]
        at = position(inner, marks[0].text) if len(marks) == 1 else -1
        if at < 0:
            return None
        if name == "N":
            said = f"{text_of(tokens[place : end + 1])} was read as the normal density"
            self.notes.setdefault(f"{said}, whose last argument is the variance", "AG417")
        arguments = [tokens[place + 1], *inner[:at], *signs(",", inner[at].span), *inner[at + 1 :], tokens[end]]
        return [token.named(f"d{name}" if name else token.text), *arguments], end + 1 - place

    def distribution(self, name: str, tokens: list[Node]) -> bool:
        """Whether a statement only gives a name to a distribution of PyTorch: ``dist = Normal(mu, sigma)``."""
        whole = text_at(tokens, 1) == "(" and closing(tokens, 1) == len(tokens) - 1
        made = whole and tokens[0].text[:1].isupper() and tokens[0].text in notation.DISTRIBUTIONS
        if made and tokens[0].text not in self.names:
            self.distributions[name] = tokens
            return True
        return False

    def density(self, tokens: Sequence[Node], place: int) -> Change:
        """``norm.logpdf(x, mu, sigma)`` of SciPy, ``Normal(mu, sigma).log_prob(x)`` of PyTorch: ``dnorm`` of R."""
        token, behind, parameters = tokens[place], place + 1, list[Node]()
        if token.text == "kl_divergence":
            return self.divergence(tokens, place)
        if (named := self.distributions.get(token.text)) is not None and text_at(tokens, behind) == ".":
            change = self.density([*named, *tokens[behind:]], 0)
            return None if change is None else (change[0], change[1] + 1 - len(named))
        if token.text in notation.DISTRIBUTIONS and text_at(tokens, behind) == "(":
            end = closing(tokens, behind)
            parameters, behind = [*signs(",", token.span), *tokens[behind + 1 : end]], end + 1
        method = text_at(tokens, behind + 1)
        wanted = ("pdf", "pmf", "logpdf", "logpmf", "cdf", *(("log_prob", "entropy") if parameters else ()))
        function = {"cdf": "p", "entropy": "h"}.get(method, "d") + notation.DISTRIBUTIONS.get(token.text, "")
        function += "_logits" * ("logits=" in text_of(parameters).replace(" ", ""))
        if text_at(tokens, behind) != "." or method not in wanted or function not in notation.DEFINED:
            return None
        end = closing(tokens, behind + 2)
        if end == len(tokens) or token.text in self.names:
            return None
        self.found = True
        given = parameters if end > behind + 3 else parameters[1:]
        made = [token.named(function), *tokens[behind + 2 : end], *given, tokens[end]]
        return [token.named("log"), *bracketed(made)] if "log" in method else made, end + 1 - place

    def divergence(self, tokens: Sequence[Node], place: int) -> Change:
        """``kl_divergence(p, q)`` of PyTorch, of two normal distributions."""
        end = closing(tokens, place + 1) if text_at(tokens, place + 1) == "(" else len(tokens)
        parts = [self.distributions.get(part[0].text, part) for part in split(tokens[place + 2 : end], between=",")]
        if end == len(tokens) or len(parts) != 2 or any(part[0].text != "Normal" for part in parts):
            return None
        self.found = True
        given = [each for part in parts for each in (*signs(",", tokens[place].span), *part[2:-1])][1:]
        return [tokens[place].named("klnorm"), tokens[place + 1], *given, tokens[end]], end + 1 - place

    def result(self, tokens: Sequence[Node], place: int) -> Change:
        """``slogdet(A)[1]``, ``torch.linalg.svd(A).S``: one result of a function that has several.

        Of PyTorch's pairs of values and positions, ``x.max(dim=1).values`` and ``torch.sort(x)[0]``, the values.
        """
        end = closing(tokens, place + 1) if text_at(tokens, place + 1) == "(" else len(tokens)
        sign, which, closes, *_ = [*(each.text for each in tokens[end + 1 : end + 4]), "", "", ""]
        results = notation.RESULTS.get(tokens[place].text, ())
        name, length = notation.OF_RESULTS.get(which) if sign == "." else None, 3
        if sign == "[" and closes == "]" and which.isdigit() and int(which) < max(len(results), 1):
            name, length = [*results, None][int(which)], 4
        if results and name is not None:
            # full_matrices=False is none of their arguments here
            given = split(tokens[place + 2 : end], between=",")[: 1 + (results[0] == "moments_mean")]
            inner = [part for each in given for part in (*signs(",", tokens[place].span), *each)][1:]
            return [tokens[place].named(name), tokens[place + 1], *inner, tokens[end]], end + length - place
        if (sign, which) == (".", "values") or length == 4:
            form = call_form(tokens[place].text, tokens[place + 1 :])
            form = replace(form, count=form.count + (text_at(tokens, place - 1) == "."))
            function = find(form.name) if sign == "." or self.of_torch or "dim" in form.keywords else None
            if function is not None and any(each.pair and each.when(form) for each in function.alternatives):
                self.dropped.update(map(id, tokens[end + 1 : end + length]))
        return None

    def method(self, tokens: Sequence[Node], place: int) -> Change:
        """``x.cuda()`` is ``x``, ``x.t()`` is ``x.T``."""
        name = tokens[place + 1] if place + 1 < len(tokens) else None
        if not place or not is_op(tokens[place], ".") or name is None or name.kind not in ("name", "T"):
            return None
        dot, called = tokens[place], text_at(tokens, place + 2) == "("
        end = closing(tokens, place + 2) if called else place + 1
        if called and _TRUTH.search(text_of(tokens[place + 1 : end])):
            return is_not_0(dot), end + 1 - place
        if called and name.text in _IGNORED:
            self.found = True
            if name.text not in ("item", "requires_grad_", "retain_grad"):
                self.notes.setdefault(f".{name.text}(...) changes no number and was left out", _LOST)
            return [], end + 1 - place
        if called and name.text in ("powi", "powf", "ln"):  # of Rust
            return [dot, name.named("log" if name.text == "ln" else "pow")], 2
        if called and name.text == "t" and end == place + 3 < len(tokens):
            return [dot, Node("T", "T", name.start, tokens[end].end)], 4
        if name.text == "data" and not called:
            self.notes.setdefault(".data was read as .detach()", _LOST)
            return [dot, name.named("detach"), *signs("()", (name.end - 1, name.end))], 2
        return None

    def setting(self, tokens: Sequence[Node], place: int) -> Change:
        """Arguments such as ``dtype=`` and ``requires_grad=`` are left out."""
        if place and tokens[place].text in ("steps", "num") and text_at(tokens, place + 1) == "=":
            return [], 2
        name = text_at(tokens, place + 1)
        matters = name == "training" and text_at(tokens, place + 3) == "False"
        if tokens[place].text != "," or name not in _SETTINGS or text_at(tokens, place + 2) != "=" or matters:
            return None
        depth, end = 0, place + 3
        while end < len(tokens) and not (depth == 0 and tokens[end].kind in ("close", "sep")):
            depth += (tokens[end].kind == "open") - (tokens[end].kind == "close")
            end += 1
        if name == "dtype" and not re.fullmatch(f"dtype|{KINDS_OF_NUMBERS}", tokens[end - 1].text.strip("'\"")):
            return None
        self.found = True
        if _TRUTH.search(text_of(tokens[place:end])) and text_at(tokens, end) == ")":
            return [tokens[end], *is_not_0(tokens[end])], end + 1 - place
        return [], end - place

    def with_layers(self, tokens: Sequence[Node]) -> list[Node]:
        """Tokens with the layers in them called."""
        return rewritten(tokens, self.layer_called, ("(",))

    def renamed(self, tokens: Sequence[Node], place: int) -> Change:
        """Functions by their names here; ``tensor([1, 2])`` is ``[1, 2]``, ``float('inf')`` is ``inf``."""
        token = tokens[place]
        if token.kind != "name" or text_at(tokens, place + 1) != "(" or token.text in self.names:
            return None
        end = closing(tokens, place + 1)
        if self.of_r and token.text == "t" and end < len(tokens):
            inner = rewritten(tokens[place + 1 : end], self.renamed, ("(",))
            return [*inner, tokens[end], Node("quote", "'", *tokens[end].span)], end + 1 - place
        if self.of_r and token.text == "c" and is_literal(tokens[place + 2 : end]) and end < len(tokens):
            inner = [*signs("[", tokens[place + 1].span), *tokens[place + 2 : end], *signs("]", tokens[end].span)]
            return inner, end + 1 - place
        constant = {"PI": "pi", "epsilon": "1e-7"}.get(token.text)
        if constant is not None and end == place + 2:
            return [Node("name" if constant == "pi" else "num", constant, *token.span, token.blank)], 3
        parts = split(tokens[place + 2 : end], between=",")
        lines = split(parts[0][1:-1], between=",") if token.text == "block" and len(parts) == 1 else []
        if len(lines) > 1 and all(line[0].text == "[" for line in lines):  # [A, B; C, D]
            lines = [[Node("sep", ";", *token.span), *rewritten(each[1:-1], self.renamed, ("(",))] for each in lines]
            return [parts[0][0], *[each for line in lines for each in line][1:], parts[0][-1]], end + 1 - place
        if token.text == "cast" and len(parts) == 2:
            self.dropped.update(map(id, tokens[end - len(parts[1]) - 1 : end]))
            return [], 1
        if token.text == "bsxfun" and len(parts) == 3 and is_op(parts[0][0], "@") and parts[0][1].text in _BSXFUN:
            sign = Node("op", _BSXFUN[parts[0][1].text], *token.span)
            return bracketed([*bracketed(parts[1], token), sign, *bracketed(parts[2], token)]), end + 1 - place
        mapped = text_at(tokens, place + 2)
        maps = token.text in ("sum", "prod", "mean", "maximum", "minimum") and text_at(tokens, place + 3) == ","
        if maps and mapped not in self.names and notation.function_named(mapped) is not None and end < len(tokens):
            called = [*signs("(", tokens[place + 3].span), *tokens[place + 4 : end + 1], tokens[end]]
            name = token.named(token.text.removesuffix("imum"))  # sum(abs2, x), maximum(abs, x) of Julia
            return [name, *tokens[place + 1 : place + 3], *called], end + 1 - place
        if token.text == "float" and text_at(tokens, place + 3) == ")" and tokens[place + 2].kind == "str":
            word = tokens[place + 2].text.strip("'\"").lower()
            if word.lstrip("+-") in ("inf", "infinity", "nan"):
                minus = [Node("op", "-", *token.span)] * word.startswith("-")
                number = "nan" if "nan" in word else "inf"
                return [*minus, Node("name", number, token.start, tokens[place + 3].end, token.blank, "", True)], 4
        if token.text in CONSTRUCTORS and find(token.text) is None:
            self.found = True
            if any(each.kind == "sep" for each in tokens[place + 2 : end]) and closing(tokens, place + 2) != end - 1:
                return [], 1
            self.dropped.update(id(each) for each in tokens[end : end + 1])
            return [], 2
        return None


def is_not_0(place: Node) -> list[Node]:
    """``.ne(0)`` in the place of a token: what numbers are as conditions."""
    return [*signs(".", place.span), Node("name", "ne", *place.span), *signs("(0)", place.span)]


def with_values(tokens: Sequence[Node], values: Mapping[str, Sequence[Node]]) -> list[Node]:
    """The tokens with what names stand for. Raises LimitError where that is too long."""
    found: list[Node] = []
    for place, token in enumerate(tokens):
        named = token.kind == "name" and token.text in values and not (place and is_op(tokens[place - 1], "."))
        found += values[token.text] if named else [token]
        if len(found) > MAX_TOKENS:
            raise LimitError("a function or loop is too long to be written out", code="AG803")
    return found


def text_of(tokens: Sequence[Node]) -> str:
    """The tokens as text."""
    return "".join(" " * (token.blank and number > 0) + token.text for number, token in enumerate(tokens))


def call_form(name: str, tokens: Sequence[Node]) -> CallForm:
    """How a call of ``name`` is written whose bracket comes first; without arguments where none does."""
    given = split(tokens[1 : closing(tokens, 0)], between=",") if text_at(tokens, 0) == "(" else []
    keywords = frozenset(each[0].text for each in given if text_at(each, 1) == "=")
    further = [(token, text_at(each, at)) for each in given[1:] for at, token in enumerate(each, 1)]
    computed = any(token.kind == "name" and following != "=" for token, following in further)
    return CallForm(name, len(given), keywords, computed=computed)
