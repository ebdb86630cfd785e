"""The mistakes of a class: how many submissions made which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import field
from typing import Any

from autograd_core.records import record
from autograd_core.visible import visible

SHOWN = 20
"""Mistakes that are listed; the rarer ones are counted."""


@record(slots=True)
class Mistakes:
    """How many answers hold each mistake, named in the words of its diagnosis; ``questions`` are the ids of the key."""

    questions: Collection[str]
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, found: Mapping[str, Any]) -> None:
        """One more answer: each of its mistakes counts once."""
        question = str(found["id"]).rpartition("/")[2] if len(self.questions) > 1 else ""
        start = f"{question} " if question in self.questions else ""
        self.counts.update({start + words for words in _mistakes(found)})

    def lines(self) -> Iterator[str]:
        """The mistakes in words, the most frequent first."""
        if not self.counts:
            return
        yield "answers  mistake"
        ordered = sorted(self.counts.items(), key=lambda each: (-each[1], each[0]))
        yield from (f"{count:7,}  {visible(' '.join(words.split()))}" for words, count in ordered[:SHOWN])
        if len(ordered) > SHOWN:
            yield f"and {len(ordered) - SHOWN:,} more mistakes, each in at most {ordered[SHOWN][1]:,}"


def _mistakes(found: Mapping[str, Any]) -> Iterator[str]:
    """The mistakes of an answer, each with the name of the input."""
    if "error" in found:
        yield found["error"]["message"]
        return
    for claim in found["claims"]:
        if claim["verdict"] != "right":
            told = claim["diagnosis"]
            words = told["text"] if told else f"{claim['verdict']}, without a mistake that explains it"
            yield f"{claim['name']}: {words}"
    yield from (f"{name}: no claim" for name in found.get("missing", ()))
