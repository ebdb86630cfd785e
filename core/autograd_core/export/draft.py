"""What programs for all libraries share: names, inputs, statements, and the proof at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.escape import escape_unprintable
from autograd_core.export.code import FreeNames, array_literal
from autograd_core.export.code_printer import CodePrinter
from autograd_core.expr.build import bound_names
from autograd_core.expr.nodes import Call, Expr, topological
from autograd_core.expr.read_text import read_text, typed_text
from autograd_core.run import Run

Array = npt.NDArray[Any]

_TOLERANCES = {"float64": (1e-7, 1e-11), "float32": (1e-3, 1e-5)}


class Draft:
    """A program that is being written: names that are free in it, its inputs, and what it has to prove.

    ``order`` are the inputs in the order in which their values were given, ``wanted`` those that have a gradient;
    ``plain_seed`` says that the result is a number and v is 1.
    """

    def __init__(self, done: Run, target: str, free: FreeNames, differences: tuple[str, ...]) -> None:
        self.done, self.target, self.free, self.differences = done, target, free, differences
        self.root: Expr = done.program.result
        self.order = [name for name in done.request.values if name in done.inputs]
        self.wanted = [name for name in self.order if name in done.gradients]
        self.plain_seed = self.root.shape == () and bool(np.all(done.weights == 1))
        self.names = {name: free.free(name) for name in done.program.variables}
        f, v = bound_names(free.used)
        named = done.program.labels
        labels = {id(node): free.free(named[node]) for node in topological([self.root]) if node in named}
        self.result = labels.get(id(self.root)) or free.free(f)
        self.seed = free.free(v)
        labels[id(self.root)] = self.result
        self.printer = CodePrinter(target, self.names, free)
        self.printer.names = labels

    def about(self, words: str, *modules: str) -> Iterator[str]:
        """The first lines: what the program computes, and what it imports."""
        read = read_text(self.done.request.expression)
        yield f'"""The value and the gradients of {_quoted(typed_text(self.done.request.expression))}'
        yield ""
        if read is not None:
            yield f"It was read as {_quoted(read)}"
            yield ""
        yield f"{words} Written by autograd-cli; the asserts hold its numbers."
        yield '"""'
        yield ""
        if any("math." in text for text in (*self.printer.lines, *self.printer.prelude.values())):
            yield "import math"
            yield ""
        yield from (f"import {module}" for module in modules)
        yield ""

    def inputs(self, options: Callable[[str], str] = lambda _: "") -> Iterator[str]:
        """A line for each input."""
        for name in self.order:
            array = self.done.inputs[name]
            yield f"{self.names[name]} = {array_literal(array, self.target, options=options(name))}"

    def forward(self) -> list[str]:
        """The statements that compute the result."""
        at = len(self.printer.lines)
        root = self.root
        self.printer.add([root], self.free.part)
        if not isinstance(root, Call):
            self.printer.lines.append(f"{self.result} = {self.printer.text(root)}")
        return self.printer.lines[at:]

    def prelude(self) -> Iterator[str]:
        """The definitions that the statements need, each with air around it."""
        for definition in self.printer.prelude.values():
            yield ""
            yield ""
            yield from definition.splitlines()
        if self.printer.prelude:
            yield ""

    @property
    def strange(self) -> bool:
        """Whether this library may differ here, or a number is not finite, or so large that its square is not."""
        numbers = (self.done.result.array, *self.done.gradients.values())
        finite = all(np.isfinite(each).all() for each in numbers)
        most = np.finfo(self.done.request.dtype).max ** 0.5
        large = any(((np.abs(a) > most) & np.isfinite(a)).any() for a in (*numbers, *self.done.inputs.values()))
        return bool(self.differences) or large or (self.target != "numpy" and not finite)

    def excuse(self) -> Iterator[str]:
        """Why no number is asserted, in comments."""
        if self.differences:
            yield "# The library may give another gradient here; the numbers are shown and not asserted."
        else:
            yield "# A number here is not finite, or its square is not: they are shown and not asserted."
        yield from (f"# {' '.join(sentence.split())}" for sentence in self.differences)

    def expected(self, array: Array, *, by: str | None = None) -> str:
        """The printed numbers as a literal."""
        return array_literal(np.asarray(array), by or self.target)

    def tolerances(self) -> str:
        """The options of a comparison: relative, and absolute for what should be 0."""
        rtol, atol = _TOLERANCES[self.done.request.dtype]
        sizes = [float(np.max(np.abs(g[np.isfinite(g)]), initial=0.0)) for g in self.done.gradients.values()]
        return f"rtol={rtol!r}, atol={atol * max([1.0, *sizes]):.0e}"

    def proof(self, gradients: Mapping[str, str], value: str) -> Iterator[str]:
        """Asserts on arrays, and what is printed when they hold; PyTorch has no gradient where nothing flows."""
        torch, by = self.target == "torch", "torch" if self.target == "torch" else "numpy"
        close, text = (
            ("torch.testing.assert_close", "{}") if torch else ("np.testing.assert_allclose", "np.asarray({})")
        )
        options = self.tolerances() + ", equal_nan=True" * torch
        if self.strange:
            yield from self.excuse()
        else:
            yield f"{close}({value}{'.detach()' * torch}, {self.expected(self.done.result.array, by=by)}, {options})"
        for name, found in gradients.items():
            own, wanted = self.names[name], self.done.gradients[name]
            if torch and (self.strange or not np.any(wanted)):
                yield f"{found} = torch.zeros_like({own}) if {found} is None else {found}"
            if not self.strange:
                yield f"{close}({found}, {self.expected(wanted, by=by)}, {options})"
        yield ""
        yield f'print("value", {text.format(value)}.tolist())'
        for name, found in gradients.items():
            yield f"print({f'gradient of {name}'!r}, {text.format(found)}.tolist())"


def _quoted(text: str) -> str:
    """A text as a line of a docstring."""
    text = " ".join(text.split())
    text = text if len(text) <= 90 else text[:87] + "..."
    return escape_unprintable(text, ascii=True).replace("\\", "\\\\").replace('"""', "'''")
