"""The name of an operation is written once, in its declaration: elsewhere code tells operations by that declaration.

Outside ``ops`` an operation is named to apply it, ``op.exp(x)``: that is the language. The operators have a place in
the grammar, so that what reads and writes expressions knows them, too. Whatever else names one is listed here with its
reason: it says what holds of that function alone, or its word means something else.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograd_core.ops import OpSpec, functions

ROOT = Path(__file__).parents[2]
OPERATIONS = {function.name: function for function in functions() if isinstance(function, OpSpec)}

TERMS = "kinds of terms: a sum and a product are no operations there"
SYMPY = "instructions of what SymPy made: names of NumPy's functions"
MISTAKES = "mistakes that people make with this function"
WORDS = {
    "assumptions.py": ("kinds of assumptions", "abs diagonal sum"),
    "claims/grade.py": ("kinds of assumptions", "abs diagonal sum"),
    "claims/mistakes/": ("kinds of mistakes", "add index less mean sign sum"),
    "engine/": (
        "what PyTorch calls its methods and options, where it takes other arguments than the function",
        "add argsort cummax cummin cumprod cumsum detach div equal flip floor "
        "log_softmax masked_select max mean median min one_hot repeat reshape sign slogdet softmax sort "
        "squeeze std sub threshold transpose var where",
    ),
    "expr/build.py": ("what JAX calls a change at some places, x.at[0].add(v)", "add"),
    "expr/selection.py": ("what JAX calls a change at some places, x.at[0].add(v)", "add"),
    "expr/reader/python_calls.py": ("what JAX calls a change at some places, x.at[0].add(v)", "add"),
    "expr/reader/": (
        "mathematics and code of other languages: what a spelling means in this one",
        "abs binary_cross_entropy cbrt ceil cos cross det detach diagonal eigh_vectors eigvalsh einsum exp "
        "floor gamma index inv log max maximum mean median min minimum outer pinv prod relu sigmoid sin "
        "slogdet solve sqrt stack std sub sum svd_u svdvals trace transpose var where",
    ),
    "formula/": (TERMS, "outer prod sum transpose var"),
    "shapes/inference.py": ("whether the user wrote it, or a matrix in brackets", "stack"),
    "symbolic/": (
        SYMPY,
        "add cbrt ceil cos cosh digamma div erf erfc erfinv floor gamma maximum minimum mul neg polygamma "
        "reciprocal sech sin sinc sinh sqrt sub tan tanh where",
    ),
    "engine/methods.py": ("PyTorch's function of this name, which takes an axis", "scatter"),
    "names.py": ("the name of a Greek letter", "gamma"),
    "torch.py": ("PyTorch takes no classes but integers", "nll_loss"),
    "views/gradient.py": ("a word of the answer", "sum"),
}
"""Words that are the name of an operation, by file or folder: why they are not one there."""

NAMED = {
    "check/nonfinite.py": ("of where, both branches are computed", "where"),
    "check/witnesses/sweep.py": ("what is held constant", "detach"),
    "claims/mistakes/": (
        MISTAKES,
        "abs acos asin atan broadcast_to det exp logsumexp mean reshape sigmoid softmax sqrt std sum tanh var "
        "vector_norm",
    ),
    "claims/points.py": ("the sizes at which these lose all digits", "exp log_softmax logsumexp softmax"),
    "engine/methods.py": ("x.where(condition, y) has its operands in another order", "where"),
    "engine/positions.py": ("how values follow from positions", "take_along_axis"),
    "engine/vmap.py": ("sums of, and choices between, batches that keep a factor apart", "sum where"),
    "export/for_sympy.py": ("what is held constant has no counterpart in SymPy", "detach"),
    "expr/": ("how broadcasting is undone, and what a plan does in blocks", "broadcast_to mean reshape sum"),
    "expr/latex.py": ("an inverse that is transposed", "inv"),
    "expr/selection.py": ("what makes a mask of masks", "maximum minimum tril triu"),
    "formula/": (
        "equations between these functions, and how a term of them is made",
        "abs broadcast_to diag diagonal einsum exp expand_dims inv log magnitude max maximum mean min one_hot outer "
        "pad prod relu reshape scatter sign squeeze stack sum trace vector_norm where",
    ),
    "shapes/inference.py": (
        "where an operand is as long as another one, and of a matrix in brackets",
        "diag diagonal mean stack sum trace",
    ),
}
"""Operations that code names without applying them, by file or folder: what it knows of them alone."""


def is_operator(operation: OpSpec) -> bool:
    """Whether an operation is written without its name, as ``a + b``, ``x[0]`` and ``A.T``."""
    params = {param.name: param.default for param in operation.params}
    params |= operation.cases[0].params if operation.cases else {}
    pieces = operation.text(**params)[1] if operation.text is not None else ["f("]
    return not any(isinstance(piece, str) and re.search(r"\w\(", piece) for piece in pieces)


OPERATORS = {name for name, operation in OPERATIONS.items() if is_operator(operation)}


def named(tree: ast.Module) -> Iterator[str]:
    """Operations that are named without being applied, as in ``node.op is op.exp`` and ``{op.log: 0}``."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        name = getattr(node, "attr", "") if getattr(getattr(node, "value", None), "id", "") in ("op", "ops") else ""
        if id(node) not in called and name in OPERATIONS.keys() - OPERATORS:
            yield name


def written(tree: ast.Module) -> Iterator[str]:
    """The names of operations that stand as literals."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in OPERATIONS:
            yield node.value


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module outside ``ops`` by its path."""
    for folder in ("core/autograd_core", "cli/autograd_cli"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT / folder).as_posix()
            if not name.startswith("ops/"):
                yield name, ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("found", "explained"), [(written, WORDS), (named, NAMED)], ids=["literals", "declarations"])
def test_an_operation_is_named_outside_of_ops_for_a_reason_alone(found, explained) -> None:  # type: ignore[no-untyped-def]
    used: set[tuple[str, str]] = set()
    for module, tree in modules():
        for name in found(tree):
            places = [place for place in explained if module.startswith(place)]
            reasons = [place for place in places if name in explained[place][1].split()]
            assert reasons, (
                f"{module} names {name}: declare what it needs to know, or say here why it cannot be declared"
            )
            used |= {(place, name) for place in reasons}
    stale = {(place, name) for place, (_, words) in explained.items() for name in words.split()} - used
    assert stale == set(), "nothing names these any more"


def test_a_name_that_stands_elsewhere_is_found() -> None:
    tree = ast.parse('T = {"inv": 1}\nif op.name in ("softmax",) or node.op is ops.exp or ops.add: op.tanh(x)')
    assert sorted(written(tree)) == ["inv", "softmax"]
    assert list(named(tree)) == ["exp"]
