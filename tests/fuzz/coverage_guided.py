"""Text that finds new paths through the reader, by atheris: python tests/fuzz/coverage_guided.py [CORPUS] [-runs=N]

The first byte of an input says whether the rest is an expression or a value. Anything but an answer or a refusal in
words is a finding, which is written to a file crash-... in the current folder.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "core"), str(ROOT / "cli"), str(ROOT / "tests")]

import atheris  # noqa: E402

with atheris.instrument_imports(include=["autograd_core", "autograd_cli"]):
    from autograd_cli.environment import StandardInput
    from autograd_cli.values import ValueReader
    from autograd_core.errors import AutogradError
    from autograd_core.expr.build import parse
    from autograd_core.expr.evaluate import evaluate
    from autograd_core.expr.text import write
    from autograd_core.limits import Limits, within

SHAPES = {"x": (3,), "y": (3,), "A": (2, 3), "s": ()}


def examine(data: bytes) -> None:
    """Read one input as an expression or as a value."""
    text = data[1:].decode("utf-8", "surrogateescape")
    with within(Limits(elements=100_000, nodes=2_000)):
        try:
            if data[:1] < b"\x80":
                program = parse(text, SHAPES)
                written = write(program.result)
                if len(written) < 5_000:
                    once = write(parse(written, SHAPES).result)  # constants may be folded the first time
                    if write(parse(once, SHAPES).result) != once:
                        raise RuntimeError(f"printed and read again it is another text: {once!r}")
            else:
                import numpy as np

                array = ValueReader(StandardInput(None)).read("x", text.replace("@", "a"))
                result = parse("x*2", {"x": array}).result
                assert np.shape(evaluate([result], {"x": array})[result]) == array.shape
        except AutogradError as error:
            if error.code in ("AG001", "AG999"):
                raise
            str(error).encode("utf-8", "backslashreplace")


def main() -> None:
    """Run until interrupted, or as the options of libFuzzer say."""
    atheris.Setup(sys.argv, examine)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
