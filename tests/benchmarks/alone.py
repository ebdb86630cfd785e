"""One side of the example in a process of its own: ``python alone.py SIDE ENTRIES SECONDS`` prints seconds per call.

What one library does to the memory of its process, the others do not get here.
"""

from __future__ import annotations

import gc
import json
import sys
import time

import engines


def main(side: str, entries: str, seconds: str) -> None:
    """Time calls of one side, after one that is not counted, for about as many seconds."""
    if side == "torch":
        import torch

        torch.set_num_threads(1)
    run = engines.example(int(entries))[side]
    run()
    gc.disable()
    found: list[float] = []
    while len(found) < 3 or sum(found) < float(seconds):
        start = time.perf_counter()
        run()
        found.append(time.perf_counter() - start)
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
