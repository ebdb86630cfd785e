"""The answers of ``jacobian``, ``hessian``, ``grad --order`` and ``formula``.

These are matrices with named rows, a row for each order; for ``formula`` the kinds of the inputs, a formula for each
derivative, how it was proved, its steps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_cli import document as doc
from autograd_cli import views
from autograd_cli.document import MOST, Text
from autograd_core.expr.read_text import typed_text
from autograd_core.matrices import report as records
from autograd_core.matrices.report import HessianReport, MatrixReport, OrdersReport, Product, Spectrum
from autograd_core.number_text import exact_text, number_text, number_texts
from autograd_core.report import shape_label, shape_text
from autograd_core.shapes.sizes import sizes_text

if TYPE_CHECKING:
    from autograd_core.shapes.formulas import ShapeFormulas


def matrix_answer(report: MatrixReport) -> doc.Answer:
    """What ``jacobian`` or ``hessian`` answers."""
    return views.report_answer(f"{name_of(report)}/1", report, _blocks, _parts, _facts, covered=True)


def name_of(report: MatrixReport) -> str:
    """The command that a report answers."""
    return "hessian" if isinstance(report, HessianReport) else "jacobian"


def product_name(product: Product, report: MatrixReport) -> str:
    """What a product is called: ``v.J`` with the name that v has, ``J.u``, ``H.u``."""
    return f"{report.names[1]}.J" if product.kind == "v.J" else product.kind


def _blocks(report: MatrixReport, look: doc.Display) -> Iterator[doc.Block | Sequence[doc.Block]]:
    """Everything a person wants to see."""
    yield views.result_blocks(report, views.values_of(report), inputs=True)
    shown = list(report.blocks)
    if isinstance(report, HessianReport) and report.spectrum is not None and report.spectrum.symmetric:
        names = list(dict.fromkeys(block.by for block in shown))  # those on and above the diagonal say all
        shown = [block for block in shown if names.index(block.of or "") <= names.index(block.by)]
    if report.product is not None:
        yield list(_given(report.product, report))
        yield list(_product(report.product, report))
    elif whole := _of_numbers(report):
        yield whole[:2]
        yield whole[2:]
        shown = list(report.blocks)
    else:
        yield from (list(_block(block, report, look)) for block in shown)
        yield doc.Lines(list(views.result_name(report, shown)))
    if isinstance(report, HessianReport):
        if report.product is None and len(shown) < len(report.blocks):
            yield doc.Lines([["The blocks below the diagonal are the transposes of those above."]], hang=0)
        if report.spectrum is not None:
            yield _spectrum(report.spectrum, look)
    what = name_of(report).capitalize() if report.product is None else product_name(report.product, report)
    yield views.verdict_blocks(report, look, what)


def _by(block: records.Block) -> list[str]:
    """The inputs that a block differentiates by, one after the other."""
    return [name for name in (block.of, block.by) if name is not None]


def _block(block: records.Block, report: MatrixReport, look: doc.Display) -> Iterator[doc.Block]:
    """The title with the shapes and the check, the matrix, its formula."""
    left = views.partial_derivative(views.name(report.names[0]), _by(block))
    head: list[doc.Part] = [Text(views.leibniz(report.names[0], _by(block)), doc.NAME, left, symbol=True)]
    if block.rows or block.columns:
        head += ["  ", Text(f"{shape_text(block.rows)} by {shape_text(block.columns)}", doc.CODE)]
    if block.data.shape == ():
        head += [" = ", doc.Numbers(block.data, doc.STRONG)]
    yield doc.Lines([[*head, "  ", views.check_cell(block.check)]])

    bound = {**views.values_of(report), report.names[0]: report.result.data}
    equations = views.derivative_equations(
        left, block.formula, bound, block.data if block.data.ndim in (0, 2) else block.matrix
    )
    of = block.of or report.names[0]
    named = max(block.matrix.shape, default=0) <= MOST or look.full
    rows = views.places(of, block.rows) if named else []
    columns = views.places(block.by, block.columns) if named else []
    entries = block.matrix if block.data.shape != () else block.matrix[:0]
    parts = [("", block.data)] if block.data.shape != () else []
    yield doc.Matrix(rows, columns, entries, parts, equations=equations)
    if block.formula is not None:
        label = "formula  " if "; " in block.formula else "= "
        yield doc.Fields([(label, [Text(block.formula, doc.FORMULA)])], column=False, equations=None)
    elif block.formula_reason is not None and look.formula:
        yield doc.Lines([[f"no formula: {block.formula_reason}"]])


def _of_numbers(report: MatrixReport) -> list[doc.Block]:
    """One matrix for all inputs where each is a number and no entry has to be told apart; else nothing."""
    hessian, f = isinstance(report, HessianReport), report.names[0]
    blocks, names = report.blocks, list(dict.fromkeys(block.by for block in report.blocks))
    agree = all(block.check is None or block.check.status == "agree" for block in blocks)
    told = any(block.columns or (hessian and block.rows) or block.formula_reason for block in blocks)
    width, rows = len(names), names if hessian else views.places(f, blocks[0].rows)
    if told or not agree or not 1 < width <= MOST or not 1 < len(rows) <= MOST:
        return []
    entries = np.hstack([block.matrix for block in blocks]).reshape(-1, width)
    left = rf"\nabla^2 {views.name(f)}" if hessian else rf"J_{{{views.name(f)}}}"
    upper = (b for b in blocks if not hessian or names.index(b.of or "") <= names.index(b.by))
    known = [block for block in upper if block.formula is not None]
    head = doc.Lines([[Text(f"{'Hessian' if hessian else 'Jacobian'} by {', '.join(names)}", doc.STRONG)]])
    fields = [
        (Text(views.leibniz(f, _by(block)), doc.NAME, symbol=True), [Text(f"= {block.formula}", doc.FORMULA)])
        for block in known
    ]
    matrix = doc.Matrix(rows, names, entries, [("", entries)], equations=[doc.Equation(left, [entries])])
    return [head, matrix, *([doc.Fields(fields, equations=None)] if fields else [])]


def _given(product: Product, report: MatrixReport) -> Iterator[doc.Block]:
    """The v or the u of a product."""
    v, weighs, given = report.names[1], product.kind == "v.J", product.given.items()
    rows = [(f"{v} = " if weighs else f"u of {name} = ", [doc.Numbers(array)]) for name, array in given]
    left = views.name(v)
    equations = (doc.Equation(left if weighs else f"u_{{{views.name(name)}}}", [array]) for name, array in given)
    yield doc.Fields(rows, column=False, equations=equations)
    if product.still:
        verb = "does" if len(product.still) == 1 else "do"
        yield doc.Lines([[f"{', '.join(product.still)} {verb} not move"]])


def _product(product: Product, report: MatrixReport) -> Iterator[doc.Block]:
    """Each part of a product with its check."""
    kind = product_name(product, report)
    left, _, right = kind.partition(".")
    whole = rf"\left({views.name(left)} \cdot {views.name(right)}\right)"
    for name, array in product.found.items():
        label, under = (kind, "") if name == product.kind else (f"{kind} by {name}", f"_{{{views.name(name)}}}")
        words: doc.Parts = ["  ", Text(shape_label(array), doc.CODE), "  "]
        yield doc.Lines([[Text(label, doc.NAME), *words, views.check_cell(product.checks.get(name))]])
        rows: list[tuple[doc.Part, doc.Parts]] = [("", [doc.Numbers(array, doc.STRONG)])]
        yield doc.Fields(rows, column=False, indent=2, equations=[doc.Equation(whole + under, [array])])


def _spectrum(found: Spectrum, look: doc.Display) -> doc.Block:
    """Whether the matrix is symmetric and definite, its eigenvalues and condition number, where they are known."""
    asymmetry = number_text(found.asymmetry, look.precision)
    exactly = f"yes, to {asymmetry}" if found.asymmetry else "yes"
    texts = [] if found.eigenvalues is None else number_texts(found.eigenvalues, look.precision)
    if len(texts) > MOST and not look.full:
        texts = [*texts[:4], "..." if look.ascii else "…", *texts[-4:]]
    words = {
        "symmetric": exactly if found.symmetric else f"no: two entries differ by {asymmetry}",
        "definiteness": found.definite,
        "eigenvalues": ", ".join(texts) or None,
        "condition number": None if found.condition is None else number_text(found.condition, look.precision),
    }
    return doc.Fields([(label, [Text(text, doc.STRONG)]) for label, text in words.items() if text is not None])


def _parts(report: MatrixReport, look: doc.Display) -> Iterator[tuple[str, Any]]:
    yield "variables", {each.name: each for each in report.inputs}
    blocks: dict[str, Any] = {}
    for block in report.blocks:
        rows = blocks if block.of is None else blocks.setdefault(block.of, {})
        rows[block.by] = block
    if isinstance(report, HessianReport):
        yield "gradient", report.gradient
    yield name_of(report), blocks or None
    if isinstance(report, HessianReport):
        yield "spectrum", report.spectrum
    found: Any = None
    if (product := report.product) is not None:
        parts = {name: {"data": array, "check": product.checks.get(name)} for name, array in product.found.items()}
        found = views.pick(product, "kind given", found=parts)
    yield "product", found


def _facts(report: MatrixReport, look: doc.Display) -> Iterator[tuple[Any, ...]]:
    if isinstance(report, HessianReport):
        yield from (("grad", each, array) for each, array in report.gradient.items())
    for block in report.blocks:
        yield (name_of(report), *_by(block), block.data)
    for block in report.blocks:
        if block.formula is not None:
            yield ("formula", *_by(block), block.formula)
    if report.product is not None:
        yield from (("product", each, array) for each, array in report.product.found.items())
    spectrum = report.spectrum if isinstance(report, HessianReport) else None
    if spectrum is not None:
        yield "symmetric", "yes" if spectrum.symmetric else "no", exact_text(spectrum.asymmetry)
        if spectrum.eigenvalues is not None:
            yield "eigenvalues", spectrum.eigenvalues
        if spectrum.definite is not None:
            yield "definite", spectrum.definite
        if spectrum.condition is not None:
            yield "condition", exact_text(spectrum.condition)


def derivatives_answer(report: OrdersReport) -> doc.Answer:
    """What ``grad --order`` answers."""

    def facts(report: OrdersReport, look: doc.Display) -> Iterator[tuple[Any, ...]]:
        yield from (("derivative", ",".join(each.by), each.data) for each in report.derivatives)
        yield from (("formula", ",".join(each.by), each.formula) for each in report.derivatives if each.formula)

    parts = {"variables": {each.name: each for each in report.inputs}, "derivatives": report.derivatives}
    return views.report_answer("derivative/1", report, _order_blocks, lambda report, look: parts.items(), facts)


def _order_blocks(report: OrdersReport, look: doc.Display) -> Iterator[doc.Block | Sequence[doc.Block]]:
    """The value, a row for each derivative with its formula beside it or below, and the verdict."""
    f, values, known = report.names[0], views.values_of(report), report.derivatives

    bound, top = {**values, f: report.result.data}, views.name(f)
    found = ((views.partial_derivative(top, each.by), each.formula, bound, each.data) for each in known)
    equations = (equation for each in found for equation in views.derivative_equations(*each))
    lefts = [Text(views.leibniz(f, each.by), doc.NAME, symbol=True) for each in known]
    rows: list[list[doc.Parts]] = [
        [[left], [doc.Numbers(each.data, doc.STRONG)]] for left, each in zip(lefts, known, strict=True)
    ]
    formulas, titles = any(each.formula is not None for each in known), ["derivative", "value"]
    table = views.derivative_table(titles, rows, known, formulas, "derivative", equations=equations)
    reasons = dict.fromkeys(each.formula_reason for each in known if each.formula_reason)
    yield views.result_blocks(report, values, inputs=True)
    yield [table, doc.Lines([*([f"no formula: {reason}"] for reason in reasons), *views.result_name(report, known)])]
    yield views.verdict_blocks(report, look, "derivative")


TITLES = {"gradient": "gradient", "v.J": "v.J", "jacobian": "Jacobian", "hessian": "Hessian"}


def formula_answer(found: ShapeFormulas) -> doc.Answer:
    """What ``formula`` answers."""
    return doc.Answer(
        document=lambda look: doc.Document(typed_text(found.expression).strip(), list(_formula_blocks(found))),
        json=lambda look: views.answer_json("formula/1", found, _formula_parts(found)),
        records=lambda look: _formula_records(found),
    )


def _formula_blocks(found: ShapeFormulas) -> Iterator[doc.Block | Sequence[doc.Block]]:
    """Everything a person wants to see."""
    head: list[tuple[doc.Part, doc.Parts]] = []
    head += [(Text(each, doc.NAME), [kind_words(found, each)]) for each in found.kinds.sizes]
    if found.kinds.result:
        head.append(("result", [f"sizes {sizes_text(found.kinds.result)}"]))
    yield [*views.read_line(found.expression), doc.Lines([[Text(typed_text(found.expression).strip(), doc.CODE)]])]
    yield doc.Fields(head)
    rows: list[list[doc.Parts]] = []
    for each in found.derivatives:
        formula = Text(f"none: {each.reason}", doc.UNSURE) if each.text is None else Text(each.text, doc.FORMULA)
        rows.append([[Text(", ".join(each.of), doc.NAME)], [sizes_text(each.sizes)], [formula]])
    what = TITLES[found.what] if found.order == 1 else f"derivative {found.order}"
    yield doc.Table(["by", "sizes", what], rows, equations=equations_of(found))
    words = {word for each in found.derivatives if each.text for word in re.findall(r"[^\W\d]\w*", each.text)}
    f, v = found.names  # what the user did not set
    notes = [f"{f} = {views.last_statement(found.expression)}  (the result)"] if f in words else []
    notes += [f"{v}: the grad tensor, of the sizes of the result"] if v in words and found.what == "v.J" else []
    yield doc.Lines([[note] for note in notes])
    yield doc.Lines([proof_words(found)])
    for by, steps in found.steps.items():
        told: list[tuple[doc.Part, doc.Parts]] = [
            (Text(e.left, doc.NAME, symbol=True), [Text(f"= {e.right}", doc.FORMULA), e.reason]) for e in steps
        ]
        math = [doc.Equation(e.left_latex, [e.right_latex], reason=e.reason) for e in steps]
        yield [doc.Title(f"Steps by {by.replace(',', ', ')}", 2), doc.Fields(told, equations=math)]
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


def proof_words(found: ShapeFormulas) -> doc.Parts:
    """How the formulas were proved."""
    proof = found.proof
    if not any(each.text for each in found.derivatives):
        return [Text("nothing is proved: there is no formula", doc.UNSURE)]
    choices = "; ".join(sizes_of(each) for each in proof.choices)
    where = f" at {choices}" if choices else ""
    proved: doc.Parts = [Text("proved", doc.GOOD), f" with random numbers against the engine{where}"]
    if proof.sympy == "agree":
        where = f", at {sizes_of(proof.small)}" if proof.small else ""
        return [*proved, f"; SymPy agrees, entry by entry{where}"]
    if proof.sympy == "disagree":
        return [*proved, Text("; SymPy disagrees", doc.BAD)]
    return [*proved, f"; SymPy: {proof.sympy}" + (f" ({proof.reason})" if proof.reason else "")]


def sizes_of(sizes: Mapping[str, int]) -> str:
    """Letters with their numbers."""
    return ", ".join(f"{letter} = {number}" for letter, number in sizes.items())


def equations_of(found: ShapeFormulas) -> Iterator[doc.Equation]:
    """Every derivative with the statements before it."""
    f, v = found.names
    yield from (doc.Equation(left, [right]) for left, right in found.latex)
    weighed = found.kinds.result and found.what != "jacobian"
    top = rf"\left({views.name(v)} \cdot {views.name(f)}\right)" if weighed else views.name(f)
    for each in found.derivatives:
        if each.latex is not None:
            helpers = ((views.name(label), right) for label, _, right in each.helpers)
            own = dict(found.latex)  # statements of the user's own
            yield from (doc.Equation(left, [right], shown=True) for left, right in helpers if left not in own)
            yield doc.Equation(views.partial_derivative(top, [*each.of] * found.order), [each.latex], shown=True)


def _formula_parts(found: ShapeFormulas) -> dict[str, Any]:
    proof, inferred = found.proof, found.kinds.inferred
    return {
        "kind": found.what,
        "order": found.order,
        "names": {"result": found.names[0], "grad_tensor": found.names[1]},
        "variables": {
            each: {"sizes": size, "inferred": each in inferred, "reason": inferred.get(each) or None}
            for each, size in found.kinds.sizes.items()
        },
        "result": {"sizes": found.kinds.result},
        "assumptions": [each.text for each in found.assumptions],
        "formulas": [
            views.pick(each, "by=of formula=text latex")
            | {"helpers": [dict(zip(("name", "formula", "latex"), helper, strict=True)) for helper in each.helpers]}
            | {"proved": each.text is not None, **views.pick(each, "sizes reason")}
            for each in found.derivatives
        ],
        "proof": {
            "engine": list(map(dict, proof.choices)),
            "sympy": {"status": proof.sympy, "sizes": dict(proof.small), "reason": proof.reason},
        },
        "steps": found.steps or None,
        "program": found.program,
    }


def _formula_records(found: ShapeFormulas) -> Iterator[tuple[str, ...]]:
    yield from views.read_record(found.expression)
    yield from (("sizes", each, sizes_text(sizes)) for each, sizes in found.kinds.sizes.items())
    yield from (("formula", ",".join(one.of), one.text or "", one.reason or "") for one in found.derivatives)
    yield "proof", "; ".join(sizes_of(each) for each in found.proof.choices), found.proof.sympy
    for by, steps in found.steps.items():
        yield from (("step", by, step.left, step.right, step.reason) for step in steps)
    yield from (("warning", each.code, each.message) for each in found.warnings)
