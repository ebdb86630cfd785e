"""The text of an expression that was read from another one, and what is to be said of that."""

from __future__ import annotations

from collections.abc import Sequence


class ReadText(str):
    """A text in the language; ``typed`` is what a person wrote, ``notes`` are codes and sentences about the reading.

    It is a plain string for whatever computes with it, and travels through requests and reports to whoever shows it.
    """

    typed: str
    notes: Sequence[tuple[str, str]]

    def __new__(cls, text: str, typed: str, notes: Sequence[tuple[str, str]] = ()) -> ReadText:
        """A text with what it was read from."""
        made = super().__new__(cls, text)
        made.typed = typed
        made.notes = tuple(notes)
        return made

    def __reduce__(self) -> tuple[type[ReadText], tuple[str, str, Sequence[tuple[str, str]]]]:
        return ReadText, (str(self), self.typed, self.notes)


def typed_text(expression: str) -> str:
    """What a person wrote."""
    return expression.typed if isinstance(expression, ReadText) else expression


def read_text(expression: str) -> str | None:
    """What it was read as, None where nothing was changed."""
    return str(expression) if isinstance(expression, ReadText) and expression != expression.typed else None


def notes_of(expression: str) -> Sequence[tuple[str, str]]:
    """Codes and sentences about the reading."""
    return expression.notes if isinstance(expression, ReadText) else ()
