"""What is typed for a value, or stands in a file, is what the array holds; what is wrong is named by its place."""

from __future__ import annotations

import io
import json
import os
import sys
import time
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_cli.document import value_text
from autograd_cli.environment import StandardInput
from autograd_cli.errors import word_error
from autograd_cli.errors.messages import for_people
from autograd_cli.values.reader import ValueReader
from autograd_cli.values.tables import SEPARATORS
from autograd_core.errors import AutogradError
from command_runs import Cli

RAISE = "hint: --max-elements raises the limit\n"


def value(text: str, name: str = "x", seed: int = 0, stdin: bytes | None = None) -> np.ndarray:
    """The array that ``text`` means."""
    stream = None if stdin is None else io.BytesIO(stdin)
    return ValueReader(StandardInput(stream), seed).read(name, text)


def refused(text: str, name: str = "x", stdin: bytes | None = None) -> str:
    """What a person reads when ``text`` is no value."""
    with pytest.raises(AutogradError) as caught:
        value(text, name, stdin=stdin)
    assert caught.value.exit_status in (2, 3)
    return for_people(word_error(caught.value))


def lines(text: str) -> str:
    return dedent(text).lstrip("\n").replace("{separators}", SEPARATORS)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", 3.0),
        ("3,", [3.0]),
        ("2,3,4", [2.0, 3.0, 4.0]),
        ("1,2;3,4", [[1.0, 2.0], [3.0, 4.0]]),
        ("1;2;3", [[1.0], [2.0], [3.0]]),
        ("1,2;", [[1.0, 2.0]]),
        ("1,2,;3,4,;", [[1.0, 2.0], [3.0, 4.0]]),
        (" 1 , 2 ;\n 3 ,\t4 ", [[1.0, 2.0], [3.0, 4.0]]),
        ("[1,2]", [1.0, 2.0]),
        ("[[1,2],[3,4]]", [[1.0, 2.0], [3.0, 4.0]]),
        ("[[[1],[2]],[[3],[4]]]", [[[1.0], [2.0]], [[3.0], [4.0]]]),
        ("[ 1/3, -pi/2, sqrt(2) ]", [1 / 3, -np.pi / 2, np.sqrt(2)]),
        ("[[1e-3, inf], [-inf, 0x10]]", [[1e-3, np.inf], [-np.inf, 16.0]]),
        ("[1, NaN, -Infinity]", [1.0, np.nan, -np.inf]),
        ("1/3, -pi/2, 1e-3, sqrt(2)", [1 / 3, -np.pi / 2, 1e-3, np.sqrt(2)]),
        ("2**-1; (1+1)*3", [[0.5], [6.0]]),
        ("inf,-inf,nan", [np.inf, -np.inf, np.nan]),
        ("+1,+2", [1.0, 2.0]),
        (".5,5.", [0.5, 5.0]),
        ("1_000", 1000.0),
        ("pi;", np.pi),
        ("[1,2];", [1.0, 2.0]),
        ("[1 2 3]'", [[1.0], [2.0], [3.0]]),
        ("[1,2]ᵀ", [[1.0], [2.0]]),
        ("1 2 3", [1.0, 2.0, 3.0]),
        ("1 0; 0 1", [[1.0, 0.0], [0.0, 1.0]]),
        ("<1,2>", [1.0, 2.0]),
        ("√4, 3!, 2³, ln 1", [2.0, 6.0, 8.0, 0.0]),
        ("\\frac12", 0.5),
        ("cos 0°, sin 90°", [1.0, 1.0]),
        ("[1 2; 3 4].T", [[1.0, 3.0], [2.0, 4.0]]),
        ("1e-320", 1e-320),
        ("1e999", np.inf),
        ("9" * 400, np.inf),
        ("pi", np.pi),
        ("zeros(2,3)", [[0.0] * 3] * 2),
        ("ones(4)", [1.0] * 4),
        ("ones(4)*2", [2.0] * 4),
        ("full((2,3),7)", [[7.0] * 3] * 2),
        ("eye(2)", [[1.0, 0.0], [0.0, 1.0]]),
        ("arange(5)", [0.0, 1.0, 2.0, 3.0, 4.0]),
        ("linspace(0,1,5)", [0.0, 0.25, 0.5, 0.75, 1.0]),
        ("[1,2,3]*2", [2.0, 4.0, 6.0]),
        ("[]", []),
    ],
)
def test_a_value_is_what_it_looks_like(text: str, expected: object) -> None:
    array = value(text)
    assert array.dtype == np.float64
    assert array.shape == np.shape(expected)
    np.testing.assert_array_equal(array, np.asarray(expected, dtype=np.float64))


def test_minus_zero_stays_what_it_is() -> None:
    assert np.signbit(value("-0.0"))


@pytest.mark.parametrize("text", ["10 000", "1 -2 3", "2 3/4", "0,5 1,5", "1e", "e2", "√2 3", "1, 2 3"])
def test_a_value_that_can_be_two_things_is_not_guessed(text: str) -> None:
    with pytest.raises(AutogradError):
        value(text)


@given(
    st.lists(st.integers(0, 3), max_size=3).flatmap(
        lambda shape: st.lists(
            st.floats(allow_subnormal=True), min_size=int(np.prod(shape)), max_size=int(np.prod(shape))
        ).map(lambda numbers: np.array(numbers, dtype=np.float64).reshape(shape))
    )
)
def test_what_is_printed_can_be_typed_back(array: np.ndarray) -> None:
    again = value(value_text(array))
    assert again.shape == array.shape
    np.testing.assert_array_equal(again, array)


@pytest.mark.parametrize("kind", ["rand", "randn"])
def test_random_numbers_depend_on_the_seed_and_the_name_only(kind: str) -> None:
    first = value(f"{kind}(2,3)", "x", seed=7)
    assert first.shape == (2, 3)
    reader = ValueReader(StandardInput(None), 7)
    reader.read("y", f"{kind}(100)")
    np.testing.assert_array_equal(reader.read("x", f"{kind}(2,3)"), first)
    assert not np.any(first == value(f"{kind}(2,3)", "y", seed=7))
    assert not np.any(first == value(f"{kind}(2,3)", "x", seed=8))


def test_random_numbers_beside_each_other_are_not_the_same() -> None:
    first, second, _ = value("rand(), rand(), 1/3")
    assert first != second
    assert first == value("rand()")


def test_random_numbers_can_be_scaled_and_shifted() -> None:
    np.testing.assert_array_equal(value("1 + 0.1*randn(2,3)"), 1 + 0.1 * value("randn(2,3)"))
    twice = value("[1,1]*rand(2) - 2*rand(2)")
    assert twice.shape == (2,)
    assert not np.any(twice == -value("rand(2)"))


def test_many_numbers_are_read_in_no_time() -> None:
    many = np.random.default_rng(0).standard_normal(60_000)
    texts = [value_text(many), value_text(many.reshape(300, 200)), value_text(many.reshape(30, 20, 100))]
    start = time.process_time()
    for text in texts:
        assert value(text).size == 60_000
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "",
            """
            error[AG606]: x: the value is empty
            hint: 3, or 1,2,3, or '1,2;3,4', or @file.csv
            """,
        ),
        (
            "1:5",
            """
            error[AG606]: x: '1:5' is not a number
              1:5
              ^^^
            hint: linspace(0, 1, 5) and arange(1, 6) are numbers of a range; plot takes a range 0:1
            """,
        ),
        (
            "1,abc",
            """
            error[AG606]: x: 'abc' is not a number (entry 2)
              1,abc
                ^^^
            hint: 3, 1/2, -pi/2, sqrt(2), 1e-3, inf and nan are numbers
            """,
        ),
        (
            "1,2;3, abc",
            """
            error[AG606]: x: 'abc' is not a number (row 2, column 2)
              1,2;3, abc
                     ^^^
            hint: 3, 1/2, -pi/2, sqrt(2), 1e-3, inf and nan are numbers
            """,
        ),
        (
            "[[1,2],[3,bold]]",
            """
            error[AG606]: x: 'bold' is not a number (row 2, column 2)
              [[1,2],[3,bold]]
                        ^^^^
            hint: 3, 1/2, -pi/2, sqrt(2), 1e-3, inf and nan are numbers
            """,
        ),
        (
            "1,2;3",
            """
            error[AG606]: x: row 1 has 2 entries, row 2 has 1
              1,2;3
                  ^
            why: all rows have to be of one length
            hint: 1,2;3,4 and [[1,2],[3,4]] have two rows of two
            """,
        ),
        (
            "1/2;3,4",
            """
            error[AG606]: x: row 1 has 1 entry, row 2 has 2
              1/2;3,4
                  ^^^
            why: all rows have to be of one length
            hint: 1,2;3,4 and [[1,2],[3,4]] have two rows of two
            """,
        ),
        (
            "[[1,2],[3]]",
            """
            error[AG606]: x: row 1 has 2 entries, row 2 has 1
              [[1,2],[3]]
                      ^
            why: all rows have to be of one length
            hint: 1,2;3,4 and [[1,2],[3,4]] have two rows of two
            """,
        ),
        (
            "[[[1,2]],[[3]]]",
            """
            error[AG606]: x: [0, 0] has 2 entries, [1, 0] has 1
              [[[1,2]],[[3]]]
                         ^
            why: all rows have to be of one length
            hint: 1,2;3,4 and [[1,2],[3,4]] have two rows of two
            """,
        ),
        (
            "[1,[2,3]]",
            """
            error[AG606]: x: entry 2 is nested unlike entry 1
              [1,[2,3]]
                  ^^^
            why: an array has one shape: a list holds numbers only, or lists of one length only
            hint: 1,2;3,4 and [[1,2],[3,4]] have two rows of two
            """,
        ),
        (
            "1,,2",
            """
            error[AG606]: x: entry 2 is empty
              1,,2
                ^
            why: one comma stands between two entries, one semicolon between two rows
            """,
        ),
        (
            "[1,,2]",
            """
            error[AG606]: x: entry 2 is empty
              [1,,2]
                 ^
            why: one comma stands between two entries, one semicolon between two rows
            """,
        ),
        (
            "1 -2 3",
            """
            error[AG606]: x: '1 -2 3' is not a number
              1 -2 3
              ^^^^^^
            hint: separate numbers by commas: 1,-2,3
            """,
        ),
        (
            "2, True",
            """
            error[AG606]: x: 'True' is not a number (entry 2)
              2, True
                 ^^^^
            hint: write 1 for true and 0 for false
            """,
        ),
        (
            "[1, true]",
            """
            error[AG606]: x: entry 2 is a boolean (true), not a number
              [1, true]
                  ^^^^
            hint: write 1 for true and 0 for false
            """,
        ),
        (
            "--5",
            """
            error[AG606]: x: '--5' is not a number
              --5
              ^^^
            hint: 3, 1/2, -pi/2, sqrt(2), 1e-3, inf and nan are numbers
            """,
        ),
        (
            "None",
            """
            error[AG606]: x: 'None' is not a number
              None
              ^^^^
            hint: 3, 1/2, -pi/2, sqrt(2), 1e-3, inf and nan are numbers
            """,
        ),
        (
            "[1, null]",
            """
            error[AG606]: x: entry 2 is null, not a number
              [1, null]
                  ^^^^
            hint: 3, 1/2, -pi/2, sqrt(2), 1e-3, inf and nan are numbers
            """,
        ),
        (
            '["1"]',
            """
            error[AG606]: x: entry 1 is text ('1'), not a number
              ["1"]
               ^^^
            hint: 3, 1/2, -pi/2, sqrt(2), 1e-3, inf and nan are numbers
            """,
        ),
        (
            "1, 1+2j",
            """
            error[AG603]: x: complex numbers are not supported
              1, 1+2j
                   ^^
            """,
        ),
        (
            "\u0661",
            """
            error[AG602]: x: the character '\u0661' (U+0661 arabic-indic digit one) has no meaning here
              \u0661
              ^
            """,
        ),
        (
            "1, zeros(3)",
            """
            error[AG606]: x: 'zeros(3)' is an array, not a number (entry 2)
              1, zeros(3)
                 ^^^^^^^^
            """,
        ),
        (
            "rand(2.5)",
            """
            error[AG606]: x: 'rand(2.5)' is not a number
              rand(2.5)
              ^^^^^^^^^
            hint: 0.1*randn(2,3)
            """,
        ),
        (
            "rand(100000,100000)",
            """
            error[AG801]: x: rand(100000,100000) has more than 10,000,000 numbers, the limit
            hint: --max-elements raises the limit
            """,
        ),
        (
            "[" * 33 + "]" * 33,
            """
            error[AG801]: x: lists are nested deeper than 32 levels
            hint: [[1, 2], [3, 4]]
            """,
        ),
        (
            "[" * 33 + "1/2" + "]" * 33,
            """
            error[AG801]: x: lists are nested deeper than 32 levels
            hint: [[1, 2], [3, 4]]
            """,
        ),
        (
            "[" * 50_000,
            """
            error[AG801]: x: lists are nested deeper than 32 levels
            hint: [[1, 2], [3, 4]]
            """,
        ),
    ],
)
def test_a_wrong_value_is_named_by_its_place(text: str, message: str) -> None:
    assert refused(text) == lines(message)


@pytest.mark.parametrize("text", ["[1,2]]", "[1,2", "(1,2", "{1,2}", "{'a':1}", "x*2", "1,[2", "zeros(100000,100000)"])
def test_whatever_else_is_typed_is_refused_in_the_name_of_the_variable(text: str) -> None:
    assert ": W1: " in refused(text, "W1").split("\n")[0]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("x.csv", b"1,2,3\n", [1.0, 2.0, 3.0]),
        ("x.csv", b"1,2\n3,4\n", [[1.0, 2.0], [3.0, 4.0]]),
        ("x.csv", b"1\n2\n3", [[1.0], [2.0], [3.0]]),
        ("x.csv", b"\xef\xbb\xbf1,2,3\r\n", [1.0, 2.0, 3.0]),
        ("x.csv", b"1\r2\r", [[1.0], [2.0]]),
        ("x.csv", b'"1","2"\n3,"4"\n', [[1.0, 2.0], [3.0, 4.0]]),
        ("x.csv", b"\n# a comment\n1, nan\n\n-inf,4\n", [[1.0, np.nan], [-np.inf, 4.0]]),
        ("x.csv", "# größe\n1,2\n\N{NO-BREAK SPACE}\n3,4\n# Länge".encode(), [[1.0, 2.0], [3.0, 4.0]]),
        ("x.txt", "# größe\n1\N{NO-BREAK SPACE}2 3".encode(), [1.0, 2.0, 3.0]),
        ("x.csv", b"1.5;2.5\n3;4\n", [[1.5, 2.5], [3.0, 4.0]]),
        ("x.CSV", b"5", [5.0]),
        ("x.tsv", b"1\t2\n3\t4\n", [[1.0, 2.0], [3.0, 4.0]]),
        ("x.txt", b"# made of a, b; c\n1 2\n3 4\n", [[1.0, 2.0], [3.0, 4.0]]),
        ("x.txt", b"1,2,3", [1.0, 2.0, 3.0]),
        ("x.txt", b"1 2\n 3   4 \n", [[1.0, 2.0], [3.0, 4.0]]),
        ("x.txt", b"1\t2\n3\t4\n", [[1.0, 2.0], [3.0, 4.0]]),
        ("x.txt", b"1,2;3,4\n", [[1.0, 2.0], [3.0, 4.0]]),
        ("x.txt", b"[[1,2],\n [3,4]]\n", [[1.0, 2.0], [3.0, 4.0]]),
        ("x.json", b"[[1,2],[3,4]]", [[1.0, 2.0], [3.0, 4.0]]),
        ("x.json", b" 7 ", 7.0),
        ("x.json", b'[1, NaN, "NaN", "-Infinity", 1e999]', [1.0, np.nan, np.nan, -np.inf, np.inf]),
        ("x.json", b"[" + b"9" * 5000 + b"]", [np.inf]),
    ],
)
def test_files_hold_what_they_say(folder: Path, name: str, content: bytes, expected: object) -> None:
    (folder / name).write_bytes(content)
    array = value(f"@{name}")
    assert array.dtype == np.float64
    assert array.shape == np.shape(expected)
    np.testing.assert_array_equal(array, np.asarray(expected))


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.float64(6),
        np.arange(3, dtype=">i4"),
        np.arange(3, dtype=np.uint8),
        np.arange(3, dtype=np.float16),
        np.zeros((0, 3)),
        np.arange(200_000.0),
        np.asfortranarray(np.arange(200_000.0).reshape(400, 500)),
        np.arange(200_000, dtype=">i8"),
    ],
    ids=lambda array: f"{array.dtype.str}{array.shape}",
)
def test_arrays_of_numpy_are_read_whatever_their_layout(folder: Path, array: np.ndarray) -> None:
    np.save("x.npy", array)
    np.savez_compressed("xs.npz", x=array, other=np.zeros(1))
    np.savez("alone.npz", x=array)
    for text in ("@x.npy", "@xs.npz:x", "@alone.npz"):
        read = value(text)
        assert read.dtype == np.float64
        assert read.shape == array.shape
        np.testing.assert_array_equal(read, array)
    np.testing.assert_array_equal(value("-", stdin=(folder / "x.npy").read_bytes()), array)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"1,2,3\n", [1.0, 2.0, 3.0]),
        (b"1/2, pi\n", [0.5, np.pi]),
        (b"1,2;3,4", [[1.0, 2.0], [3.0, 4.0]]),
        (b"1,2\n3,4\n", [[1.0, 2.0], [3.0, 4.0]]),
        (b"1 2\n3 4\n", [[1.0, 2.0], [3.0, 4.0]]),
        (b"[[1,2],\n[3,4]]\n", [[1.0, 2.0], [3.0, 4.0]]),
    ],
)
@pytest.mark.parametrize("text", ["-", "@-"])
def test_standard_input_takes_values_and_tables(text: str, content: bytes, expected: object) -> None:
    np.testing.assert_array_equal(value(text, stdin=content), np.asarray(expected))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.csv", b"", "error[AG621]: x: 'x.csv' is empty\n"),
        (
            "x.csv",
            b"\n# nothing\n",
            """
            error[AG606]: x: there is no data in 'x.csv'
            why: blank lines and # comments do not count
            """,
        ),
        ("x.csv", b"1,2\n\n3,abc\n", "error[AG606]: x: 'abc' is not a number ('x.csv', line 3, column 2)\n"),
        (
            "x.csv",
            b"a,b\n1,2\n",
            """
            error[AG606]: x: 'a' is not a number ('x.csv', line 1, column 1)
            why: columns are taken by the names in the header behind ':'
            hint: remove the header
                  --x @x.csv:a,b
            """,
        ),
        (
            "x.csv",
            b"1,2\n3\n",
            """
            error[AG606]: x: line 1 of 'x.csv' has 2 entries, line 2 has 1
            why: all rows have to be of one length
            hint: nan stands for a number that is missing
            """,
        ),
        (
            "x.csv",
            b"1,,2\n",
            """
            error[AG606]: x: 'x.csv', line 1, column 2 is empty
            hint: nan stands for a number that is missing
            """,
        ),
        ("x.csv", b'1,"2"3\n', "error[AG606]: x: '\"2\"3' is not a number ('x.csv', line 1, column 2)\n"),
        (
            "x.csv",
            b'1\n""\n',
            """
            error[AG606]: x: 'x.csv', line 2, column 1 is empty
            hint: nan stands for a number that is missing
            """,
        ),
        ("x.csv", b'"1,5","2"\n', "error[AG606]: x: '1,5' is not a number ('x.csv', line 1, column 1)\n"),
        ("x.csv", b'3,"1\n2",3\n', "error[AG606]: x: '\"1' is not a number ('x.csv', line 1, column 2)\n"),
        (
            "x.csv",
            b"1 2\n3 4\n",
            """
            error[AG606]: x: '1 2' is not a number ('x.csv', line 1, column 1)
            why: {separators}
            """,
        ),
        (
            "x.csv",
            b"1;2,5;3\n4;5,5;6\n",
            """
            error[AG606]: x: '1;2' is not a number ('x.csv', line 1, column 1)
            why: {separators}
            """,
        ),
        (
            "x.csv",
            b"1,5;2,5\n",
            """
            error[AG606]: x: '5;2' is not a number ('x.csv', line 1, column 2)
            why: {separators}
            """,
        ),
        (
            "x.csv",
            b"1\t2\t3\n",
            """
            error[AG606]: x: '1\\t2\\t3' is not a number ('x.csv', line 1, column 1)
            why: {separators}
            """,
        ),
        ("x.csv", "1,\u0661".encode(), "error[AG606]: x: '\u0661' is not a number ('x.csv', line 1, column 2)\n"),
        (
            "x.csv",
            b"=cmd|' /C calc'!A0,1\n",
            "error[AG606]: x: '=cmd|' /C calc'!A0' is not a number ('x.csv', line 1, column 1)\n",
        ),
        (
            "x.csv",
            b"1,\xff\n",
            """
            error[AG621]: x: 'x.csv' is not text: byte 3 is not UTF-8
            hint: numbers in binary form are read from .npy and .npz files, and .npy from standard input
            """,
        ),
        (
            "x.csv",
            "1,2".encode("utf-16"),
            """
            error[AG621]: x: 'x.csv' is UTF-16 text
            hint: save it as UTF-8 (in Excel: CSV UTF-8)
            """,
        ),
        (
            "x.txt",
            b"secret word\n",
            "error[AG601]: x: 'x.txt': secret word: the syntax needs an operator or brackets between them\n",
        ),
        ("x.json", b"[1 2]", "error[AG606]: x: 'x.json' is not JSON: expecting ',' delimiter (line 1, column 4)\n"),
        ("x.json", b"[1] [2]", "error[AG606]: x: 'x.json' is not JSON: extra data (line 1, column 5)\n"),
        ("x.json", b"[1, null]", "error[AG606]: x: entry 2 is null, not a number\n"),
        ("x.json", b'{"x": [1]}', "error[AG606]: x: the value is an object, not a number\n"),
        (
            "x.npy",
            b"cposix\nsystem\n(S'touch it'\ntR.",
            """
            error[AG621]: x: 'x.npy' is not an .npy file, or its header is damaged
            hint: numpy.save('x.npy', x) writes one
            """,
        ),
        (
            "x.npy",
            b"\x93NUMPY\x01\x00\x10\x00__import__('os')",
            """
            error[AG621]: x: 'x.npy' is not an .npy file, or its header is damaged
            hint: numpy.save('x.npy', x) writes one
            """,
        ),
        (
            "x.npz",
            b"no zip",
            """
            error[AG621]: x: 'x.npz' is not a sound .npz file
            hint: numpy.savez('x.npz', x=x) writes one
            """,
        ),
        (
            "x.pkl",
            b"data",
            """
            error[AG623]: x: 'x.pkl' is of no kind that can be read
              @x.pkl
              ^^^^^^
            why: the kinds are .npy, .npz, .csv, .tsv, .txt and .json
            hint: numpy.save('x.npy', x) in Python writes the array x to a file for --x @x.npy
            """,
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_described(folder: Path, name: str, content: bytes, message: str) -> None:
    (folder / name).write_bytes(content)
    said = refused(f"@{name}")
    assert said == lines(message) or (said.startswith(lines(message)) and "secret word\n" not in said[20:])


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("@x.csv:size,rooms", [[1.0, 2.0], [1.5, 3.0]]),
        ("@x.csv:price", [3.1, 4.0]),
        ("@x.json:w", [0.5, -0.5]),
    ],
)
def test_a_part_of_a_file_is_taken_by_its_name(folder: Path, cli: Cli, value: str, found: list[float]) -> None:
    (folder / "x.csv").write_text('size,"rooms",price\n1,2,3.1\n1.5,3,4\n')
    (folder / "x.json").write_text('{"w": [0.5, -0.5], "y": 1}')
    assert cli("grad", "sum(x)", "--x", value, "--json").json["variables"]["x"]["data"] == found
    missing = cli("grad", "sum(x)", "--x", value.partition(":")[0] + ":no").stderr
    assert "called 'no'" in missing


def test_a_file_of_a_similar_name_is_offered(folder: Path, cli: Cli) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "points.csv").write_text("1,2\n")
    for words in (("--X", "@data/point.csv"), ("--X=@data/pints",)):
        offered = "--X @data/points.csv" if len(words) == 2 else "--X=@data/points.csv"
        assert f"try: autograd-cli grad 'sum(x)' {offered}\n" in cli("grad", "sum(x)", *words).stderr


@pytest.mark.parametrize(
    ("text", "better"), [("1,2,,3", "1,2,3"), (",1", "1"), ("'1;;2'", "'1;2'"), ("'[1,,2]'", "'[1,2]'")]
)
def test_a_value_without_its_empty_entry_is_offered(cli: Cli, text: str, better: str) -> None:
    found = cli("grad", "sum(x)", "--X", text.strip("'")).stderr
    assert found.endswith(f"try: autograd-cli grad 'sum(x)' --X {better}\n")
    job = {"expr": "sum(x)", "vars": {"x": text.strip("'")}}
    assert json.loads(cli("batch", stdin=json.dumps(job)).json["error"]["hint"]) == better.strip("'")


@pytest.mark.parametrize("way", ["text", "list", "csv", "json", "npy", "stdin"])
def test_whole_numbers_that_are_rounded_are_told(folder: Path, cli: Cli, way: str) -> None:
    numbers = [9007199254740993, 3]
    (folder / "x.csv").write_text("9007199254740993,3\n")
    (folder / "x.json").write_text(json.dumps(numbers))
    np.save("x.npy", np.array(numbers))
    value = {"text": "9007199254740993,3", "list": str(numbers), "stdin": "-"}.get(way, f"@x.{way}")
    found = cli("grad", "sum(x)", "--x", value, "--json", stdin="9007199254740993,3").json["warnings"]
    assert [each["code"] for each in found] == ["AG419"]
    assert found[0]["message"].startswith("x: 9007199254740993 is 9007199254740992 here")
    exact = cli("grad", "sum(x)", "--x", "9007199254740992,9007199254740994", "--json").json["warnings"]
    job = json.dumps({"expr": "sum(x)", "vars": {"x": numbers}})
    assert exact == []
    assert cli("batch", stdin=job).json["warnings"] == found


def test_a_name_of_a_file_without_the_sign_is_told(folder: Path, cli: Cli) -> None:
    (folder / "x.csv").write_text("1,2\n")
    assert "try: autograd-cli grad 'sum(x)' --x @x.csv\n" in cli("grad", "sum(x)", "--x", "x.csv").stderr
    unread = cli("grad", "sum(X w)", "--X", "@no.csv", "--w", "1,2").stderr
    assert unread.startswith("error[AG621]: X: 'no.csv' cannot be read")


@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        (np.array(["a"]), "<U1"),
        (np.array([True]), "bool"),
        (np.array([1j]), "complex128"),
        (np.array(["2020-01-01"], dtype="M8[D]"), "datetime64[D]"),
        (np.zeros(1, dtype=[("a", "<f8")]), "[('a', '<f8')]"),
        (np.array([{}], dtype=object), "object"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_arrays_of_other_things_than_real_numbers_are_refused(folder: Path, array: np.ndarray, dtype: str) -> None:
    np.save("x.npy", array, allow_pickle=True)
    assert refused("@x.npy") == lines(
        f"""
        error[AG606]: x: 'x.npy' has dtype {dtype}, and only real numbers are accepted
        hint: numpy.save('x.npy', x.astype(float)) saves numbers
        """
    )


def test_the_header_of_an_array_is_not_believed(folder: Path) -> None:
    np.save("x.npy", np.zeros(3))
    content = (folder / "x.npy").read_bytes()
    (folder / "x.npy").write_bytes(content.replace(b"(3,)", b"(9,)"))
    assert refused("@x.npy") == "error[AG621]: x: 'x.npy' is shorter than its header says: (9,) does not fit\n"
    (folder / "x.npy").write_bytes(content.replace(b"(3,), }" + b" " * 9, b"(4000000000,), }"))
    assert (
        refused("@x.npy") == "error[AG801]: x: 'x.npy' has 4,000,000,000 numbers, and 10,000,000 is the limit\n" + RAISE
    )


def test_the_arrays_of_an_archive_are_listed(folder: Path) -> None:
    np.savez("xs.npz", weight=np.zeros(2), bias=np.zeros(1))
    assert refused("@xs.npz") == lines(
        """
        error[AG621]: x: 'xs.npz' has 2 arrays
        why: it has weight and bias
        hint: @xs.npz:weight
        """
    )
    assert refused("@xs.npz:wieght") == lines(
        """
        error[AG621]: x: 'xs.npz' has no array called 'wieght'
        why: it has weight and bias
        hint: @xs.npz:weight
        """
    )


def test_an_archive_that_unpacks_to_too_much_is_not_unpacked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograd_cli.values.files.MAX_ARRAY_FILE", 4_000_000)
    np.savez_compressed("bomb.npz", x=np.zeros(500_000))
    assert refused("@bomb.npz") == "error[AG801]: x: x of 'bomb.npz' has more than 4,000,000 bytes\n"


def test_only_regular_files_are_opened(folder: Path) -> None:
    (folder / "d.csv").mkdir()
    assert refused("@d.csv") == "error[AG621]: x: 'd.csv' is a directory\n"
    why = "why: pipes, devices and files of the system are not opened; - stands for standard input"
    places = ["/proc/self/environ"] if sys.platform == "linux" else []
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe")
        places.append("pipe")
    for number, place in enumerate(places):
        (folder / f"{number}.csv").symlink_to(place)
        hint = f"hint: - in its place, and < {number}.csv behind the command"
        assert refused(f"@{number}.csv") == f"error[AG621]: x: '{number}.csv' is not a regular file\n{why}\n{hint}\n"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nope.csv", "this folder holds other.npy"),
        ("file:///etc/nope.csv", "there is no folder 'file:///etc'"),
        ("data/nope.csv", "'data' holds no file of numbers"),
        ("http://localhost/nope.csv", "there is no folder 'http://localhost'"),
    ],
)
def test_a_file_that_does_not_exist_is_named(folder: Path, name: str, why: str) -> None:
    (folder / "data").mkdir()
    (folder / "other.npy").touch()
    assert refused(f"@{name}") == lines(
        f"""
        error[AG621]: x: '{name}' cannot be read: no such file or directory
          @{name}
          {"^" * len(name)}^
        why: {why}
        hint: a file is named after @, as in --x @data/x.csv
        """
    )


@pytest.mark.parametrize("name", ["a\0b.csv", "a" * 5000 + ".csv", "~nobody-of-this-name/x.csv"])
def test_an_impossible_name_is_an_error_like_any_other(folder: Path, name: str) -> None:
    assert refused(f"@{name}").startswith("error[AG621]: x: '")


def test_a_file_that_is_too_large_is_not_read(folder: Path) -> None:
    for name, size, limit in (("x.npy", 20_000_000_000, 400_000_000), ("x.csv", 100_000_001, 100_000_000)):
        with (folder / name).open("wb") as stream:
            stream.truncate(size)
        said = refused(f"@{name}")
        assert said.startswith(f"error[AG801]: x: '{name}' has {size:,} bytes, and {limit:,} is the limit\n")


def test_a_table_of_too_many_numbers_is_refused_before_it_is_split(folder: Path) -> None:
    (folder / "x.csv").write_text("1," * 10_000_000 + "1")
    assert refused("@x.csv") == "error[AG801]: x: 'x.csv' has more than 10,000,000 numbers, the limit\n" + RAISE


def test_long_lines_are_read_in_pieces(folder: Path) -> None:
    (folder / "x.csv").write_text("12," * 1_000_000 + "7")
    array = value("@x.csv")
    assert array.shape == (1_000_001,)
    assert (array[0], array[-2], array[-1], array.sum()) == (12, 12, 7, 12_000_007)


def test_tall_tables_are_read_in_pieces(folder: Path) -> None:
    (folder / "x.csv").write_text("# tall\n" + "12,34\n\n" * 40_000)
    array = value("@x.csv")
    assert array.shape == (40_000, 2)
    assert array.sum(axis=0).tolist() == [480_000, 1_360_000]
    (folder / "x.csv").write_text("12,34\n" * 40_000 + "5\n")
    assert refused("@x.csv").startswith("error[AG606]: x: line 1 of 'x.csv' has 2 entries, line 40001 has 1\n")


def test_little_of_a_file_is_repeated(folder: Path) -> None:
    secret = "password" * 100
    for name, content in (
        ("x.csv", secret),
        ("x.txt", secret),
        ("x.json", json.dumps([secret])),
        ("y.txt", f"[{secret}]"),
    ):
        (folder / name).write_text(content)
        said = refused(f"@{name}")
        assert len(said) < 200
        assert "password" * 6 not in said


def test_standard_input_is_read_once() -> None:
    reader = ValueReader(StandardInput(io.BytesIO(b"1,2")))
    reader.read("x", "-")
    with pytest.raises(AutogradError) as caught:
        reader.read("y", "@-")
    assert for_people(caught.value) == lines(
        """
        error[AG106]: y: standard input was read already, for x
        why: standard input can be read once
        hint: put one of the two in a file and write @FILE, as in --x @x.csv
        """
    )


@pytest.mark.parametrize(
    ("stdin", "message"),
    [
        (b"", "error[AG606]: x: standard input is empty\n"),
        (b"1,\xff", "error[AG621]: x: standard input is not text: byte 3 is not UTF-8\n"),
        (b"1," * 600_000 + b"abc", "error[AG606]: x: 'abc' is not a number (standard input, line 1, column 600001)\n"),
        (
            b"[1," + b"2," * 600_000 + b"abc]",
            "error[AG606]: x: standard input is not JSON: expecting value (line 1, col",
        ),
        (
            b"1," * 10_000_000 + b"1",
            "error[AG801]: x: standard input has more than 10,000,000 numbers, the limit\n" + RAISE,
        ),
        (
            b"[" + b"1," * 10_000_000 + b"1]",
            "error[AG801]: x: there are more than 10,000,000 numbers, the limit\n" + RAISE,
        ),
        (b"[" * 50_000_000, "error[AG801]: x: lists are nested deeper than 32 levels\nhint: [[1, 2], [3, 4]]\n"),
        (b"1,2\n3\n", "error[AG606]: x: line 1 of standard input has 2 entries, line 2 has 1\n"),
        (None, "error[AG622]: x: standard input is closed\n"),
    ],
)
def test_standard_input_without_a_value_says_so(stdin: bytes | None, message: str) -> None:
    assert refused("-", stdin=stdin).startswith(message)
