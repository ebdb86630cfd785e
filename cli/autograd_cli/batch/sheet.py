"""Answers as rows for a gradebook."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

HEAD = "id,verdict,score,diagnosis"

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def row(identity: Any, found: Mapping[str, Any]) -> str:
    """One answer as a row: the id, one verdict, the score from 0 to 1, and the diagnosis in words."""
    verdict, score, diagnosis = _graded(found)
    buffer = io.StringIO()
    text = f"{score:.6g}"
    csv.writer(buffer, lineterminator="").writerow([cell(identity), cell(verdict), text, cell(diagnosis)])
    return buffer.getvalue()


def _graded(found: Mapping[str, Any]) -> tuple[str, float, str]:
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
    """A cell that no spreadsheet takes for a formula, on one line."""
    text = " ".join(str(value).split()) if isinstance(value, str) else str(value)
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    if text.startswith(_STARTS_A_FORMULA):
        try:
            float(text)
        except ValueError:
            return f"'{text}"
    return text
