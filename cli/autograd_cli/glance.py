"""What single words of a command line say before it is read."""

from __future__ import annotations

from collections.abc import Sequence


def option_words(words: Sequence[str]) -> list[str]:
    """The words in which options may stand: those before ``--``."""
    return list(words[: words.index("--")] if "--" in words else words)


def chosen(option: str, words: Sequence[str]) -> str | None:
    """What the bare words say for an option, the last time they do."""
    found = None
    for place, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name == option:
            found = value if equals else "".join(words[place + 1 : place + 2])
    return found
