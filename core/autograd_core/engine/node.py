"""Nodes of the graph: what one operation must remember for its backward pass, and what is called with gradients.

What was changed in place, and when, is noted: saved values that were written over must not be used.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any, NoReturn, SupportsIndex
from weakref import ref

from numpy import asarray, ndarray

from autograd_core.engine.dtypes import kind_name
from autograd_core.errors import GradientError
from autograd_core.ops.spec import OpSpec, Shape, Shaped

numbers = count()
"""Places in the order of creation, of nodes and of changes in place."""

RELEASED: Any = object()
"""Stands in a node for saved values that a backward pass has let go of."""


class Hooks:
    """What is called with the gradient of a tensor, in order; ``retained`` is the tensor that keeps it afterwards.

    Those ``before`` may change it before it is passed on, those told what is ``passed`` may change that, and those
    ``after`` are told a leaf whose gradient is there.
    """

    __slots__ = ("after", "before", "passed", "retained")
    exist = False
    """Whether there ever were any: without them a backward pass need not ask each node."""

    def __init__(self) -> None:
        Hooks.exist = True
        self.before: dict[int, Callable[[Any], Any]] = {}
        self.after: dict[int, Callable[[Any], Any]] = {}
        self.passed: dict[int, Callable[[Any, Any], Any]] = {}
        self.retained: Any = None


class Handle:
    """Puts a hook into its place and takes it away again."""

    __slots__ = ("number", "place")

    def __init__(self, place: dict[int, Callable[..., Any]], hook: Callable[..., Any]) -> None:
        self.place = place
        self.number = next(numbers)
        place[self.number] = hook

    def remove(self) -> None:
        """Call the hook no more."""
        self.place.pop(self.number, None)


class Node:
    """One recorded operation (``grad_fn`` in PyTorch).

    ``edges`` tell for each operand the node or leaf that it came from, None where nothing flows back. ``saved`` holds
    the result and the operands that the rules read, None for the others, and is None where they read none; ``shapes``
    what stands for those in an operation on whole arrays. ``shape`` is that of the result, ``number`` the place in the
    order of creation, ``hooks`` what is told the gradient. Nothing here refers to the tensor that was made, so that no
    reference cycle keeps memory alive.
    """

    __slots__ = ("edges", "hooks", "number", "op", "params", "saved", "shape", "shapes")

    tensor: Any = None
    """The class that saved values are shown in, known once there are tensors."""
    op: Any
    params: Mapping[str, Any]
    edges: tuple[Any, ...]
    saved: Any
    number: int
    shape: Shape
    shapes: tuple[Shaped, ...] | None
    hooks: Hooks | None

    @property
    def operand_shapes(self) -> Sequence[Shape]:
        """The shapes of the operands; a constant of an elementwise operation counts as one of the result's shape."""
        if self.shapes is not None:
            return [each.shape for each in self.shapes[1:]]
        return [self.shape if edge is None else edge.shape for edge in self.edges]

    @property
    def ndim(self) -> int:
        """The number of dimensions of the result."""
        return len(self.shape)

    def name(self) -> str:
        """The name of the operation in PyTorch's spelling, as ``MulBackward0``."""
        name: str = self.op.node_name(self.operand_shapes, self.params)
        return name

    @property
    def next_functions(self) -> tuple[tuple[Node | AccumulateGrad | None, int], ...]:
        """For each operand with a derivative the node that made it, as in PyTorch; a leaf is an ``AccumulateGrad``."""
        edges = [edge for at, edge in enumerate(self.edges) if edge is not None or self.has_rule(at)]
        return tuple([(e if e is None or isinstance(e, Node) else AccumulateGrad(e), 0) for e in edges])

    def has_rule(self, operand: int) -> bool:
        """Whether anything can flow back to an operand: to no condition, no index and no label."""
        return self.op.rule(operand) is not None

    def values(self, wrap: Callable[[Any, Any], Any] | None) -> Sequence[Any]:
        """The result and the operands for the rules: arrays, or what ``wrap(array, edge)`` makes of those with an edge.

        What a rule does not read is None, or for an operation on whole arrays something that has a shape alone.
        Raises GradientError when the values were released, or were changed in place since.
        """
        saved: tuple[Any, ...] | None = self.saved
        if saved is RELEASED:
            raise freed()
        if saved is None:
            saved = self.shapes or (None,) * (len(self.edges) + 1)
        else:
            if changed:
                check_unchanged(self, saved)
            if self.shapes is not None:
                saved = tuple([shape if v is None else v for v, shape in zip(saved, self.shapes, strict=True)])
        if wrap is not None:
            sources = zip(saved, (self, *self.edges), strict=True)
            saved = tuple(
                [v if edge is None or v is None or type(v) is Shaped else wrap(v, edge) for v, edge in sources]
            )
        return saved

    def release(self) -> None:
        """Let go of the saved values; the positions of ``x[[0, 2]]`` are saved, too."""
        key = self.params.get("key")
        if self.saved is not None or (key and any(type(part) is ndarray for part in key)):
            self.saved = RELEASED

    def own_hooks(self) -> Hooks:
        """The hooks, made when they are first asked for."""
        self.hooks = self.hooks or Hooks()
        return self.hooks

    def register_prehook(self, hook: Callable[[Any], Any]) -> Handle:
        """Call ``hook(grad_outputs)`` with a tuple of the gradient of the result, before it is passed on."""
        return Handle(self.own_hooks().before, lambda g: (hook((g,)) or (None,))[0])

    def register_hook(self, hook: Callable[[Any, Any], Any]) -> Handle:
        """Call ``hook(grad_inputs, grad_outputs)``, tuples, with what is passed on; what it returns takes its place."""
        return Handle(self.own_hooks().passed, hook)

    def __getattr__(self, name: str) -> Any:
        """``_saved_self``, ``_saved_other`` and ``_saved_result`` are what is kept for the gradient; parameters too."""
        places = {"_saved_self": 1, "_saved_other": 2, "_saved_mat2": 2, "_saved_result": 0}
        parameter = name.removeprefix("_saved_")
        if name in places and type(self.saved) is tuple and len(self.saved) > places[name]:
            array, edge = self.saved[places[name]], (self, *self.edges)[places[name]]
            if array is not None:
                return self.tensor.over(array) if edge is None else self.tensor.saved(array, edge)
        elif name.startswith("_saved_") and parameter in self.params:
            return self.params[parameter]
        raise AttributeError(f"{self.name()!r} object has no attribute {name!r}", name=name, obj=self)

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        """A node belongs to its graph: like PyTorch's it is neither copied nor pickled."""
        raise TypeError(f"cannot pickle {self.name()!r} object")

    def __repr__(self) -> str:
        return f"<{self.name()} object at {id(self):#x}>"


Pull = Callable[[Any, Any], list[tuple[Any, Any]]]
"""From a gradient, and ``wrap`` of the backward pass, to pairs of an edge and the gradient that is passed to it."""


class Custom(Node):
    """A node that says itself, by its ``rule``, what it passes on; ``op`` is its name."""

    __slots__ = ("rule",)

    def __init__(self, name: str, edges: tuple[Any, ...], shape: Shape, rule: Pull | None = None) -> None:
        self.op, self.edges, self.shape, self.params = name, edges, shape, {}
        self.saved = self.shapes = self.hooks = None
        self.number = next(numbers)
        self.rule = rule

    def name(self) -> str:
        """PyTorch's name."""
        return f"torch::autograd::{self.op}" if self.op in ("CopySlices", "CopyBackwards") else str(self.op)

    def has_rule(self, operand: int) -> bool:
        """The rule is one of the node, for all of them."""
        return True

    def __repr__(self) -> str:
        return f"<{self.op} object at {id(self):#x}>"

    def pull(self, g: Any, wrap: Callable[[Any, Any], Any] | None) -> list[tuple[Any, Any]]:
        """Pairs of an edge and the gradient that is passed to it."""
        assert self.rule is not None
        return self.rule(g, wrap)


def freed() -> GradientError:
    """The error for a second pass through what was let go of."""
    return GradientError(
        "the graph was freed by an earlier backward pass",
        code="AG204",
        why="saved values are released during backward to save memory",
        hint="call backward(retain_graph=True) the first time; gradients of both passes then add up",
        pytorch="Trying to backward through the graph a second time (or directly access saved tensors after they have "
        "already been freed). Saved intermediate values of the graph are freed when you call .backward() or "
        "autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time or if you "
        "need to access saved tensors after calling backward.",
    )


def recorded(
    op: OpSpec,
    params: Mapping[str, Any],
    edges: tuple[Any, ...],
    wanted: tuple[bool, ...],
    y: Any,
    operands: Sequence[Any],
) -> Node:
    """The node of an operation that was just applied; an edge is None where nothing is ``wanted`` to flow back.

    ``operands`` are arrays, and plain numbers, which are saved in the dtype of the result.
    """
    node = Node()
    node.op = op
    node.params = params
    node.edges = edges
    node.hooks = None
    before = edges[0] if edges else None
    shape = y.shape
    node.shape = before.shape if type(before) is Node and before.shape == shape else shape  # one tuple for a chain
    node.shapes = None if op.elementwise else tuple([Shaped(getattr(a, "shape", ())) for a in (y, *operands)])
    node.number = next(numbers)
    unread = op.unread.get(wanted) or op.not_read(wanted)
    node.saved = None
    if len(unread) <= len(operands):
        saved = [y, *operands]
        for place in unread:
            saved[place] = None
        if False in wanted:  # what nothing flows to may be a plain number
            saved = [a if a is None or type(a) is ndarray else asarray(a, y.dtype) for a in saved]
        node.saved = tuple(saved)
    return node


MANY = 4096
"""Changes of one array whose times are kept; of older ones the number alone."""


class Changes:
    """How often and when an array was changed, by creation numbers; ``by`` names the node that the last one left."""

    __slots__ = ("array", "by", "count", "times")

    def __init__(self, array: ref[Any]) -> None:
        self.array = array
        self.by: str | None = None
        self.count = 0
        self.times: deque[int] = deque(maxlen=MANY)

    def at(self, time: int) -> int:
        """How often it had been changed at a time."""
        return self.count - len(self.times) + bisect_left(self.times, time)


changed: dict[int, Changes] = {}
"""By the identity of the array that owns the numbers, so that views and their base count together."""


def owner(array: Any) -> Any:
    """The array that owns the numbers of a view."""
    while isinstance(array.base, ndarray):
        array = array.base
    return array


def change(array: Any, time: int) -> None:
    """Note that the numbers of an array are written over."""
    held = owner(array)
    key = id(held)
    found = changed.get(key)
    if found is None:
        found = changed[key] = Changes(ref(held, lambda _: changed.pop(key, None)))
    found.times.append(time)
    found.count += 1


def made_by(array: Any, name: str) -> None:
    """Note which node a change left behind."""
    found = changed.get(id(owner(array)))
    if found is not None:
        found.by = name


def version(array: Any) -> int:
    """How often the numbers of an array were changed in place."""
    found = changed.get(id(owner(array)))
    return 0 if found is None else found.count


def check_unchanged(node: Node, saved: tuple[Any, ...]) -> None:
    """Raise GradientError if one of the values that a node saved was changed since."""
    for position, array in enumerate(saved):
        if not isinstance(array, ndarray):
            continue
        found = changed.get(id(owner(array)))
        if found is None or not found.times or found.times[-1] < node.number:
            continue
        source = node if position == 0 else node.edges[position - 1]
        name = source.name() if getattr(source, "op", None) is not None else None
        name = (found.by if position else None) or name
        of = f", which is output 0 of {name.replace('Backward', '').removesuffix('0')}," if name else ""
        shape = ", ".join(map(str, array.shape))
        raise GradientError(
            "a value that the backward pass needs was changed in place after it was used",
            code="AG610",
            why=f"{node.name()} saved it; with other numbers the gradient would be wrong",
            hint="write y = y + 1 in place of y += 1, or use y.clone() before",
            pytorch="one of the variables needed for gradient computation has been modified by an inplace operation: "
            f"[{kind_name(array.dtype)} [{shape}]]{of} is at version {found.count}; expected version "
            f"{found.at(node.number)} instead. Hint: enable anomaly detection to find the operation that failed to "
            "compute its gradient, with torch.autograd.set_detect_anomaly(True, check_nan=False).",
        )


class AccumulateGrad:
    """The end of the graph: what reaches a leaf is added to its ``grad``."""

    __slots__ = ("variable",)

    def __init__(self, variable: Any) -> None:
        self.variable = variable

    def name(self) -> str:
        """PyTorch's name."""
        return "torch::autograd::AccumulateGrad"

    @property
    def next_functions(self) -> tuple[()]:
        """Nothing comes before a leaf."""
        return ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AccumulateGrad) and other.variable is self.variable

    def __hash__(self) -> int:
        return id(self.variable)

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at {id(self.variable):#x}>"
