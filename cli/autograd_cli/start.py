"""What a process does before it reads its command line in earnest, because afterwards it would be too late.

The words are only looked at here. What is wrong with them is said where they are read.
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Sequence
from contextlib import suppress

from autograd_cli.commands import chosen, option_words
from autograd_cli.environment import bound_memory, hold_freed_memory, keep_standard_descriptors
from autograd_core.errors import UsageError

THREADS = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
"""The environment variables by which the libraries that multiply matrices for NumPy choose their threads."""

WITNESSED = ("grad", "jacobian", "hessian", "repl")
"""The commands that ask SymPy unless ``--check`` says otherwise."""

LEAST_BOUND = 256 << 20
"""Bytes that NumPy and the library that multiplies matrices for it, with its threads, are never refused.

Less than that ends the process before it can say anything. What a run is foreseen to need is held to any limit.
"""

_NO_ANSWER = ("--help", "-h", "--version")


def prepare(words: Sequence[str]) -> None:
    """Settings for a process that does one thing and ends."""
    keep_standard_descriptors()
    if hasattr(signal, "SIGCHLD"):
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # who started us may have ignored it: children could not be asked
    options = option_words(words)
    gc.freeze()
    if options[:1] == ["repl"]:  # nothing else lives long enough to be worth collecting
        gc.enable()
    if not options or options[0].startswith("-") or not set(options).isdisjoint(_NO_ANSWER):
        return

    from autograd_cli.limits import asked_limits, asked_threads

    with suppress(UsageError):
        threads = asked_threads(options)
        if threads is not None or not any(name in os.environ for name in THREADS):
            # One: more take longer to start than they save on small arrays. NumPy reads this when it is imported.
            os.environ.update(dict.fromkeys(THREADS, str(threads or 1)))
        bound_memory(max(asked_limits(options[0], options, os.environ).memory, LEAST_BOUND))
    if options[0] in WITNESSED and chosen("--check", options) in (None, "sympy", "all"):
        from autograd_core.symbolic import worker

        worker.start()  # SymPy takes longer to import than all the rest, and is imported meanwhile
    if options[0] != "batch":  # in a process that does many things what is kept may not fit the next
        hold_freed_memory()
