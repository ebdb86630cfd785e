"""Examine a great many random expressions: python tests/fuzz/run.py --count 100000 --jobs 2

Prints what was run and everything found, one line each, with the seed that makes it again:
python tests/fuzz/run.py --seed 17 shows one expression. Ends with status 1 where anything was found.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "core"), str(ROOT / "cli"), str(ROOT / "tests")]

PATIENCE = 20
"""Seconds of this process's own time after which an expression hangs: another process may have the machine."""

EXTREME = 5
"""Every which expression is calculated with numbers at the ends of float64, too."""

SLEEP = 300
"""Seconds by the clock after which one hangs that only waits."""


class HangError(BaseException):
    """An expression takes too long."""


def give_up(*_: object) -> None:
    """Interrupt an expression that takes too long."""
    raise HangError


def watch() -> None:
    """Let both clocks give up."""
    signal.signal(signal.SIGALRM, give_up)
    signal.signal(signal.SIGPROF, give_up)


def one(seed: int, sympy: int) -> dict[str, Any]:
    """What became of one seed; every ``sympy``-th is put to SymPy too, the others to differences alone."""
    import autograd_core.check
    from autograd_core.errors import AutogradError
    from fuzz import language, oracles

    autograd_core.check.RAISE_ERRORS = True  # a witness that breaks is a defect
    made: dict[str, Any] = {"seed": seed, "problems": [], "kind": "fine"}
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    signal.alarm(SLEEP)
    started = time.perf_counter()
    try:
        if seed % 5 == 4:
            made["text"] = language.text(seed)
            problem = oracles.examine_text(made["text"])
            made.update(kind="text", problems=[problem] if problem else [])
            return made
        try:
            example = language.expression(seed)
        except AutogradError as error:
            made.update(kind="unmade", why=error.message)
            return made
        made["text"] = example.text
        found = oracles.examine(example, "all" if seed % sympy == 0 else "numeric", rendered=seed % 3 == 0)
        made.update(kind="refused" if found.refused else "fine", problems=found.problems, why=found.refused)
        if found.refused is None and seed % 2 == 0:
            problem = oracles.examine_command(example, seed)
            made["problems"] += [problem] if problem else []
        if seed % EXTREME == 0:
            made["problems"] += [f"extreme: {each}" for each in oracles.examine_extreme(language.extreme(seed))]
        made.update(formulas=found.formulas, compared=found.compared, entries=found.entries)
    except HangError:
        made.update(kind="hang", problems=[f"still running after {PATIENCE} s of its own, or waiting after {SLEEP} s"])
    except Exception:
        made.update(kind="crash", problems=[traceback.format_exc()])
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
        made["seconds"] = time.perf_counter() - started
    return made


def work(seeds: range, sympy: int, queue: Any) -> None:
    """Run many seeds in this process and tell what is not plain."""
    watch()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    counts: Counter[str] = Counter()
    slowest = (0.0, -1)
    for turn, seed in enumerate(seeds):
        made = one(seed, sympy)
        counts[made["kind"]] += 1
        for name in ("formulas", "compared", "entries"):
            counts[name] += made.get(name) or 0
        counts["sympy"] += made["kind"] == "fine" and seed % sympy == 0
        slowest = max(slowest, (made.get("seconds", 0.0), seed))
        if made["problems"] or made["kind"] in ("refused", "unmade"):
            queue.put(("found", made))
        if turn % 200 == 199:
            queue.put(("counts", (counts, slowest)))
            counts = Counter()
    queue.put(("counts", (counts, slowest)))
    queue.put(("done", None))


def results(start: int, count: int, jobs: int, sympy: int) -> Iterator[tuple[str, Any]]:
    """What the workers tell."""
    context = multiprocessing.get_context("spawn")
    queue: Any = context.Queue()
    workers = [
        context.Process(target=work, args=(range(start + turn, start + count, jobs), sympy, queue), daemon=True)
        for turn in range(jobs)
    ]
    for worker in workers:
        worker.start()
    left = jobs
    while left:
        kind, found = queue.get()
        left -= kind == "done"
        yield kind, found


def main() -> int:
    """Run, print, count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--sympy", type=int, default=10, help="every which expression SymPy is asked about")
    parser.add_argument("--seed", type=int, help="show one expression and what is found about it")
    parser.add_argument("--log", type=Path, help="write everything found to this file, one JSON object a line")
    options = parser.parse_args()
    if options.seed is not None:
        return show(options.seed)
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    slowest = (0.0, -1)
    started = time.monotonic()
    bad = 0
    log = options.log.open("w", encoding="utf-8") if options.log else None
    for kind, found in results(options.start, options.count, options.jobs, options.sympy):
        if kind == "counts":
            counts.update(found[0])
            slowest = max(slowest, found[1])
        elif kind == "found":
            if log:
                log.write(json.dumps(found) + "\n")
                log.flush()
            if found["problems"]:
                bad += 1
                print(f"seed {found['seed']} {found['kind']}: {found['problems'][0].strip().splitlines()[-1][:300]}")
                sys.stdout.flush()
            elif found.get("why"):
                reasons[found["why"].split(" ")[0]] += 1
    ran = sum(counts[kind] for kind in ("fine", "refused", "unmade", "text", "hang", "crash"))
    seconds = time.monotonic() - started
    print(f"{ran:,} inputs in {seconds:.0f} s: {dict(counts)}; slowest {slowest[0]:.1f} s, seed {slowest[1]}")
    print(f"refused: {dict(reasons.most_common(12))}")
    print(f"{bad} with something to look at")
    return 1 if bad else 0


def show(seed: int) -> int:
    """One expression in full."""
    from fuzz import language

    watch()
    if seed % 5 != 4:
        import shlex

        example = language.expression(seed)
        print(shlex.join(["autograd-cli", *example.command]))
    made = one(seed, 1)
    print(json.dumps({key: value for key, value in made.items() if key != "problems"}, indent=1))
    print("\n".join(made["problems"]))
    return 1 if made["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
