"""What answers are worth: rows of a gradebook, and what a class did, by question, mistake and student."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from autograd_cli.document import Answer, Document, Lines, Table, Text
from autograd_core.dataclass import dataclass
from autograd_core.escape import escape_unprintable
from autograd_core.number_text import exact_text, number_text

HEAD = "id,verdict,score,diagnosis"

_SPLIT = re.compile(r"(;\s*)(?=\S)")  # where a spreadsheet of some countries begins another cell
SHOWN = 20  # mistakes that are listed on standard error; the rarer ones are counted

FORMS = {".json": "json", ".csv": "csv", ".md": "markdown", ".html": "html", ".tex": "latex", ".txt": "table"}
"""The forms of the summary by the ending of its file."""

COLUMNS = ["kind", "question", "student", "answers", "right", "score", "code", "text", "points"]
"""The columns of the summary as one table."""


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
        self.counts.update((question, *each) for each in set(mistakes_in(found)))
        self.scores.setdefault(student, {})[question] = graded(found)[1]

    def lines(self) -> Iterator[str]:
        """The mistakes in words, the most frequent first."""
        if self.counts:
            yield "answers  mistake"
        alone = len(self.questions) == 1
        mistakes = self.tables()["mistakes"]
        for each in mistakes[:SHOWN]:
            told = each["text"] if alone or not each["question"] else f"{each['question']} {each['text']}"
            yield f"{each['answers']:7,}  {escape_unprintable(' '.join(told.split()))}"
        if len(mistakes) > SHOWN:
            yield f"and {len(mistakes) - SHOWN:,} more mistakes, each in at most {mistakes[SHOWN]['answers']:,}"

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """What the class did: by question with the mean score, by mistake, the most frequent first, and by student.

        The score of a student is a share of all points; without an answer a question counts 0.
        """
        found: dict[str, list[dict[str, Any]]] = {"questions": [], "mistakes": [], "students": []}
        for question, points in self.questions.items():
            scores = [each[question] for each in self.scores.values() if question in each]
            right, mean = sum(each == 1 for each in scores), sum(scores) / max(len(scores), 1)
            row = {"id": question, "answers": len(scores), "right": right, "score": mean, "points": points}
            found["questions"].append(row)
        for (question, code, text), count in sorted(self.counts.items(), key=lambda each: (-each[1], each[0][::2])):
            found["mistakes"].append({"question": question, "answers": count, "code": code, "text": text})
        total = sum(self.questions.values()) or 1.0
        for student, given in self.scores.items():
            points = sum(given.get(each, 0.0) * most for each, most in self.questions.items())
            found["students"].append({"id": student, "score": points / total, "points": points})
        return found

    def answer(self) -> Answer:
        """The summary, for every writer."""
        tables = self.tables()
        rows = [COLUMNS]  # one table for a spreadsheet: what a row is about stands in its first cell
        for kind, name in (("question", "question"), ("mistake", "question"), ("student", "student")):
            for each in tables[f"{kind}s"]:
                cells = {"kind": kind, name: each.get("id"), **each}
                rows.append([_spelled(cells.get(column, ""), exact_text) for column in COLUMNS])

        def table(rows: str, heads: Sequence[str], names: Sequence[str]) -> Table:
            texts = ([_spelled(each[name]) for name in names] for each in tables[rows])
            cells = [[[Text(escape_unprintable(" ".join(text.split())))] for text in row] for row in texts]
            return Table(heads, cells)

        points = f"points of {sum(self.questions.values()):g}"
        mistakes = table("mistakes", ["answers", "question", "mistake"], ["answers", "question", "text"])
        blocks = [
            table("questions", ["question", "answers", "right", "mean score"], ["id", "answers", "right", "score"]),
            mistakes if tables["mistakes"] else Lines([[Text("no answer holds a mistake")]]),
            table("students", ["student", "score", points], ["id", "score", "points"]),
        ]
        return Answer(
            document=lambda _: Document("The answers of a class", blocks),
            json=lambda _: {"schema": "autograd-cli/class/1", **tables},
            records=lambda _: rows,
            csv=lambda stream: stream.writelines(f"{line(*row)}\n" for row in rows),
        )


def _spelled(value: Any, number: Callable[[float], str] = number_text) -> str:
    return number(value) if isinstance(value, float) else str(value)


def row(found: Mapping[str, Any]) -> str:
    """One answer as a row: the id, one verdict, the score from 0 to 1, and the diagnosis in words."""
    verdict, score, diagnosis = graded(found)
    return line(found["id"], verdict, exact_text(score), diagnosis)


def line(*values: Any) -> str:
    """One row of cells."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow([cell(each) for each in values])
    return buffer.getvalue()


def graded(found: Mapping[str, Any]) -> tuple[str, float, str]:
    """The verdict on an answer, its score from 0 to 1, and what is wrong with it in words."""
    error = found.get("error")
    if error is not None:
        missing = error["code"] == "AG103" and "claim" in error["message"]
        return "missing" if missing else "error", 0.0, f"{error['code']}: {error['message']}"
    if "claims" not in found:
        status = found["check"]["status"]
        return status, float(found["ok"]), ""
    verdict = "incomplete" if found.get("missing") and found["verdict"] == "right" else found["verdict"]
    return verdict, float(found["score"]), "; ".join(words for _, words in mistakes_in(found))


def mistakes_in(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with an answer: a code, and words."""
    if (error := found.get("error")) is not None:
        yield error["code"], error["message"]
    for claim in found.get("claims", ()):
        if claim["verdict"] != "right":
            unknown = {"code": claim["verdict"], "text": claim["reason"] or "none of the usual mistakes explains it"}
            told = claim["diagnosis"] or unknown
            yield told["code"], f"{claim['name']}: {told['text']}"
    yield from (("missing", f"{name}: no claim") for name in found.get("missing", ()))


def cell(value: Any) -> str:
    """A cell on one line that no spreadsheet takes for a formula, nor a part of it."""
    parts = _SPLIT.split(escape_unprintable(" ".join(value.split()) if isinstance(value, str) else str(value)))
    for place, text in enumerate(parts):
        if unicodedata.normalize("NFKC", text[:1]) in tuple("=+-@"):
            try:
                float(text)
            except ValueError:
                parts[place] = f"'{text}"
    return "".join(parts)
