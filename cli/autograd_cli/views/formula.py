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
from autograd_core.formula.derivation import DerivationStep
from autograd_core.shapes.formulas import ShapeDerivative, ShapeFormulas
from autograd_core.shapes.sizes import sizes_text

TITLES = {"gradient": "gradient", "v.J": "v.J", "jacobian": "Jacobian", "hessian": "Hessian"}


def formula_answer(found: ShapeFormulas, typed: str) -> doc.Answer:
    """What ``formula`` answers."""
    return doc.Answer(
        document=lambda look: formula_document(found, typed),
        json=lambda look: formula_json(found, typed),
        records=lambda look: formula_records(found, typed),
    )


def formula_document(found: ShapeFormulas, typed: str) -> doc.Document:
    """Everything a person wants to see."""
    head: list[tuple[Any, doc.Parts]] = []
    if found.expression != typed:
        head.append(("read as", [Text(found.expression, doc.CODE)]))
    head += [(Text(each, doc.NAME), [kind_words(found, each)]) for each in found.kinds.sizes]
    if found.kinds.result:
        head.append(("result", [f"sizes {sizes_text(found.kinds.result)}"]))
    blocks: list[doc.Block | Sequence[doc.Block]] = [
        doc.Lines([[Text(typed.strip(), doc.CODE)]]),
        doc.Fields(head),
        doc.Table(
            ["by", "sizes", TITLES[found.what] if found.order == 1 else f"derivative {found.order}"],
            [row_of(each) for each in found.derivatives],
            equations=lambda: list(equations_of(found)),
        ),
    ]
    notes = list(notes_of(found))
    if notes:
        blocks.append(doc.Lines([[note] for note in notes]))
    blocks.append(doc.Lines([proof_words(found)]))
    for by, steps in found.steps.items():
        fields = doc.Fields([step_row(step) for step in steps], widest=40, equations=partial(step_equations, steps))
        blocks.append([doc.Title(f"Steps by {by.replace(',', ', ')}", 2), fields])
    if found.program is not None:
        blocks.append(doc.Code(found.program.rstrip("\n"), "python"))
    return doc.Document(typed.strip(), blocks)


def kind_words(found: ShapeFormulas, name_: str) -> str:
    """The kind of an input in words."""
    sizes = found.kinds.sizes[name_]
    words = ("number", "vector", "matrix")[len(sizes)] if len(sizes) < 3 else f"array of {len(sizes)} axes"
    assumed = [each.phrase for each in found.assumptions if each.name == name_]
    inferred = f", inferred {found.kinds.inferred[name_]}".rstrip() if name_ in found.kinds.inferred else ""
    shown = f" {sizes_text(sizes)}" if sizes else ""
    return f"{words}{shown}{inferred}" + (f"; {', '.join(assumed)} (assumed)" if assumed else "")


def row_of(each: ShapeDerivative) -> list[doc.Parts]:
    """One derivative with its sizes and its formula, or why there is none."""
    formula = Text(each.text, doc.FORMULA) if each.text is not None else Text(f"none: {each.reason}", doc.UNSURE)
    return [[Text(", ".join(each.of), doc.NAME)], [sizes_text(each.sizes)], [formula]]


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
        return [Text(words, doc.GOOD), f"; SymPy agrees, entry by entry{_at(proof.small)}"]
    if proof.sympy == "disagree":
        return [Text(words, doc.GOOD), Text("; SymPy disagrees", doc.STRONG)]
    return [Text(words, doc.GOOD), f"; SymPy: {proof.sympy}" + (f" ({proof.reason})" if proof.reason else "")]


def _at(sizes: Mapping[str, int]) -> str:
    return f", at {sizes_of(sizes)}" if sizes else ""


def sizes_of(letters_: Mapping[str, int]) -> str:
    """Letters with their numbers."""
    return ", ".join(f"{letter} = {number}" for letter, number in letters_.items())


def step_row(step: DerivationStep) -> tuple[Any, doc.Parts]:
    """One step of a derivation with its reason."""
    return Text(step.left, doc.NAME, symbol=True), [Text(f"= {step.right}", doc.FORMULA), step.reason]


def step_equations(steps: Sequence[DerivationStep]) -> list[doc.Equation]:
    """The steps of a derivation with their reasons."""
    return [doc.Equation(letters(s.left_latex), [letters(s.right_latex)], reason=s.reason) for s in steps]


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


def formula_json(found: ShapeFormulas, typed: str) -> dict[str, Any]:
    """The object of ``--json``."""
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
        "formulas": [formula_object(each) for each in found.derivatives],
        "proof": {
            "engine": [dict(each) for each in proof.choices],
            "sympy": {"status": proof.sympy, "sizes": dict(proof.small), "reason": proof.reason},
        },
        "steps": {by: [step_object(step) for step in steps] for by, steps in found.steps.items()} or None,
        "program": found.program,
        "warnings": warnings_json(found.warnings),
    }


def formula_object(each: ShapeDerivative) -> dict[str, Any]:
    """One derivative."""
    helpers = [{"name": label, "formula": text, "latex": letters(latex)} for label, text, latex in each.helpers]
    return {
        "by": each.of,
        "formula": each.text,
        "latex": None if each.latex is None else letters(each.latex),
        "helpers": helpers,
        "proved": each.text is not None,
        **pick(each, "sizes reason"),
    }


def step_object(step: DerivationStep) -> dict[str, str]:
    """One step of a derivation."""
    return pick(step, "left right reason", latex=letters(step.right_latex))


def formula_records(found: ShapeFormulas, typed: str) -> Iterator[tuple[str, ...]]:
    """The lines of ``plain``: read (if changed), sizes, formula, proof, step, warning."""
    if found.expression != typed:
        yield "read", found.expression
    yield from (("sizes", each, sizes_text(sizes)) for each, sizes in found.kinds.sizes.items())
    yield from (("formula", ",".join(one.of), one.text or "", one.reason or "") for one in found.derivatives)
    yield "proof", "; ".join(sizes_of(each) for each in found.proof.choices), found.proof.sympy
    for by, steps in found.steps.items():
        yield from (("step", by, step.left, step.right, step.reason) for step in steps)
    yield from (("warning", each.code, each.message) for each in found.warnings)
