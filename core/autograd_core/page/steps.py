"""What happens in the two passes, in order, as list items of a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from autograd_core.graph_data import GraphData, GraphNode
from autograd_core.page.markup import escape
from autograd_core.page.mathml import mathml
from autograd_core.page.numbers import one_line
from autograd_core.worked_steps import Backward, Forward, Passed, Steps

Text = Callable[[Any], str]
"""An array in one line."""


@dataclass(frozen=True, slots=True)
class StepItem:
    """One step: the node it is about, forward or backward, the operands that get a gradient, and its words as HTML."""

    node: int
    phase: str
    to: tuple[int, ...]
    words: str


def items_of(graph: GraphData, steps: Steps, text: Text = one_line) -> list[StepItem]:
    """Every step: values from the inputs to the result, then gradients back to the inputs; ``text`` writes arrays."""
    inner = [node for node in graph.nodes if node.op is not None]
    leaves = [node for node in graph.nodes if node.op is None and node.value.requires_grad]
    back = [*[node for node in reversed(inner) if node.value.requires_grad], *leaves]
    found = [
        StepItem(node.id, "forward", (), forward_words(one, text))
        for node, one in zip(inner, steps.forward, strict=True)
    ]
    found += [backward_item(node, one, text) for node, one in zip(back, steps.backward, strict=True)]
    return found


def formulas_of(graph: GraphData, steps: Steps) -> dict[int, str]:
    """What each node computes, in the names that the steps use."""
    inner = [node.id for node in graph.nodes if node.op is not None]
    return {number: f"{one.symbol.text} = {one.formula.text}" for number, one in zip(inner, steps.forward, strict=True)}


def slopes_of(graph: GraphData, steps: Steps) -> dict[tuple[int, int], str]:
    """The local derivative along each edge, from an operand to the node that uses it, where entries stay apart."""
    inner = [node for node in reversed(graph.nodes) if node.op is not None and node.value.requires_grad]
    wanted = {node.id for node in graph.nodes if node.value.requires_grad}
    found: dict[tuple[int, int], str] = {}
    for node, one in zip(inner, steps.backward, strict=False):
        operands = [each for each in node.inputs if each in wanted]
        for operand, passed in zip(operands, one.passed, strict=False):
            if passed.local is not None:
                found[operand, node.id] = f"local derivative {passed.local.text}"
    return found


def forward_words(one: Forward, text: Text) -> str:
    """A value that was computed."""
    made = f" by <code>{escape(one.grad_fn)}</code>" if one.grad_fn else ""
    return f"{mathml(f'{one.symbol.latex} = {one.formula.latex}')} = {number(one.value, text)}{made}"


def backward_item(node: GraphNode, one: Backward, text: Text) -> StepItem:
    """A gradient that is complete, and what it passes on to each operand."""
    whole = f"{mathml(one.name.latex)} = {number(one.gradient, text)}"
    if one.paths:
        parts = " + ".join(f"{number(path.gradient, text)} through {mathml(path.through.latex)}" for path in one.paths)
        whole += f", the sum of {parts}"
    if one.passed:
        whole += "<ul>" + "".join(f"<li>{passed_words(each, text)}</li>" for each in one.passed) + "</ul>"
    return StepItem(node.id, "backward", node.inputs, whole)


def passed_words(each: Passed, text: Text) -> str:
    """What goes to one operand, by which rule, with the local derivative."""
    local = f" (local derivative {mathml(each.local.latex)})" if each.local is not None else ""
    return f"to {mathml(each.symbol.latex)}: {mathml(each.rule.latex)} = {number(each.gradient, text)}{local}"


def number(array: object, text: Text) -> str:
    """An array in the type of numbers."""
    return f'<span class="number">{escape(text(array))}</span>'
