"""Interleaved timing: every side runs in turn, so that a change of the machine's speed hits all of them alike."""

from __future__ import annotations

import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One comparison: ours against a peer in the same run, in seconds (or as ``unit`` says)."""

    case: str
    peer: str
    ours: float
    theirs: float
    goal: float | None
    checked: str
    unit: str = "s"

    @property
    def ratio(self) -> float:
        """Median of ours over median of theirs."""
        return self.ours / self.theirs if self.theirs else float("nan")

    @property
    def met(self) -> bool | None:
        """Whether the ratio is within the goal, None without one."""
        return None if self.goal is None else self.ratio <= self.goal


def interleaved(sides: Mapping[str, Callable[[], object]], rounds: int, inner: int = 1) -> dict[str, list[float]]:
    """Seconds per call of each side over ``rounds`` rounds; each round runs every side ``inner`` times, in turn.

    Python's garbage collector is off, as in the program.
    """
    found: dict[str, list[float]] = {name: [] for name in sides}
    for run in sides.values():
        run()
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, run in sides.items():
                start = time.perf_counter()
                for _ in range(inner):
                    run()
                found[name].append((time.perf_counter() - start) / inner)
            gc.collect()
    finally:
        gc.enable()
    return found


def rows(
    case: str, times: Mapping[str, list[float]], goals: Mapping[str, float | None], checked: str, ours: str = "ours"
) -> list[Row]:
    """A row for each peer of one interleaved run."""
    middle = {side: statistics.median(found) for side, found in times.items()}
    return [Row(case, peer, middle[ours], middle[peer], goal, checked) for peer, goal in goals.items()]


def processes(commands: Mapping[str, list[str]], rounds: int) -> dict[str, list[float]]:
    """Wall seconds of whole processes, in turn, after one warm-up each."""
    found: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(rounds + 1):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
            if turn:
                found[name].append(time.perf_counter() - start)
    return found


def apart(
    case: str,
    sides: Sequence[str],
    size: int | None,
    rounds: int,
    collector: str = "off",
    **environments: Mapping[str, str],
) -> dict[str, list[float]]:
    """The median seconds of each process of each side of a case, one after the other; a side may have an environment.

    ``size`` is None for a case that has no sizes; ``collector`` says whether Python's garbage collector is on or off.
    """
    program = Path(__file__).with_name("alone.py")
    found: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(rounds):
        for side in sides:
            command = [sys.executable, str(program), case, side, str(size or ""), collector, "0.3"]
            own = {**os.environ, **environments.get(side, {})}
            done = subprocess.run(command, capture_output=True, text=True, check=True, env=own)
            found[side].append(statistics.median(json.loads(done.stdout)))
    return found


def table(found: list[Row]) -> str:
    """The rows as text."""
    lines = [f"{'case':<46}{'peer':<27}{'ours':>13}{'peer':>13}{'ratio':>8}{'goal':>7}  "]
    for row in found:
        mark = {True: "met", False: "MISSED", None: ""}[row.met]
        goal = "" if row.goal is None else f"{row.goal:g}"
        lines.append(
            f"{row.case:<46}{row.peer:<27}{scaled(row.ours, row.unit):>13}{scaled(row.theirs, row.unit):>13}"
            f"{row.ratio:>8.3f}{goal:>7}  {mark}"
        )
    return "\n".join(lines)


def scaled(value: float, unit: str) -> str:
    """A quantity with a unit that suits its size."""
    if unit != "s":
        return f"{value:.3g} {unit}"
    for factor, name in ((1, "s"), (1e3, "ms"), (1e6, "us")):
        if value * factor >= 1:
            return f"{value * factor:.3g} {name}"
    return f"{value * 1e9:.3g} ns"


def keep(found: list[Row], path: Path) -> None:
    """Write the rows as JSON."""
    path.write_text(json.dumps([{**asdict(row), "ratio": row.ratio, "met": row.met} for row in found], indent=1) + "\n")
