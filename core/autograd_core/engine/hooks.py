"""What is called with gradients on their way: hooks of tensors and of nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import ref

from autograd_core.errors import GradientError


class Hooks:
    """What is called with the gradient of a tensor, in order; ``retained`` is the tensor that keeps it afterwards."""

    __slots__ = ("after", "before", "passed", "retained")
    exist = False
    """Whether there ever were any: without them a backward pass need not ask each node."""

    def __init__(self) -> None:
        Hooks.exist = True
        self.before: dict[int, Callable[[Any], Any]] = {}
        self.after: dict[int, Callable[[Any], Any]] = {}
        self.passed: dict[int, Callable[[Any, Any], Any]] = {}
        self.retained: Any = None

    def add(self, hook: Callable[..., Any], place: dict[int, Callable[..., Any]]) -> Handle:
        """Add a function to those ``before`` the gradient is passed on, to those told what is ``passed``, or ``after``.

        These are told the leaf, once its gradient is there.
        """
        handle = Handle(place)
        place[id(handle)] = hook
        return handle


class Handle:
    """Takes a hook away again."""

    __slots__ = ("place",)

    def __init__(self, place: dict[int, Callable[[Any], Any]]) -> None:
        self.place = place

    def remove(self) -> None:
        """Call the hook no more."""
        self.place.pop(id(self), None)

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


class Hooked:
    """The methods of a tensor that watch its gradient."""

    __slots__ = ()

    if TYPE_CHECKING:
        requires_grad: bool
        grad_fn: Any
        _node: Any
        _hooks: Hooks | None

    def retain_grad(self) -> None:
        """Keep the gradient of this non-leaf in ``grad`` during backward."""
        if not self.requires_grad:
            raise GradientError(
                "retain_grad() needs a tensor that requires grad",
                code="AG203",
                pytorch="can't retain_grad on Tensor that has requires_grad=False",
            )
        if self._node is not None:
            self._node.hooks = self._node.hooks or Hooks()
            self._node.hooks.retained = ref(self)

    @property
    def retains_grad(self) -> bool:
        """Whether a non-leaf keeps its gradient."""
        node = self.grad_fn
        return node is not None and node.hooks is not None and node.hooks.retained is not None

    def register_hook(self, hook: Callable[[Any], Any]) -> Handle:
        """Call ``hook(gradient)`` when the gradient is known; a tensor it returns takes its place.

        The hook is taken away by the result's ``remove()``.
        """
        hooks = self._own_hooks()
        return hooks.add(hook, hooks.before)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Any], Any]) -> Handle:
        """Call ``hook(tensor)`` when ``grad`` of this leaf has been added to."""
        if self.grad_fn is not None:
            raise GradientError("post accumulate grad hooks cannot be registered on non-leaf tensors", code="AG210")
        hooks = self._own_hooks()
        return hooks.add(hook, hooks.after)

    def _own_hooks(self) -> Hooks:
        if not self.requires_grad:
            raise GradientError(
                "to register a hook a tensor must require grad",
                code="AG203",
                pytorch="cannot register a hook on a tensor that doesn't require gradient",
            )
        if self._node is None:
            self._hooks = self._hooks or Hooks()  # type: ignore[misc]  # Tensor has the slot
            return self._hooks
        self._node.hooks = self._node.hooks or Hooks()
        return self._node.hooks  # type: ignore[no-any-return]  # of a node
