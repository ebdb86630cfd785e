"""A derivative worked out in symbols, as an answer on a forum of mathematics is: every line with its reason.

A gradient is worked out from the result back to the input, a Jacobian from the input on to the result, a Hessian as
the Jacobian of a gradient. What a reason says of an operation is read off the rule that is declared for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from types import MappingProxyType
from typing import TYPE_CHECKING

from autograd_core.dataclass import dataclass
from autograd_core.engine.backprop import pull_back
from autograd_core.errors import AutogradError
from autograd_core.expr.gradient import gradients
from autograd_core.expr.latex import latex
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological, variables_in
from autograd_core.expr.text import write
from autograd_core.formula.linear import jacobian
from autograd_core.formula.normalize import Converter
from autograd_core.formula.prepare import as_expressions, shared, simple_gradients
from autograd_core.formula.rules import properties, simplify
from autograd_core.formula.terms import Table
from autograd_core.ops.registry import op

if TYPE_CHECKING:
    from autograd_core.assumptions import Assumption

MAX_PARTS = 40
"""Parts of an expression that are worked out one by one."""

SHORT = 12
"""Characters of a factor that a reason repeats; a longer one is called w."""


@dataclass(frozen=True, slots=True)
class DerivationStep:
    """``left = right`` with a reason; both sides also in LaTeX."""

    left: str
    right: str
    reason: str
    left_latex: str
    right_latex: str

    JSON = "left right reason latex=right_latex"


class Derivation:
    """The steps to the derivatives of one result by one input, in the names that the user gave to parts."""

    def __init__(
        self,
        result: Expr,
        labels: Mapping[Expr, str],
        variable: Var,
        name: str,
        assumptions: Sequence[Assumption] = (),
    ) -> None:
        self.result, self.labels = shared(result, {node: each for node, each in labels.items() if node is not result})
        nodes = topological([self.result])
        self.variable = next((n for n in nodes if isinstance(n, Var) and n.name == variable.name), variable)
        self.name = name
        self.assumptions = assumptions
        self.edges: dict[Expr, list[Expr]] = {self.variable: []}
        """The parts that vary, each with the operands through which a derivative passes."""
        for node in nodes:
            passes = [o for i, o in enumerate(node.operands) if node.op and node.op.rule(i) and o in self.edges]
            if passes:
                self.edges[node] = [*dict.fromkeys(passes)]
        self.parts = [node for node in self.edges if isinstance(node, Call)]
        self.possible = self.result in self.edges and len(self.parts) <= MAX_PARTS
        outer: dict[Expr, Expr] = {}
        self.inner: dict[Expr, Expr] = {}
        for node in nodes:
            made = self.inner[node] = node.over(tuple([outer[o] for o in node.operands]))
            outer[node] = Var(self.labels[node], node.shape) if node in self.labels else made

    def start(self) -> list[DerivationStep]:
        """What is to be differentiated, in the names that the user gave to parts."""
        named = [(node, label, "a name that was given") for node, label in self.labels.items()]
        lines = [*named, (self.result, self.name, "what is to be differentiated")]
        return [
            DerivationStep(left, write(self.inner[node]), reason, latex(Var(left, ())), latex(self.inner[node]))
            for node, left, reason in lines
        ]

    def gradient(self, seed: Expr | None) -> list[DerivationStep]:
        """From the result back to the input; empty where there are too many parts."""
        if not self.possible:
            return []
        arrived: dict[Expr, list[tuple[Expr, str]]] = {self.result: [(Const(1.0) if seed is None else seed, "")]}
        steps = self.start()
        for node in [*reversed(self.parts), self.variable]:
            total = reduce(op.add, [g for g, _ in arrived[node]])
            if node is not self.result:
                steps += self._arrived(node, arrived[node], total)
            if isinstance(node, Call):
                for edge, passed in pull_back(node, total, textbook=True):
                    if edge in self.edges:
                        arrived.setdefault(edge, []).append((passed, self.reason(node, edge, back=True)))
        return steps

    def jacobian(self, last: tuple[str, str] | None = None) -> list[DerivationStep]:
        """From the input on to the result, whose derivative ``last`` names; parts without a matrix are left out."""
        if not self.possible:
            return []
        steps = self.start()
        for node in self.parts:
            matrix = self._matrix(node)
            if matrix is None:
                continue
            reason = "; ".join(self.reason(node, edge, back=False) for edge in self.edges[node])
            left, partial = self._partial(node)
            if node is self.result:
                left, partial = last or (f"∂{self.name}/∂{self.variable.name}", partial)
            steps.append(DerivationStep(left, write(matrix), reason, partial, latex(matrix)))
        return steps

    def hessian(self, by: Var) -> list[DerivationStep]:
        """The gradient by the input, then its Jacobian by another."""
        found, labels = simple_gradients(self.result, self.labels, self.assumptions)
        gradient = found.get(self.variable.name)
        steps = self.gradient(None)
        if not steps or gradient is None:
            return []
        a, b, f = self.variable.name, by.name, self.name
        second = Derivation(gradient, labels, by, f"∂{f}/∂{a}", self.assumptions)
        below = rf"\partial {a}^{{2}}" if a == b else rf"\partial {a} \partial {b}"
        left = f"∂²{f}/∂{a}²" if a == b else f"∂²{f}/∂{a}∂{b}"
        rest = second.jacobian((left, rf"\frac{{\partial^{{2}} {f}}}{{{below}}}"))
        return [*steps, *rest[len(second.labels) + 1 :]]

    def _arrived(self, node: Expr, given: list[tuple[Expr, str]], total: Expr) -> list[DerivationStep]:
        """The gradient of one part: what comes on each way, and their sum."""
        text = self._text(node)
        left = f"∂{self.name}/∂{text}" if text.isidentifier() else f"∂{self.name}/∂({text})"
        partial = rf"\frac{{\partial {self.name}}}{{\partial {self._latex(node)}}}"
        if len(given) == 1:
            return [self._step(left, partial, total, given[0][1])]
        found = []
        for number, (part, reason) in enumerate(given, 1):
            one = rf"\left({partial}\right)_{{{number}}}"
            found.append(self._step(f"{left}, part {number}", one, part, reason))
        return [*found, self._step(left, partial, total, f"it is used {len(given)} times: the parts add up")]

    def _step(self, left: str, partial: str, expr: Expr, reason: str) -> DerivationStep:
        closed = simplified(expr, self.labels, self.assumptions)
        return DerivationStep(left, write(closed), reason, partial, latex(closed))

    def _partial(self, node: Expr) -> tuple[str, str]:
        text = self._text(node)
        left = f"∂{text}/∂{self.variable.name}" if text.isidentifier() else f"∂({text})/∂{self.variable.name}"
        return left, rf"\frac{{\partial {self._latex(node)}}}{{\partial {self.variable.name}}}"

    def _text(self, node: Expr) -> str:
        return self.labels.get(node) or write(self.inner[node])

    def _latex(self, node: Expr) -> str:
        text = self._text(node)
        return latex(Var(text, node.shape)) if text.isidentifier() else rf"\left({latex(self.inner[node])}\right)"

    def _matrix(self, node: Expr) -> Expr | None:
        """The Jacobian of a part by the input, None where none is found."""
        seed = Var("v'", node.shape) if node.shape else None
        grad = next(g for var, g in gradients(node, seed).items() if var is self.variable)
        own = {self.result: self.name} if self.name.isidentifier() else {}
        labels = {**self.labels, **own}
        table = Table(assumed=properties(self.assumptions))
        term = Converter(table, -1, labels).convert([grad])[0]
        known = variables_in(grad, self.variable)
        known |= {label: Var(label, part.shape) for part, label in labels.items()}
        try:
            made = jacobian(table, simplify(table, [term])[term], seed, self.variable, known)
        except AutogradError:
            return None
        return None if made is None else as_expressions(table, [made])[0]

    def reason(self, node: Call, edge: Expr, *, back: bool) -> str:
        """Why a derivative passes through an operation as it does, by what is declared of it."""
        places = [place for place, each in enumerate(node.operands) if each is edge]
        spec = node.op
        if spec.linear == "jointly" and len(node.operands) > 1:
            return "a sum is differentiated term by term"
        taken = {*variables_in(node)}
        shown = dict(zip(node.operands, self.inner[node].operands, strict=True))
        inner = Var(_free("U" if len(edge.shape) > 1 else "u", taken), node.shape if spec.elementwise else edge.shape)
        change = Var("d" + inner.name, inner.shape)
        call = _with(node, edge, inner, shown, taken)
        text, where = write(call), "" if isinstance(edge, Var) else f", {inner.name} = {self._text(edge)}"
        seed = Var(_free("G" if len(node.shape) > 1 else "g", taken), node.shape)
        if len(text) > 3 * SHORT:
            text, where = spec.name.replace("_", " "), ""
        if spec.elementwise and spec.linear != "jointly":
            slope = simplified(next(iter(g for var, g in gradients(call).items() if var is inner)))
            rule = "product rule" if spec.linear == "each" else "chain rule"
            moved = op.mul(slope, change)
            return f"{rule}: d({text}) = {write(simplified(moved) if '/' in write(slope) else moved)}{where}"
        passed = write(simplified(next(g for var, g in gradients(call, seed).items() if var is inner)), most=6 * SHORT)
        goes = f"; transposed, {seed.name} goes back as {passed}" if back and node.shape else ""
        if spec.linear == "each":
            moved = [_with(node, edge, inner, shown, taken, {place: change}) for place in places]
            return f"product rule: d({text}) = {write(reduce(op.add, moved))}{where}{goes}"
        if spec.linear:
            return f"linear: d({text}) = {write(_with(node, edge, change, shown, taken))}{where}{goes}"
        if not node.shape:
            alone = write(simplified(next(g for var, g in gradients(call).items() if var is inner)))
            return f"the gradient of {text} is {alone}{where}"
        return f"chain rule for {text}: {seed.name} goes back as {passed}{where}"


def _with(
    node: Call,
    edge: Expr,
    instead: Expr,
    shown: Mapping[Expr, Expr],
    taken: set[str],
    at: Mapping[int, Expr] = MappingProxyType({}),
) -> Call:
    """The call with another operand, also by its place; long ones beside it are called w."""
    names: dict[Expr, Expr] = {edge: instead}
    used = {*taken}
    for other in node.operands:
        if other not in names:
            small = isinstance(other, Const) or len(write(shown[other])) <= SHORT
            made = names[other] = shown[other] if small else Var(_free("w", used), other.shape)
            used |= {made.name} if isinstance(made, Var) else set()
    return Call(node.op, tuple([at[i] if i in at else names[o] for i, o in enumerate(node.operands)]), node.params)


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name


def simplified(expr: Expr, labels: Mapping[Expr, str] | None = None, assumptions: Sequence[Assumption] = ()) -> Expr:
    """An expression as a formula would have it."""
    table = Table(assumed=properties(assumptions))
    return as_expressions(table, Converter(table, -1, labels).convert([expr]))[0]
