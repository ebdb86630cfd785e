"""Backward without new memory: large arrays that nobody needs any more take the gradients that are passed on.

A page that was never touched costs several times what an operation on it costs. When a node is passed for the last time
its gradient and the values it saved are dead, unless somebody else holds them, which their reference counts tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from sys import getrefcount
from typing import Any

from numpy import empty, ndarray, uint8

from autograd_core.engine.backprop import constant, references
from autograd_core.engine.node import Pair, Single
from autograd_core.ops.spec import OpSpec


def in_table() -> int:
    """What ``getrefcount`` says of an object that a table and one name hold."""
    table = [object()]
    held = table[0]
    return getrefcount(held)


def handed_on() -> int:
    """What ``getrefcount`` says in a function of an argument that one name of the caller holds."""
    held = object()
    return references(held)


IN_TABLE, HANDED_ON = in_table(), handed_on()


@cache
def keep_freed_memory() -> None:
    """Let the C library keep what arrays leave for the next ones, once in a process.

    glibc returns freed blocks above a threshold to the system, which clears every page again when it is next touched.
    The threshold rises to the size of the largest such block that was freed, up to 32 MiB, and what is kept at most to
    twice that (mallopt(3), M_MMAP_THRESHOLD). So a block of that size is made and freed, untouched. Elsewhere it costs
    a system call.
    """
    with suppress(MemoryError):
        empty((32 << 20) - 8192, uint8)


def passed_on(node: Pair | Single, g: Any) -> list[tuple[Any, Any]]:
    """What a node passes on, where ``g`` is known to one name of the caller; pairs of an edge and its gradient."""
    a = node.a
    b = node.b if type(node) is Pair else None
    spare: dict[str, Any] = {}
    if getrefcount(a) == IN_TABLE and fits(a, g, node):
        spare["a"] = a
    if getrefcount(b) == IN_TABLE and fits(b, g, node):
        spare["b"] = b
    if getrefcount(g) == HANDED_ON and fits(g, g, node):
        spare["g"] = g
    operands = (a,) if type(node) is Single else (a, b)
    turns = [i for i, edge in enumerate(node.edges) if edge is not None]
    if len(turns) == 2 and untouched(spare, node.op, 0) is not None:
        turns.reverse()  # the second rule can have what the first does not read
    passed: list[tuple[Any, Any]] = []
    for turn, i in enumerate(turns):
        last = turn == len(turns) - 1
        name = next(iter(spare), None) if last else untouched(spare, node.op, turns[-1])
        found = apply(node, i, g, operands, None if name is None else spare.pop(name))
        if found is g:
            spare.pop("g", None)
        passed.append((node.edges[i], found))
    return passed


def apply(node: Pair | Single, i: int, g: Any, operands: tuple[Any, ...], spare: Any) -> Any:
    """What one rule passes on, written into ``spare`` where there is one and the operation says how."""
    op = node.op
    rule = op.vjps[i]
    assert rule is not None
    into = op.into[i] if spare is not None else None
    if into is not None:
        return into(g, node.y, *operands, out=spare, **node.params)
    passed = rule(g, node.y, *operands, **node.params)
    return constant(passed, g) if type(passed) is float else passed


def fits(array: Any, g: Any, node: Pair | Single) -> bool:
    """Whether an array can hold a whole gradient of the node."""
    return type(array) is ndarray and array.base is None and array.shape == node.shape and array.dtype is g.dtype


def untouched(spare: Mapping[str, Any], op: OpSpec, i: int) -> str | None:
    """The operand among the spare arrays that a rule does not read."""
    _, read = op.keeps((i == 0, i == 1))
    return next((name for name, reads in zip("ab", read, strict=True) if name in spare and not reads), None)
