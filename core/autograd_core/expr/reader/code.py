"""Code of PyTorch, NumPy, JAX and TensorFlow as the language has it: without what cannot matter for a gradient."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from autograd_core.expr.reader import notation
from autograd_core.expr.reader.item import Notes
from autograd_core.expr.reader.names import Names
from autograd_core.expr.reader.notation import words
from autograd_core.expr.reader.tokens import Token, is_op
from autograd_core.number_text import KINDS_OF_NUMBERS
from autograd_core.ops.registry import find
from autograd_core.ops.signature import CallForm
from autograd_core.ops.spec import Shape

CONSTRUCTORS = words(
    "tensor array Variable FloatTensor DoubleTensor Tensor asarray as_tensor constant matrix Parameter float32 "
    "float64 from_numpy LongTensor Value"
)
"""Functions that make an array of what is written out, and so mean what they are given."""

GENERATORS = words("randn rand zeros ones arange linspace eye full empty normal uniform identity")
_IGNORED = words(
    "clone cuda cpu to float double contiguous numpy requires_grad_ retain_grad item astype type half long"
)
"""Methods that change where or how numbers are kept, and not what they are."""

_SETTINGS = words("requires_grad dtype device retain_graph create_graph order requires_grad_ name inplace")
_LOST = "AG418"


def closing(tokens: Sequence[Token], opening: int) -> int:
    """The place of the bracket that closes the one at ``opening``; the end where none does."""
    depth = 0
    for place in range(opening, len(tokens)):
        if tokens[place].kind == "open":
            depth += 1
        elif tokens[place].kind == "close":
            depth -= 1
            if depth == 0:
                return place
    return len(tokens)


class Code:
    """Rewrites the tokens of code; ``found`` says whether there was anything of a library in them."""

    def __init__(self, names: Names, notes: Notes, shape_of: Callable[[str], Shape | None]) -> None:
        self.names = names
        self.shape_of = shape_of
        self.notes = notes
        self.found = False
        self.matlab = False
        self.layers: dict[str, tuple[str, list[Token]]] = {}

    def plain(self, tokens: Sequence[Token]) -> list[Token]:
        """The tokens without prefixes of libraries, settings and methods that do not matter."""
        return self.renamed(self.called(self.settings(self.methods(self.sizes(self.prefixes(list(tokens)))))))

    def sizes(self, tokens: list[Token]) -> list[Token]:
        """``len(x)``, ``X.shape[0]``, ``X.size(0)``, ``x.numel()``: the numbers that these are."""
        found: list[Token] = []
        place = 0
        while place < len(tokens):
            size, length = self.size(tokens[place : place + 6])
            if length and length < len(tokens):
                first, last = tokens[place], tokens[place + length - 1]
                if isinstance(size, int):
                    found.append(Token("num", str(size), first.start, last.end, first.blank))
                else:
                    text = [",".join(map(str, size))] if size is not None else []
                    found += [Token("open", "(", first.start, first.end)]
                    for number in ",".join(text).split(","):
                        found += [Token("num", number, first.start, last.end), Token("sep", ",", first.start, last.end)]
                    found[-1] = Token("close", ")", first.start, last.end)
                self.found = True
            else:
                found.append(tokens[place])
            place += length or 1
        return found

    def size(self, tokens: Sequence[Token]) -> tuple[int | Shape | None, int]:
        """The number that some tokens begin with, or the whole shape, and how many tokens say it; 0 for none."""
        words = [token.text for token in tokens]
        if tokens[0].kind != "name" or len(words) < 3:
            return None, 0
        if self.matlab and words[:2] == ["size", "("] and words[3::2] == [",", ")"]:
            shape = self.shape_of(words[2])
            if shape and words[4].isdigit() and 0 < int(words[4]) <= len(shape):
                return shape[int(words[4]) - 1], 6
        if (
            words[0] in ("len", "length", "numel")
            and words[0] not in self.names
            and words[1] == "("
            and words[3:4] == [")"]
        ):
            shape = self.shape_of(words[2])
            if shape:
                return int(np.prod(shape)) if words[0] == "numel" else max(shape) if words[0] == "length" else shape[
                    0
                ], 4
        shape = self.shape_of(words[0]) if words[1] == "." else None
        if shape is None or words[2] not in ("shape", "size", "numel"):
            return None, 0
        if words[3:4] in (["["], ["("]) and len(words) == 6 and words[4].isdigit() and int(words[4]) < len(shape):
            return shape[int(words[4])], 6
        if words[3:5] == ["(", ")"]:
            return (int(np.prod(shape)), 5) if words[2] == "numel" else (None, 0)
        if words[3:4] in (["["], ["("]):
            return None, 0
        return (int(np.prod(shape)), 3) if words[2] == "size" else (shape, 3)

    def layer(self, name: str, tokens: Sequence[Token]) -> bool:
        """Whether a statement only gives a name to a layer or a loss, as ``criterion = nn.MSELoss()``."""
        function = notation.function_of_class(tokens[0].text) if tokens[0].kind == "name" else None
        if function is None or len(tokens) < 3 or tokens[1].text != "(" or closing(tokens, 1) != len(tokens) - 1:
            return False
        self.layers[name] = (function, list(tokens[2:-1]))
        self.found = True
        return True

    def called(self, tokens: list[Token]) -> list[Token]:
        """``nn.MSELoss()(x, y)`` is ``mse_loss(x, y)``."""
        found: list[Token] = []
        place = 0
        while place < len(tokens):
            token = tokens[place]
            function, settings = self.layers.get(token.text, (None, []))
            opening = place + 1
            if function is None and token.kind == "name" and opening < len(tokens) and tokens[opening].text == "(":
                end = closing(tokens, opening)
                if end + 1 < len(tokens) and tokens[end + 1].text == "(":
                    function = notation.function_of_class(token.text)
                    settings, opening = tokens[opening + 1 : end], end + 1
            if function is None or opening >= len(tokens) or tokens[opening].text != "(":
                found.append(token)
                place += 1
                continue
            end = closing(tokens, opening)
            found.append(Token("name", function, token.start, token.end, token.blank, "", True))
            found += tokens[opening:end]
            if settings:
                found += [Token("sep", ",", token.start, token.end), *settings]
            self.found = True
            place = end
        return found

    def prefixes(self, tokens: list[Token]) -> list[Token]:
        """``torch.nn.functional.relu`` is ``relu``."""
        found: list[Token] = []
        place = 0
        while place < len(tokens):
            token = tokens[place]
            behind = found[-1] if found else None
            if token.kind == "name" and token.text in notation.LIBRARIES and token.text not in self.names:
                start, blank = place, token.blank
                while (
                    not is_op(behind, ".")
                    and place + 2 < len(tokens)
                    and is_op(tokens[place + 1], ".")
                    and (place == start or tokens[place].text in notation.SUBMODULES)
                ):
                    place += 2
                if place > start:
                    self.found = True
                    token = tokens[place]
                    text = self.here(token.text, {each.text for each in tokens[start:place:2]}, tokens[place + 1 :])
                    found.append(Token(token.kind, text, token.start, token.end, blank, "", True))
                    place += 1
                    continue
            found.append(token)
            place += 1
        return found

    def here(self, name: str, libraries: set[str], behind: Sequence[Token]) -> str:
        """The name here of what code of these libraries calls so; what it means otherwise is noted."""
        function = find(name)
        for each in () if function is None else function.alternatives:
            if not libraries.isdisjoint(each.libraries) and each.when(call_form(name, behind)):
                name = each.name or name
                if each.note:
                    self.notes.add("AG419", each.note)
        return name

    def methods(self, tokens: list[Token]) -> list[Token]:
        """``x.cuda()`` is ``x``, ``x.t()`` is ``x.T``."""
        found: list[Token] = []
        place = 0
        while place < len(tokens):
            token = tokens[place]
            name = tokens[place + 1] if place + 1 < len(tokens) else None
            if is_op(token, ".") and name is not None and name.kind in ("name", "T") and found:
                called = place + 2 < len(tokens) and tokens[place + 2].text == "(" and tokens[place + 2].kind == "open"
                end = closing(tokens, place + 2) if called else place + 1
                if called and name.text in _IGNORED:
                    self.found = True
                    if name.text not in ("item", "requires_grad_", "retain_grad"):
                        self.notes.add(_LOST, f".{name.text}(...) changes no number and was left out")
                    place = end + 1
                    continue
                if called and name.text == "t" and end == place + 3 < len(tokens):
                    found += [token, Token("T", "T", name.start, tokens[end].end)]
                    place = end + 1
                    continue
                if name.text == "data" and not called:
                    self.notes.add(_LOST, ".data was read as .detach()")
                    found += [token, Token("name", "detach", name.start, name.end, whole=True)]
                    found += [Token("open", "(", name.end - 1, name.end), Token("close", ")", name.end - 1, name.end)]
                    place += 2
                    continue
            found.append(token)
            place += 1
        return found

    def settings(self, tokens: list[Token]) -> list[Token]:
        """Arguments such as ``dtype=`` and ``requires_grad=`` are left out."""
        found: list[Token] = []
        place = 0
        while place < len(tokens):
            token = tokens[place]
            following = tokens[place + 1 : place + 3]
            if token.text in ("steps", "num") and is_op(tokens[place + 1] if place + 1 < len(tokens) else None, "="):
                place += 2
                continue
            if (
                token.kind == "sep"
                and token.text == ","
                and len(following) == 2
                and following[0].text in _SETTINGS
                and is_op(following[1], "=")
            ):
                depth = 0
                end = place + 3
                while end < len(tokens) and not (
                    depth == 0 and (tokens[end].kind == "close" or tokens[end].kind == "sep")
                ):
                    depth += (tokens[end].kind == "open") - (tokens[end].kind == "close")
                    end += 1
                if following[0].text != "dtype" or re.fullmatch(KINDS_OF_NUMBERS, tokens[end - 1].text.strip("'\"")):
                    place = end
                    self.found = True
                    continue
            found.append(token)
            place += 1
        return found

    def renamed(self, tokens: list[Token]) -> list[Token]:
        """Functions by their names here; ``tensor([1, 2])`` is ``[1, 2]``, ``float('inf')`` is ``inf``."""
        found: list[Token] = []
        skipped: set[int] = set()
        for place, token in enumerate(tokens):
            if place in skipped:
                continue
            called = place + 1 < len(tokens) and tokens[place + 1].kind == "open" and tokens[place + 1].text == "("
            if token.kind != "name" or not called or token.text in self.names:
                found.append(token)
                continue
            end = closing(tokens, place + 1)
            inner = tokens[place + 2 : end]
            if token.text == "float" and len(inner) == 1 and inner[0].kind == "str":
                word = inner[0].text.strip("'\"").lower()
                sign = word[:1] if word[:1] == "-" else ""
                if word.lstrip("+-") in ("inf", "infinity", "nan"):
                    number = "nan" if "nan" in word else "inf"
                    found += [Token("op", "-", token.start, token.end)] * bool(sign)
                    found.append(Token("name", number, token.start, inner[-1].end + 1, token.blank, "", True))
                    skipped.update(range(place + 1, end + 1))
                    continue
            if token.text in CONSTRUCTORS and find(token.text) is None:
                self.found = True
                if not any(each.kind == "sep" for each in inner) or closing(tokens, place + 2) == end - 1:
                    skipped.update((place + 1, end))
                continue
            name = notation.function_named(token.text)
            if name is not None and find(token.text) is None and "_" in token.text + "_" * (name != token.text.lower()):
                token = Token("name", name, token.start, token.end, token.blank, "", True)
            found.append(token)
        return found


def joined(tokens: Sequence[Token]) -> tuple[str, list[int]]:
    """Tokens as text, with the place of each character."""
    text: list[str] = []
    origin: list[int] = []
    for token in tokens:
        if token.blank and text:
            text.append(" ")
            origin.append(max(token.start - 1, 0))
        text.append(token.text)
        if len(token.text) == token.end - token.start:
            origin += range(token.start, token.end)
        else:
            origin += [token.start] * (len(token.text) - 1) + [max(token.end - 1, token.start)]
    return "".join(text), origin


def call_form(name: str, tokens: Sequence[Token]) -> CallForm:
    """How a call of ``name`` is written whose bracket comes first; without arguments where none does."""
    keywords: set[str] = set()
    depth = count = 0
    computed = False
    for token, following in pairwise(tokens):
        depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
        if depth == 0:
            break
        if depth == 1:
            count += token.text == "," or count == 0
            if token.kind == "name" and following.text == "=":
                keywords.add(token.text)
        computed |= count > 1 and token.kind == "name" and following.text != "="
    return CallForm(name, count, frozenset(keywords), computed=computed)
