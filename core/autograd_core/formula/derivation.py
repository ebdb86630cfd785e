"""A derivative worked out in symbols: the gradient of every part, from the result to the input, with its reason."""

from __future__ import annotations

from collections.abc import Mapping

from autograd_core.engine.backprop import pull_back
from autograd_core.expr.gradient import textbook
from autograd_core.expr.latex import latex
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.expr.text import write
from autograd_core.formula.normalize import Converter
from autograd_core.formula.prepare import shared
from autograd_core.formula.printer import Printer
from autograd_core.formula.rules import simplify
from autograd_core.formula.terms import Table
from autograd_core.records import record

MAX_PARTS = 40
"""Parts of an expression that are worked out one by one."""


@record(frozen=True, slots=True)
class Step:
    """``left = right`` with a reason; both sides also in LaTeX."""

    left: str
    right: str
    reason: str
    left_latex: str
    right_latex: str


def derivation(
    result: Expr, seed: Expr | None, variable: Var, labels: Mapping[Expr, str], names: tuple[str, str]
) -> list[Step]:
    """The steps from the result to the gradient of one input; empty where there are too many parts."""
    result, labels = shared(result, labels)
    below: set[Expr] = {variable}
    for node in topological([result]):
        if isinstance(node, Call) and any(o in below for o in node.operands):
            below.add(node)
    parts = [node for node in reversed(topological([result])) if node in below and isinstance(node, Call)]
    if len(parts) > MAX_PARTS or result not in below:
        return []
    arrived: dict[Expr, list[tuple[Expr, str]]] = {result: [(Const(1.0) if seed is None else seed, "")]}
    steps: list[Step] = []
    start = Step(names[0], write(result), "what is to be differentiated", names[0], latex(result))
    steps.append(start)
    for node in [*parts, variable]:
        total = _sum([g for g, _ in arrived[node]])
        if node is not result:
            steps += _arrived(node, arrived[node], total, labels, names[0])
        if isinstance(node, Call):
            for edge, passed in pull_back(node, total, None, textbook):
                if edge in below:
                    arrived.setdefault(edge, []).append((passed, reason_of(node, edge)))
    return steps


def _arrived(node: Expr, given: list[tuple[Expr, str]], total: Expr, labels: Mapping[Expr, str], f: str) -> list[Step]:
    """The gradient of one part: what comes on each way, and their sum."""
    text = labels.get(node) or write(node)
    bare = text.isidentifier()
    left = f"∂{f}/∂{text}" if bare else f"∂{f}/∂({text})"
    words = latex(Var(text, node.shape)) if bare else rf"\left({latex(node)}\right)"
    partial = rf"\frac{{\partial {f}}}{{\partial {words}}}"
    if len(given) == 1:
        return [_step(left, partial, total, given[0][1])]
    found = []
    for number, (part, reason) in enumerate(given, 1):
        found.append(_step(f"{left}, part {number}", partial, part, reason))
    return [*found, _step(left, partial, total, f"it is used {len(given)} times: the parts add up")]


def _step(left: str, partial: str, expr: Expr, reason: str) -> Step:
    closed = simplified(expr)
    return Step(left, write(closed), reason, partial, latex(closed))


def simplified(expr: Expr) -> Expr:
    """An expression as a formula would have it."""
    table = Table()
    term = Converter(table, -1).convert([expr])[0]
    return Printer(table, {}, {}).spell(simplify(table, [term])[term])


def reason_of(node: Call, operand: Expr) -> str:
    """Why an operation passes on what it does, by what is declared of it."""
    op = node.op
    words = op.name.replace("_", " ")
    places = [place for place, each in enumerate(node.operands) if each is operand]
    if len(places) > 1:
        return f"{words}: the product rule, once for each place"
    if op.linear == "jointly" and op.elementwise:
        return f"{words}: a sum is differentiated term by term"
    if op.linear == "jointly":
        return f"{words}: linear, so what arrives goes back by the transposed map"
    if op.linear == "each":
        behind = "behind it, transposed" if places[0] == 0 else "in front of it, transposed"
        if op.elementwise:
            return f"{words}: the product rule, the other factor stays"
        return f"{words}: d(A @ B) = dA @ B + A @ dB; the factor {behind}, goes over to the gradient"
    if op.elementwise:
        return f"{words}: the chain rule, times its derivative entry by entry"
    return f"{words}: the chain rule, by the rule of {words}"


def _sum(parts: list[Expr]) -> Expr:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total
