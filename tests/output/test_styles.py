"""Styles are readable on black and on white."""

from __future__ import annotations

import pytest
from rich.color import Color

from autograd_cli.errors.messages import ERROR, WARNING
from autograd_cli.writers.styled import STYLES


def luminance(color: Color) -> float:
    """The relative luminance of WCAG 2."""
    parts = [each / 255 for each in color.get_truecolor()]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


@pytest.mark.parametrize("role", [role for role, style in STYLES.items() if style.color is not None])
def test_a_colour_stands_out_from_both_grounds(role: str) -> None:
    color = STYLES[role].color
    assert color is not None
    assert min(contrast(luminance(color), ground) for ground in (0.0, 1.0)) >= 4.5


@pytest.mark.parametrize("style", [ERROR, WARNING])
def test_errors_and_warnings_stand_out_from_both_grounds(style: str) -> None:
    color = Color.from_ansi(int(style.removeprefix("38;5;")))
    assert min(contrast(luminance(color), ground) for ground in (0.0, 1.0)) >= 4.5


def test_the_colours_are_those_of_the_palette_that_no_theme_changes() -> None:
    numbers = [style.color.number for style in STYLES.values() if style.color is not None]
    assert all(number is not None and number >= 16 for number in numbers)
