"""Every error is a message that points at what the user typed, and an exit status; never a traceback."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_cli import main as boundary
from autograd_cli.errors.messages import as_object, excerpt, for_people, labelled
from autograd_cli.main import main
from autograd_core.errors import AutogradError, ExpressionError, ShapeError
from autograd_core.escape import columns, escape_unprintable
from command_runs import Cli


def lines(text: str) -> str:
    return dedent(text).lstrip("\n")


@pytest.fixture
def answered(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs a command and returns its exit status, what it says, and what it complains about."""

    def run(*words: str) -> tuple[int, str, str]:
        status = main(words)
        out, err = capsys.readouterr()
        return status, out, err

    return run


@pytest.fixture
def failing(
    monkeypatch: pytest.MonkeyPatch, answered: Callable[..., tuple[int, str, str]]
) -> Callable[..., tuple[int, str, str]]:
    """Runs a command that raises ``error`` somewhere inside."""

    def run(error: BaseException, *words: str) -> tuple[int, str, str]:
        def fail(*_: object) -> int:
            raise error

        monkeypatch.setattr(boundary, "run", fail)
        return answered("grad", *words)

    return run


def test_an_error_says_what_where_why_and_what_works() -> None:
    error = ShapeError(
        "W (2,3) @ X (2,3): inner sizes 3 and 2 differ",
        span=(4, 9),
        text="sum(W @ X)",
        why="the columns of W meet the rows of X",
        hint="autograd-cli grad 'sum(W @ X.T)' --check none\ngive X three rows",
    )
    assert for_people(error) == lines(
        """
        error[AG301]: W (2,3) @ X (2,3): inner sizes 3 and 2 differ
          sum(W @ X)
              ^^^^^
        why: the columns of W meet the rows of X
        try: autograd-cli grad 'sum(W @ X.T)' --check none
        hint: give X three rows
        """
    )


def test_sentences_are_broken_where_a_width_is_known_and_commands_never() -> None:
    error = ShapeError(
        "W (2,3) @ X (2,3): inner sizes 3 and 2 differ, and nothing can be multiplied",
        span=(4, 9),
        text="sum(W @ X) + " + "x + " * 20 + "x",
        why="the columns of W meet the rows of X, one by one, as the rows of a table meet its columns",
        hint="autograd-cli grad 'sum(W @ X.T)' --W '1,2,3;4,5,6' --X '1,2,3;4,5,6' --no-tree\ngive X three rows",
    )
    assert for_people(error, width=60) == lines(
        """
        error[AG301]: W (2,3) @ X (2,3): inner sizes 3 and 2 differ,
                      and nothing can be multiplied
          sum(W @ X) + x + x + x + x + x + x + x + x + x + x +...
              ^^^^^
        why: the columns of W meet the rows of X, one by one, as the
             rows of a table meet its columns
        try: autograd-cli grad 'sum(W @ X.T)' --W '1,2,3;4,5,6' --X '1,2,3;4,5,6' --no-tree
        hint: give X three rows
        """
    )
    assert for_people(error, width=200) == for_people(error).replace(
        excerpt(error.text or "", (4, 9))[0], error.text or ""
    )
    said = labelled("warning[AG901]", "1", "the graph is large, and drawing it takes a moment or two", width=50)
    assert said == "warning[AG901]: the graph is large, and drawing it\n                takes a moment or two\n"


@pytest.mark.parametrize("words", [("--width", "40"), ("--width=40",)])
def test_the_width_that_is_asked_for_holds_for_errors(
    words: tuple[str, ...], answered: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    wide = answered("grad", "sum(A @ x)", "--A", "1,2;3,4", "--x", "1,2,3")[2]
    assert max(map(len, wide.splitlines())) > 80
    narrow = answered("grad", "sum(A @ x)", "--A", "1,2;3,4", "--x", "1,2,3", *words)[2]
    assert max(len(line) for line in narrow.splitlines() if "autograd-cli " not in line) <= 40
    assert narrow.split() == wide.split()


def test_an_error_of_the_expression_points_into_it(answered: Callable[..., tuple[int, str, str]]) -> None:
    assert answered("grad", "sum(softmax(A @ x)", "--A", "1,2;3,4", "--x", "1,2") == (
        3,
        "",
        lines(
            """
            error[AG601]: '(' is never closed
              sum(softmax(A @ x)
                 ^
            try: autograd-cli grad 'sum(softmax(A @ x))' --A '1,2;3,4' --x 1,2
            hint: add ')' where the bracket should end
            """
        ),
    )


def test_only_the_line_with_the_mistake_is_shown() -> None:
    text = "y = 2*x\nz = y +* x\nsum(z)"
    assert excerpt(text, (15, 16)) == ("z = y +* x", "       ^")
    assert excerpt(text, (12, 23)) == ("z = y +* x", "    ^^^^^^")
    assert excerpt(text, (7, 8)) == ("y = 2*x", "       ^")
    assert excerpt(text, (len(text), len(text))) == ("sum(z)", "      ^")


def test_carets_stand_under_wide_and_combining_characters() -> None:
    assert excerpt("漢字 + x", (5, 6)) == ("漢字 + x", " " * 7 + "^")
    assert excerpt("漢字 + x", (0, 2)) == ("漢字 + x", "^^^^")
    assert excerpt("e\u0301 + x", (5, 6)) == ("e\u0301 + x", "    ^")
    assert excerpt("漢 + x", (4, 5), ascii=True) == ("\\u6f22 + x", " " * 9 + "^")


def test_a_long_line_is_cut_around_the_mistake() -> None:
    text = "x + " * 100 + "foo(" + " + y" * 100
    shown, carets = excerpt(text, (400, 403))
    assert shown.startswith("...")
    assert shown.endswith("...")
    assert len(shown) == 100
    assert shown[carets.index("^") : carets.rindex("^") + 1] == "foo"
    shown, carets = excerpt(text, (0, len(text)))
    assert len(shown) == 97
    assert shown == text[:94] + "..."
    assert carets == "^" * 94


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\x9b31m", "a\\x9b31m"),
        ("a\x07\r\t\n", "a\\x07\\r\\t\\n"),
        ("x\u200b+\u202e1", "x\\u200b+\\u202e1"),
        ("\ufeffx\u2028", "\\ufeffx\\u2028"),
        ("x\udc80", "x\\udc80"),
        ("[red]x[/] :100: [link=y]", "[red]x[/] :100: [link=y]"),
        ("naïve π 漢", "naïve π 漢"),
    ],
)
def test_what_is_typed_is_shown_and_not_obeyed(typed: str, shown: str) -> None:
    assert escape_unprintable(typed) == shown
    error = ExpressionError(typed, text=typed, span=(0, len(typed)), why=typed.replace("\n", " "), hint=typed)
    said = for_people(error)
    assert shown in said
    assert all(character.isprintable() or character == "\n" for character in said)
    assert labelled("warning[AG1]", "1", typed) == f"warning[AG1]: {shown}\n"


def test_a_stream_without_unicode_gets_escapes_under_which_carets_still_stand() -> None:
    assert for_people(ExpressionError("é", text="α + é", span=(4, 5)), ascii=True) == lines(
        """
        error[AG601]: \\xe9
          \\u03b1 + \\xe9
                   ^^^^
        """
    )


@given(st.text(), st.text(), st.text(max_size=3000), st.integers(-5, 4000), st.integers(-5, 4000))
def test_no_message_is_longer_than_a_screen(message: str, hint: str, text: str, start: int, end: int) -> None:
    error = AutogradError(message * 50, why=hint * 50, hint=hint * 50, text=text, span=(start, end))
    said = for_people(error)
    assert len(said) <= 2000
    shown, carets = excerpt(text, (start, end))
    assert columns(shown) <= 100 or len(text) <= 100
    assert set(carets.lstrip(" ")) == {"^"}
    assert len(carets) <= columns(shown) + 1
    assert len(json.dumps(as_object(error, "grad"))) < 12 * 2000 + 300  # a character beyond 16 bits is escaped twice


def test_colour_is_used_only_where_it_is_asked_for(answered: Callable[..., tuple[int, str, str]]) -> None:
    assert answered("grad", "x +", "--x", "1", "--color", "always")[2].startswith(
        "\x1b[1;38;5;131merror[AG601]\x1b[0m: "
    )
    for words in ((), ("--color=never",), ("--color", "auto"), ("--color", "blue")):
        assert "\x1b" not in answered("grad", "x +", "--x", "1", *words)[2]


@pytest.mark.parametrize("option", [["--json"], ["--format", "json"], ["--format=json"]])
def test_with_json_an_error_is_one_object(answered: Callable[..., tuple[int, str, str]], option: list[str]) -> None:
    status, out, err = answered("grad", *option, "sum(x", "--x", "1,2,3")
    assert (status, err) == (3, "")
    assert json.loads(out) == {
        "schema": "autograd-cli/grad/1",
        "ok": False,
        "error": {
            "code": "AG601",
            "message": "'(' is never closed",
            "why": None,
            "hint": f"autograd-cli grad {' '.join(option)} 'sum(x)' --x 1,2,3\nadd ')' where the bracket should end",
            "span": [3, 4],
            "text": "sum(x",
        },
    }


def test_with_json_a_usage_error_is_one_object_too(answered: Callable[..., tuple[int, str, str]]) -> None:
    status, out, err = answered("grad", "x*y", "--json", "--x", "1")
    assert (status, err) == (2, "")
    assert json.loads(out)["error"] == {
        "code": "AG605",
        "message": "no value for y",
        "why": None,
        "hint": "autograd-cli grad 'x*y' --json --x 1 --y 1",
        "span": [2, 3],
        "text": "x*y",
    }


@pytest.mark.parametrize(
    ("words", "json_is_last"),
    [
        (["--format", "json", "--format", "table"], False),
        (["--format=json", "--format", "table"], False),
        (["--format", "table", "--format=json"], True),
        (["--format=table", "--format", "json"], True),
    ],
)
def test_the_last_form_that_is_asked_for_is_that_of_an_error(
    answered: Callable[..., tuple[int, str, str]], words: list[str], json_is_last: bool
) -> None:
    _, out, err = answered("grad", "log(x", "--x", "2", *words)
    assert (out[:1], err[:5]) == (("{", "") if json_is_last else ("", "error"))


def test_json_after_the_options_have_ended_is_no_option(answered: Callable[..., tuple[int, str, str]]) -> None:
    status, out, err = answered("grad", "--x", "1", "--", "x", "--json")
    assert (status, out) == (2, "")
    assert err.startswith("error[AG103]: more than one expression: 'x', '--json'\n")


def test_bytes_that_are_no_text_do_not_break_the_message(answered: Callable[..., tuple[int, str, str]]) -> None:
    status, out, err = answered("grad", "x\udcff", "--x", "1")
    assert (status, out) == (3, "")
    assert "\\udcff" in err
    status, out, err = answered("grad", "x\udcff", "--x", "1", "--json")
    assert json.loads(out)["error"]["text"] == "x\\udcff"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            ValueError("[/] boom\x1b"),
            """
            error[AG999]: internal error: ValueError: [/] boom\\x1b
            why: this is a mistake in autograd-cli, not in what you typed
            hint: report it with the command; AUTOGRAD_CLI_DEBUG=1 shows where it happened
            """,
        ),
        (
            MemoryError(),
            """
            error[AG804]: there is not enough memory
            hint: smaller arrays need less; --max-memory raises the limit
            """,
        ),
        (
            RecursionError(),
            """
            error[AG803]: the expression is nested too deep
            hint: split it into statements: y = ...; sum(y)
            """,
        ),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            """
            error[AG624]: the result cannot be written: no space left on device
            """,
        ),
    ],
)
def test_what_nobody_expected_is_a_message_too(
    failing: Callable[..., tuple[int, str, str]], error: Exception, message: str
) -> None:
    assert failing(error) == (3, "", lines(message))


def test_the_traceback_is_there_for_those_who_ask(
    failing: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTOGRAD_CLI_DEBUG", "1")
    status, out, err = failing(ValueError("boom"))
    assert (status, out) == (3, "")
    assert err.startswith("Traceback (most recent call last):\n")
    assert "error[AG999]: internal error: ValueError: boom\n" in err


def test_an_interrupt_is_quiet(failing: Callable[..., tuple[int, str, str]]) -> None:
    assert failing(KeyboardInterrupt()) == (130, "", "")


def test_an_error_that_knows_what_is_missing_completes_the_command(cli: Cli) -> None:
    assert cli("grad", "--x", "1, 2", "--", "-x").stderr.splitlines()[-2:] == [
        "try: autograd-cli grad --x '1, 2' --grad-tensor 1,1 -- -x",
        "hint: v of ones gives the gradient of the sum of the entries",
    ]
    long = "x" + "+x" * 500
    assert cli("grad", long, "--x", "1,2").stderr.splitlines()[-2].endswith("add --grad-tensor 1,1")


TOLD = {
    "sin": ("sin is a function and needs an argument", None, "sin(x)"),
    "x ± 1": ("a sign for two values cannot be read", "one is written with +, the other with -", None),
    "x ~ N(0,1)": ("a distribution cannot be read", "the logarithm of its density is one expression", None),
    "x^*": ("this power has no meaning here", "x^T is the transpose", None),
    r"\begin{bmatrix} x & y": (r"'\begin{bmatrix}' is never closed", None, None),
    "A x": ("the product does not fit: A (2,3) and x (2,)", None, "A.T @ x fits"),
    "x_4": ("there is no entry 4 of 2", "entries are counted from 1", "the last of them is x_2, which is x[1]"),
    "f(x)": ("unknown function 'f'", None, "f(x) = x**2; f(3)"),
    "h_{t-1} x": ("no value for h_tm1", "h_{t-1} is called h_tm1", None),
    "||x - x'||": ("a row and a column have no sum", None, "give x_prime a value where it is another point"),
    "log_0 x": ("the index 0 of log is not read", "a number above 1", None),
    r"\sum_{(i,j) \in S} A_{ij}": ("a sum over a set of pairs is not read", "which pairs", "M has a 1 for each pair"),
}


@pytest.mark.parametrize("typed", TOLD)
def test_what_is_wrong_in_mathematics_is_told_in_its_words(cli: Cli, typed: str) -> None:
    values = {"A": "1,2,3;4,5,6", "x": "1,2"}
    words = [word for name, value in values.items() for word in ("--var", f"{name}={value}")]
    error = cli("grad", typed, *words, "--json").json["error"]
    for part, found in zip(TOLD[typed], (error["message"], error["why"], error["hint"]), strict=True):
        assert part is None or part in found, error
