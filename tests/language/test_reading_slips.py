"""Slips of the keyboard are not read as mathematics, and no text takes long or crashes."""

from __future__ import annotations

import json
import random
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_cli.environment import StandardInput
from autograd_cli.values.reader import ValueReader
from autograd_core.errors import AutogradError
from autograd_core.expr.build import parse
from autograd_core.expr.parser import read
from autograd_core.expr.reader import interpret
from autograd_core.expr.reader.reading import Wanted
from autograd_core.expr.run import evaluate
from fuzz import reading

CASES = json.loads((Path(__file__).parents[1] / "cases" / "homework.json").read_text(encoding="utf-8"))["cases"]
KEYS = "abcdefghijklmnopqrstuvwxyz0123456789+-*/^()[],. '|_"
SHAPES = {"x": (3,), "A": (3, 3), "s": (), "t": ()}


def value(text: str, inputs: dict[str, Any]) -> Any:
    """The value of a text in the language."""
    program = parse(text, inputs)
    return np.asarray(evaluate([program.result], inputs)[program.result])


def slipped(rng: random.Random, text: str) -> str:
    """The text with one character left out, doubled, exchanged, added or replaced."""
    place = rng.randrange(len(text))
    key = rng.choice(KEYS)
    before, here, after = text[:place], text[place], text[place + 1 :]
    exchanged = before + after[:1] + here + after[1:]
    added, replaced = before + key + here + after, before + key + after
    return rng.choice((before + after, before + here * 2 + after, exchanged, added, replaced))


def computed(text: str, inputs: dict[str, Any]) -> bool:
    """Whether the language itself computes a text."""
    try:
        return all(name in inputs for name in read(text).variables) and value(text, inputs) is not None
    except AutogradError:
        return False


def test_a_thousand_slips_are_not_computed_as_something_else() -> None:
    rng = random.Random(0)
    reader = ValueReader(StandardInput(None))
    silent, said, tried = [], [], 0
    while tried < 1000:
        case = rng.choice(CASES)
        inputs = {name: np.asarray(reader.read(name, text)) for name, text in case["inputs"].items()}
        text = slipped(rng, case["form"])
        if text == case["form"] or computed(text, inputs):
            continue  # no slip, or one that the language cannot know for one
        tried += 1
        try:
            found = interpret(text, inputs, wanted=Wanted(anything=True))
            other = not np.array_equal(value(found.text, inputs), value(case["form"], inputs))
        except AutogradError:
            continue
        if other:
            (silent if found.read is None else said).append((text, found.text))
    assert silent == []
    assert len(said) < 15, said


def test_random_expressions_are_read_back_with_the_same_gradient() -> None:
    rng = random.Random(1)
    wrong = [found for found in (reading.compare(rng) for _ in range(400)) if found[2] is not None]
    assert wrong == []


HOSTILE = [
    *(
        "q",
        "s",
        "7",
        "2s+",
        "s t ",
        "s/t ",
        "(",
        "2(",
        "|",
        "|s",
        "x'",
        "s^",
        "-",
        "sin ",
        r"\frac{",
        r"\frac12",
        r"\sqrt",
    ),
    *(r"\sum_i ", "_", "s,", "s;", "\\", "'", ".", "s∘t ", "\x01", "а", "²", "₁", "<", "lambda ", "s=", "a=2s;", "x.T"),
    *(r"\left(", r"\text{", r"\begin{pmatrix}", "1/2s + ", "α", "$", "\u202e", "{", "^T", "&", "\ufeff", "||", "log "),
    *("e^", "\n", "#", "@", ",", ", "),
]


def calls(text: str) -> int:
    """How many functions are called to read a text, which no load of the machine changes."""
    count = 0

    def called(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(called)
    try:
        with suppress(AutogradError):
            interpret(text, SHAPES)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("part", HOSTILE)
def test_a_text_without_end_is_answered_in_a_number_of_steps_that_grows_as_it_does(part: str) -> None:
    short, long = (calls("2s " + part * (size // len(part))) for size in (1_500, 6_000))
    # Four times as long may take four times the steps; a square would take sixteen.
    assert long < 6 * max(short, 2_000)


def test_two_hundred_characters_are_read_in_a_few_thousand_steps() -> None:
    text = r"||Ax - x||^2 + 3 x^T A x + \frac{1}{2} tr(A^T A) + log(1 + e^{-s t}) + sin(s) cos(t) + x^T (A + I)^{-1} x"
    text = f"{text} + {text}"
    interpret(text, SHAPES)
    assert calls(text) < 40_000  # about 3 ms
