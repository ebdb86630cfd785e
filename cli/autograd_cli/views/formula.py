"""The answer of ``formula``: the kinds of the inputs, a formula for each derivative, how it was proved, its steps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from autograd_cli.document import blocks as doc
from autograd_cli.document.blocks import Text
from autograd_cli.views.mathematics import letters, name, partial_derivative
from autograd_cli.views.reports import pick, warnings_json
from autograd_core.shapes.formulas import ShapeDerivative, ShapeFormulas
from autograd_core.shapes.sizes import sizes_text

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
        for label, _, latex in each.helpers:
            if name(label) in dict(found.latex):
                continue  # a statement of the user's own
            yield doc.Equation(name(label), [letters(latex)], shown=True)
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
