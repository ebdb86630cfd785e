"""Text that finds new paths: python tests/fuzz/coverage_guided.py CORPUS [-runs=N] [-max_total_time=SECONDS]

The first byte of an input says whether the rest is an expression or a value. An expression is read, printed, read
again, and its gradients are computed. Anything but an answer or a refusal in words is a finding, which atheris writes
to a file crash-... in the current folder. The last line says how many inputs were run.

CORPUS is a folder that keeps what found new paths; where it is empty it begins with random expressions and values.
"""

from __future__ import annotations

import atexit
import sys
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "core"), str(ROOT / "cli"), str(ROOT / "tests")]

import atheris  # noqa: E402

with atheris.instrument_imports(include=["autograd_core", "autograd_cli"]):
    import numpy as np

    from autograd_cli.environment import StandardInput
    from autograd_cli.values.reader import ValueReader
    from autograd_core.calculate import Request, calculate
    from autograd_core.errors import AutogradError
    from autograd_core.expr.build import parse
    from autograd_core.expr.run import evaluate
    from autograd_core.expr.text import write
    from autograd_core.limits import Limits, hold
    from fuzz import language

INPUTS = {
    "x": np.array([1.5, -0.5, 2.0]),
    "y": np.array([0.25, 3.0, -1.0]),
    "A": np.array([[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]]),
    "s": np.array(0.75),
}
EXPRESSION, VALUE = b"\x00", b"\x80"
VALUES = ("1,2;3,4", "[[1, 2], [3, 4]]", "randn(2,3)", "linspace(0, 1, 5)", "1/3, -pi/2, sqrt(2)", "inf, nan", "1e-3")
BEGIN = 400
"""Random texts that an empty corpus begins with."""


ran = 0


def examine(data: bytes) -> None:
    """Read one input as an expression or as a value."""
    global ran
    ran += 1
    text = data[1:].decode("utf-8", "surrogateescape")
    hold(Limits(elements=100_000, nodes=2_000))
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        try:
            if data[:1] < VALUE:
                as_expression(text)
            else:
                as_value(text)
        except AutogradError as error:
            if error.code in ("AG001", "AG999"):
                raise
            str(error).encode("utf-8", "backslashreplace")


def as_expression(text: str) -> None:
    """What is printed reads back as the same text, and the gradients have a shape."""
    written = write(parse(text, INPUTS).result)
    if len(written) < 5_000:
        once = write(parse(written, INPUTS).result)  # constants may be folded the first time
        if write(parse(once, INPUTS).result) != once:
            raise RuntimeError(f"printed and read again it is another text: {once!r}")
    report = calculate(Request(text, INPUTS, grad_tensors=(np.array(1.0),), check="none", formula=False))
    for variable in report.variables:
        if variable.grad is not None and variable.grad.shape != INPUTS[variable.name].shape:
            raise RuntimeError(f"the gradient of {variable.name} has shape {variable.grad.shape}")


def as_value(text: str) -> None:
    """A value has the same shape wherever it goes."""
    array = ValueReader(StandardInput(None)).read("x", text.replace("@", "a"))
    result = parse("x*2", {"x": array}).result
    assert np.shape(evaluate([result], {"x": array})[result]) == array.shape


def begin(corpus: Path) -> None:
    """Fill an empty corpus."""
    corpus.mkdir(parents=True, exist_ok=True)
    if any(corpus.iterdir()):
        return
    texts = [EXPRESSION + language.text(seed).encode("utf-8", "surrogatepass") for seed in range(BEGIN)]
    for number, data in enumerate([*texts, *(VALUE + value.encode() for value in VALUES)]):
        (corpus / f"begin-{number}").write_bytes(data)


def main() -> None:
    """Run until interrupted, or as the options of libFuzzer say."""
    for word in sys.argv[1:]:
        if not word.startswith("-"):
            begin(Path(word))
    atexit.register(lambda: print(f"{ran:,} inputs", flush=True))
    atheris.Setup(sys.argv, examine)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
