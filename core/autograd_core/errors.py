"""What can go wrong, in the user's words."""

from __future__ import annotations

from collections.abc import Mapping

Span = tuple[int, int]

EXAMPLE = "for example sum(x**2) at x = 1,2,3"
"""The hint where there is nothing that could be mended."""


def counted(count: int, noun: str, nouns: str = "") -> str:
    """A number with its noun: ``1 axis``, ``2 axes``, ``1,000 arrays``."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


class AutogradError(Exception):
    """Base of every error the package raises on purpose.

    ``code`` is stable. ``why`` gives the reason, ``hint`` one thing that works, ``retry`` values by the names of inputs
    or settings with which the same works. Settings stand in backticks in sentences, as `check none`: whoever asks has
    words of his own for them. ``span`` is a half-open range of
    characters of ``text``; ``text`` is what the user typed. ``pytorch`` is what PyTorch says, where a user of the
    library would search for that: ``str`` puts it first. ``rewrites`` are texts that can stand in the place of
    ``text``; ``instead`` is a name in it and those that it may have been; ``read`` is what ``text`` was read as where
    that is another text.
    """

    code = "AG000"
    exit_status = 3

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        why: str | None = None,
        hint: str | None = None,
        span: Span | None = None,
        text: str | None = None,
        retry: Mapping[str, str] | None = None,
        pytorch: str | None = None,
        rewrites: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code
        self.why = why
        self.hint = hint
        self.span = span
        self.text = text
        self.retry = retry or {}
        self.pytorch = pytorch
        self.read: str | None = None
        self.rewrites = rewrites
        self.instead: tuple[str, list[str]] | None = None
        self.unnamed: tuple[str, str | None, str | None, tuple[str, list[str]] | None] | None = None

    def __str__(self) -> str:
        return self.message if self.pytorch is None else f"{self.pytorch}\n{self.message}"

    def at(self, span: Span | None, text: str | None = None) -> AutogradError:
        """The same error, pointing at ``span`` of ``text`` unless it already points somewhere."""
        if self.span is None:
            self.span = span
        if self.text is None:
            self.text = text
        return self

    def naming(self, described: list[str], bare: list[str]) -> AutogradError:
        """The same error with ``{i}`` replaced by the operand: with its shape, or as bare text in the hint.

        Named again, by somebody who knows more of the operands, it has the later names.
        """
        self.unnamed = self.unnamed or (self.message, self.why, self.hint, self.instead)
        self.message, self.why, self.hint, self.instead = self.unnamed
        for position, (words, text) in enumerate(zip(described, bare, strict=True)):
            place = f"{{{position}}}"
            self.message = self.message.replace(place, words)
            self.why = self.why.replace(place, words) if self.why else None
            self.hint = self.hint.replace(place, text) if self.hint else None
            if self.instead is not None:
                name, texts = self.instead
                self.instead = name.replace(place, text), [each.replace(place, text) for each in texts]
        self.args = (self.message,)
        return self


class UsageError(AutogradError):
    """The command line cannot be read: an unknown option or variable, a missing value."""

    code = "AG101"
    exit_status = 2


class ExpressionError(AutogradError):
    """The expression is not in the language, or names something that does not exist."""

    code = "AG601"


class ShapeError(AutogradError, RuntimeError):
    """Shapes do not fit.

    The message may hold ``{0}``, ``{1}``, ... for the operands; ``naming`` puts the user's words there.
    """

    code = "AG301"


class AxisError(ShapeError, IndexError):
    """An axis or an index does not exist."""

    code = "AG303"


class GradientError(AutogradError, RuntimeError):
    """A gradient was asked for that is not defined, or a graph is used in a way it does not allow."""

    code = "AG201"


class DomainError(AutogradError, RuntimeError):
    """An operation has no value at the given numbers (a singular matrix, the maximum of nothing)."""

    code = "AG404"


class ValueTextError(AutogradError):
    """The text or file given for a variable is not an array of numbers."""

    code = "AG606"


class LimitError(AutogradError):
    """A stated limit on size, depth or length was passed."""

    code = "AG801"
