"""Run an expression: ``evaluate`` once, on arrays or tensors; ``Plan`` many times, on arrays.

A plan works out what repeats once, what is constant never again, and knows when each value is last used.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Call, Const, Expr, Var, named, topological
from autograd_core.ops.registry import op as ops

Array = npt.NDArray[Any]
Applied = tuple[Callable[..., Any], tuple[int, ...], Any]
"""A function, the places of its operands, and that of its result, or those of several."""
TOTALS = np.add.reduce, np.vdot, np.ndarray.dot
"""What adds up all entries of a row, and those of a product without it: half the time of both."""
ALONE, SEVERAL = -1, -2
BLOCK = 1 << 16
"""Entries of arrays that elementwise operations take at a time: what they leave to each other stays in the cache."""
LARGE = 1 << 12
"""Entries from which on the memory of a value is given back, or used again, as soon as it can be."""


def evaluate(
    roots: Sequence[Expr],
    inputs: Mapping[str, Any],
    *,
    dtype: Any = np.float64,
    every: bool = False,
    known: Mapping[Expr, Any] | None = None,
) -> dict[Expr, Any]:
    """The values of ``roots``, or of every node.

    ``inputs`` gives arrays, tensors or anything else that operations act on, by name. Constants take ``dtype``. A value
    is let go after its last use, unless ``every`` is asked for; to those that are ``known`` the others are then added.
    Raises DomainError, with the place in the text, where an operation has no value.
    """
    nodes = topological(roots, known or ())
    left = Counter([] if every else [id(each) for each in (*roots, *[o for node in nodes for o in node.operands])])
    values: dict[Expr, Any] = dict(known or {})
    with np.errstate(all="ignore"):
        for node in nodes:
            if isinstance(node, Var):
                values[node] = inputs[node.name]
            elif isinstance(node, Const):
                values[node] = node.value.astype(dtype, copy=False)
            else:
                assert isinstance(node, Call)
                try:
                    values[node] = node.op.apply([values[o] for o in node.operands], node.params)
                except AutogradError as error:
                    raise named(error, node.operands).at(node.span) from None
            if not every:
                for operand in node.operands:
                    left[id(operand)] -= 1
                    if not left[id(operand)]:
                        del values[operand]
    return values


class Plan:
    """A list of steps that works out ``roots`` from arrays for ``inputs``, without looking at the expressions again.

    Equal sub-expressions are one step, those without an input are worked out here, and products with 1 and changes of
    shape that change nothing are left out. Numbers take ``dtype``.
    """

    def __init__(self, roots: Sequence[Expr], inputs: Sequence[Var], dtype: Any = np.float64) -> None:
        self.places: list[Any] = [None] * len(inputs)
        self._dtype = dtype
        self._calls: list[Applied] = []
        self._entrywise: set[int] = set()
        self.totals: set[int] = set()
        self._shapes: list[tuple[int, ...]] = [x.shape for x in inputs]
        self._factors: dict[int, tuple[int, int]] = {}
        known: dict[Any, int] = {x: place for place, x in enumerate(inputs)}
        made: dict[Any, int] = {}
        with np.errstate(all="ignore"):
            for node in topological(roots):
                if isinstance(node, Const):
                    value = node.value.astype(dtype, copy=False)
                    known[node] = self._constant(value, made)
                elif isinstance(node, Call):
                    known[node] = self._call(node, tuple([known[o] for o in node.operands]), made)
        self.outputs = [known[root] for root in roots]
        self._calls = needed(self._calls, self.outputs)
        for shape in {self._shapes[place] for place in self._entrywise}:
            if math.prod(shape) >= 8 * BLOCK:
                self._calls = self._in_blocks(self._calls, shape)
        self.own = {place for place in fresh(self._calls) if self._shapes[place]}
        self.steps = self._steps(len(inputs))
        self._made = self.places[len(inputs) :]

    @np.errstate(all="ignore")
    def __call__(self, *arrays: Any) -> list[Any]:
        """The values of the roots for these arrays, in the order of the inputs."""
        places = [*arrays, *self._made]
        for place, function, a, b in self.steps:
            if b >= 0:
                places[place] = function(places[a], places[b])
            elif b == ALONE:
                places[place] = function(places[a])
            else:
                operands, free = a
                made = function(*[places[o] for o in operands])
                if type(place) is tuple:
                    for each, value in zip(place, made, strict=True):
                        places[each] = value
                else:
                    places[place] = made
                for gone in free:
                    places[gone] = None
        return [places[o] for o in self.outputs]

    def _constant(self, value: Any, made: dict[Any, int]) -> int:
        key = (value.shape, value.tobytes() if value.size <= 16 else id(value))
        if key not in made:
            made[key] = self._place(value, value.shape)
        return made[key]

    def _place(self, value: Any, shape: tuple[int, ...]) -> int:
        self.places.append(value)
        self._shapes.append(shape)
        return len(self.places) - 1

    def _call(self, node: Call, operands: tuple[int, ...], made: dict[Any, int]) -> int:
        same = self._unchanged(node, operands)
        if same is not None:
            return same
        if node.op is ops.mean and node.shape == ():
            total, count = Call(ops.sum, node.operands, node.params), math.prod(node.operands[0].shape)
            places = self._call(total, operands, made), self._constant(np.asarray(count, self._dtype), made)
            return self._call(Call(ops.div, (total, Const(count)), {}), places, made)
        key = (node.op, operands, params_key(node.params))
        if key in made:
            return made[key]
        if not node.depends:
            made[key] = self._place(node.op.forward(*[self.places[o] for o in operands], **node.params), node.shape)
            return made[key]
        function = partial(node.op.forward, **node.params) if node.params else node.op.forward
        if node.op is ops.pow_scalar and node.params["exponent"] == 2:
            function = np.square  # which can write into an array
        elif node.op is ops.sum and node.shape == () and operands[0] in self._factors:
            operands = self._factors[operands[0]]
            function = np.ndarray.dot if len(self._shapes[operands[0]]) == 1 else np.vdot  # a method starts sooner
        elif node.op is ops.sum and node.shape == () and len(self._shapes[operands[0]]) == 1:
            function = np.add.reduce  # without settings that it reads anew each time
        made[key] = place = self._place(None, node.shape)
        self._calls.append((function, operands, place))
        if node.op.elementwise:
            self._entrywise.add(place)
            if function in (np.square, np.multiply) and {self._shapes[o] for o in operands} == {node.shape}:
                self._factors[place] = operands[0], operands[-1]
        elif node.op is ops.sum and math.prod(node.shape) == 1:
            self.totals.add(place)
        return place

    def _unchanged(self, node: Call, operands: tuple[int, ...]) -> int | None:
        """The operand that an operation gives back as it is."""
        if node.op in (ops.reshape, ops.broadcast_to) and self._shapes[operands[0]] == node.shape:
            return operands[0]
        if node.op is ops.mul:
            for one, other in (operands, operands[::-1]):
                value = self.places[one]
                if value is not None and self._shapes[other] == node.shape and np.size(value) == 1 and value == 1:
                    return other
        return None

    def _in_blocks(self, calls: Sequence[Applied], shape: tuple[int, ...]) -> list[Applied]:
        """The calls with those that go entry by entry over arrays of one shape, and totals of these, as one."""
        before: list[Applied] = []
        inside: list[Applied] = []
        after: list[Applied] = []
        made: set[int] = set()
        late: set[int] = set()
        for call in calls:
            _, operands, place = call
            fits = type(place) is int and late.isdisjoint(operands)
            if (
                fits
                and place in self._entrywise
                and self._shapes[place] == shape
                and all(self._shapes[o] in (shape, ()) for o in operands)
            ):
                inside.append(call)
                made.add(place)
            elif fits and place in self.totals and not made.isdisjoint(operands):
                inside.append(call)
                late.add(place)
            elif late.isdisjoint(operands) and made.isdisjoint(operands):
                before.append(call)
            else:
                after.append(call)
                late.update(place if type(place) is tuple else (place,))
        if len(made) < 2:
            return list(calls)
        used = {*self.outputs, *[o for _, operands, _ in after for o in operands]}
        blocks = Blocks(inside, [place for _, _, place in inside if place in made & used], shape, self._shapes)
        return [*before, (blocks, blocks.inputs, blocks.results), *self._in_blocks(after, shape)]

    def _steps(self, inputs: int) -> list[tuple[Any, Callable[..., Any], Any, int]]:
        """The place of each result, its function, and the places of two operands, or of one and ALONE.

        In place of them there may be SEVERAL behind a pair of all operands, with one to write into as the last, and the
        places of large values that are not needed after it.
        """
        last: dict[int, int] = {}
        for position, (_, operands, place) in enumerate(self._calls):
            last.update(dict.fromkeys((*operands, *(place if type(place) is tuple else (place,))), position))
        ends: dict[int, list[int]] = {}
        for place, position in last.items():
            large = math.prod(self._shapes[place]) >= LARGE
            if large and place >= inputs and self.places[place] is None and place not in self.outputs:
                ends.setdefault(position, []).append(place)
        steps: list[tuple[Any, Callable[..., Any], Any, int]] = []
        for position, (function, operands, place) in enumerate(self._calls):
            free = tuple(ends.get(position, ()))
            fits = [o for o in free if o in operands and {o, place} <= self.own]
            into = [o for o in fits if self._shapes[o] == self._shapes[place]][:1]
            if free or type(place) is tuple or len(operands) > 2:
                steps.append((place, function, ((*operands, *into), free), SEVERAL))
            else:
                steps.append((place, function, operands[0], operands[1] if len(operands) == 2 else ALONE))
        return steps


class Blocks:
    """Calls that go entry by entry over arrays of one shape, for some entries at a time; and totals of their values.

    It takes the values for ``inputs``, whole arrays and single numbers, and returns those for ``results``. A value that
    another one takes the place of is written where that goes: what becomes of a result in steps needs no other memory.
    """

    def __init__(
        self, calls: Sequence[Applied], kept: Sequence[int], shape: tuple[int, ...], shapes: Sequence[tuple[int, ...]]
    ) -> None:
        made = {place for _, _, place in calls}
        last = {o: position for position, (_, operands, _) in enumerate(calls) for o in operands}
        own = fresh(calls)
        self.homes = {place: place for place in own.intersection(kept)}
        for position, (_, operands, place) in reversed(list(enumerate(calls))):
            if place in own:
                home = self.homes.setdefault(place, place)
                before = [o for o in operands if last[o] == position and o in own and o not in self.homes]
                self.homes.update(dict.fromkeys(before[:1], home))
        self.totals = {place: shapes[place] for _, _, place in calls if shapes[place] != shape}
        self.calls: list[Applied] = [
            (np.add.reduce if place in self.totals and function not in TOTALS else function, operands, place)
            for function, operands, place in calls  # a block is a row
        ]
        self.inputs = tuple(dict.fromkeys([o for _, operands, _ in calls for o in operands if o not in made]))
        self.results = (*kept, *self.totals)
        self.kept, self.shape = kept, shape

    def __call__(self, *given: Any) -> list[Any]:
        """The results, in their order."""
        size, dtype = math.prod(self.shape), np.result_type(np.float32, *given)
        values = dict(zip(self.inputs, given, strict=True))
        whole = {place: a.reshape(-1) for place, a in values.items() if a.shape == self.shape}
        whole.update({place: np.empty(size, dtype) for place in self.kept})
        spare = {home: np.empty(BLOCK, dtype) for home in {*self.homes.values()}.difference(self.kept)}
        sums: dict[int, list[Any]] = {place: [] for place in self.totals}
        for start in range(0, size, BLOCK):
            part = slice(start, start + BLOCK)
            values.update({place: a[part] for place, a in whole.items()})
            values.update({home: a[: size - start] for home, a in spare.items()})
            for function, operands, place in self.calls:
                arguments = [values[o] for o in operands]
                if place in self.homes:
                    values[place] = function(*arguments, values[self.homes[place]])
                elif place in sums:
                    sums[place].append(function(*arguments))
                elif place in whole:
                    whole[place][part] = values[place] = function(*arguments)
                else:
                    values[place] = function(*arguments)
        kept = [whole[place].reshape(self.shape) for place in self.kept]
        return kept + [np.add.reduce(sums[place]).reshape(shape) for place, shape in self.totals.items()]


def params_key(params: Mapping[str, Any]) -> tuple[Any, ...]:
    """What two equal sets of parameters have in common, to be compared and hashed."""
    return tuple([(name, value_key(params[name])) for name in sorted(params)]) if params else ()


def value_key(value: Any) -> Any:
    """What equal values of a parameter have in common."""
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str, value.tobytes()
    return tuple([value_key(part) for part in value]) if isinstance(value, tuple) else repr(value)


def needed(calls: Sequence[Applied], outputs: Iterable[int]) -> list[Applied]:
    """The calls that lead to some values: a product is needed no more where its total is made of the factors."""
    used, kept = {*outputs}, []
    for call in reversed(calls):
        if call[2] in used:
            kept.append(call)
            used.update(call[1])
    return kept[::-1]


def fresh(calls: Iterable[Applied]) -> set[int]:
    """The places of arrays that an elementwise function of NumPy makes, and that nothing is a view of."""
    made: set[int] = set()
    for function, operands, place in calls:
        if isinstance(function, Blocks):
            made.update(function.kept)
        elif floats(function):
            made.add(place)
        elif function not in TOTALS:
            made.difference_update(operands)
    return made


def floats(function: Any) -> bool:
    """Whether a function is one of NumPy's, entry by entry, from floats to floats."""
    entrywise = isinstance(function, np.ufunc) and function.signature is None  # matmul has one
    return entrywise and bool({"d->d", "dd->d"} & set(function.types))
