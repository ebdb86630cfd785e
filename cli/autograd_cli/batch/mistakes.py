"""What a class did: how many answers to each question are right, which mistakes they hold, and who has which score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, TextIO

from autograd_cli.batch.sheet import graded, line
from autograd_cli.document.blocks import Answer, Display, Document, Lines, Table, Text
from autograd_core.dataclass import dataclass
from autograd_core.escape import escape_unprintable
from autograd_core.number_text import number_text

SHOWN = 20
"""Mistakes that are listed on standard error; the rarer ones are counted."""

FORMS = {".json": "json", ".csv": "csv", ".md": "markdown", ".html": "html", ".tex": "latex", ".txt": "plain"}
"""The forms of the summary by the ending of its file."""


@dataclass(slots=True)
class Mistakes:
    """How many answers hold each mistake, named in the words of its diagnosis.

    ``questions`` are the points of each question of the key by its id, ``scores`` those of each question by student; a
    mistake is a question, a code and a sentence.
    """

    questions: Mapping[str, float]
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    scores: dict[str, dict[str, float]] = field(default_factory=dict)

    def add(self, found: Mapping[str, Any]) -> None:
        """One more answer: each of its mistakes counts once."""
        student, _, question = str(found["id"]).rpartition("/")
        if question not in self.questions or len(self.questions) == 1:
            student, question = str(found["id"]), next(iter(self.questions)) if len(self.questions) == 1 else ""
        self.counts.update((question, *each) for each in set(mistakes_of(found)))
        self.scores.setdefault(student, {})[question] = graded(found)[1]

    @property
    def ordered(self) -> list[tuple[tuple[str, str, str], int]]:
        """The mistakes with their counts, the most frequent first."""
        return sorted(self.counts.items(), key=lambda each: (-each[1], each[0][0], each[0][2]))

    def lines(self) -> Iterator[str]:
        """The mistakes in words, the most frequent first."""
        if not self.counts:
            return
        yield "answers  mistake"
        alone = len(self.questions) == 1
        for (question, _, words), count in self.ordered[:SHOWN]:
            told = words if alone or not question else f"{question} {words}"
            yield f"{count:7,}  {escape_unprintable(' '.join(told.split()))}"
        if len(self.counts) > SHOWN:
            yield f"and {len(self.counts) - SHOWN:,} more mistakes, each in at most {self.ordered[SHOWN][1]:,}"

    def of_questions(self) -> Iterator[tuple[str, int, int, float]]:
        """Each question: its id, the answers to it, how many are right, and the mean score."""
        for question in self.questions:
            found = [each[question] for each in self.scores.values() if question in each]
            yield question, len(found), sum(each == 1 for each in found), sum(found) / max(len(found), 1)

    def of_students(self) -> Iterator[tuple[str, float, float]]:
        """Each student's total, as a share and in points; without an answer a question counts 0."""
        total = sum(self.questions.values()) or 1.0
        for student, scores in self.scores.items():
            points = sum(scores.get(each, 0.0) * most for each, most in self.questions.items())
            yield student, points / total, points

    def answer(self) -> Answer:
        """The summary, for every writer."""
        rows = list(_rows(self))

        def write_csv(_: Display, stream: TextIO) -> None:
            for row in rows:
                stream.write(f"{line(*row)}\n")

        return Answer(
            document=lambda _: _document(self),
            json=lambda _: {
                "schema": "autograd-cli/class/1",
                "questions": [
                    {"id": name, "answers": count, "right": right, "score": score, "points": self.questions[name]}
                    for name, count, right, score in self.of_questions()
                ],
                "mistakes": [
                    {"question": question, "answers": count, "code": code, "text": text}
                    for (question, code, text), count in self.ordered
                ],
                "students": [
                    {"id": student, "score": score, "points": points} for student, score, points in self.of_students()
                ],
            },
            records=lambda _: [[str(each) for each in row] for row in rows],
            others={"csv": write_csv},
        )


def _rows(found: Mistakes) -> Iterator[Sequence[Any]]:
    """One table for a spreadsheet: what a row is about stands in its first cell."""
    yield "kind", "question", "student", "answers", "right", "score", "code", "text", "points"
    for question, count, right, score in found.of_questions():
        yield "question", question, "", count, right, number_text(score), "", "", number_text(found.questions[question])
    for (question, code, text), count in found.ordered:
        yield "mistake", question, "", count, "", "", code, text, ""
    for student, score, points in found.of_students():
        yield "student", "", student, "", "", number_text(score), "", "", number_text(points)


def _document(found: Mistakes) -> Document:
    questions = [_cells(name, count, right, number_text(score)) for name, count, right, score in found.of_questions()]
    mistakes = [_cells(count, question, text) for (question, _, text), count in found.ordered]
    students = [
        _cells(student, number_text(score), number_text(points)) for student, score, points in found.of_students()
    ]
    most = f"points of {sum(found.questions.values()):g}"
    return Document(
        "The answers of a class",
        [
            Table(["question", "answers", "right", "mean score"], questions),
            Table(["answers", "question", "mistake"], mistakes)
            if mistakes
            else Lines([[Text("no answer holds a mistake")]]),
            Table(["student", "score", most], students),
        ],
    )


def _cells(*values: Any) -> list[list[Text]]:
    return [[Text(escape_unprintable(" ".join(str(value).split())))] for value in values]


def mistakes_of(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The mistakes of an answer, each as a code and as a sentence with the name of the input."""
    if "error" in found:
        yield found["error"]["code"], found["error"]["message"]
        return
    for claim in found["claims"]:
        if claim["verdict"] != "right":
            told = claim["diagnosis"]
            words = told["text"] if told else f"{claim['verdict']}, without a mistake that explains it"
            yield told["code"] if told else claim["verdict"], f"{claim['name']}: {words}"
    yield from (("missing", f"{name}: no claim") for name in found.get("missing", ()))
