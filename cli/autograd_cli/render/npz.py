"""The report as arrays for NumPy: inputs by their names, ``value``, and ``grad_NAME`` for each gradient."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np

from autograd_cli.render.numbers import Array
from autograd_core.report import Report


def write_npz(report: Report, stream: BinaryIO) -> None:
    """Write an archive that ``numpy.load`` opens; an input whose name is taken by a result gets underscores."""
    found: dict[str, Array] = {"value": report.result.data}
    for each in report.variables:
        if each.grad is not None:
            found[f"grad_{each.name}"] = each.grad
    write_archive(found, {each.name: each.value.data for each in report.variables}, stream)


def write_archive(results: Mapping[str, Array], inputs: Mapping[str, Array], stream: BinaryIO) -> None:
    """Write results and inputs as an archive; an input whose name is taken gets underscores."""
    found: dict[str, Any] = dict(results)
    taken = inspect.signature(np.savez).parameters  # would be read as an option
    for name, array in inputs.items():
        while name in found or name in taken:
            name += "_"
        found[name] = array
    np.savez(stream, **found)
