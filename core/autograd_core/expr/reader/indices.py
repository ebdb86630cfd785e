"""Open indices: the ``i`` of ``x_i`` as an axis, until a sum over it takes it away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from autograd_core.expr.reader.item import Item, MisfitError, call, suffixed


def opened(item: Item, letters: Sequence[str], end: int, sizes: dict[str, int]) -> Item:
    """``x_i`` or ``A_{ij}``: the leading axes of an item become open indices; ``sizes`` are those of the others."""
    span = (item.start, end)
    if item.labels or item.grow is not None or len(letters) > item.rank:
        raise MisfitError(f"{item.text()} has {item.rank} axes and not {len(letters)} indices", span=span)
    for letter, size in zip(letters, item.shape, strict=False):
        if sizes.setdefault(letter, size) != size:
            raise MisfitError(f"the index {letter} runs over {sizes[letter]} and over {size}", span=span)
    labels = dict(zip(letters, item.shape, strict=False))
    if len(labels) < len(letters):
        return call("diagonal", [item], item.shape[2:], span, labels=labels)
    return replace(item, shape=item.shape[len(letters) :], end=end, labels=labels, row=False, kind="value")


def array(item: Item) -> Item:
    """The array that is written, with its open indices as axes."""
    shape = (*item.labels.values(), *item.shape)
    return replace(item, shape=shape, labels={}, row=False, kind="value") if item.labels else item


def aligned(item: Item, labels: dict[str, int], rank: int) -> Item:
    """An item as an array whose leading axes are these labels and that has so many axes more."""
    own = list(item.labels)
    order = [own.index(letter) for letter in labels if letter in own]
    if order != sorted(order):
        axes = [*order, *range(len(own), len(own) + item.rank)]
        item = call("transpose", [item, f"({', '.join(map(str, axes))})"], item.shape, item.span)
    keys = [":" if letter in own else "None" for letter in labels]
    keys += ["None"] * (rank - item.rank) + [":"] * item.rank
    while keys and keys[0] == "None":
        keys.pop(0)
    shape = [size if letter in own else 1 for letter, size in labels.items()]
    whole = (*shape, *(1,) * (rank - item.rank), *item.shape)
    if "None" in keys:
        return suffixed(item, f"[{', '.join(keys)}]", whole, item.end)
    return replace(item, shape=whole, labels={}, row=False, kind="value")


def reduced(item: Item, letters: Iterable[str], function: str, start: int) -> Item:
    """The sum, product or mean over open indices."""
    letters = list(letters)
    absent = [letter for letter in letters if letter not in item.labels]
    if absent:
        raise MisfitError(f"nothing in the sum has the index {', '.join(absent)}", span=item.span)
    left = {letter: size for letter, size in item.labels.items() if letter not in letters}
    axes = [place for place, letter in enumerate(item.labels) if letter in letters]
    setting = [f"axis={axes[0] if len(axes) == 1 else tuple(axes)}"] if left or item.shape else []
    return call(function, [item, *setting], item.shape, (start, item.end), row=item.row, labels=left)
