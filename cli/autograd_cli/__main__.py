"""``python -m autograd_cli``, and what the console script calls: an interrupt is quiet from the first line on."""

import gc
import os
import sys

# signal itself loads enum, which takes longer than an interrupt should wait
from _signal import SIGINT, default_int_handler, getsignal, signal  # type: ignore[import-not-found]  # no stubs


def run() -> None:
    """Run the program and end the process; nothing is imported before an interrupt is looked after."""
    gc.disable()  # looking for garbage among what is imported takes a tenth of a start; a session turns it on again
    if getsignal(SIGINT) is default_int_handler:  # not where it is ignored, as behind nohup
        signal(SIGINT, _end_quietly)

    from autograd_cli.main import main

    sys.exit(main())


def _end_quietly(*_: object) -> None:
    os._exit(130)


if __name__ == "__main__":
    run()
