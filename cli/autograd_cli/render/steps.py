"""Backprop worked out: what was computed on the way forward, then every gradient on the way back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autograd_cli.columns import columns, fold
from autograd_cli.render import arrays
from autograd_cli.render.ink import FORMULA, FUNCTION, STRONG, Line, clean, folded
from autograd_cli.render.numbers import Array, json_numbers
from autograd_cli.render.view import View
from autograd_core.records import record
from autograd_core.solution import Backward, Passed, Steps

MANY = 60
"""Values of a pass above which those in the middle are left out unless everything is asked for."""

_ENDS = 20
_WIDEST_FORMULA = 44
_LEAST_VALUE = 16
_MOST_JACOBIAN = 32


@record(frozen=True, slots=True)
class Entry:
    """One line of the solution: a word for what it is, a formula, and its numbers."""

    label: str
    formula: str
    value: Array
    style: str = ""


@record(frozen=True, slots=True)
class Group:
    """What is said about one value: a title, and the entries below it."""

    title: Line
    entries: list[Entry]


def step_lines(steps: Steps, view: View) -> Iterator[Line]:
    """The forward table and the backward pass."""
    groups = [Group([], [_forward(each.symbol.text, each.formula.text, each.value) for each in steps.forward])]
    if len(steps.forward) > MANY and not view.full:
        entries = groups[0].entries
        groups = [Group([], entries[:_ENDS]), _left_out(len(entries) - 2 * _ENDS), Group([], entries[-_ENDS:])]
    yield [("forward", STRONG)]
    yield from _laid_out(groups, view)
    yield []
    yield [("backward", STRONG)]
    yield from folded([(meaning(steps), "")], view.width)
    summed = {each.name.text for each in steps.backward if each.paths}
    inner = [_group(each, summed, view) for each in steps.backward if each.formula is not None]
    if len(inner) > MANY and not view.full:
        inner = [*inner[:_ENDS], _left_out(len(inner) - 2 * _ENDS), *inner[-_ENDS:]]
    yield from _laid_out([*inner, *_inputs(steps)], view, apart=True)


def meaning(steps: Steps) -> str:
    """What the names of gradients stand for."""
    root, *others = steps.backward
    if not steps.forward or not others:
        return "the result is an input: its gradient is the grad tensor itself"
    one, name = others[0], root.symbol.text
    whole = f"{name} by {one.symbol.text}"
    if root.gradient.shape != ():
        whole = f"v.{whole} (v is the grad tensor)"
    return f"{one.name.text} is the gradient of {whole}, and so on; an operation multiplies by its local derivative"


def _forward(symbol: str, formula: str, value: Array) -> Entry:
    return Entry("", f"{symbol} = {formula}", value)


def _group(step: Backward, summed: set[str], view: View) -> Group:
    assert step.formula is not None
    title: Line = [(f"{step.symbol.text} = {step.formula.text}", STRONG), ("  ", ""), (step.grad_fn or "", FUNCTION)]
    entries = _arrival(step)
    for passed in step.passed:
        entries += _passed(step, passed, summed, view)
    return Group(title, entries)


def _arrival(step: Backward) -> list[Entry]:
    """The gradient of a value; where the value is used more than once, what came on each way before their sum."""
    if not step.paths:
        return [Entry("in", step.name.text, step.gradient)]
    found = [Entry("via", path.through.text, path.gradient) for path in step.paths]
    return [*found, Entry("sum", step.name.text, step.gradient)]


def _passed(step: Backward, passed: Passed, summed: set[str], view: View) -> list[Entry]:
    """The local derivative by one operand, and what goes out to it; ``+=`` where more comes on other ways."""
    found = []
    target = passed.symbol.text
    by = target.removeprefix(step.name.text.removesuffix(step.symbol.text))
    d = "d" if view.ascii else "∂"
    slope = f"{d}{step.symbol.text}/{d}{by}"
    if passed.local is not None and passed.local_value is not None:
        found.append(Entry("local", f"{slope} = {passed.local.text}", passed.local_value))
    elif passed.local_value is not None and passed.local_value.size <= _MOST_JACOBIAN:
        found.append(Entry("local", f"{slope}, the Jacobian", passed.local_value))
    sign = "+=" if target in summed else "="
    return [*found, Entry("out", f"{target} {sign} {passed.rule.text}", passed.gradient, FORMULA)]


def _inputs(steps: Steps) -> Iterator[Group]:
    """The gradients of the inputs: those that came on several ways, each with its sum, then all others."""
    leaves = [each for each in steps.backward if each.formula is None]
    for step in leaves:
        if step.paths:
            words = f"{step.symbol.text} is used {len(step.paths)} times: its gradient is the sum over the ways"
            yield Group([(words, "")], [*_arrival(step)[:-1], Entry("sum", step.name.text, step.gradient, STRONG)])
    single = [Entry("", each.name.text, each.gradient, STRONG) for each in leaves if not each.paths]
    if single:
        yield Group([("inputs that are used once" if len(single) < len(leaves) else "inputs", "")], single)


def _left_out(count: int) -> Group:
    return Group([(f"... {count} values left out; --full shows all of them", "")], [])


def _laid_out(groups: list[Group], view: View, *, apart: bool = False) -> Iterator[Line]:
    """Labels, formulas, shapes and values in columns; values below the formulas where the lines are too short."""
    entries = [entry for group in groups for entry in group.entries]
    label = max((len(e.label) for e in entries), default=0)
    label += 2 if label else 0
    formula = max((columns(e.formula) for e in entries if columns(e.formula) <= _WIDEST_FORMULA), default=0)
    shape = max((len(arrays.shape_label(e.value)) for e in entries), default=0)
    start = 2 + label + formula + 2 + shape + 2
    stacked = view.width is not None and view.width - start < _LEAST_VALUE
    if stacked:
        start = 2 + label + 2
    room = None if view.width is None else max(view.width - start, 1)
    for group in groups:
        if apart:
            yield []
        if group.title:
            yield from folded([(clean(text, view), style) for text, style in group.title], view.width, 4)
        for entry in group.entries:
            yield from _entry(entry, view, label, 0 if stacked else formula, shape, start, room)


def _entry(e: Entry, view: View, label: int, formula: int, shape: int, start: int, room: int | None) -> Iterator[Line]:
    values = arrays.lines(e.value, view, room)
    head: Line = [("  " + e.label.ljust(label), "")]
    text, size = clean(e.formula, view), arrays.shape_label(e.value)
    if columns(text) > formula:
        rows = fold(text, None if view.width is None else max(view.width - 2 - label, 1))
        for number, row in enumerate(rows):
            yield [*(head if number == 0 else [(" " * (2 + label), "")]), (row, e.style)]
        head, text = [(" " * (2 + label), "")], ""
    if formula:
        head += [(text + " " * (formula - columns(text) + 2), e.style), (size.ljust(shape + 2), "")]
    else:
        head += [("  ", "")]
        if size != "()":
            values = [size + " " + values[0], *values[1:]] if len(values) == 1 else [size, *values]
    for number, row in enumerate(values):
        yield [*(head if number == 0 else [(" " * start, "")]), (row, STRONG if e.style == STRONG else "")]


def steps_document(steps: Steps) -> dict[str, Any]:
    """The steps as dictionaries and lists for JSON."""
    return {
        "seed": json_numbers(steps.seed),
        "forward": [
            {
                "name": each.symbol.text,
                "formula": each.formula.text,
                "latex": f"{each.symbol.latex} = {each.formula.latex}",
                "grad_fn": each.grad_fn,
                "shape": list(each.value.shape),
                "data": json_numbers(each.value),
            }
            for each in steps.forward
        ],
        "backward": [
            {
                "name": each.symbol.text,
                "formula": None if each.formula is None else each.formula.text,
                "grad_fn": each.grad_fn,
                "grad_name": each.name.text,
                "shape": list(each.gradient.shape),
                "grad": json_numbers(each.gradient),
                "paths": [{"through": path.through.text, "grad": json_numbers(path.gradient)} for path in each.paths],
                "passed": [
                    {
                        "grad_name": passed.symbol.text,
                        "rule": passed.rule.text,
                        "latex": f"{passed.symbol.latex} = {passed.rule.latex}",
                        "local": None if passed.local is None else passed.local.text,
                        "local_data": None if passed.local_value is None else json_numbers(passed.local_value),
                        "shape": list(passed.gradient.shape),
                        "grad": json_numbers(passed.gradient),
                    }
                    for passed in each.passed
                ],
            }
            for each in steps.backward
        ],
    }
