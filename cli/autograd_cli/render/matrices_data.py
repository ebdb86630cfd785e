"""Jacobians and Hessians for programs: JSON, records separated by tabs, arrays for NumPy."""

from __future__ import annotations

import json
from typing import Any, BinaryIO, TextIO

from autograd_cli.render.json import check_document, value_document, verdict_document
from autograd_cli.render.npz import write_archive
from autograd_cli.render.numbers import Array, exact, json_number, json_numbers
from autograd_cli.render.plain import value_text, write_records
from autograd_cli.render.view import View
from autograd_core.expr.read_text import read_text, typed_text
from autograd_core.matrices.report import Block, HessianReport, MatrixReport, Product, Spectrum


def name_of(report: MatrixReport) -> str:
    """The command that a report answers."""
    return "hessian" if isinstance(report, HessianReport) else "jacobian"


def write_json(report: MatrixReport, _view: View, stream: TextIO) -> None:
    """Write the report as one object on one line."""
    stream.write(json.dumps(document(report), allow_nan=False) + "\n")


def document(report: MatrixReport) -> dict[str, Any]:
    """The report as dictionaries and lists that ``json.dumps`` takes as they are."""
    name = name_of(report)
    found: dict[str, Any] = {
        "schema": f"autograd-cli/{name}/1",
        "ok": report.exit_status() == 0,
        "expression": typed_text(report.expression),
        "read": read_text(report.expression),
        "result": value_document(report.result),
        "variables": {each.name: {**value_document(each.value), "wanted": each.wanted} for each in report.inputs},
    }
    if isinstance(report, HessianReport):
        found["gradient"] = {each: json_numbers(array) for each, array in report.gradient.items()}
        rows: dict[str, dict[str, Any]] = {}
        for block in report.blocks:
            rows.setdefault(str(block.of), {})[block.by] = _block(block)
        found[name] = rows or None
        found["spectrum"] = None if report.spectrum is None else _spectrum(report.spectrum)
    else:
        found[name] = {block.by: _block(block) for block in report.blocks} or None
    found["product"] = None if report.product is None else _product(report.product)
    found["check"] = verdict_document(report.verdict)
    found["warnings"] = [{"code": each.code, "message": each.message} for each in report.warnings]
    return found


def _block(block: Block) -> dict[str, Any]:
    return {
        "rows": list(block.rows),
        "columns": list(block.columns),
        "data": json_numbers(block.data),
        "formula": block.formula,
        "check": None if block.check is None else check_document(block.check),
    }


def _product(product: Product) -> dict[str, Any]:
    return {
        "kind": product.kind,
        "given": {name: json_numbers(array) for name, array in product.given.items()},
        "found": {
            name: {
                "data": json_numbers(array),
                "check": check_document(product.checks[name]) if name in product.checks else None,
            }
            for name, array in product.found.items()
        },
    }


def _spectrum(spectrum: Spectrum) -> dict[str, Any]:
    return {
        "symmetric": spectrum.symmetric,
        "asymmetry": json_number(spectrum.asymmetry),
        "eigenvalues": None if spectrum.eigenvalues is None else json_numbers(spectrum.eigenvalues),
        "definite": spectrum.definite,
        "condition": json_number(spectrum.condition),
    }


def write_plain(report: MatrixReport, view: View, stream: TextIO) -> None:
    """Write one record a line: value, grad, the blocks or the product, formulas, spectrum, check, warnings."""
    name = name_of(report)
    records: list[tuple[str, ...]] = [("value", value_text(report.result.data))]
    if isinstance(report, HessianReport):
        records += [("grad", each, value_text(array)) for each, array in report.gradient.items()]
    for block in report.blocks:
        records.append((name, *_names(block), value_text(block.data)))
    for block in report.blocks:
        if block.formula is not None:
            records.append(("formula", *_names(block), block.formula))
    if report.product is not None:
        records += [("product", each, value_text(array)) for each, array in report.product.found.items()]
    if isinstance(report, HessianReport) and report.spectrum is not None:
        records += _spectrum_records(report.spectrum)
    verdict = report.verdict
    records.append(("check", verdict.status, str(verdict.compared + verdict.covered), str(verdict.total)))
    records.extend(("warning", each.code, each.message) for each in report.warnings)
    write_records(records, view, stream)


def _names(block: Block) -> tuple[str, ...]:
    return (block.by,) if block.of is None else (block.of, block.by)


def _spectrum_records(spectrum: Spectrum) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [("symmetric", "yes" if spectrum.symmetric else "no", exact(spectrum.asymmetry))]
    if spectrum.eigenvalues is not None:
        found.append(("eigenvalues", value_text(spectrum.eigenvalues)))
    if spectrum.definite is not None:
        found.append(("definite", spectrum.definite))
    if spectrum.condition is not None:
        found.append(("condition", exact(spectrum.condition)))
    return found


def write_npz(report: MatrixReport, stream: BinaryIO) -> None:
    """Write an archive that ``numpy.load`` opens.

    ``value``, ``jacobian_x`` or ``hessian_x_y``, ``grad_x``, ``eigenvalues``, ``product_x``, and the inputs by their
    names; an input whose name is taken by a result gets underscores.
    """
    name = name_of(report)
    found: dict[str, Array] = {"value": report.result.data}
    found |= {"_".join([name, *_names(block)]): block.data for block in report.blocks}
    if isinstance(report, HessianReport):
        found |= {f"grad_{each}": array for each, array in report.gradient.items()}
        if report.spectrum is not None and report.spectrum.eigenvalues is not None:
            found["eigenvalues"] = report.spectrum.eigenvalues
    if report.product is not None:
        found |= {f"product_{each}": array for each, array in report.product.found.items()}
    write_archive(found, {each.name: each.value.data for each in report.inputs}, stream)
