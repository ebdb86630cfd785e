"""The words of a command line mean what the help says, in any order, and what does not fit is answered with advice."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from textwrap import dedent

import pytest

from autograd_cli.arguments import leaves, one_named, parse_arguments, split
from autograd_cli.environment import StandardInput
from autograd_cli.limits import Kind
from autograd_cli.main import main
from autograd_cli.options import CommandLine
from autograd_core.errors import UsageError
from command_runs import Cli

OPTIONS = {
    "--json": Kind(flag=True),
    **dict.fromkeys(("--tree", "--no-tree"), Kind(flag=True)),
    "--format": Kind(),
    "--grad-tensor": Kind(),
    "--var": Kind(),
    **dict.fromkeys(("--help", "-h"), Kind(flag=True, over=True)),
}


def understood(*words: str) -> tuple[str, dict[str, str], list[str]]:
    """The expression, the text of each value, and the options in ``words``."""
    line = split(CommandLine("grad", words, OPTIONS))
    given = parse_arguments(line, StandardInput(None))
    return given.reading.source.text, dict(given.texts), line.options


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs a command that is to be refused as a usage error, and returns what a person reads."""

    def run(*words: str) -> str:
        assert main(words) == 2
        out, err = capsys.readouterr()
        assert out == ""
        return err

    return run


def text(lines: str) -> str:
    return dedent(lines).lstrip("\n")


@pytest.mark.parametrize(
    "words",
    [
        ("sum(x)", "--x", "1,2", "--json"),
        ("--x", "1,2", "sum(x)", "--json"),
        ("--json", "--x", "1,2", "sum(x)"),
        ("--json", "--x=1,2", "--", "sum(x)"),
        ("--var", "x=1,2", "sum(x)", "--json"),
    ],
)
def test_the_expression_may_stand_anywhere(words: tuple[str, ...]) -> None:
    assert understood(*words) == ("sum(x)", {"x": "1,2"}, ["--json"])


@pytest.mark.parametrize(
    ("words", "value"),
    [
        (("x", "--x", "-1,-2"), "-1,-2"),
        (("x", "--x", "-1e-3"), "-1e-3"),
        (("x", "--x", "-"), "-"),
        (("x", "--x=-1"), "-1"),
        (("x", "--x=--1"), "--1"),
        (("x", "--x", "--1"), "--1"),
        (("x", "--x="), ""),
        (("x", "--x=1=2"), "1=2"),
        (("x", "--x", "[1, 2]"), "[1, 2]"),
    ],
)
def test_the_word_after_a_name_is_its_value_word_for_word(words: tuple[str, ...], value: str) -> None:
    assert understood(*words)[1] == {"x": value}


@pytest.mark.parametrize("expression", ["-x**2", "-g*x", "-x", "--(x)", "--2*x"])
def test_an_expression_may_start_with_a_minus(expression: str) -> None:
    name = "g" if "g" in expression else "x"
    values = ["--x", "3"] + (["--g", "2"] if name == "g" else [])
    assert understood(expression, *values)[0] == expression


@pytest.mark.parametrize("expression", ["--x", "-h", "--json"])
def test_after_two_dashes_anything_is_the_expression(expression: str) -> None:
    name = expression.lstrip("-")
    assert understood("--var", f"{name}=3", "--", expression) == (expression, {name: "3"}, [])


@pytest.mark.parametrize(
    ("expression", "name", "variable"),
    [
        ("X1*2", "x1", "X1"),
        ("x1*2", "X1", "x1"),
        ("learning_rate*2", "learning-rate", "learning_rate"),
        ("learning_rate*2", "Learning-Rate", "learning_rate"),
        ("ñ*2", "Ñ", "ñ"),
        ("e*2 + 0*x", "e", "e"),
    ],
)
def test_names_bind_whatever_their_case_and_dashes(expression: str, name: str, variable: str) -> None:
    assert understood(expression, f"--{name}", "3", "--var", "x=1")[1][variable] == "3"


def test_exact_names_bind_where_names_differ_in_case_only() -> None:
    assert understood("x*X", "--X", "1", "--x", "2")[1] == {"X": "1", "x": "2"}


def test_names_are_compared_as_python_does() -> None:
    assert understood("\ufb01*2", "--fi", "3")[1] == {"fi": "3"}


def test_values_keep_the_order_in_which_they_were_typed() -> None:
    assert list(understood("a + b + c", "--c", "1", "--a", "2", "--b", "3")[1]) == ["c", "a", "b"]


def test_var_binds_a_name_that_is_an_option() -> None:
    expected = ("format*json", {"format": "2", "json": "3"}, ["--format=plain"])
    assert understood("format*json", "--var", "format=2", "--var=json=3", "--format", "plain") == expected


def test_var_may_bind_a_name_that_the_expression_does_not_use() -> None:
    assert understood("x", "--x", "1", "--var", "z=2")[1] == {"x": "1", "z": "2"}


def test_options_go_to_typer_as_single_words() -> None:
    words = ("x", "--x", "1", "--grad-tensor", "-1", "--no-tree", "--grad-tensor=2", "--format", "json")
    assert understood(*words)[2] == ["--grad-tensor=-1", "--no-tree", "--grad-tensor=2", "--format=json"]


def test_help_is_given_whatever_else_is_wrong() -> None:
    parts = split(CommandLine("grad", ("x", "y", "--x", "-h", "-h"), OPTIONS))
    assert (parts.over, parts.options) == (True, ["-h"])


def test_lists_of_variables_follow_the_same_rules_as_bindings() -> None:
    names = ("X1", "w_out", "y")
    assert leaves(["x1,w-out"], [], names) == {"X1", "w_out"}
    assert leaves(["x1", " y"], [], names) == {"X1", "y"}
    assert leaves([], ["x1"], names) == {"w_out", "y"}
    assert leaves([], [], names) is None
    assert one_named("Y", "--get", names) == "y"


def test_a_gradient_cannot_be_wanted_and_unwanted() -> None:
    with pytest.raises(UsageError, match=r"^x: `wrt` asks for the gradient and `no-grad` for none$"):
        leaves(["x,y"], ["x"], ("x", "y"))


@pytest.mark.parametrize("option", ["--wrt", "--no-grad", "--get"])
def test_an_option_that_names_no_variable_says_which_there_are(refused: Callable[..., str], option: str) -> None:
    assert refused("grad", "x*weight", "--x", "1", "--weight", "2", option, "wieght") == text(
        f"""
        error[AG101]: {option}: 'wieght' is not one of the variables; did you mean weight?
        why: the variables are x and weight
        try: autograd-cli grad 'x*weight' --x 1 --weight 2 {option} weight
        """
    )


def test_a_name_that_is_not_used_has_no_gradient_to_ask_for(refused: Callable[..., str]) -> None:
    assert refused("grad", "x**2", "--x", "1", "--var", "z=2", "--get", "z") == text(
        """
        error[AG101]: --get: 'z' is not one of the variables
        why: the only variable is x
        try: autograd-cli grad 'x**2' --x 1 --var z=2 --get x
        """
    )


def test_every_variable_without_a_value_is_named_at_once(refused: Callable[..., str]) -> None:
    assert refused("grad", "sum((Y-W*X)**2)", "--x", "1,2") == text(
        """
        error[AG605]: no value for Y and W
          sum((Y-W*X)**2)
               ^
        try: autograd-cli grad 'sum((Y-W*X)**2)' --x 1,2 --Y 1 --W 1
        """
    )


def test_a_variable_with_the_name_of_an_option_is_asked_for_with_var(refused: Callable[..., str]) -> None:
    assert refused("grad", "x*seed", "--x", "1") == text(
        """
        error[AG605]: no value for seed
          x*seed
            ^^^^
        try: autograd-cli grad 'x*seed' --x 1 --var seed=1
        """
    )


def test_a_name_is_no_other_spelling_of_one_that_is_given_too(cli: Cli) -> None:
    found = cli("grad", "sum(A + aI)", "--A", "1,2;3,4", "--a", "2", "--check", "none", "--json")
    assert found.json["read"] == "sum(A + a*eye(2))"


@pytest.mark.parametrize(("typed", "numbers"), [("A + xy", "xy"), ("A + eye", ""), ("xA + yI", "xy")])
def test_a_result_with_several_entries_is_read_as_one_with_a_single_entry(cli: Cli, typed: str, numbers: str) -> None:
    found = cli("grad", typed, "--A", "1,2;3,4", *(word for name in numbers for word in (f"--{name}", "2")))
    assert found.stderr.startswith("error[AG201]: the result has shape (2,2): ")


def test_of_names_that_stand_together_the_shapes_are_told(cli: Cli) -> None:
    found = cli("grad", "sum(xy)", "--x", "1,2", "--y", "1,2,3")
    assert found.stderr.startswith("error[AG301]: two columns have no product: x (2,) and y (3,)")


def test_a_misspelt_variable_is_recognised(refused: Callable[..., str]) -> None:
    assert refused("grad", "x*weights", "--x", "1", "--wieghts", "2") == text(
        """
        error[AG101]: --wieghts is neither an option of grad nor a variable of the expression; did you mean --weights?
        why: its variables are x and weights
        try: autograd-cli grad 'x*weights' --x 1 --weights 2
        """
    )


def test_a_misspelt_option_is_not_taken_for_a_variable(refused: Callable[..., str]) -> None:
    assert refused("grad", "x", "--x", "1,2", "--strickt=1") == text(
        """
        error[AG101]: --strickt is neither an option of grad nor a variable of the expression; did you mean --strict?
        why: its only variable is x
        try: autograd-cli grad x --x 1,2 --strict --grad-tensor 1,1
        """
    )


@pytest.mark.parametrize(
    "words",
    [
        ("sum(x)", "--x", "1", "--jsno"),
        ("sum(x)", "--jsno", "--x", "1"),
        ("--jsno", "sum(x)", "--x", "1"),
        ("sum(x)", "--jsno=1", "--x", "1"),
    ],
)
def test_a_misspelt_option_without_a_value_does_not_need_one(
    refused: Callable[..., str], words: tuple[str, ...]
) -> None:
    (offered,) = re.findall("try: autograd-cli (.*)", refused("grad", *words))
    assert sorted(shlex.split(offered)) == sorted(["grad", "sum(x)", "--x", "1", "--json"])


def test_a_variable_is_not_taken_for_a_misspelt_option(refused: Callable[..., str]) -> None:
    assert refused("grad", "fuel*2", "--fuel") == text(
        """
        error[AG102]: '--fuel' needs a value
        why: it is the last word
        try: autograd-cli grad 'fuel*2' --fuel 1
        """
    )


def test_the_only_variable_left_is_what_an_unknown_name_means(refused: Callable[..., str]) -> None:
    assert refused("grad", "sum(y)", "--x", "1,2,3") == text(
        """
        error[AG101]: --x is neither an option of grad nor a variable of the expression; did you mean --y?
        why: its only variable is y
        try: autograd-cli grad 'sum(y)' --y 1,2,3
        """
    )


def test_an_unknown_name_near_to_nothing_is_sent_to_the_help(refused: Callable[..., str]) -> None:
    assert refused("grad", "1 + 2", "--qqq", "1") == text(
        """
        error[AG101]: --qqq is neither an option of grad nor a variable of the expression
        why: it is a constant: it has no variables
        try: autograd-cli grad --help
        """
    )


def test_a_constant_is_not_redefined_by_a_name_of_another_case(refused: Callable[..., str]) -> None:
    assert refused("grad", "pi*x", "--x", "1", "--PI", "3") == text(
        """
        error[AG101]: --PI is neither an option of grad nor a variable of the expression; did you mean --pi?
        why: its only variable is x
        try: autograd-cli grad 'pi*x' --x 1 --pi 3
        """
    )


def test_a_name_that_the_expression_sets_cannot_be_bound(refused: Callable[..., str]) -> None:
    assert refused("grad", "y = 2*x; y**2", "--x", "1", "--y", "2") == text(
        """
        error[AG101]: --y: the expression sets y itself, by y = ...
        why: its only variable is x
        hint: leave out --y, or the statement that sets it
        """
    )


def test_a_name_that_can_mean_two_variables_is_refused(refused: Callable[..., str]) -> None:
    assert refused("grad", "Ab*aB", "--ab", "1") == text(
        """
        error[AG101]: --ab can be Ab or aB
        why: capital and small letters count where names differ in nothing else
        try: autograd-cli grad 'Ab*aB' --Ab 1 --aB 1
        """
    )


def test_of_an_option_that_is_given_twice_the_last_holds(cli: Cli) -> None:
    wrapped = ("grad", "x**2", "--x", "3", "--tree", "--check", "sympy", "--format", "plain")
    found = cli(*wrapped, "--no-tree", "--check=none", "--format=json")
    assert found.json["check"]["status"] == "skipped"
    assert "graph" not in found.json


@pytest.mark.parametrize(
    ("words", "by"),
    [
        (("--x", "1", "--x", "2"), "--x and by --x"),
        (("--x", "1", "--X=2"), "--x and by --X"),
        (("--x", "1", "--var", "x=2"), "--x and by --var"),
    ],
)
def test_a_variable_has_one_value(refused: Callable[..., str], words: tuple[str, ...], by: str) -> None:
    assert refused("grad", "x**2", *words) == text(
        f"""
        error[AG104]: x is given twice, by {by}
        hint: leave one of them out; --var x=VALUE binds exactly x
        """
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("sum(x)", "--x"),
            """
            error[AG102]: '--x' needs a value
            why: it is the last word
            try: autograd-cli grad 'sum(x)' --x 1
            """,
        ),
        (
            ("x*y", "--x", "--y", "3"),
            """
            error[AG102]: '--x' needs a value
            why: the next word is '--y'
            try: autograd-cli grad 'x*y' --x 1 --y 3
            """,
        ),
        (
            ("x", "--x", "1", "--grad-tensor"),
            """
            error[AG102]: '--grad-tensor' needs a value
            why: it is the last word
            try: autograd-cli grad x --x 1 --grad-tensor 1
            """,
        ),
        (
            ("x", "--var", "x"),
            """
            error[AG102]: --var x: this is not NAME=VALUE
            why: there is no = in it
            try: autograd-cli grad x --var x=1,2,3 --grad-tensor 1,1,1
            """,
        ),
        (
            ("x", "--var", "2x=1"),
            """
            error[AG102]: --var 2x=1: this is not NAME=VALUE
            why: '2x' cannot be the name of a variable
            try: autograd-cli grad x --var x=1,2,3 --grad-tensor 1,1,1
            """,
        ),
        (
            ("x", "--x", "1", "--tree=no"),
            """
            error[AG102]: --tree is an option and takes no value
            try: autograd-cli grad x --x 1 --no-tree
            """,
        ),
        (
            ("x", "--x", "1", "--format", "jsno"),
            """
            error[AG102]: --format takes one of table, json, plain, markdown or latex, not 'jsno'
            try: autograd-cli grad x --x 1 --format json
            """,
        ),
        (
            ("x", "--x", "1", "--precision", "0"),
            """
            error[AG102]: --precision takes a whole number from 1 to 17, not '0'
            try: autograd-cli grad x --x 1 --precision 17
            """,
        ),
        (
            ("x", "--x", "1", "--rtol", "nan"),
            """
            error[AG102]: --rtol takes a finite number of at least 0, not 'nan'
            try: autograd-cli grad x --x 1 --rtol 1
            """,
        ),
        (
            ("x*y", "--x", "1", "--y", "2", "--wrt", "x", "--get", "y"),
            """
            error[AG205]: y has no gradient
            why: y does not require grad, by --wrt or --no-grad
            hint: --get takes a variable that has one
            """,
        ),
        (
            ("x", "--x", "1", "--format", "plain", "--get", "x"),
            """
            error[AG104]: --format plain and --get ask for different answers
            hint: leave out --get
            """,
        ),
    ],
)
def test_a_word_that_needs_another_says_so(refused: Callable[..., str], words: tuple[str, ...], message: str) -> None:
    assert refused("grad", *words) == text(message)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("sum(x)", "--x", "1", "2", "3"),
            """
            error[AG103]: more than one expression: 'sum(x)', '2' and 1 more
            why: --x takes one word: numbers are separated by commas
            try: autograd-cli grad 'sum(x)' --x 1,2,3
            """,
        ),
        (
            ("sum(x)", "--x", "1,", "-2,", "3"),
            """
            error[AG103]: more than one expression: 'sum(x)', '-2,' and 1 more
            why: --x takes one word: numbers are separated by commas
            try: autograd-cli grad 'sum(x)' --x 1,-2,3
            """,
        ),
        (
            ("sum(x)", "-x", "1,2,3"),
            """
            error[AG103]: more than one expression: 'sum(x)', '-x' and 1 more
            why: a variable's name stands behind two dashes: --x, not -x
            try: autograd-cli grad 'sum(x)' --x 1,2,3
            """,
        ),
        (
            ("sum(x)", "---x=1,2,3"),
            """
            error[AG103]: more than one expression: 'sum(x)', '---x=1,2,3'
            why: a variable's name stands behind two dashes: --x, not ---x
            try: autograd-cli grad 'sum(x)' --x=1,2,3
            """,
        ),
        (
            ("sum(x)", "\u2014x", "1,2,3"),
            """
            error[AG103]: more than one expression: 'sum(x)', '\u2014x' and 1 more
            why: a variable's name stands behind two dashes: --x, not \u2014x
            try: autograd-cli grad 'sum(x)' --x 1,2,3
            """,
        ),
        (
            ("x", "+", "y", "--x", "1", "--y", "2"),
            """
            error[AG103]: more than one expression: 'x', '+' and 1 more
            why: the shell splits at blanks: an expression with blanks stands in quotes
            try: autograd-cli grad 'x + y' --x 1 --y 2
            """,
        ),
        (
            ("sum(tree)", "--tree", "1,2,3"),
            """
            error[AG103]: more than one expression: 'sum(tree)', '1,2,3'
            why: --tree is an option and takes no value; a variable of that name is bound with --var
            try: autograd-cli grad 'sum(tree)' --var tree=1,2,3
            """,
        ),
        (
            ("sum(x)", "--x", "1,2,3", "sum(x)"),
            """
            error[AG103]: more than one expression: 'sum(x)', 'sum(x)'
            why: every other word is a variable's name, an option, or the value of one
            hint: put the expression in quotes, its statements separated by ';': 'y = 2*x; sum(y)'
            """,
        ),
        (
            (),
            """
            error[AG103]: grad needs an expression
            try: autograd-cli grad 'sum(x**2)' --x 1,2,3
            """,
        ),
        (
            ("--x", "sum(x)"),
            """
            error[AG103]: grad needs an expression
            why: 'sum(x)' was taken as the value of --x
            try: autograd-cli grad 'sum(x)' --x 1,2,3
            """,
        ),
    ],
)
def test_there_is_one_expression(refused: Callable[..., str], words: tuple[str, ...], message: str) -> None:
    assert refused("grad", *words) == text(message)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("gard", "x**2", "--x", "3"),
            """
            error[AG105]: 'gard' is not a command; did you mean grad?
            why: the commands are {commands}
            try: autograd-cli grad 'x**2' --x 3
            """,
        ),
        (
            ("diff", "x**2", "--x", "3"),
            """
            error[AG105]: 'diff' is not a command; did you mean grad?
            why: the commands are {commands}
            try: autograd-cli grad 'x**2' --x 3
            """,
        ),
        (
            ("--full", "grad", "x**2", "--x", "3"),
            """
            error[AG105]: '--full' is not a command
            why: the commands are {commands}
            try: autograd-cli grad --full 'x**2' --x 3
            """,
        ),
        (
            ("--versoin",),
            """
            error[AG105]: '--versoin' is not a command; did you mean --version?
            why: the commands are {commands}
            try: autograd-cli --version
            """,
        ),
    ],
)
def test_a_forgotten_command_is_recognised(refused: Callable[..., str], words: tuple[str, ...], message: str) -> None:
    said = refused(*words)
    commands = said.split("the commands are ")[1].split("\n")[0]
    assert said == text(message).format(commands=commands)


def test_the_inputs_of_one_command_are_limited(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grad", "x", *(f"--x{number}=1" for number in range(1001))]) == 3
    assert capsys.readouterr().err == text(
        """
        error[AG801]: 1,001 variables are given, and 1,000 is the limit
        hint: one array holds many numbers: --x 1,2,3
        """
    )
