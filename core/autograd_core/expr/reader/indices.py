"""Open indices: the ``i`` of ``x_i`` as an axis, until a sum over it takes it away."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_core.expr.reader.item import ATOM, Item, Notes, binary, call, suffixed
from autograd_core.expr.reader.products import MisfitError, Place, broadcast, misfit, product
from autograd_core.ops.spec import Shape

Sizes = dict[str, int]


class Indices:
    """Operations on items with open indices; ``sizes`` holds the length of each index."""

    def __init__(self, notes: Notes) -> None:
        self.sizes: Sizes = {}
        self.notes = notes

    def opened(self, item: Item, letters: Sequence[str], end: int) -> Item:
        """``x_i`` or ``A_{ij}``: the leading axes of an item become open indices."""
        if item.labels or item.grow is not None or len(letters) > item.rank:
            raise MisfitError(
                f"{item.text()} has {item.rank} axes and not {len(letters)} indices", span=(item.start, end)
            )
        for letter, size in zip(letters, item.shape, strict=False):
            if self.sizes.setdefault(letter, size) != size:
                raise MisfitError(
                    f"the index {letter} runs over {self.sizes[letter]} and over {size}", span=(item.start, end)
                )
        if len(set(letters)) < len(letters):
            made = call("diagonal", [item], item.shape[1:], (item.start, end))
            made.shape = item.shape[2:]
            made.labels = (letters[0],)
            return made
        return Item(
            item.shape[len(letters) :],
            item.parts,
            item.strength,
            item.start,
            end,
            sign=item.sign,
            labels=tuple(letters),
        )

    def full(self, item: Item) -> Shape:
        """The shape of the array that is written."""
        return tuple(self.sizes[letter] for letter in item.labels) + item.shape

    def array(self, item: Item) -> Item:
        """The array that is written, with its open indices as axes."""
        if not item.labels:
            return item
        return Item(self.full(item), item.parts, item.strength, item.start, item.end, sign=item.sign)

    def aligned(self, item: Item, labels: Sequence[str], rank: int) -> Item:
        """An item as an array whose leading axes are these labels and that has so many axes more."""
        own = item.labels
        order = [own.index(letter) for letter in labels if letter in own]
        if order != sorted(order):
            axes = [*order, *range(len(own), len(own) + item.rank)]
            item = call("transpose", [item, f"({', '.join(map(str, axes))})"], item.shape, item.span)
            own = tuple(letter for letter in labels if letter in own)
        keys = [":" if letter in own else "None" for letter in labels]
        keys += ["None"] * (rank - item.rank) + [":"] * item.rank
        while keys and keys[0] == "None":
            keys.pop(0)
        shape = [self.sizes[letter] if letter in own else 1 for letter in labels]
        whole = (*shape, *(1,) * (rank - item.rank), *item.shape)
        if "None" not in keys:
            return Item(whole, [*item.parts], item.strength, item.start, item.end, sign=item.sign)
        return suffixed(item, f"[{', '.join(keys)}]", whole, item.end)

    def together(self, left: Item, right: Item) -> tuple[tuple[str, ...], Item, Item]:
        """Two items over all the indices of both."""
        labels = (*left.labels, *(letter for letter in right.labels if letter not in left.labels))
        rank = max(left.rank, right.rank)
        return labels, self.aligned(left, labels, rank), self.aligned(right, labels, rank)

    def elementwise(self, sign: str, left: Item, right: Item, place: Place) -> Item:
        """An operator entry by entry."""
        labels, first, second = self.together(left, right)
        shape = broadcast(first.shape, second.shape)
        if shape is None:
            raise misfit(f"'{sign}' does not fit", left, right)
        made = binary(sign, first, second, shape[len(labels) :], place, row=left.row or right.row)
        made.labels = labels
        return made

    def product(self, left: Item, right: Item, place: Place) -> Item:
        """A product of items of which at least one has open indices."""
        if left.scalar or right.scalar:
            return self.elementwise("*", left, right, place)
        dot = left.rank == right.rank == 1 and left.row and not right.row
        if dot and not left.labels and len(right.labels) == 1:
            made = binary("@", self.array(right), left, (), place)
            made.labels = right.labels
            return made
        if not right.labels and len(left.labels) == 1 and left.rank == 1 and (right.rank == 2 or left.row):
            plain = product(Item(left.shape, [], ATOM, 0, 0, row=left.row), right, place, self.notes)
            made = binary("@", self.array(left), right, plain.shape, place, row=plain.row)
            made.labels = left.labels
            return made
        return self.einsum(left, right)

    def einsum(self, left: Item, right: Item) -> Item:
        """The product of matrices and vectors over all open indices."""
        spare = iter("abcdefgh")
        letters = {label: "ijklmnop"[place] for place, label in enumerate(dict.fromkeys((*left.labels, *right.labels)))}
        left_inner = [next(spare) for _ in left.shape]
        right_inner = [next(spare) for _ in right.shape]
        plain = product(
            Item(left.shape, [("x", 0, 0)], ATOM, 0, 0, row=left.row),
            Item(right.shape, [("y", 0, 0)], ATOM, 0, 0, row=right.row),
            (0, 0),
            self.notes,
        )
        result = [*left_inner, *right_inner]
        if left.rank + right.rank - 2 == len(plain.shape):
            right_inner[0] = left_inner[-1]
            result = [*left_inner[:-1], *right_inner[1:]]
        elif len(plain.shape) == left.rank == right.rank:
            right_inner = left_inner
            result = left_inner
        labels = (*left.labels, *(letter for letter in right.labels if letter not in left.labels))
        first = "".join(letters[label] for label in left.labels) + "".join(left_inner)
        second = "".join(letters[label] for label in right.labels) + "".join(right_inner)
        out = "".join(letters[label] for label in labels) + "".join(result)
        made = call(
            "einsum", [f"'{first},{second}->{out}'", left, right], plain.shape, (left.start, right.end), row=plain.row
        )
        made.labels = labels
        return made

    def reduced(self, item: Item, letters: Sequence[str], function: str, start: int) -> Item:
        """The sum, product or mean over open indices."""
        absent = [letter for letter in letters if letter not in item.labels]
        if absent:
            raise MisfitError(f"nothing in the sum has the index {', '.join(absent)}", span=item.span)
        left = tuple(letter for letter in item.labels if letter not in letters)
        axes = [place for place, letter in enumerate(item.labels) if letter in letters]
        arguments: list[Item | str] = [item]
        if left or item.shape:
            arguments.append(f"axis={axes[0] if len(axes) == 1 else tuple(axes)}")
        made = call(function, arguments, item.shape, (start, item.end), row=item.row)
        made.labels = left
        return made
