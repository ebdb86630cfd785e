"""The expression language: what is accepted means what it says, what is refused is refused by name and place."""

from __future__ import annotations

import numpy as np
import pytest

from autograd_core.errors import AutogradError, ExpressionError, LimitError
from autograd_core.expr import constant, parse, read
from autograd_core.expr.nodes import topological
from autograd_core.expr.run import evaluate
from autograd_core.expr.text import excerpts, write
from autograd_core.ops.spec import number_text
from command_runs import Cli
from corpus_cases import cases, inputs

INPUTS = {
    "x": np.array([1.0, 2.0, 3.0]),
    "A": np.arange(6.0).reshape(2, 3),
    "B": np.ones((2, 3)),
    "s": np.array(2.0),
}


def value(text: str) -> list[float] | float:
    program = parse(text, INPUTS)
    array = np.asarray(evaluate([program.result], INPUTS)[program.result])
    assert array.shape == program.result.shape
    return array.tolist()


def refused(text: str) -> tuple[str, str]:
    """The message, and the part of the text it points at."""
    with pytest.raises(AutogradError) as caught:
        parse(text, INPUTS)
    error = caught.value
    assert error.span is not None
    assert error.text == text
    return error.message, text[error.span[0] : error.span[1]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x^2+1", [2, 5, 10]),
        ("2^-1^2 * s", 1.0),
        ("-x**2", [-1, -4, -9]),
        ("(-2)**s", 4.0),
        ("2**-s", 0.25),
        ("s - 1 - 1", 0.0),
        ("8 / s / 2", 2.0),
        ("s ** 3 ** 0", 2.0),
        ("7 // s + 7 % s", 4.0),
        ("+s - -s", 4.0),
        ("x[0] + x[-1]", 4.0),
        ("x[::-1][:2]", [3, 2]),
        ("x[[0, 0, 2]]", [1, 1, 3]),
        ("A[:, 1]", [1, 4]),
        ("A[..., 0]", [0, 3]),
        ("x[:, None].sum(axis=1)", [1, 2, 3]),
        ("x[x > 1]", [2, 3]),
        ("(x > 1) * x", [0, 2, 3]),
        ("A.T.sum(dim=1, keepdim=True)", [[3], [5], [7]]),
        ("A.reshape(3, -1).mean(1)", [0.5, 2.5, 4.5]),
        ("sum(x * [1, 0, 1])", 4.0),
        ("y = x*2; z = y + 1; sum(z)", 15.0),
        ("y = x*2\n# a comment; with a semicolon\nz = y + 1  # another\nsum(z)", 15.0),
        ("sum(\n  x**2\n)", 14.0),
        ("  0x10 * s + 1_000", 1032.0),
        ("e + pi + s", np.e + np.pi + 2),
        ("1/3*s", 2 / 3),
        ("sum(ones(2, 3) + eye(3)[:2])", 8.0),
    ],
)
def test_values(text: str, expected: object) -> None:
    np.testing.assert_allclose(value(text), expected, rtol=1e-15)


@pytest.mark.parametrize(
    ("number", "text"),
    [(1.23456789e308, "1.23456789e+308"), (-1.23456789e-308, "-1.23456789e-308"), (332 + 1 / 3, "997/3"), (0.1, "0.1")],
)
def test_a_number_is_written_so_that_it_reads_back(number: float, text: str) -> None:
    assert number_text(number) == text
    assert value(text) == number


def test_unicode_names_are_normalised() -> None:
    assert read("\U0001d6fc + \u03b1").variables == ("\u03b1",)


def test_a_bound_variable_hides_a_constant() -> None:
    program = parse("e * 2", {"e": np.array(10.0)})
    assert float(evaluate([program.result], {"e": np.array(10.0)})[program.result]) == 20.0


def test_free_names_come_in_order_without_functions_and_statement_names() -> None:
    source = read("h = tanh(W @ x + b); y = h.sum() * pi; y - t")
    assert source.variables == ("W", "x", "b", "t")
    assert source.constants == ("pi",)
    assert source.names == ("h", "y")


@pytest.mark.parametrize(
    "text",
    [
        "x - (x - x)", "x / (x*x)", "(x**2)**3", "x**2**s", "-(x*2)", "(-x)**2", "2**-x", "x**(1/3)", "x*-1", "--x",
        "A @ x", "(A + B) @ x", "A @ (x + x)", "A.T @ A", "(A @ x)[0]", "x[0:2]*x[1:]", "x[:, None]*x", "x[::-1]",
        "sum(A, axis=0, keepdims=True)", "A.reshape(3, 2)", "transpose(A, (1, 0))", "concatenate([x, x], axis=0)",
        "stack([x, 2*x], axis=1)", "where(x > 1, x, 0)", "x*(x > 1)", "1/3*x", "x*[1, -2, 0.5]", "clip(x, 0, 2)",
        "max(A, axis=1)", "1e-30*x", "x % 2 + x // 2", "sum(x[x > 1])", "zeros(3) + x", "pi*x", "1e300*x", "-2**x",
    ],
)  # fmt: skip
def test_the_printed_text_reads_back_as_the_same_expression(text: str) -> None:
    first = parse(text, INPUTS).result
    printed = write(first)
    second = parse(printed, INPUTS).result
    assert write(second) == printed
    assert [n.op and n.op.name for n in topological([first])] == [n.op and n.op.name for n in topological([second])]
    np.testing.assert_array_equal(evaluate([first], INPUTS)[first], evaluate([second], INPUTS)[second])


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("sum(x", "add ')' where the bracket should end"),
        ("y = 2*x; sum(y[0", "add ']' where the bracket should end"),
        ("(x +", "add ')' where the bracket should end"),
        ("sum(zyzzy(x)", "add ')' where the bracket should end"),
        ("sum(" + "x + " * 30 + "x", "add ')' where the bracket should end"),
        ("sum(x))", "leave ')' out"),
        ("sum(x]", "write ')' for ']'"),
        (")", "leave ')' out"),
        ("(x +]", "write ')' for ']'"),
    ],
)
def test_a_bracket_too_many_or_too_few_is_named(text: str, hint: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        read(text)
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("text", "message", "where"),
    [
        ("sum((x", "'(' is never closed", "("),
        ("x[0)", "')' closes no bracket: '[' is open", ")"),
        ("x)", "')' closes no bracket", ")"),
        ("x +", "the syntax is incomplete: something is missing at the end", "+"),
        ("2x", "2x: put * between them", "2x"),
        ("sin x", "sin x: the syntax needs an operator or brackets between them", "sin x"),
        ("y = x; y = s; y", "y is set twice", "y"),
        ("z = y; y = x; z + y", "y is used before it is set", "y"),
        ("x if x else x", "a conditional 'a if c else b' is not allowed in an expression", "x if x else x"),
        ("x and x", "'and' / 'or' is not allowed in an expression", "x and x"),
        ("0 < x < 1", "one comparison at a time is allowed", "0 < x < 1"),
        ("sum(i for i in x)", "a generator is not allowed in an expression", "(i for i in x)"),
        ("s + 'a'", "a string is not allowed as a value", "'a'"),
        ("s + True", "True is not allowed as a value", "True"),
        ("1j*s", "complex numbers are not supported", "1j"),
        ("x\u00b2", "the character '\u00b2' (U+00B2 superscript two) has no meaning here", "\u00b2"),
        ("x \u2212 1", "the character '\u2212' (U+2212 minus sign) has no meaning here", "\u2212"),
        ("|x|", "'|' is not part of the language", "|"),
        ("3(x)", "this call is not allowed: only a function can be called, by its name", "3(x)"),
        ("foo(x)", "unknown function 'foo'", "foo(x)"),
        ("x.shape", ".shape is not supported", "x.shape"),
        ("x.__class__", ".__class__ is not supported", "x.__class__"),
        ("x.foo()", ".foo() is not a method that is supported", "x.foo()"),
        ("__x * s", "__x is not allowed as a name", "__x"),
        ("sum(sum)", "sum is a function here, not a value", "sum"),
        ("exp(x, x)", "exp: takes at most 1 argument, 2 were given", "exp(x, x)"),
        ("sum()", "sum: needs the argument 'x'", "sum()"),
        ("sum(x, axes=0)", "sum: has no argument 'axes'; it takes x, axis, keepdims", "sum(x, axes=0)"),
        ("sum(x, axis='0')", "sum: axis must be an integer, not '0'", "sum(x, axis='0')"),
        ("sum(x, axis=0, dim=0)", "sum: got the argument 'axis' twice", "sum(x, axis=0, dim=0)"),
        ("sum(x, axis=s)", "this argument must be a number written out, not computed from an input", "sum(x, axis=s)"),
        ("sum(x, axis=3)", "axis 3 does not exist: x (3,) has one axis, 0", "sum(x, axis=3)"),
        ("1 + A @ B", "the inner sizes of the shapes do not match: A (2,3) has 3 columns, B (2,3) has 2 rows", "A @ B"),
        (
            "s + (A + A[:, :2])",
            "the shapes of A (2,3) and A[:, :2] (2,2) do not fit: 3 against 2 on axis -1",
            "A + A[:, :2]",
        ),
        ("x[5]", "index 5 is out of bounds for axis 0 of x (3,): indices go from 0 to 2, or from -3 to -1", "x[5]"),
        ("x[0, 0]", "2 indices for x (3,), which has 1 dimension", "x[0, 0]"),
        (
            "A[[0, 1, 1], [0, 1]]",
            "the lists between the brackets have shapes (3,) and (2,), which do not fit each other",
            "A[[0, 1, 1], [0, 1]]",
        ),
        ("x[1.5]", "an index must be an integer, not 1.5", "x[1.5]"),
        ("x[::0]", "an index has a slice with step 0", "x[::0]"),
        ("x[0].reshape(4)", "x[0] scalar has 1 entry and does not fit shape (4,)", "x[0].reshape(4)"),
        ("einsum('ij->i', x)", "einsum 'ij->i' names 2 axes of x (3,), which has 1", "einsum('ij->i', x)"),
        ("A.reshape(4, 2)", "A (2,3) has 6 entries and does not fit shape (4, 2)", "A.reshape(4, 2)"),
        ("[x, x]", "a list of expressions is not allowed here", "[x, x]"),
        ("x*[[1, 2], [3]]", "the rows of this list have different lengths: it is ragged", "[[1, 2], [3]]"),
        ("x, x", "a tuple is not allowed here: an expression has a single result", "x, x"),
        ("y * s", "there is no value for y", "y"),
    ],
)  # fmt: skip
def test_refusals_say_what_and_where(text: str, message: str, where: str) -> None:
    assert refused(text) == (message, where)


def test_a_caret_after_a_power_sign_and_a_wide_character_points_right() -> None:
    assert refused("x^2 + \u03b1\u03b2*foo(x^2)") == ("there is no value for \u03b1\u03b2", "\u03b1\u03b2")
    assert refused("(x^2^s + \n foo(x))") == ("unknown function 'foo'", "foo(x)")


@pytest.mark.parametrize(
    "text",
    ["(" * 60_000 + "x" + ")" * 60_000, "[" * 201 + "x" + "]" * 201, "abs(" * 5000 + "x" + ")" * 5000,
     "x" + "+x" * 3000, "x" + "**x" * 3000, "x" + ".T" * 5000, "-" * 100_000 + "x",
     "x" * 10_000, "x + " * 100_000 + "x", "y0 = x\n" * 1001 + "x"],
)  # fmt: skip
def test_what_is_too_deep_or_too_long_is_refused_by_a_stated_limit(text: str) -> None:
    with pytest.raises(AutogradError) as caught:
        parse(text, INPUTS)
    assert isinstance(caught.value, LimitError) or "nested" in caught.value.message


def test_conditionals_within_one_another_are_refused() -> None:
    with pytest.raises(AutogradError):  # as too deep, or, by a Python that reads so many, as conditionals
        parse("x if x else " * 5000 + "x", INPUTS)


def test_a_thousand_terms_and_ten_thousand_nodes_work() -> None:
    assert value("s" + " + s" * 900) == 1802.0
    statements = "; ".join(f"y{i + 1} = y{i}" + " + s" * 19 for i in range(500))
    assert value(f"y0 = s; {statements}; y500") == 2.0 + 500 * 38.0


@pytest.mark.parametrize("text", ["outer(outer(B, B), outer(B, B))", "ones(100000, 100000)", "tile(x, 1000000000)"])
def test_a_result_that_is_too_large_is_refused_before_it_is_allocated(text: str) -> None:
    with pytest.raises(LimitError, match="limit is"):
        parse(text, {**INPUTS, "B": (100,)})


def test_constants_for_values() -> None:
    assert constant("-pi/2") == -np.pi / 2
    assert constant("eye(2)").tolist() == [[1, 0], [0, 1]]
    with pytest.raises(AutogradError, match="abc is not a number"):
        constant("abc")


def test_shapes_are_known_without_numbers() -> None:
    assert parse("A @ x + x[0]", {"A": (1000, 3), "x": (3,)}).result.shape == (1000,)
    with pytest.raises(AutogradError, match="needs the values"):
        parse("x[x > 0]", {"x": (3,)})


def test_a_mask_may_stand_beside_other_indices(cli: Cli) -> None:
    x = np.array([[1.0, 2, 3], [-1, 3, 4], [2, -5, 6]])
    for text, picked in (("x[x[:,0] > 0, 1]", [[0, 2], [1, 1]]), ("x[:2, x[2] > 0]", [[0, 0, 1, 1], [0, 2, 0, 2]])):
        done = cli("grad", f"sum({text}**2)", "--x", "1,2,3;-1,3,4;2,-5,6", "--json").json
        expected = np.zeros_like(x)
        expected[tuple(picked)] = 2 * x[tuple(picked)]
        assert done["variables"]["x"]["grad"] == expected.tolist()
        assert done["check"]["status"] == "agree"
    error = cli("grad", "sum(x[:2, x[2] > 0])", "--x", "1,2,3", "--json").json["error"]
    assert error["message"] == "a condition on one number picks no entries beside another index"


def test_the_short_texts_of_a_graph_are_what_each_node_is_written_as() -> None:
    given = [(case["expr"], inputs(case)) for case in cases("gradients.json") if case.get("policy") != "error"]
    extra = ["(s > 1) > s", "2*A @ x", "(A @ x)*x[0]", "(s*A) @ x", "-(s + 1)**2", "(2).T*s", "+".join(["s"] * 200)]
    for text, values in [*given, *((text, INPUTS) for text in extra)]:
        nodes = topological([parse(text, values).result])
        for most in (12, 120):
            found, _ = excerpts(nodes, {}, most, {})
            assert [found[id(node)] for node in nodes] == [write(node, most=most) for node in nodes]
