"""Numbers as text: short for people, complete for programs, never cut."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from autograd_cli.document import Display, value_text
from autograd_core.array_text import LARGE, array_lines, extent, inline
from autograd_core.escape import fold
from autograd_core.number_text import number_text, number_texts, pair_texts

NUMBER = re.compile(r"-?(?:\d+(?:\.\d+)?(?:e[+-]\d+)?|inf|nan)")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (2.0, "2"),
        (0.5, "0.5"),
        (1 / 3, "0.333333"),
        (-2 / 3, "-0.666667"),
        (1e-9, "1e-09"),
        (0.0001, "0.0001"),
        (1.5e20, "1.5e+20"),
        (1000003.0, "1000003"),
        (24691356.0, "24691356"),
        (333333.5, "333333.5"),
        (1e6 / 3, "333333.3"),
        (99999.97, "100000.0"),
        (1234567.85, "1234567.9"),
        (1e10, "10000000000"),
        (123456789012345.0, "123456789012345"),
        (1e15, "1e+15"),
        (1234567890123456.0, "1.23457e+15"),
        (1 + 1e-8, "1.00000"),
        (1 - 1e-8, "1.00000"),
        (0.1 + 0.2, "0.300000"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (0.0, "0"),
        (-0.0, "0"),
        (math.nan, "nan"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (True, "True"),
        (2**70, "1180591620717411303424"),
    ],
)
def test_people_see_what_is_exact_and_six_digits_of_the_rest(number: float, text: str) -> None:
    assert number_text(number) == text


@pytest.mark.parametrize(
    ("precision", "text"), [(1, "0.7"), (3, "0.667"), (16, "0.6666666666666666"), (17, "0.6666666666666666")]
)
def test_people_see_as_many_digits_as_they_ask_for(precision: int, text: str) -> None:
    assert number_text(2 / 3, precision) == text


def significant(text: str) -> int:
    """The digits of a text that count: all from the first that is not 0."""
    return len(re.sub(r"e.*|\D", "", text).lstrip("0"))


NEAR = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(1e5, 1e7),
    st.integers(-(10**16), 10**16).map(float),
    st.builds(lambda whole, part: whole + part * 1e-8, st.integers(-5, 5), st.integers(-9, 9)),
)


@given(NEAR, st.integers(1, 17))
def test_a_text_that_looks_exact_is_exact(number: float, precision: int) -> None:
    text = number_text(number, precision)
    assert NUMBER.fullmatch(text)
    if significant(text) < precision or not re.search(r"[.e]", text):
        assert float(text) == number
    else:
        assert math.isclose(float(text), number, rel_tol=0.51 * 10 ** (1 - precision), abs_tol=5e-324)


@given(NEAR, NEAR, st.integers(1, 17))
def test_numbers_that_differ_by_more_than_the_shown_precision_look_different(
    first: float, second: float, precision: int
) -> None:
    if abs(first / 2 - second / 2) > 0.51 * 10 ** (1 - precision) * max(abs(first), abs(second)):
        assert number_text(first, precision) != number_text(second, precision)


@given(st.lists(NEAR, min_size=2, max_size=8), st.integers(1, 17))
def test_the_entries_of_an_array_share_their_form_and_are_told_apart(numbers: list[float], precision: int) -> None:
    texts = number_texts(np.array(numbers), precision)
    assert len({"e" in text for text, number in zip(texts, numbers, strict=True) if number}) <= 1
    for number, text in zip(numbers, texts, strict=True):
        assert math.isclose(float(text), number, rel_tol=0.51 * 10 ** (1 - precision), abs_tol=5e-324)
        for other, another in zip(numbers, texts, strict=True):
            if abs(number / 2 - other / 2) > 1e-13 * max(abs(number), abs(other)):
                assert text != another


def test_what_rounding_leaves_is_no_difference_between_entries() -> None:
    assert number_texts(np.array([1 / 3, 1 / 3 + 1e-16])) == ["0.333333", "0.333333"]
    assert number_texts(np.array([1.00000001, 1.00000002])) == ["1.00000001", "1.00000002"]


@given(NEAR, NEAR, st.integers(1, 17))
def test_compared_numbers_show_the_digits_in_which_they_differ(first: float, second: float, precision: int) -> None:
    texts = pair_texts(first, second, precision)
    assert (float(texts[0]) == float(texts[1])) == (first == second)


@given(st.floats(allow_nan=False))
def test_programs_see_every_digit(number: float) -> None:
    text = value_text(np.array(number))
    assert float(text) == number
    assert math.copysign(1, float(text)) == math.copysign(1, number)
    assert len(text) <= len(repr(number))


@given(st.floats(width=32, allow_nan=False))
def test_a_float32_has_the_shortest_text_that_reads_back(number: float) -> None:
    text = value_text(np.array(number, np.float32))
    assert np.float32(text) == np.float32(number)
    digits = re.sub(r"e.*|\D", "", text).strip("0")
    assert len(digits) <= 9


@pytest.mark.parametrize(
    ("dtype", "entry", "text"),
    [(np.float32, 0.1, "0.1"), (np.float16, 0.1, "0.1"), (np.bool_, True, "1"), (int, -3, "-3")],
)
def test_programs_see_other_dtypes(dtype: Any, entry: Any, text: str) -> None:
    assert value_text(np.array(entry, dtype)) == text


def test_numbers_that_differ_look_different() -> None:
    assert pair_texts(264.0, 264.00000001) == ("264", "264.00000001")
    assert pair_texts(1.0, 2.0) == ("1", "2")
    assert pair_texts(math.nan, 1.0) == ("nan", "1")
    assert pair_texts(1.0, math.nextafter(1.0, 2.0)) == ("1", "1.0000000000000002")


SHAPES = arrays_of.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=9)
ARRAYS = arrays_of.arrays(np.float64, SHAPES, elements=st.floats(width=64))


@given(ARRAYS, st.integers(1, 100), st.booleans(), st.booleans())
def test_a_number_is_never_cut(array: Any, room: int, ascii: bool, full: bool) -> None:
    view = Display(ascii=ascii, full=full)
    shown = array_lines(array, view, room)
    if array.size > LARGE and not full:
        span = extent(array, view)
        assert shown[-len(fold(span, room)) :] == fold(span, room)
        shown = shown[: -len(fold(span, room))]
    elif inline(array, view, room) != "[…]":
        shown.append(inline(array, view, room))
    for line in shown:
        entries = [each for each in re.split(r"[\[\], ]+", line) if each not in ("", "…", "...")]
        assert all(NUMBER.fullmatch(entry) for entry in entries)
        assert line.isascii() or not ascii
        assert len(line) <= max(room, 6) or len(entries) <= 1


@given(ARRAYS)
def test_everything_is_shown_when_asked_for(array: Any) -> None:
    text = " ".join(array_lines(array, Display(full=True), 40))
    entries = [each for each in re.split(r"[\[\], ]+", text) if each]
    assert entries == number_texts(array)


@pytest.mark.parametrize(
    ("array", "room", "text"),
    [
        ([2, 20, 66, 152], 16, "[2, 20, 66, 152]"),
        ([2, 20, 66, 152], 15, "[2, 20, …, 152]"),
        ([2, 20, 66, 152], 12, "[2, …, 152]"),
        ([2, 20, 66, 152], 8, "[2, …]"),
        ([2, 20, 66, 152], 5, "[…]"),
        ([[1, 2], [3, 4]], None, "[[1, 2], [3, 4]]"),
        ([[1, 2, 3], [4, 5, 6], [7, 8, 9]], 34, "[[1, 2, 3], [4, 5, 6], [7, 8, 9]]"),
        ([[1, 2, 3], [4, 5, 6], [7, 8, 9]], 30, "[[1, …, 3], …, [7, …, 9]]"),
        (1234567.25, 2, "1234567.2"),
        ([], None, "[]"),
    ],
)
def test_entries_are_left_out_where_there_is_no_room(array: Any, room: int | None, text: str) -> None:
    assert inline(np.asarray(array, dtype=float), Display(), room) == text


def test_a_matrix_is_aligned() -> None:
    array = np.array([[1, -20.5, 3], [400, 5, 6.125]])
    assert array_lines(array, Display(), 24) == ["[[    1, -20.5,     3],", " [  400,     5, 6.125]]"]


def test_a_large_array_is_summarised_with_its_range() -> None:
    array = np.arange(1, 1001) / 10
    assert array_lines(array, Display()) == ["[0.1, 0.2, 0.3, …, 100]", "min 0.1, max 100"]
    assert inline(array, Display(), 20) == "min 0.1, max 100"
    assert len(array_lines(array, Display(full=True), 80)) > 50
    assert array_lines(np.full(100, np.nan), Display(ascii=True)) == ["[nan, nan, nan, ..., nan]", "all nan"]
    assert array_lines(np.arange(100) > 3, Display())[1] == "96 of 100 True"


def test_a_summary_does_not_look_at_every_entry_as_text() -> None:
    array = np.broadcast_to(1.5, (10**5, 10**5, 10**3))  # no memory could hold the texts
    part = array[:1000, :1000, 0]
    assert array_lines(part, Display())[-1] == "all 1.5"
