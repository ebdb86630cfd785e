"""The answers of ``jacobian`` and ``hessian``: blocks as matrices with named rows and columns, what they are like."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from autograd_cli.document import arrays as shapes
from autograd_cli.document import blocks as doc
from autograd_cli.document.blocks import Text
from autograd_cli.document.numbers import Array, display, display_texts, exact, value_text
from autograd_cli.views import mathematics
from autograd_cli.views.records import (
    check_json,
    expression_json,
    expression_records,
    places,
    value_json,
    verdict_json,
    warnings_json,
)
from autograd_cli.views.verdict import check_words, verdict_blocks
from autograd_core.expr.read_text import typed_text
from autograd_core.matrices import report as records
from autograd_core.matrices.report import HessianReport, MatrixReport, Product, Spectrum
from autograd_core.report import shape_text


def matrix_answer(report: MatrixReport) -> doc.Answer:
    """What ``jacobian`` or ``hessian`` answers."""
    return doc.Answer(
        document=lambda look: matrix_document(report, look),
        json=lambda look: matrix_json(report),
        records=lambda look: matrix_records(report),
        arrays=lambda: matrix_arrays(report),
    )


def name_of(report: MatrixReport) -> str:
    """The command that a report answers."""
    return "hessian" if isinstance(report, HessianReport) else "jacobian"


def made(found: Sequence[doc.Equation]) -> Callable[[], Sequence[doc.Equation]]:
    """Equations that are made already."""
    return lambda: found


def product_name(product: Product, report: MatrixReport) -> str:
    """What a product is called: ``v.J`` with the name that v has, ``J.u``, ``H.u``."""
    return f"{report.names[1]}.J" if product.kind == "v.J" else product.kind


def matrix_document(report: MatrixReport, look: doc.Display) -> doc.Document:
    """Everything a person wants to see."""
    values = {each.name: each.value.data for each in report.inputs}

    def statements() -> list[doc.Equation]:
        found = mathematics.statement_equations(report.expression, values, report.names[0], report.result.data)
        return [*found, *mathematics.input_equations(values)]

    blocks: list[doc.Block | Sequence[doc.Block]] = [doc.Result(report.expression, report.result.data, statements)]
    shown = shown_blocks(report)
    if report.product is not None:
        blocks += [list(_given(report.product, report)), list(_product(report.product, report, look))]
    else:
        blocks += [list(_block(block, report, look)) for block in shown]
    if isinstance(report, HessianReport):
        if report.product is None and len(shown) < len(report.blocks):
            blocks.append(
                doc.Lines([[Text("The blocks below the diagonal are the transposes of those above.")]], hang=0)
            )
        if report.spectrum is not None:
            rows = spectrum_words(report.spectrum, look).items()
            fields: list[tuple[doc.Part, doc.Parts]] = [
                (Text(f"{label}  "), [Text(text, doc.STRONG)]) for label, text in rows
            ]
            blocks.append(doc.Fields(fields, column=False))
    noun = "Hessian" if isinstance(report, HessianReport) else "Jacobian"
    what = noun if report.product is None else product_name(report.product, report)
    blocks.append(verdict_blocks(report, look, what))
    return doc.Document(typed_text(report.expression).strip(), blocks)


def shown_blocks(report: MatrixReport) -> list[records.Block]:
    """The blocks worth showing: of a symmetric matrix those on and above the diagonal."""
    if not isinstance(report, HessianReport) or report.spectrum is None or not report.spectrum.symmetric:
        return list(report.blocks)
    names = list(dict.fromkeys(block.by for block in report.blocks))
    return [block for block in report.blocks if names.index(block.of or "") <= names.index(block.by)]


def title(block: records.Block, report: MatrixReport) -> str:
    """What a block holds: ``∂f/∂x``, ``∂²f/∂x∂y``."""
    f = report.names[0]
    if block.of is None:
        return f"∂{f}/∂{block.by}"
    under = f"∂{block.of}²" if block.of == block.by else f"∂{block.of}∂{block.by}"
    return f"∂²{f}/{under}"


def partial(block: records.Block, report: MatrixReport) -> str:
    r"""What a block holds, in LaTeX: ``\frac{\partial f}{\partial x}``."""
    f, by = mathematics.name(report.names[0]), mathematics.name(block.by)
    if block.of is None:
        return rf"\frac{{\partial {f}}}{{\partial {by}}}"
    of = mathematics.name(block.of)
    under = rf"\partial {of}^{{2}}" if block.of == block.by else rf"\partial {of} \, \partial {by}"
    return rf"\frac{{\partial^{{2}} {f}}}{{{under}}}"


def _block(block: records.Block, report: MatrixReport, look: doc.Display) -> Iterator[doc.Block]:
    """The title with the shapes and the check, the matrix, its formula."""
    head: list[doc.Part] = [Text(title(block, report), doc.NAME, f"{partial(block, report)}", symbol=True)]
    if block.rows or block.columns:
        head += [Text("  "), Text(f"{shape_text(block.rows)} by {shape_text(block.columns)}", doc.CODE)]
    if block.data.shape == ():
        head += [Text(" = "), doc.Numbers(block.data, doc.STRONG)]
    yield doc.Lines([[*head, Text("  "), *check_words(block.check, look)]])

    def equations() -> list[doc.Equation]:
        bound = {**{each.name: each.value.data for each in report.inputs}, report.names[0]: report.result.data}
        data = block.data if block.data.ndim in (0, 2) else block.matrix
        return list(mathematics.derivative_equations(partial(block, report), block.formula, bound, data))

    of = block.of or report.names[0]
    named = max(block.matrix.shape, default=0) <= shapes.MOST or look.full
    rows = places(of, block.rows) if named else []
    columns = places(block.by, block.columns) if named else []
    entries = block.matrix if named and block.data.shape != () else block.matrix[:0]
    parts = [("", block.data)] if block.data.shape != () else []
    yield doc.Matrix(rows, columns, entries, parts, equations=equations)
    if block.formula is not None:
        label = "formula  " if "; " in block.formula else "= "
        yield doc.Fields([(Text(label), [Text(block.formula, doc.FORMULA)])], column=False, mathematics=False)
    elif block.formula_reason is not None and look.formula:
        yield doc.Lines([[Text(f"no formula: {block.formula_reason}")]])


def _given(product: Product, report: MatrixReport) -> Iterator[doc.Block]:
    """The v or the u of a product."""
    v = report.names[1]
    weighs = product.kind == "v.J"

    def equations() -> list[doc.Equation]:
        names = [mathematics.name(v) if weighs else f"u_{{{mathematics.name(name)}}}" for name in product.given]
        return [doc.Equation(name, [array]) for name, array in zip(names, product.given.values(), strict=True)]

    starts = [f"{v} = " if weighs else f"u of {name} = " for name in product.given]
    rows = [(Text(start), [doc.Numbers(array)]) for start, array in zip(starts, product.given.values(), strict=True)]
    yield doc.Fields(rows, column=False, equations=equations)
    if product.still:
        verb = "does" if len(product.still) == 1 else "do"
        yield doc.Lines([[Text(f"{', '.join(product.still)} {verb} not move")]])


def _product(product: Product, report: MatrixReport, look: doc.Display) -> Iterator[doc.Block]:
    """Each part of a product with its check."""
    kind = product_name(product, report)
    left, _, right = kind.partition(".")
    whole = rf"\left({mathematics.name(left)} \cdot {mathematics.name(right)}\right)"
    for name, array in product.found.items():
        label, under = (kind, "") if name == product.kind else (f"{kind} by {name}", f"_{{{mathematics.name(name)}}}")
        words = [Text("  "), Text(shapes.shape_label(array), doc.CODE), Text("  ")]
        yield doc.Lines([[Text(label, doc.NAME), *words, *check_words(product.checks.get(name), look)]])
        equations = [doc.Equation(whole + under, [array])]
        numbers = doc.Numbers(array, doc.STRONG)
        yield doc.Fields([(Text(""), [numbers])], column=False, indent=2, equations=made(equations))


def spectrum_words(spectrum: Spectrum, look: doc.Display) -> Mapping[str, str]:
    """Whether the matrix is symmetric and definite, its eigenvalues and its condition number."""
    found: dict[str, str] = {}
    asymmetry = display(spectrum.asymmetry, look.precision)
    if spectrum.symmetric:
        found["symmetric"] = f"yes, to {asymmetry}" if spectrum.asymmetry else "yes"
    else:
        found["symmetric"] = f"no: two entries differ by {asymmetry}"
    if spectrum.definite is not None:
        found["definiteness"] = spectrum.definite
    if spectrum.eigenvalues is not None:
        texts = display_texts(spectrum.eigenvalues, look.precision)
        if len(texts) > shapes.MOST and not look.full:
            texts = [*texts[:4], "..." if look.ascii else "…", *texts[-4:]]
        found["eigenvalues"] = ", ".join(texts)
    if spectrum.condition is not None:
        found["condition number"] = display(spectrum.condition, look.precision)
    return found


def matrix_json(report: MatrixReport) -> dict[str, Any]:
    """The report as one object."""
    name = name_of(report)
    found: dict[str, Any] = {
        "schema": f"autograd-cli/{name}/1",
        "ok": report.exit_status() == 0,
        **expression_json(report.expression),
        "result": value_json(report.result),
        "variables": {each.name: {**value_json(each.value), "wanted": each.wanted} for each in report.inputs},
    }
    if isinstance(report, HessianReport):
        found["gradient"] = dict(report.gradient)
        rows: dict[str, dict[str, Any]] = {}
        for block in report.blocks:
            rows.setdefault(str(block.of), {})[block.by] = _block_json(block)
        found[name] = rows or None
        found["spectrum"] = None if report.spectrum is None else _spectrum_json(report.spectrum)
    else:
        found[name] = {block.by: _block_json(block) for block in report.blocks} or None
    found["product"] = None if report.product is None else _product_json(report.product)
    found["check"] = verdict_json(report.verdict)
    found["warnings"] = warnings_json(report.warnings)
    return found


def _block_json(block: records.Block) -> dict[str, Any]:
    return {
        "rows": list(block.rows),
        "columns": list(block.columns),
        "data": block.data,
        "formula": block.formula,
        "check": check_json(block.check),
    }


def _product_json(product: Product) -> dict[str, Any]:
    parts = product.found.items()
    found = {name: {"data": array, "check": check_json(product.checks.get(name))} for name, array in parts}
    return {"kind": product.kind, "given": dict(product.given), "found": found}


def _spectrum_json(spectrum: Spectrum) -> dict[str, Any]:
    names = ("symmetric", "asymmetry", "eigenvalues", "definite", "condition")
    return {name: getattr(spectrum, name) for name in names}


def matrix_records(report: MatrixReport) -> Iterator[tuple[str, ...]]:
    """The lines of ``plain``: value, grad, the blocks or the product, formulas, spectrum, check, warnings."""
    name = name_of(report)
    yield from expression_records(report.expression)
    yield "value", value_text(report.result.data)
    if isinstance(report, HessianReport):
        yield from (("grad", each, value_text(array)) for each, array in report.gradient.items())
    for block in report.blocks:
        yield (name, *_names(block), value_text(block.data))
    for block in report.blocks:
        if block.formula is not None:
            yield ("formula", *_names(block), block.formula)
    if report.product is not None:
        yield from (("product", each, value_text(array)) for each, array in report.product.found.items())
    if isinstance(report, HessianReport) and report.spectrum is not None:
        yield from _spectrum_records(report.spectrum)
    verdict = report.verdict
    yield "check", verdict.status, str(verdict.compared + verdict.covered), str(verdict.total)
    yield from (("warning", each.code, each.message) for each in report.warnings)


def _names(block: records.Block) -> tuple[str, ...]:
    return (block.by,) if block.of is None else (block.of, block.by)


def _spectrum_records(spectrum: Spectrum) -> Iterator[tuple[str, ...]]:
    yield "symmetric", "yes" if spectrum.symmetric else "no", exact(spectrum.asymmetry)
    if spectrum.eigenvalues is not None:
        yield "eigenvalues", value_text(spectrum.eigenvalues)
    if spectrum.definite is not None:
        yield "definite", spectrum.definite
    if spectrum.condition is not None:
        yield "condition", exact(spectrum.condition)


def matrix_arrays(report: MatrixReport) -> tuple[Mapping[str, Array], Mapping[str, Array]]:
    """``value``, ``jacobian_x`` or ``hessian_x_y``, ``grad_x``, ``eigenvalues``, ``product_x``, and the inputs."""
    name = name_of(report)
    found: dict[str, Array] = {"value": report.result.data}
    found |= {"_".join([name, *_names(block)]): block.data for block in report.blocks}
    if isinstance(report, HessianReport):
        found |= {f"grad_{each}": array for each, array in report.gradient.items()}
        if report.spectrum is not None and report.spectrum.eigenvalues is not None:
            found["eigenvalues"] = report.spectrum.eigenvalues
    if report.product is not None:
        found |= {f"product_{each}": array for each, array in report.product.found.items()}
    return found, {each.name: each.value.data for each in report.inputs}
