"""A program for SymPy: a symbol for each entry, differentiated and then evaluated at the inputs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograd_core.errors import LimitError
from autograd_core.export.program import Draft
from autograd_core.limits import MAX_SYMBOLS

_SET = ("numbers", "total", "wanted", "steps", "derivatives", "inputs", "point", "entries", "modules", "found")
_LATER = ("entry", "value", "gradients", "at", "array")
OWN = frozenset(("np", "sp", "symbols", "each", *_SET, *_LATER))
"""The names that a program for SymPy uses itself."""


def lines(draft: Draft) -> Iterator[str]:
    """Arrays of symbols, the result as an expression in them, its derivatives, and the numbers at the inputs."""
    done, f = draft.done, draft.result
    entries = sum(array.size for array in done.inputs.values())
    if entries > MAX_SYMBOLS:
        raise LimitError(
            f"the inputs have {entries:,} entries; SymPy takes a symbol for each, and {MAX_SYMBOLS:,} is the limit",
            hint="--to torch",
        )
    forward = draft.forward()
    own = [draft.names[name] for name in draft.order]
    yield from draft.about("Run it with SymPy.")
    yield "import numpy as np"
    yield "import sympy as sp"
    yield ""
    yield "numbers = {"
    for name in draft.order:
        text = draft.expected(np.asarray(done.inputs[name], dtype=np.float64)).replace("\n", "\n    ")
        yield f"    {draft.names[name]!r}: {text},"
    yield "}"
    yield ""
    yield ""
    yield "def symbols(name):"
    yield '    """An array with a symbol for each entry of an input."""'
    yield "    shape = numbers[name].shape"
    yield "    found = [sp.Symbol(f'{name}_{i}', real=True) for i in range(numbers[name].size)]"
    yield "    return np.array(found, dtype=object).reshape(shape)"
    yield ""
    yield ""
    yield "def each(count):"
    yield '    """Let a function of symbols act on every entry of arrays."""'
    yield "    def act(function):"
    yield "        return lambda *arrays: np.asarray(np.frompyfunc(function, count, 1)(*arrays), dtype=object)"
    yield ""
    yield "    return act"
    yield ""
    yield ""
    yield f"{', '.join(own)}, = {', '.join(f'symbols({name!r})' for name in own)},"
    yield from draft.prelude()
    yield ""
    yield from forward
    yield ""
    weights = draft.expected(np.asarray(done.weights, dtype=np.float64))
    yield f"total = np.sum(np.asarray({f}, dtype=object) * {weights})"
    wanted = [draft.names[name] for name in draft.wanted]
    yield f"wanted = [{', '.join(wanted)}]"
    if draft.needs("sp.floor") or draft.needs("sp.ceiling") or draft.needs("sp.sign"):
        yield "steps = (sp.Derivative, sp.Subs)  # what SymPy leaves open: the derivative of a step, which is 0"
        each = "sp.diff(total, symbol).replace(lambda part: isinstance(part, steps), lambda part: sp.S(0))"
    else:
        each = "sp.diff(total, symbol)"
    yield f"derivatives = [{each} for array in wanted for symbol in array.ravel()]"
    yield f"inputs = [symbol for array in [{', '.join(own)}] for symbol in array.ravel()]"
    yield "point = [float(number) for array in numbers.values() for number in array.ravel()]"
    yield f"entries = [*np.ravel(np.asarray({f}, dtype=object)), *derivatives]"
    yield "modules = [{'DiracDelta': lambda *_: 0.0}, 'mpmath']"
    if draft.strange:
        yield "found = []"
        yield "for entry in entries:"
        yield "    try:"
        yield "        found.append(float(sp.lambdify(inputs, entry, modules=modules)(*point)))"
        yield "    except (ArithmeticError, TypeError):"
        yield "        found.append(np.nan)  # no real number"
    else:
        guarded = draft.needs("sp.Piecewise")  # cse would compute the quotient that a Piecewise keeps from 0
        yield f"found = sp.lambdify(inputs, entries, modules=modules, cse={not guarded})(*point)"
        yield "found = [float(number) for number in found]"
    size = done.result.array.size
    yield f"value = np.array(found[:{size}]).reshape({tuple(done.result.shape)})"
    yield f"gradients, at = [], {size}"
    yield "for array in wanted:"
    yield "    gradients.append(np.array(found[at : at + array.size]).reshape(array.shape))"
    yield "    at += array.size"
    yield ""
    yield from draft.proof({name: f"gradients[{i}]" for i, name in enumerate(draft.wanted)}, "value")
