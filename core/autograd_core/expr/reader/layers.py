"""Layers and losses of PyTorch that code makes first and calls later, with the weights that they have."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

from autograd_core.expr.apply import ABSENT, unknown_function
from autograd_core.expr.reader import notation
from autograd_core.expr.reader.names import Names
from autograd_core.expr.reader.tree import Change, Node, closing, split, text_at


class Layer(NamedTuple):
    """A function of the language, its settings, and the names of the weights that it takes."""

    function: str
    settings: Sequence[Node]
    weights: Sequence[str] = ()


class Layers(ABC):
    """What stands for layers in code; ``weights`` are the values that those of a shape may have, by their names."""

    names: Names
    notes: dict[str, str]
    layers: dict[str, list[Layer]]
    weights: dict[str, str]
    found: bool

    @abstractmethod
    def with_layers(self, tokens: Sequence[Node]) -> list[Node]:
        """Tokens with the layers in them called."""

    def layer(self, name: str, tokens: Sequence[Node]) -> bool:
        """Whether a statement only gives a name to a layer, a loss or several: ``criterion = nn.MSELoss()``."""
        made = self.stages(name, tokens)
        if made:
            self.layers[name] = made
            self.found = True
        return bool(made)

    def stages(self, name: str, tokens: Sequence[Node]) -> list[Layer]:
        """The layers that ``nn.Linear(3, 2)`` or ``nn.Sequential(...)`` makes under a name; none for anything else."""
        if len(tokens) < 3 or tokens[0].kind != "name" or tokens[1].text != "(" or closing(tokens, 1) < len(tokens) - 1:
            return []
        if tokens[0].text == "Sequential":
            inner = [self.stages(f"{name}_{at}", part) for at, part in enumerate(split(tokens[2:-1], between=","))]
            return [each for part in inner for each in part] if all(inner) else []
        if tokens[0].text == "Linear":
            return self.linear(name, tokens[2:-1])
        if any(token.kind == "name" and token.text in self.names for token in tokens[2:-1]):  # h = ReLU(W x)
            return []
        function = notation.function_of_class(tokens[0].text)
        return [] if function is None or tokens[0].text in ABSENT else [Layer(function, tokens[2:-1])]

    def linear(self, name: str, settings: Sequence[Node]) -> list[Layer]:
        """``nn.Linear(3, 2)``: a weight of 2 rows and 3 columns and a bias, which are inputs."""
        parts = ["".join(each.text for each in part) for part in split(settings, between=",")]
        sizes = [part.rpartition("=")[2] for part in parts if part.rpartition("=")[2].isdigit()]
        if len(sizes) != 2:
            return []
        bias = "bias=False" not in parts
        values = {f"{name}_weight": f"rand({sizes[1]},{sizes[0]})", f"{name}_bias": f"rand({sizes[1]},)"}
        given = dict([*values.items()][: 1 + bias])
        self.weights |= given
        shown = f"x @ {name}_weight.T{f' + {name}_bias' * bias}"
        self.notes.setdefault(f"nn.Linear({', '.join(sizes)}) is {shown}, whose weights are inputs", "AG417")
        return [Layer("linear", (), [*given])]

    def layer_called(self, tokens: Sequence[Node], place: int) -> Change:
        """``nn.MSELoss()(x, y)`` is ``mse_loss(x, y)``."""
        token, opening = tokens[place], place + 1
        known = self.layers.get(token.text, [])
        called = token.kind == "name" and text_at(tokens, opening) == "(" and (known or token.text not in self.names)
        end = closing(tokens, opening) if called else len(tokens)
        if not known and called and text_at(tokens, end + 1) == "(":
            known = self.stages(token.text.lower(), tokens[place : end + 1])
            opening, end = end + 1, closing(tokens, end + 1)
        if called and not known and token.text in ABSENT and token.text != "Linear":
            raise unknown_function(token.text).at(token.span)
        if not known or end >= len(tokens):
            return None
        self.found = True
        inner = self.with_layers(tokens[opening + 1 : end])
        for layer in known:
            weights = [Node("name", each, *tokens[end].span, whole=True) for each in layer.weights]
            parts = [inner, *([list(layer.settings)] if layer.settings else []), *([each] for each in weights)]
            flat = [each for part in parts for each in (Node("sep", ",", *token.span), *part)][1:]
            inner = [token.named(layer.function), tokens[opening], *flat, tokens[end]]
        return inner, end + 1 - place
