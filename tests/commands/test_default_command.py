"""A line without a command asks for the gradient; --get gives values that can be typed back."""

from __future__ import annotations

import pytest

from command_runs import Cli


@pytest.mark.parametrize(
    "words", [("x**2", "--x", "3"), ("--x", "3", "x**2"), ("--x=3", "x**2"), ("-x**2", "--x", "3")]
)
def test_without_a_command_it_is_grad(cli: Cli, words: tuple[str, ...]) -> None:
    assert cli(*words, "--json").stdout == cli("grad", *words, "--json").stdout
    assert cli(*words).status == 0


def test_the_expression_may_come_from_standard_input(cli: Cli) -> None:
    assert cli("-", "--x", "3", "--get", "x", stdin="x**3").stdout == "27\n"


def test_get_can_be_repeated_and_value_is_the_result(cli: Cli) -> None:
    words = ("sum(A @ x)", "--A", "1,2;3,4", "--x", "5,6")
    assert cli(*words, "--get", "x", "--get", "value", "--get", "A").stdout == "4,6\n56\n5,6;5,6\n"


def test_a_variable_called_value_is_that_variable(cli: Cli) -> None:
    assert cli("value**2", "--value", "3", "--get", "value").stdout == "6\n"


def test_what_has_no_gradient_cannot_be_got(cli: Cli) -> None:
    done = cli("x*y", "--x", "1", "--y", "2", "--wrt", "x", "--get", "value", "--get", "y")
    assert (done.status, done.stdout) == (2, "")
    assert "y has no gradient" in done.stderr


def test_a_version_is_asked_for_as_in_other_programs(cli: Cli) -> None:
    assert cli("-V") == cli("--version")
    assert cli("-V", "--V", "3", "--get", "V", "--check", "none").stdout == "-1\n"  # with a value it is an expression


def test_an_answer_goes_to_one_file(cli: Cli) -> None:
    done = cli("x**2", "--x", "3", "-o", "a.md", "--output=b.md")
    assert done.status == 2
    assert "--output a.md and --output b.md ask for different files" in done.stderr
    assert done.stderr.endswith("try: autograd-cli grad 'x**2' --x 3 -o a.md\n")


def test_o_is_short_for_output(cli: Cli, tmp_path: object) -> None:
    path = f"{tmp_path}/r.json"
    assert cli("x**2", "--x", "3", "-o", path).stderr == f"wrote {path}\n"
    assert cli("(-o)", "--o", "3", "--get", "o").stdout == "-1\n"
