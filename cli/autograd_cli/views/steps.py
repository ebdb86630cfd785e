"""Backprop worked out: what was computed on the way forward, then every gradient on the way back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autograd_cli.document import blocks as doc
from autograd_cli.document.blocks import Text
from autograd_cli.views.mathematics import letters
from autograd_core.worked_steps import Backward, FormulaText, Passed, Steps

MANY = 60
"""Values of a pass above which those in the middle are left out unless everything is asked for."""

_ENDS = 20
_MOST_JACOBIAN = 32


def steps_blocks(steps: Steps, look: doc.Display) -> list[list[doc.Block]]:
    """The forward table and the backward pass."""
    entries = [
        doc.Entry(
            "",
            Text(f"{each.symbol.text} = {each.formula.text}"),
            each.value,
            doc.Equation(letters(each.symbol.latex), [letters(each.formula.latex), each.value]),
        )
        for each in steps.forward
    ]
    forward = [doc.Group([], entries)]
    if len(entries) > MANY and not look.full:
        forward = [doc.Group([], entries[:_ENDS]), _left_out(len(entries) - 2 * _ENDS), doc.Group([], entries[-_ENDS:])]
    summed = {each.name.text for each in steps.backward if each.paths}
    inner = [_group(each, summed) for each in steps.backward if each.formula is not None]
    if len(inner) > MANY and not look.full:
        inner = [*inner[:_ENDS], _left_out(len(inner) - 2 * _ENDS), *inner[-_ENDS:]]
    return [
        [doc.Title("forward", 3), doc.Derivation(forward)],
        [doc.Title("backward", 3), doc.Lines([[_meaning(steps)]], hang=0)],
        [doc.Derivation([*inner, *_inputs(steps)], apart=True)],
    ]


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


def _group(step: Backward, summed: set[str]) -> doc.Group:
    assert step.formula is not None
    whole = f"{step.symbol.text} = {step.formula.text}"
    latex = f"{letters(step.symbol.latex)} = {letters(step.formula.latex)}"
    title: doc.Parts = [Text(whole, doc.STRONG, latex), "  ", Text(step.grad_fn or "", doc.FUNCTION)]
    entries = _arrival(step)
    for passed in step.passed:
        entries += _passed(step, passed, summed)
    return doc.Group(title, entries)


def _arrival(step: Backward) -> list[doc.Entry]:
    """The gradient of a value; where the value is used more than once, what came on each way before their sum."""
    name = letters(step.name.latex)
    if not step.paths:
        return [doc.Entry("in", Text(step.name.text), step.gradient, doc.Equation(name, [step.gradient]))]
    found = [
        doc.Entry(
            "via", Text(path.through.text), path.gradient, doc.Equation(_through(name, path.through), [path.gradient])
        )
        for path in step.paths
    ]
    return [*found, doc.Entry("sum", Text(step.name.text), step.gradient, doc.Equation(name, [step.gradient]))]


def _through(name: str, value: FormulaText) -> str:
    return rf"\left. {name} \right|_{{{letters(value.latex)}}}"


def _passed(step: Backward, passed: Passed, summed: set[str]) -> list[doc.Entry]:
    """The local derivative by one operand, and what goes out to it; ``+=`` where more comes on other ways."""
    found = []
    target = passed.symbol.text
    by = target.removeprefix(step.name.text.removesuffix(step.symbol.text))
    slope = f"∂{step.symbol.text}/∂{by}"
    under = letters(passed.symbol.latex.rsplit(r"}{\partial ", 1)[1][:-1])
    partial = rf"\frac{{\partial {letters(step.symbol.latex)}}}{{\partial {under}}}"
    if passed.local is not None and passed.local_value is not None:
        equation = doc.Equation(partial, [letters(passed.local.latex), passed.local_value])
        text = Text(f"{slope} = {passed.local.text}", symbol=True)
        found.append(doc.Entry("local", text, passed.local_value, equation))
    elif passed.local_value is not None and passed.local_value.size <= _MOST_JACOBIAN:
        found.append(doc.Entry("local", Text(f"{slope}, the Jacobian", symbol=True), passed.local_value))
    sign = "+=" if target in summed else "="
    text = Text(f"{target} {sign} {passed.rule.text}", doc.FORMULA)
    equation = doc.Equation(letters(passed.symbol.latex), [letters(passed.rule.latex), passed.gradient])
    return [*found, doc.Entry("out", text, passed.gradient, equation)]


def _inputs(steps: Steps) -> Iterator[doc.Group]:
    """The gradients of the inputs: those that came on several ways, each with its sum, then all others."""
    leaves = [each for each in steps.backward if each.formula is None]
    for step in leaves:
        if step.paths:
            words = f" is used {len(step.paths)} times: its gradient is the sum over the ways"
            *ways, total = _arrival(step)
            last = doc.Entry("sum", Text(step.name.text, doc.STRONG), step.gradient, total.equation)
            yield doc.Group([Text(step.symbol.text, latex=letters(step.symbol.latex)), words], [*ways, last])
    single = [
        doc.Entry(
            "", Text(each.name.text, doc.STRONG), each.gradient, doc.Equation(letters(each.name.latex), [each.gradient])
        )
        for each in leaves
        if not each.paths
    ]
    if single:
        yield doc.Group(["inputs that are used once" if len(single) < len(leaves) else "inputs"], single)


def _left_out(count: int) -> doc.Group:
    return doc.Group([f"... {count} values left out; --full shows all of them"], [])


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
