"""From a run to a program for NumPy, PyTorch, JAX or SymPy: what all share (``Draft``), and the lines of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd_core.engine.backprop import backprop, expand_to
from autograd_core.escape import escape_unprintable
from autograd_core.export import for_sympy
from autograd_core.export.code import FreeNames, array_literal
from autograd_core.export.code_printer import CodePrinter
from autograd_core.expr.build import bound_names
from autograd_core.expr.gradient import simplify_units
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.expr.read_text import read_text, typed_text
from autograd_core.expr.run import evaluate
from autograd_core.expr.text import write
from autograd_core.ops.spec import KnownDifference
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
        if self.needs("math."):
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

    def needs(self, word: str) -> bool:
        """Whether the statements or the definitions so far use a module."""
        return any(word in text for text in (*self.printer.lines, *self.printer.prelude.values()))

    @property
    def strange(self) -> bool:
        """Whether this library may differ here, or a number is not finite."""
        numbers = (self.done.result.array, *self.done.gradients.values())
        finite = all(np.isfinite(each).all() for each in numbers)
        return bool(self.differences) or (self.target != "numpy" and not finite)

    def excuse(self) -> Iterator[str]:
        """Why no number is asserted, in comments."""
        if self.differences:
            yield "# The library may give another gradient here; the numbers are shown and not asserted."
        else:
            yield "# A gradient or the value is not finite here: the numbers are shown and not asserted."
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


def known_differences(done: Run, target: str) -> list[str]:
    """A sentence for each operation of a run whose gradient ``target`` answers otherwise at these numbers.

    The operations declare it (``ops.spec.Differing``).
    """
    nodes = [
        node
        for node in topological([done.program.result])
        if isinstance(node, Call) and isinstance(node.op.exports.get(target), KnownDifference)
    ]
    roots = list({operand: None for node in nodes for operand in node.operands})
    if not roots:
        return []
    values = evaluate(roots, done.inputs, dtype=np.dtype(done.request.dtype))
    found = []
    for node in nodes:
        declared = node.op.exports[target]
        with np.errstate(all="ignore"):
            met = declared.where(*(values[operand] for operand in node.operands), **node.params)
        if np.any(met):
            found.append(f"{write(node, most=60)}: {declared.choice}")
    return found


def numpy_lines(draft: Draft) -> Iterator[str]:
    """Every operation once, then every gradient, each from the one after it by the rule of its operation."""
    done, names = draft.done, draft.printer.names
    root = draft.root
    seed: Expr = Const(1.0) if draft.plain_seed else Var(draft.seed, root.shape)
    arrived: list[tuple[Expr, Expr]] = []
    leaves = backprop([root], [seed], done=lambda node, g: arrived.append((node, g)))
    arrived.sort(key=lambda pair: pair[0].number)
    found = {leaf.name: expand_to(g, leaf.shape) for leaf, g in leaves.items() if leaf.name in done.gradients}
    plain = simplify_units([root, *(g for _, g in arrived), *found.values()])
    named = []
    for node, raw in arrived:
        g = plain[id(raw)]
        if isinstance(g, Call) and id(g) not in names:
            names.setdefault(id(node), draft.free.part())
            names[id(g)] = draft.free.free("d" + names[id(node)])
            named.append(g)
    draft.printer.variables = {**draft.names, draft.seed: draft.seed}
    forward = draft.forward()
    roots = [plain[id(g)] for g in found.values()]
    draft.printer.add([*named[::-1], *roots], draft.free.part)
    backward = draft.printer.lines[len(forward) :]
    texts = {}
    for (name, _), g in zip(found.items(), roots, strict=True):
        texts[name] = names.get(id(g)) or draft.printer.text(g)
        if g.shape != done.inputs[name].shape:
            texts[name] = f"np.broadcast_to({texts[name]}, {tuple(done.inputs[name].shape)})"
    yield from draft.about("Run it with NumPy.", "numpy as np")
    yield 'np.seterr(all="ignore")'
    yield ""
    yield from draft.inputs()
    yield from draft.prelude()
    yield from ("", *forward, "")
    if not draft.plain_seed:
        yield f"{draft.seed} = {draft.expected(done.weights)}"
    yield from backward
    gradients = {}
    for name in draft.wanted:
        gradients[name] = draft.free.free(f"grad_{draft.names[name]}")
        yield f"{gradients[name]} = {texts.get(name) or f'np.zeros({done.inputs[name].shape})'}"
    yield ""
    yield from draft.proof(gradients, draft.result)


def torch_lines(draft: Draft) -> Iterator[str]:
    """Leaves, the forward pass as a user of PyTorch writes it, and ``backward()``."""
    done, f = draft.done, draft.result
    forward = draft.forward()
    functional = ["torch.nn.functional as F"] if any("F." in line for line in forward) else []
    yield from draft.about("Run it with PyTorch.", "torch", *functional)
    yield f"torch.set_default_dtype(torch.{done.request.dtype})"
    yield ""
    yield from draft.inputs(lambda name: ", requires_grad=True" if name in done.wanted else "")
    yield from draft.prelude()
    yield from ("", *forward, "")
    if draft.plain_seed:
        yield f"{f}.backward()"
    else:
        yield f"{draft.seed} = {draft.expected(done.weights)}"
        yield f"{f}.backward({draft.seed})"
    yield ""
    yield from draft.proof({name: f"{draft.names[name]}.grad" for name in draft.wanted}, f)


def jax_lines(draft: Draft) -> Iterator[str]:
    """A function of the inputs that require grad, and its value with the gradients, or its vector-Jacobian product."""
    done, f = draft.done, draft.result
    forward = draft.forward()
    wanted = [draft.names[name] for name in draft.wanted]
    yield from draft.about("Run it with JAX.", "jax", "jax.numpy as jnp", "numpy as np")
    if done.request.dtype == "float64":
        yield 'jax.config.update("jax_enable_x64", True)'
        yield ""
    yield from draft.inputs()
    yield from draft.prelude()
    yield ""
    yield ""
    yield f"def compute({', '.join(wanted)}):"
    yield from ("    " + part for line in forward for part in line.splitlines())
    yield f"    return {f}"
    yield ""
    yield ""
    if draft.plain_seed:
        by = tuple(range(len(wanted)))
        yield f"value, gradients = jax.value_and_grad(compute, argnums={by})({', '.join(wanted)})"
    else:
        yield f"value, pullback = jax.vjp(compute, {', '.join(wanted)})"
        yield f"gradients = pullback({draft.expected(done.weights)})"
    yield ""
    yield from draft.proof({name: f"gradients[{i}]" for i, name in enumerate(draft.wanted)}, "value")


class Target(NamedTuple):
    """The names that programs for a library use themselves, and what writes their lines."""

    own: str
    lines: Callable[[Draft], Iterator[str]]


TARGETS: Mapping[str, Target] = {
    "torch": Target("torch F", torch_lines),
    "jax": Target("jax jnp np math compute value gradients pullback", jax_lines),
    "numpy": Target("np math", numpy_lines),
    "sympy": Target(for_sympy.OWN, for_sympy.sympy_lines),
}
