"""Where the time of one command goes: ``python tests/benchmarks/run.py --only profile``.

The program itself runs in a fresh process (``follow.py``), with a clock around its imports and its parts. Time counts
for the innermost part that is running, so that the parts add up to the whole. The clock of the machine goes on between
processes: what passes before the first line and after the last is measured from outside.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from measure import Row

END = "interpreter: end"


def followed(words: list[str]) -> dict[str, float]:
    """The seconds of each part of one run in a fresh process, in the order in which they were first entered."""
    start = time.monotonic()
    command = [sys.executable, str(Path(__file__).with_name("follow.py")), repr(start), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    end = time.monotonic()
    found = json.loads(done.stderr.splitlines()[-1])
    spent: dict[str, float] = found["spent"]
    return {**spent, END: end - found["end"]}


def profile(case: str, words: list[str], rounds: int) -> Iterator[Row]:
    """The median of each part over some runs, against the median of the whole."""
    runs = [followed(words) for _ in range(rounds + 1)][1:]
    whole = [sum(run.values()) for run in runs]
    middle, least = statistics.median(whole), min(whole)
    for part in runs[0]:
        times = [run.get(part, 0.0) for run in runs]
        if (ours := statistics.median(times)) > 0.001:
            yield Row(f"{case}: {part}", "the whole command", ours, middle, min(times), least, None, "one process")
