"""How time and memory grow with the entries of the arrays and with the operations, beside PyTorch.

Our memory is set as the command line sets it.
"""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Iterator

from measure import Row, scaled

LINEAR = 1.3
"""The slope on logarithmic scales that still is linear."""

MEASURE = """
import gc, sys, time
gc.disable()
def peak():
    # the high water mark of this program alone: getrusage keeps that of the program that started it
    return int(next(l for l in open("/proc/self/status") if l.startswith("VmHWM")).split()[1]) * 1024
{imports}
n = int(sys.argv[1])
{prepare}
def once():
{run}
before = peak()
start = time.process_time()
once()
times, most = [time.process_time() - start], peak() - before
while len(times) < 3 or (len(times) < 9 and sum(times) < 1):
    for leaf in leaves:
        leaf.grad = None
    gc.collect()
    start = time.process_time()
    once()
    times.append(time.process_time() - start)
print(min(times), most)
"""

IMPORTS = {
    "ours": "import numpy as np\nfrom autograd_cli.environment import hold_freed_memory\n"
    "from autograd_core import Tensor\nhold_freed_memory()",
    "torch": "import numpy as np\nimport torch\ntorch.set_num_threads(1)",
}
LEAF = {"ours": "Tensor.over({}, requires_grad=True)", "torch": "torch.from_numpy({}).requires_grad_()"}

ARRAYS = (
    "leaves = x, w1, w2, y = [LEAF(np.random.default_rng(i).random(n)) for i in range(4)]",
    "    ((y - w2 * w1 * x) ** 2).sum().backward()",
)
CHAIN = (
    "leaves = x, a, b = [LEAF(np.full(4, value)) for value in (1.0, 0.999, 0.001)]",
    "    z = x\n    for _ in range(n // 2):\n        z = z * a + b\n    z.sum().backward()",
)
SIZES = {
    "entries": (ARRAYS, [10**power for power in range(3, 8)]),
    "operations": (CHAIN, [10**power for power in range(3, 7)]),
}


def fresh(side: str, program: tuple[str, str], size: int) -> tuple[float, float]:
    """The least seconds of the processor for both passes, and the bytes that the first took, in a fresh process."""
    prepare = program[0].replace("LEAF(", f"(lambda a: {LEAF[side].format('a')})(")
    text = MEASURE.replace("{imports}", IMPORTS[side]).replace("{prepare}", prepare).replace("{run}", program[1])
    done = subprocess.run([sys.executable, "-c", text, str(size)], capture_output=True, text=True, check=True)
    seconds, size_of = done.stdout.split()
    return float(seconds), float(size_of)


def measured() -> Iterator[Row]:
    """Time and memory at every size beside PyTorch's, and the slope over the last factor of ten."""
    table = ["| | time | PyTorch | | memory | PyTorch | |", "|---|---|---|---|---|---|---|"]
    for what, (program, sizes) in SIZES.items():
        times, memory = [], []
        for size in sizes:
            (ours, used), (theirs, torch_used) = (fresh(side, program, size) for side in ("ours", "torch"))
            times.append(ours)
            memory.append(used)
            yield Row(f"{size:,} {what}: time", "torch", ours, theirs, None, "same numbers")
            mib, torch_mib = used / 2**20, torch_used / 2**20
            yield Row(f"{size:,} {what}: memory", "torch", mib, torch_mib, None, "fresh process", "MiB")
            share = f"{used / torch_used:.2f}" if torch_used > 2**20 else ""
            cells = [f"{size:,} {what}", scaled(ours, "s"), scaled(theirs, "s"), f"{ours / theirs:.2f}"]
            table.append(f"| {' | '.join([*cells, f'{mib:.1f} MiB', f'{torch_mib:.1f} MiB', share])} |")
        for name, (*_, before, after) in (("time", times), ("memory", memory)):
            slope = math.log10(after / before)
            yield Row(f"{what}: slope of {name}", "linear", slope, 1.0, LINEAR, "same code", "slope")
    print("\n".join(["", *table, ""]), flush=True)
