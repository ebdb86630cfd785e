"""What a Jacobian or a Hessian turned out to be, as frozen plain data."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from autograd_core.dataclass import dataclass
from autograd_core.graph_data import OF_VALUE
from autograd_core.report import Check, Shape, Value, Verdict, Warning, all_finite

Array = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Input:
    """One input: its value, and whether derivatives are taken by it."""

    name: str
    value: Value
    wanted: bool

    JSON = f"{OF_VALUE} wanted"


@dataclass(frozen=True, slots=True)
class Block:
    """The derivatives of one thing by one input: an array of the shape of the first followed by that of the second.

    ``of`` is None for the result, or the input whose gradient is differentiated. ``formula`` is its closed form in the
    language, None where it was not asked for or, by ``formula_reason``, not found.
    """

    of: str | None
    by: str
    rows: Shape
    columns: Shape
    data: Array
    check: Check | None
    formula: str | None = None
    formula_reason: str | None = None

    JSON = "rows columns data formula check"

    @property
    def name(self) -> str:
        """What the block is called in words: ``x``, or ``x by y``."""
        return self.by if self.of is None else f"{self.of} by {self.by}"

    @property
    def matrix(self) -> Array:
        """The block as a matrix: all rows by all columns, in row-major order."""
        rows = int(np.prod(self.rows, dtype=np.int64))
        return self.data.reshape(rows, int(np.prod(self.columns, dtype=np.int64)))


@dataclass(frozen=True, slots=True)
class Product:
    """A product with the matrix, found without it.

    ``kind`` is ``v.J``, ``J.u`` or ``H.u``. ``given`` holds u by the names of inputs, or v under the name ``v``;
    ``found`` the product by the names of inputs, or J.u under that name. ``checks`` say what the witnesses found about
    each part of the product. ``still`` names the inputs that have no u.
    """

    kind: str
    given: Mapping[str, Array]
    found: Mapping[str, Array]
    checks: Mapping[str, Check]
    still: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spectrum:
    """What a Hessian is like as one symmetric matrix over all its inputs.

    ``asymmetry`` is the largest difference of two entries that should be equal. ``eigenvalues`` rise; they and what
    follows from them are None for a matrix that is not finite or too large. ``definite`` is in words.
    """

    symmetric: bool
    asymmetry: float
    eigenvalues: Array | None
    definite: str | None
    condition: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivativesReport(ABC):
    """What all reports here have in common; ``names`` are what formulas call the result and the v of v.J."""

    expression: str
    names: tuple[str, str]
    result: Value
    inputs: tuple[Input, ...]
    verdict: Verdict
    warnings: tuple[Warning, ...]
    assumptions: tuple[str, ...]

    @property
    @abstractmethod
    def variables(self) -> Sequence[Block | Order]:
        """Everything that was found and checked."""

    @property
    def finite(self) -> bool:
        """Whether every entry is a finite number."""
        return all(all_finite(each.data) for each in self.variables)

    def exit_status(self, *, strict: bool = False) -> int:
        """0 when the run is fine, 1 when the check disagrees or ``strict`` is not met."""
        return self.verdict.exit_status(finite=not strict or self.finite, strict=strict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixReport(DerivativesReport):
    """Everything one run of ``jacobian`` found: a block for each input in their order, or a ``product``."""

    blocks: tuple[Block, ...]
    product: Product | None

    @property
    def variables(self) -> Sequence[Block]:
        """The blocks, or the parts of the product."""
        if self.product is None:
            return self.blocks
        parts = self.product.found.items()
        return [Block(None, name, array.shape, (), array, self.product.checks.get(name)) for name, array in parts]


@dataclass(frozen=True, slots=True, kw_only=True)
class HessianReport(MatrixReport):
    """Everything one run of ``hessian`` found: one block for each pair of inputs, row by row, and the gradient."""

    gradient: Mapping[str, Array]
    spectrum: Spectrum | None


@dataclass(frozen=True, slots=True)
class Order:
    """One derivative: by these inputs one after the other, its value, its closed form, what the check says."""

    by: tuple[str, ...]
    data: Array
    formula: str | None
    formula_reason: str | None
    check: Check | None

    JSON = "order by data formula check"

    @property
    def order(self) -> int:
        """How many times it is differentiated."""
        return len(self.by)

    @property
    def name(self) -> str:
        """The derivative in words: ``order 2 by x, y``."""
        return f"order {len(self.by)} by {', '.join(self.by)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersReport(DerivativesReport):
    """Everything one run found: the derivatives from the first to the one that was asked for."""

    derivatives: tuple[Order, ...]

    @property
    def variables(self) -> Sequence[Order]:
        """The derivatives."""
        return self.derivatives
