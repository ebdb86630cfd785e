"""The formulas of a report in LaTeX, and the answer of ``formula``.

Of a report these are its statements, and the gradient of each input with its helpers; ``formula`` shows the kinds of
the inputs, a formula for each derivative, how it was proved, its steps.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_cli import document as doc
from autograd_cli.document import Block, Equation, Lines, Parts, Result, Text
from autograd_cli.views import pick, warnings_json
from autograd_core.errors import AutogradError
from autograd_core.expr.build import parse
from autograd_core.expr.latex import latex
from autograd_core.expr.nodes import Var
from autograd_core.expr.reader.notation import GREEK
from autograd_core.expr.statements import statements
from autograd_core.number_text import Array
from autograd_core.report import Report
from autograd_core.shapes.sizes import sizes_text

if TYPE_CHECKING:
    from autograd_core.shapes.formulas import ShapeDerivative, ShapeFormulas


_LATIN = dict(zip("ΑΒΕΖΗΙΚΜΝΟοΡΤΧ", "ABEZHIKMNOoPTX", strict=True))  # noqa: RUF001  they look alike
"""Greek letters that LaTeX has no command for, and the Latin ones that look like them."""
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def name(word: str) -> str:
    """A variable in LaTeX."""
    return letters(latex(Var(word, ())))


def leibniz(f: str, by: Sequence[str]) -> str:
    """A derivative in Leibniz's notation: ``∂f/∂x``, ``∂³f/∂x²∂y``."""

    def raised(number: int) -> str:
        return str(number).translate(_RAISED) if number > 1 else ""

    under = "".join(f"∂{each}{raised(len(list(group)))}" for each, group in groupby(by))
    return f"∂{raised(len(by))}{f}/{under}"


def partial_derivative(top: str, by: Sequence[str]) -> str:
    r"""A derivative of what ``top`` is in LaTeX: ``\frac{\partial^{2} f}{\partial x^{2}}``."""

    def raised(number: int) -> str:
        return f"^{{{number}}}" if number > 1 else ""

    under = [rf"\partial {name(each)}{raised(len(list(group)))}" for each, group in groupby(by)]
    below = r" \, ".join(under)
    return rf"\frac{{\partial{raised(len(by))} {top}}}{{{below}}}"


def result_block(report: Any, values: Mapping[str, Array], *, inputs: bool = False) -> Result:
    """The expression and its value; its statements in LaTeX, and the values of its inputs if they are wanted."""

    def equations() -> list[Equation]:
        *before, (last, whole) = statements(parse(report.expression, values))
        found = [Equation(name(label or ""), [letters(latex(expr))]) for label, expr in before]
        found.append(Equation(name(last or report.names[0]), [letters(latex(whole)), report.result.data]))
        return [*found, *input_equations(values)] if inputs else found

    return Result(report.expression, report.result.data, equations)


def assumed(report: Any) -> Iterator[Block]:
    """What is assumed of the inputs."""
    if report.assumptions:
        yield Lines([[f"assuming {', '.join(report.assumptions)}"]])


def input_equations(values: Mapping[str, Array]) -> Iterator[Equation]:
    """The value of every input."""
    return (Equation(name(each), [value]) for each, value in values.items())


def result_name(report: Any, derivatives: Iterable[Any]) -> Iterator[Parts]:
    """What the name of the result means, where a formula of ``derivatives`` uses it and no statement sets it."""
    f = report.names[0]
    used = re.compile(rf"\b{f}\b")
    if any(each.formula is not None and used.search(each.formula) for each in derivatives):
        last = str(report.expression).rpartition(";")[2].strip()
        yield [f"{f} = {last}  (the result)"]


def gradient_equations(report: Report, *, formulas: bool) -> Iterator[Equation]:
    """The gradients of the inputs that have one: what each is, how it is found, and its numbers."""
    f, v = report.names
    values = {each.name: each.value.data for each in report.variables}
    bound = {**values, f: report.result.data, v: np.ones(report.result.shape)}
    label = statements(parse(report.expression, values))[-1][0] or f
    scalar = report.result.shape == ()
    top = name(label) if scalar else rf"\left({name(v)} \cdot {name(label)}\right)"
    for each in report.variables:
        if each.grad is not None:
            yield from derivative_equations(
                partial_derivative(top, [each.name]), each.formula if formulas else None, bound, each.grad
            )


def derivative_equations(left: str, text: str | None, bound: Mapping[str, Array], value: Array) -> Iterator[Equation]:
    """A derivative with its formula, whose helpers stand before it, and its numbers."""
    closed = None
    if text is not None:
        with suppress(AutogradError):
            *helpers, (_, closed) = statements(parse(text, bound))
    if closed is None:
        yield Equation(left, [value])
    else:
        yield from (Equation(name(label or ""), [letters(latex(expr))], shown=True) for label, expr in helpers)
        yield Equation(left, [letters(latex(closed)), value], shown=True)


def letters(words: str) -> str:
    """Math in which every letter is ASCII, and different letters differ: Greek and accents by their commands."""
    return words if words.isascii() else "".join(each if each.isascii() else _letter(each) for each in words)


def _letter(each: str) -> str:
    """A letter with its accents, from the inner to the outer; one without a command by its code, which is no name."""
    from autograd_core.page.mathml import ACCENTS  # what pages need, no other answer waits for

    accents = {mark: command for command, (_, mark) in ACCENTS.items() if mark}
    base, *marks = list(unicodedata.normalize("NFD", each))
    found = base
    if base in _LATIN:
        found = rf"\mathsf{{{_LATIN[base]}}}"
    elif not base.isascii():
        found = "\\" + {**GREEK, "ς": "varsigma"}.get(base, "")
    if found == "\\" or not all(mark in accents for mark in marks):
        return rf"{{\text{{u+{ord(each):x}}}}}"
    for mark in marks:
        found = f"{accents[mark]}{{{found}}}"
    return f"{{{found}}}"


TITLES = {"gradient": "gradient", "v.J": "v.J", "jacobian": "Jacobian", "hessian": "Hessian"}


def formula_answer(found: ShapeFormulas, typed: str) -> doc.Answer:
    """What ``formula`` answers."""
    return doc.Answer(
        document=lambda look: doc.Document(typed.strip(), list(_blocks(found, typed))),
        json=lambda look: _json(found, typed),
        records=lambda look: _records(found, typed),
    )


def _blocks(found: ShapeFormulas, typed: str) -> Iterator[doc.Block | Sequence[doc.Block]]:
    """Everything a person wants to see."""
    head: list[tuple[doc.Part, doc.Parts]] = []
    if found.expression != typed:
        head.append(("read as", [Text(found.expression, doc.CODE)]))
    head += [(Text(each, doc.NAME), [kind_words(found, each)]) for each in found.kinds.sizes]
    if found.kinds.result:
        head.append(("result", [f"sizes {sizes_text(found.kinds.result)}"]))
    yield doc.Lines([[Text(typed.strip(), doc.CODE)]])
    yield doc.Fields(head)
    rows: list[list[doc.Parts]] = []
    for each in found.derivatives:
        formula = Text(f"none: {each.reason}", doc.UNSURE) if each.text is None else Text(each.text, doc.FORMULA)
        rows.append([[Text(", ".join(each.of), doc.NAME)], [sizes_text(each.sizes)], [formula]])
    what = TITLES[found.what] if found.order == 1 else f"derivative {found.order}"
    yield doc.Table(["by", "sizes", what], rows, equations=lambda: list(equations_of(found)))
    yield doc.Lines([[note] for note in notes_of(found)])
    yield doc.Lines([proof_words(found)])
    for by, steps in found.steps.items():
        told: list[tuple[doc.Part, doc.Parts]] = [
            (Text(e.left, doc.NAME, symbol=True), [Text(f"= {e.right}", doc.FORMULA), e.reason]) for e in steps
        ]
        math = [doc.Equation(letters(e.left_latex), [letters(e.right_latex)], reason=e.reason) for e in steps]
        fields = doc.Fields(told, widest=40, equations=partial(list, math))
        yield [doc.Title(f"Steps by {by.replace(',', ', ')}", 2), fields]
    if found.program is not None:
        yield doc.Code(found.program.rstrip("\n"), "python")


def kind_words(found: ShapeFormulas, name_: str) -> str:
    """The kind of an input in words."""
    sizes = found.kinds.sizes[name_]
    words = ("number", "vector", "matrix")[len(sizes)] if len(sizes) < 3 else f"array of {len(sizes)} axes"
    assumed = [each.phrase for each in found.assumptions if each.name == name_]
    inferred = f", inferred {found.kinds.inferred[name_]}".rstrip() if name_ in found.kinds.inferred else ""
    shown = f" {sizes_text(sizes)}" if sizes else ""
    return f"{words}{shown}{inferred}" + (f"; {', '.join(assumed)} (assumed)" if assumed else "")


def notes_of(found: ShapeFormulas) -> Iterator[str]:
    """What the names in formulas mean that the user did not set."""
    words = {word for each in found.derivatives if each.text for word in re.findall(r"[^\W\d]\w*", each.text)}
    f, v = found.names
    if f in words:
        yield f"{f} = {found.expression.rpartition(';')[2].strip()}  (the result)"
    if v in words and found.what == "v.J":
        yield f"{v}: the grad tensor, of the sizes of the result"


def proof_words(found: ShapeFormulas) -> doc.Parts:
    """How the formulas were proved."""
    proof = found.proof
    if not any(each.text for each in found.derivatives):
        return [Text("nothing is proved: there is no formula", doc.UNSURE)]
    choices = "; ".join(sizes_of(each) for each in proof.choices)
    where = f" at {choices}" if choices else ""
    words = f"proved with random numbers against the engine{where}"
    if proof.sympy == "agree":
        where = f", at {sizes_of(proof.small)}" if proof.small else ""
        return [Text(words, doc.GOOD), f"; SymPy agrees, entry by entry{where}"]
    if proof.sympy == "disagree":
        return [Text(words, doc.GOOD), Text("; SymPy disagrees", doc.STRONG)]
    return [Text(words, doc.GOOD), f"; SymPy: {proof.sympy}" + (f" ({proof.reason})" if proof.reason else "")]


def sizes_of(sizes: Mapping[str, int]) -> str:
    """Letters with their numbers."""
    return ", ".join(f"{letter} = {number}" for letter, number in sizes.items())


def equations_of(found: ShapeFormulas) -> Iterator[doc.Equation]:
    """Every derivative with the statements before it."""
    f, v = found.names
    yield from (doc.Equation(left, [right]) for left, right in found.latex)
    top = name(f) if not found.kinds.result or found.what == "jacobian" else rf"\left({name(v)} \cdot {name(f)}\right)"
    for each in found.derivatives:
        if each.latex is None:
            continue
        for label, _, right in each.helpers:
            if name(label) not in dict(found.latex):  # else a statement of the user's own
                yield doc.Equation(name(label), [letters(right)], shown=True)
        yield doc.Equation(partial_derivative(top, [*each.of] * found.order), [letters(each.latex)], shown=True)


def _json(found: ShapeFormulas, typed: str) -> dict[str, Any]:
    proof, sizes, inferred = found.proof, found.kinds.sizes, found.kinds.inferred
    return {
        "schema": "autograd-cli/formula/1",
        "ok": True,
        "expression": typed,
        "read": found.expression if found.expression != typed else None,
        "kind": found.what,
        "order": found.order,
        "names": {"result": found.names[0], "grad_tensor": found.names[1]},
        "variables": {
            each: {"sizes": sizes[each], "inferred": each in inferred, "reason": inferred.get(each) or None}
            for each in sizes
        },
        "result": {"sizes": found.kinds.result},
        "assumptions": [each.text for each in found.assumptions],
        "formulas": list(map(_derivative_json, found.derivatives)),
        "proof": {
            "engine": list(map(dict, proof.choices)),
            "sympy": {"status": proof.sympy, "sizes": dict(proof.small), "reason": proof.reason},
        },
        "steps": {
            by: [pick(step, "left right reason", latex=letters(step.right_latex)) for step in steps]
            for by, steps in found.steps.items()
        }
        or None,
        "program": found.program,
        "warnings": warnings_json(found.warnings),
    }


def _derivative_json(each: ShapeDerivative) -> dict[str, Any]:
    latex = None if each.latex is None else letters(each.latex)
    helpers = [{"name": label, "formula": text, "latex": letters(math)} for label, text, math in each.helpers]
    known = {"latex": latex, "helpers": helpers, "proved": each.text is not None}
    return {"by": each.of, "formula": each.text, **known, **pick(each, "sizes reason")}


def _records(found: ShapeFormulas, typed: str) -> Iterator[tuple[str, ...]]:
    if found.expression != typed:
        yield "read", found.expression
    yield from (("sizes", each, sizes_text(sizes)) for each, sizes in found.kinds.sizes.items())
    yield from (("formula", ",".join(one.of), one.text or "", one.reason or "") for one in found.derivatives)
    yield "proof", "; ".join(sizes_of(each) for each in found.proof.choices), found.proof.sympy
    for by, steps in found.steps.items():
        yield from (("step", by, step.left, step.right, step.reason) for step in steps)
    yield from (("warning", each.code, each.message) for each in found.warnings)
