"""Every line of docs/grammar.md is read as the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from command_runs import Cli

PAGE = Path(__file__).parents[2] / "docs" / "grammar.md"
NUMBERS = ["s", "t", "k", "p", "n", "lambda", "alpha", "theta", "phi", "mu", "h1", "x_1", "x_2"]
VALUES = {
    **dict.fromkeys(NUMBERS, "0.5"),
    **dict.fromkeys(("x", "y", "w", "y_hat"), "0.5,1,2"),
    "b": "1,2",
    "X": "2,1,0;1,3,1;0,1,4",
    "Y": "3,1,0;1,3,1;0,1,5",
    "A": "1,2,0;3,4,1",
    "B": "1,0;2,1;0,3",
}
ROW = re.compile(r"\| `(.+?)` \| (?:`(.+?)`|(as it is|asked|refused: (AG\d+))) \|")


def rows() -> list[tuple[str, str, str | None]]:
    """The text, what it is read as, and the code of a refusal."""
    found = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            match = ROW.fullmatch(line)
            assert match is not None, line
            typed, read, other, code = (each and each.replace(r"\|", "|") for each in match.groups())
            code = "AG619" if other == "asked" else code
            found.append((typed, read or typed, code))
    return found


def test_the_page_has_every_kind_of_notation() -> None:
    assert len(rows()) > 150


@pytest.mark.parametrize(("typed", "read", "code"), rows(), ids=[row[0] for row in rows()])
def test_a_text_is_read_as_the_page_says(cli: Cli, typed: str, read: str, code: str | None) -> None:
    values = [word for name, value in VALUES.items() for word in ("--var", f"{name}={value}")]
    found = cli("graph", "--json", *values, "--", typed)
    if code is not None:
        assert found.json["error"]["code"] == code, found
        return
    assert found.status == 0, found
    assert (found.json["read"] or typed) == read


@pytest.mark.parametrize("typed", [row[0] for row in rows() if row[2] is None])
def test_what_was_read_is_typed_back(cli: Cli, typed: str) -> None:
    values = [word for name, value in VALUES.items() for word in ("--var", f"{name}={value}")]
    first = cli("graph", "--json", *values, "--", typed).json
    if first["read"] is None or "v*s" in first["read"]:
        return
    again = cli("graph", "--json", *values, "--", first["read"]).json
    assert again["read"] is None
    assert again["result"]["data"] == first["result"]["data"]
