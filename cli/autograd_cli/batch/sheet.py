"""Answers as rows for a gradebook."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from autograd_core.escape import escape_unprintable
from autograd_core.number_text import number_text

HEAD = "id,verdict,score,diagnosis"

_SPLIT = re.compile(r"(;\s*)(?=\S)")
"""Where a spreadsheet of some countries begins another cell."""


def row(identity: Any, found: Mapping[str, Any]) -> str:
    """One answer as a row: the id, one verdict, the score from 0 to 1, and the diagnosis in words."""
    verdict, score, diagnosis = graded(found)
    return line(identity, verdict, number_text(score), diagnosis)


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
    claims = found["claims"]
    said = [
        f"{each['name']}: {each['diagnosis']['text'] if each['diagnosis'] else each['reason'] or each['verdict']}"
        for each in claims
        if each["verdict"] != "right"
    ]
    missing = found.get("missing", [])
    said += [f"{name}: no claim" for name in missing]
    verdict = found["verdict"]
    return ("incomplete" if missing and verdict == "right" else verdict), float(found["score"]), "; ".join(said)


def cell(value: Any) -> str:
    """A cell on one line that no spreadsheet takes for a formula, nor a part of it."""
    text = escape_unprintable(" ".join(str(value).split()) if isinstance(value, str) else str(value))
    return "".join(part if _SPLIT.fullmatch(part) else _harmless(part) for part in _SPLIT.split(text))


def _harmless(text: str) -> str:
    if unicodedata.normalize("NFKC", text[:1]) not in tuple("=+-@"):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text
