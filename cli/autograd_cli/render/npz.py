"""The report as arrays for NumPy: inputs by their names, ``value``, and ``grad_NAME`` for each gradient."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np

from autograd_cli.render.numbers import Array
from autograd_core.report import Report


def write_npz(report: Report, stream: BinaryIO) -> None:
    """Write an archive that ``numpy.load`` opens; an input whose name is taken by a result gets underscores."""
    found: dict[str, Array] = {"value": report.result.data}
    for each in report.variables:
        if each.grad is not None:
            found[f"grad_{each.name}"] = each.grad
    for each in report.variables:
        name = each.name
        while name in found or name == "file":  # numpy.savez has an argument of this name
            name += "_"
        found[name] = each.value.data
    np.savez(stream, **found)  # type: ignore[arg-type]  # names of arrays, not options
