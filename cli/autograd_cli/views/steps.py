"""Backprop worked out: what was computed on the way forward, then every gradient on the way back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any, TypeVar

from autograd_cli.document import blocks as doc
from autograd_cli.document.blocks import Text
from autograd_cli.views.mathematics import letters
from autograd_core.number_text import Array
from autograd_core.report import Graph
from autograd_core.worked_steps import Backward, Passed, Steps

T = TypeVar("T")

MANY = 60
"""Values of a pass above which those in the middle are left out unless everything is asked for."""

_ENDS = 20
_MOST_JACOBIAN = 32


def steps_blocks(steps: Steps, look: doc.Display, graph: Graph | None = None) -> list[list[doc.Block]]:
    """The forward table and the backward pass; what stands for a node of the ``graph`` knows its id."""
    nodes = () if graph is None else graph.nodes
    inner = [node for node in nodes if node.op is not None]
    leaves = [node for node in nodes if node.op is None]
    back = [node.id for node in (*inner[::-1], *leaves) if node.value.requires_grad]
    places = dict(zip(map(id, steps.backward), back, strict=False))
    entries = [
        _entry("", Text(f"{name.text} = {rule.text}"), value, name.latex, rule.latex, node=node)
        for (name, rule, value), node in zip_longest(
            ((each.symbol, each.formula, each.value) for each in steps.forward), (node.id for node in inner)
        )
    ]
    first, left_out, last = _ends(entries, look)
    forward = [doc.Group([], each) for each in (first, last) if each]
    forward[1:1] = left_out
    summed = {each.name.text for each in steps.backward if each.paths}
    groups = [_group(each, summed, places) for each in steps.backward if each.formula is not None]
    early, between, late = _ends(groups, look)
    return [
        [doc.Title("forward", 3), doc.Derivation(forward, "forward")],
        [doc.Title("backward", 3), doc.Lines([[_meaning(steps)]], hang=0)],
        [doc.Derivation([*early, *between, *late, *_inputs(steps, places)], "backward")],
    ]


def _ends(found: list[T], look: doc.Display) -> tuple[list[T], list[doc.Group], list[T]]:
    """The first and the last, where they are many, with a line between them that says how many are left out."""
    if len(found) <= MANY or look.full or look.page:
        return found, [], []
    words = f"... {len(found) - 2 * _ENDS} values left out; --full shows all of them"
    return found[:_ENDS], [doc.Group([words], [])], found[-_ENDS:]


def _entry(label: str, text: Text, value: Array, *latex: str, node: int | None = None) -> doc.Entry:
    return doc.Entry(label, text, value, tuple(map(letters, latex)), node)


def _meaning(steps: Steps) -> str:
    """What the names of gradients stand for."""
    root, *others = steps.backward
    if not steps.forward or not others:
        return "the result is an input: its gradient is the grad tensor itself"
    one, name = others[0], root.symbol.text
    whole = f"{name} by {one.symbol.text}"
    if root.gradient.shape != ():
        whole = f"v.{whole} (v is the grad tensor)"
    return f"{one.name.text} is the gradient of {whole}, and so on; an operation multiplies by its local derivative"


def _group(step: Backward, summed: set[str], places: Mapping[int, int]) -> doc.Group:
    """The gradient of a value, and what goes out to each operand."""
    assert step.formula is not None
    latex = f"{letters(step.symbol.latex)} = {letters(step.formula.latex)}"
    title = Text(f"{step.symbol.text} = {step.formula.text}", doc.STRONG, latex)
    entries = [*_arrival(step), *(entry for passed in step.passed for entry in _passed(step, passed, summed))]
    return doc.Group([title, "  ", Text(step.grad_fn or "", doc.FUNCTION)], entries, places.get(id(step)))


def _arrival(step: Backward, role: str = "") -> Iterator[doc.Entry]:
    """The gradient of a value; where the value is used more than once, what came on each way before their sum."""
    name = step.name.latex
    for path in step.paths:
        through = rf"\left. {name} \right|_{{{path.through.latex}}}"
        yield _entry("via", Text(path.through.text), path.gradient, through)
    yield _entry("sum" if step.paths else "in", Text(step.name.text, role), step.gradient, name)


def _passed(step: Backward, passed: Passed, summed: set[str]) -> Iterator[doc.Entry]:
    """The local derivative by one operand, and what goes out to it; ``+=`` where more comes on other ways."""
    target = passed.symbol.text
    slope = f"∂{step.symbol.text}/∂{target.removeprefix(step.name.text.removesuffix(step.symbol.text))}"
    under = passed.symbol.latex.rsplit(r"}{\partial ", 1)[1][:-1]
    partial = rf"\frac{{\partial {step.symbol.latex}}}{{\partial {under}}}"
    if passed.local is not None and passed.local_value is not None:
        text = Text(f"{slope} = {passed.local.text}", symbol=True)
        yield _entry("local", text, passed.local_value, partial, passed.local.latex)
    elif passed.local_value is not None and passed.local_value.size <= _MOST_JACOBIAN:
        yield _entry("local", Text(f"{slope}, the Jacobian", symbol=True), passed.local_value)
    text = Text(f"{target} {'+=' if target in summed else '='} {passed.rule.text}", doc.FORMULA)
    yield _entry("out", text, passed.gradient, passed.symbol.latex, passed.rule.latex)


def _inputs(steps: Steps, places: Mapping[int, int]) -> Iterator[doc.Group]:
    """The gradients of the inputs: those that came on several ways, each with its sum, then all others."""
    leaves = [each for each in steps.backward if each.formula is None]
    for step in (each for each in leaves if each.paths):
        words = f" is used {len(step.paths)} times: its gradient is the sum over the ways"
        symbol = Text(step.symbol.text, latex=letters(step.symbol.latex))
        yield doc.Group([symbol, words], list(_arrival(step, doc.STRONG)), places.get(id(step)))
    single = [
        _entry("", Text(each.name.text, doc.STRONG), each.gradient, each.name.latex, node=places.get(id(each)))
        for each in leaves
        if not each.paths
    ]
    if single:
        yield doc.Group(["inputs that are used once" if len(single) < len(leaves) else "inputs"], single)


def slopes_of(graph: Graph, steps: Steps) -> dict[tuple[int, int], str]:
    """The local derivative along each edge, from an operand to the node that uses it, where entries stay apart."""
    wanted = {node.id for node in graph.nodes if node.value.requires_grad}
    inner = [node for node in reversed(graph.nodes) if node.op is not None and node.id in wanted]
    found: dict[tuple[int, int], str] = {}
    for node, one in zip(inner, steps.backward, strict=False):
        operands = [each for each in node.inputs if each in wanted]
        for operand, passed in zip(operands, one.passed, strict=False):
            if passed.local is not None:
                found[operand, node.id] = f"local derivative {passed.local.text}"
    return found


def steps_json(steps: Steps) -> dict[str, Any]:
    """The steps for JSON."""
    forward = [
        {
            "name": each.symbol.text,
            "formula": each.formula.text,
            "latex": f"{each.symbol.latex} = {each.formula.latex}",
            "grad_fn": each.grad_fn,
            "shape": each.value.shape,
            "data": each.value,
        }
        for each in steps.forward
    ]
    backward = [
        {
            "name": each.symbol.text,
            "formula": None if each.formula is None else each.formula.text,
            "grad_fn": each.grad_fn,
            "grad_name": each.name.text,
            "shape": each.gradient.shape,
            "grad": each.gradient,
            "paths": [{"through": path.through.text, "grad": path.gradient} for path in each.paths],
            "passed": [_passed_json(passed) for passed in each.passed],
        }
        for each in steps.backward
    ]
    return {"seed": steps.seed, "forward": forward, "backward": backward}


def _passed_json(passed: Passed) -> dict[str, Any]:
    return {
        "grad_name": passed.symbol.text,
        "rule": passed.rule.text,
        "latex": f"{passed.symbol.latex} = {passed.rule.latex}",
        "local": None if passed.local is None else passed.local.text,
        "local_data": passed.local_value,
        "shape": passed.gradient.shape,
        "grad": passed.gradient,
    }
