"""Reports made by hand, for the tests of the renderers."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core.report import (
    Check,
    Graph,
    GraphNode,
    Report,
    Value,
    Variable,
    Verdict,
    Warning,
    Worst,
)


def leaf(data: Any, *, requires_grad: bool = True, dtype: Any = np.float64) -> Value:
    """An input."""
    return Value(np.asarray(data, dtype=dtype), requires_grad, True, None)


def made(data: Any, grad_fn: str | None) -> Value:
    """A result of an operation."""
    return Value(np.asarray(data, dtype=np.float64), grad_fn is not None, grad_fn is None, grad_fn)


def agreeing(total: int, **changes: Any) -> Check:
    """A check in which every entry was compared and agrees."""
    fields: dict[str, Any] = {
        "status": "agree",
        "method": "sympy",
        "compared": total,
        "covered": 0,
        "total": total,
        "kinks": 0,
        "max_abs_error": 0.0,
    }
    return Check(**{**fields, **changes})


def overall(total: int, **changes: Any) -> Verdict:
    """A verdict in which every entry was compared and agrees."""
    fields: dict[str, Any] = {
        "status": "agree",
        "compared": total,
        "covered": 0,
        "total": total,
        "kinks": 0,
        "max_abs_error": 0.0,
        "rtol": 1e-9,
        "atol": 1e-12,
    }
    return Verdict(**{**fields, **changes})


def variable(name: str, data: Any, grad: Any, formula: str | None = None, **changes: Any) -> Variable:
    """An input with its gradient and a check that agrees."""
    gradient = None if grad is None else np.asarray(grad, dtype=np.float64)
    check = changes.pop("check", None if gradient is None else agreeing(gradient.size))
    reason = changes.pop("formula_reason", None)
    return Variable(name, leaf(data, **changes), gradient, formula, reason, check)


def node(
    number: int,
    text: str,
    data: Any,
    grad: Any = None,
    op: str | None = None,
    inputs: tuple[int, ...] = (),
    **more: Any,
) -> GraphNode:
    """A node of a graph: a leaf without ``op``, else the result of one."""
    grad_fn = more.get("grad_fn", f"{op.title()}Backward0" if op else None)
    value = made(data, grad_fn) if op else leaf(data, requires_grad=more.get("requires_grad", True))
    gradient = None if grad is None else np.asarray(grad, dtype=np.float64)
    return GraphNode(number, more.get("name"), op, text, more.get("step", text), inputs, value, gradient)


def report(expression: str, result: Any, *variables: Variable, grad_fn: str = "SumBackward0", **changes: Any) -> Report:
    """A report without a graph in which everything agrees, unless told otherwise."""
    total = sum(each.grad.size for each in variables if each.grad is not None)
    fields: dict[str, Any] = {
        "expression": expression,
        "names": ("f", "v"),
        "result": made(result, grad_fn),
        "grad_tensors": (None,),
        "variables": variables,
        "verdict": overall(total),
        "graph": None,
        "warnings": (),
    }
    return Report(**{**fields, **changes})


def main_job(**changes: Any) -> Report:
    """sum((Y-W2*W1*X1)**2) at small integers."""
    ones = [1, 1, 1, 1]
    graph = Graph(
        8,
        (
            node(0, "Y", ones, [-2, -10, -22, -38], name="Y"),
            node(1, "W2", [1, 2, 3, 4], [4, 30, 88, 190], name="W2"),
            node(2, "W1", ones, [4, 60, 264, 760], name="W1"),
            node(3, "X1", [2, 3, 4, 5], [2, 20, 66, 152], name="X1"),
            node(4, "W2*W1", [1, 2, 3, 4], [4, 30, 88, 190], "mul", (1, 2)),
            node(5, "W2*W1*X1", [2, 6, 12, 20], [2, 10, 22, 38], "mul", (4, 3), step="#4*X1"),
            node(6, "Y - W2*W1*X1", [-1, -5, -11, -19], [-2, -10, -22, -38], "sub", (0, 5), step="Y - #5"),
            node(7, "(Y - W2*W1*X1)**2", [1, 25, 121, 361], ones, "pow", (6,), step="#6**2"),
            node(8, "sum((Y - W2*W1*X1)**2)", 508, 1, "sum", (7,), step="sum(#7)"),
        ),
    )
    return report(
        "sum((Y-W2*W1*X1)**2)",
        508,
        variable("X1", [2, 3, 4, 5], [2, 20, 66, 152], "-2*W1*W2*(Y - W1*W2*X1)"),
        variable("W1", ones, [4, 60, 264, 760], "-2*X1*W2*(Y - W1*W2*X1)"),
        variable("W2", [1, 2, 3, 4], [4, 30, 88, 190], "-2*X1*W1*(Y - W1*W2*X1)"),
        variable("Y", ones, [-2, -10, -22, -38], "2*(Y - W1*W2*X1)"),
        **{"graph": graph, **changes},
    )


def warned(code: str = "AG404", message: str = "log of 0 is -inf") -> tuple[Warning, ...]:
    """One warning."""
    return (Warning(code, message),)


def softmax() -> Report:
    """Long formulas, six digits everywhere, a vector result with a grad tensor, statements."""
    z = np.array([0.5, -1.25, 3.0])
    p = np.exp(z) / np.exp(z).sum()
    v = np.array([1.0, 0.0, 0.0])
    return report(
        "p = softmax(z*w); log(p)",
        np.log(p),
        variable("z", z, v - p, "p = softmax(z*w); w*(v/p*p - p*sum(v/p*p, axis=-1, keepdims=True))"),
        variable("w", [1, 1, 1], z * (v - p), "p = softmax(z*w); z*(v/p*p - p*sum(v/p*p, axis=-1, keepdims=True))"),
        grad_fn="LogBackward0",
        grad_tensors=(v,),
        verdict=overall(6, max_abs_error=2.220446049250313e-16),
    )


def matrices() -> Report:
    """Matrices of several sizes, one input that does not require grad, several grad tensors."""
    a = np.arange(12.0).reshape(3, 4) * 1.5 - 4
    x = np.array([[1.0], [-2.0], [0.5], [3.25]])
    return report(
        "A @ x + b",
        a @ x,
        variable("A", a, np.ones((3, 1)) @ x.T, "v @ x.T"),
        variable("x", x, None, requires_grad=False),
        variable("b", [[0], [0], [1e-9]], np.ones((3, 1)), "v"),
        grad_fn="AddBackward0",
        grad_tensors=(np.ones((3, 1)), np.array([[1.0], [2.0], [1.5e20]])),
    )


def large() -> Report:
    """Arrays that are too large to show, and one of 40 entries that is not."""
    x = np.arange(1, 1001) / 10
    w = np.linspace(-1, 1, 200 * 300).reshape(200, 300)
    t = np.sin(np.arange(40))
    hole = np.where(np.arange(100) % 50 == 7, np.nan, np.arange(100))
    return report(
        "sum(x) + sum(W) + sum(t) + sum(h)",
        np.nan,
        variable("x", x, np.ones(1000), "1", check=agreeing(1000, compared=16, covered=984)),
        variable("W", w, np.ones((200, 300)), "1", check=agreeing(60000, compared=16, covered=59984)),
        variable("t", t, np.cos(t), "cos(t)"),
        variable("h", hole, hole * 2, None, formula_reason="nan in the input"),
        verdict=overall(61140, compared=172, covered=60968),
        warnings=warned("AG405", "h[7] is nan"),
    )


def disagreeing() -> Report:
    """A witness that finds something else."""
    worst = Worst((2,), 264.0, 264.00000001)
    bad = agreeing(4, status="disagree", max_abs_error=1e-8, worst=worst)
    return report(
        "sum((Y-W1)**2)",
        508,
        variable("W1", [1, 1, 1, 1], [4, 60, 264, 760], "2*(W1 - Y)", check=bad),
        variable("Y", [1, 2, 3, 4], [4, 6, 264, 760], "2*(Y - W1)"),
        verdict=overall(8, status="disagree", max_abs_error=1e-8),
    )


def kinked() -> Report:
    """Kinks, and entries nobody compared."""
    part = agreeing(4, status="partial", compared=2, kinks=1, reason="SymPy took longer than 5 seconds")
    return report(
        "sum(relu(x)*abs(y))",
        12.5,
        variable("x", [0, 1, 2, 3], [0, 1, 2, 3], "where(x > 0, abs(y), 0)", check=part),
        variable("y", [1, 0], [0.5, 0], None, check=agreeing(2, compared=1, kinks=1), formula_reason="too long"),
        verdict=overall(6, status="partial", compared=3, kinks=2, reason="SymPy took longer than 5 seconds"),
    )


def skipped() -> Report:
    """No cross-check, no inputs with a gradient but one."""
    check = agreeing(1, status="skipped", compared=0, max_abs_error=None, reason="not asked for")
    return report(
        "x^2",
        9,
        variable("x", 3, 6, "2*x", check=check),
        grad_fn="PowBackward0",
        verdict=overall(1, status="skipped", compared=0, max_abs_error=None, reason="not asked for"),
    )


def markup() -> Report:
    """What a terminal library could take for markup, links, emoji or control codes."""
    nasty = "x[red] + x[/] + x[:100:] + x[bold] # :smile: \x1b[31m \u202e \t [link=http://a]b[/link]"
    graph = Graph(
        1, (node(0, "x[red]", [1, 2], [1, 1], name="x"), node(1, "x[/]\x1b[2J", 3, 1, "sum", (0,), name="[/]"))
    )
    return report(
        nasty,
        3,
        variable("x", [1, 2], [1, 1], "x[/] + [red]", check=agreeing(2, reason="[bold]")),
        variable("Größe_α", [1, 2], [1, 1], None, formula_reason="[i]no[/i]"),
        graph=graph,
    )


def shared() -> Report:
    """A node with three users, a named one, a constant, an input without gradient, an operation without gradient."""
    graph = Graph(
        8,
        (
            node(0, "x", [1.5, 2.5], [72.25, 193.25], name="x"),
            node(1, "c", [[1, 2], [3, 4]], None, name="c", requires_grad=False),
            node(2, "2", 2, None, requires_grad=False),
            node(3, "x**2", [2.25, 6.25], [1, 1], "pow", (0, 2), name="y"),
            node(4, "y*y", [5.0625, 39.0625], [1, 1], "mul", (3, 3)),
            node(5, "detach(y)", [2.25, 6.25], None, "detach", (3,), grad_fn=None),
            node(6, "y*y + x", [6.5625, 41.5625], [1, 1], "add", (4, 0), step="#4 + x"),
            node(7, "(y*y + x)*detach(y) + y", [1, 1], [1, 1], "cat", (6, 5, 3, 1), step="#6*#5 + y"),
            node(8, "sum((y*y + x)*detach(y) + y)", 2, 1, "sum", (7,), step="sum(#7)"),
        ),
    )
    return report(
        "y = x**2; sum((y*y + x)*detach(y) + y)",
        274.5234375,
        variable("x", [1.5, 2.5], [72.25, 193.25], "2*x*(v*y)"),
        variable("c", [[1, 2], [3, 4]], None, requires_grad=False),
        graph=graph,
    )


def chain(length: int) -> Graph:
    """x*a + b, again and again."""
    nodes = [node(0, "x", [1, 2], [3, 4], name="x"), node(1, "a", 1.5, 7, name="a"), node(2, "b", -0.5, 8, name="b")]
    last = 0
    while len(nodes) < length:
        number = len(nodes)
        op, other = ("mul", 1) if number % 2 else ("add", 2)
        nodes.append(node(number, f"s{number - 1} {op} {'ab'[other - 1]}", [1.5, 2.5], [1, 1], op, (last, other)))
        last = number
    return Graph(last, tuple(nodes))


def straight_chain(length: int) -> Graph:
    """sin(sin(sin(...)))."""
    nodes = [node(0, "x", [0.5, 2], [0.25, -0.125], name="x")]
    for number in range(1, length):
        nodes.append(node(number, f"sin(s{number - 1})", [0.5, 0.125], [1, 0.5], "sin", (number - 1,)))
    return Graph(length - 1, tuple(nodes))


def balanced(levels: int) -> Graph:
    """A sum of pairs of sums of pairs ... of one input."""
    nodes = [node(0, "x", 1, 2**levels, name="x")]
    for level in range(levels):
        nodes.append(node(level + 1, f"s{level} + s{level}", 2**level, 1, "add", (level, level)))
    return Graph(levels, tuple(nodes))


def deep() -> Report:
    """A chain of a hundred steps."""
    return report("for 100 steps", [1.5, 2.5], variable("x", [1, 2], [3, 4]), graph=chain(60))


def huge_graph() -> Report:
    """Ten thousand nodes."""
    return report("for 10000 steps", [1.5, 2.5], variable("x", [1, 2], [3, 4]), graph=chain(10_000))


def many() -> Report:
    """Thirty inputs."""
    return report("sum of 30", 30, *(variable(f"x{k}", [k, k + 0.5], [1, k / 3], f"x{k}/3") for k in range(30)))


def bushy() -> Report:
    """A deep graph with branches that are deep themselves."""
    nodes = [node(0, "x", 1, 1, name="x")]

    def chained(start: int, times: int) -> int:
        for _ in range(times):
            nodes.append(node(len(nodes), f"sin(s{start})", 0.5, 0.25, "sin", (start,)))
            start = len(nodes) - 1
        return start

    main = chained(0, 6)
    side = chained(0, 3)
    for _ in range(3):
        nodes.append(node(len(nodes), f"s{side}*s{main}", 2, 1, "mul", (side, main)))
        product = len(nodes) - 1
        side, main = chained(0, 2), chained(product, 3)
    return report("bushy", 1, variable("x", 1, 1), graph=Graph(len(nodes) - 1, tuple(nodes)))


def constant() -> Report:
    """No inputs at all."""
    return report("2 + 3", 5, grad_fn="AddBackward0")


def odd() -> Report:
    """Numbers at the edges: float32, booleans, negative zero, nan and infinities, empty, deep shapes, long integers."""
    single = leaf([0.1, 1 / 3, 1e-9], dtype=np.float32)
    cube = np.arange(24.0).reshape(2, 3, 4)
    return report(
        "x > 0",
        [[1]],
        Variable("x", single, np.array([0.1, 2, 3], np.float32), "x", None, agreeing(3)),
        variable("z", [-0.0, np.nan, np.inf, -np.inf], [-0.0, 1e6, 123456789, 1.5e20], "z"),
        variable("none", np.zeros((2, 0)), np.zeros((2, 0)), "none"),
        variable("cube", cube, cube * 0, "0*cube"),
        Variable("mask", Value(np.array([True, False]), False, True, None), None, None, None, None),
        Variable("count", Value(np.array([1, 2**40]), False, True, None), None, None, None, None),
    )
