"""One side of a case in a process of its own: ``python alone.py CASE SIDE SIZE COLLECTOR SECONDS``.

It prints the seconds of the processor for each call, on one thread. What one library does to the memory of its
process, and what its objects cost the garbage collector, the others do not get here. SIZE is empty for a case that has
no sizes. COLLECTOR is on, as Python starts it, or off. SIDE is a side of the case, or PROGRAM for ours with the memory
of the process as the command line sets it.
"""

from __future__ import annotations

import gc
import json
import sys
import time

import engines

PROGRAM = "ours in the program"


def main(case: str, side: str, size: str, collector: str, seconds: str) -> None:
    """Time calls of one side, after one that is not counted, for about as many seconds."""
    if side == PROGRAM:
        from autograd_cli.environment import hold_freed_memory

        hold_freed_memory()
    sides = getattr(engines, case)(*([int(size)] if size else []))
    run = sides["ours" if side == PROGRAM else side]
    if side == "torch":
        import torch

        torch.set_num_threads(1)
    run()
    gc.collect()
    if collector == "off":
        gc.disable()
    found: list[float] = []
    while len(found) < 3 or sum(found) < float(seconds):
        start = time.process_time()
        run()
        found.append(time.process_time() - start)
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
