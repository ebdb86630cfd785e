"""What mathematics means by a product, a sum, a power or a transpose of operands of these shapes."""

from __future__ import annotations

from autograd_core.errors import ShapeError
from autograd_core.expr.reader.item import ADD, MULTIPLY, POWER, Item, Notes, binary, call, suffixed
from autograd_core.ops.spec import Shape

Place = tuple[int, int]


class MisfitError(ShapeError):
    """Operands whose shapes do not fit what stands between them."""


def described(item: Item) -> str:
    """An operand in the words of an error."""
    text = item.text()
    shape = "a number" if item.shape == () else f"({','.join(map(str, item.shape))}{',' * (item.rank == 1)})"
    return f"{text if len(text) <= 40 else text[:37] + '...'} {'with unknown size' if item.grow else shape}"


def misfit(words: str, left: Item, right: Item) -> MisfitError:
    """The error for two operands."""
    return MisfitError(
        f"{words}: {described(left)} and {described(right)}", span=(left.start, max(right.end, left.start + 1))
    )


def broadcast(left: Shape, right: Shape) -> Shape | None:
    """The shape of what is combined entry by entry, None where that does not fit."""
    if left == right:
        return left
    longer, shorter = (left, right) if len(left) >= len(right) else (right, left)
    shorter = (1,) * (len(longer) - len(shorter)) + shorter
    found = []
    for a, b in zip(longer, shorter, strict=True):
        if a != b and 1 not in (a, b):
            return None
        found.append(a if b == 1 else b)
    return tuple(found)


def by_entry(sign: str, left: Item, right: Item, place: Place) -> Item:
    """``*`` or ``/`` entry by entry."""
    shape = broadcast(left.shape, right.shape)
    if shape is None:
        raise misfit(f"'{sign}' entry by entry does not fit", left, right)
    row = left.row if left.rank == 1 else right.row
    return binary(sign, left, right, shape, place, row=row)


def grown(item: Item, size: int) -> Item:
    """An item whose size follows from its place, with that size."""
    if item.grow is None:
        return item
    found = item.grow(size)
    found.row = item.row
    return found


def scaled(number: Item, item: Item, place: Place, sign: str = "*") -> Item:
    """A number times what has no size yet."""
    grow = item.grow
    assert grow is not None
    parts = [number] if sign == "*" else [item]

    def larger(size: int) -> Item:
        inner = grow(size)
        if sign == "/":
            return binary("/", inner, number, inner.shape, place)
        return binary("*", number, inner, inner.shape, place)

    start, end = min(number.start, item.start), max(number.end, item.end)
    return Item((), parts, MULTIPLY, start, end, kind=item.kind, row=item.row, grow=larger)


def product(left: Item, right: Item, place: Place, notes: Notes) -> Item:
    """Two factors without a sign, or with one that says no more: matrices and vectors are multiplied as such."""
    if left.grow is not None or right.grow is not None:
        return _unsized(left, right, place, notes)
    if left.scalar or right.scalar:
        return by_entry("*", left, right, place) if left.scalar else by_entry("*", right, left, place)
    if left.rank == 1 and right.rank == 1:
        return _vectors(left, right, place, notes)
    if left.rank == 2 and right.rank == 1:
        return _matrix_vector(left, right, place)
    if left.rank == 1 and right.rank == 2:
        return _vector_matrix(left, right, place)
    if min(left.rank, right.rank) < 2:
        raise misfit("an array of more than two axes is multiplied with a sign", left, right)
    return _matrices(left, right, place)


def _unsized(left: Item, right: Item, place: Place, notes: Notes) -> Item:
    """A product with an identity or a vector of ones."""
    if left.kind == "ones" and right.kind == "ones" and not left.row and right.row:
        return ones_matrix(left.start, right.end)
    if left.kind == "ones" and not left.row and right.rank == 1 and right.row:
        return repeated("rows", left, right)
    if right.kind == "ones" and right.row and left.rank == 1 and not left.row:
        return repeated("columns", left, right)
    if REPEATED & {left.kind, right.kind} and not (
        (left.scalar and left.grow is None) or (right.scalar and right.grow is None)
    ):
        raise misfit("the size of the vector of ones is not known", left, right)
    if left.grow is not None and right.grow is not None:
        if left.kind == right.kind == "square":
            if left.identity or right.identity:
                return right if left.identity else left
            first, second = left.grow, right.grow
            return Item(
                (), [left], MULTIPLY, left.start, right.end, kind="square",
                grow=lambda n: binary("@", first(n), second(n), (n, n), place),
            )  # fmt: skip
        raise misfit("the size of neither is known", left, right)
    if left.grow is not None:
        if right.scalar:
            return scaled(right, left, place)
        if left.identity:
            return right
        return product(grown(left, right.shape[0]), right, place, notes)
    if left.scalar:
        return scaled(left, right, place)
    if right.identity:
        return left
    return product(left, grown(right, left.shape[-1]), place, notes)


REPEATED = frozenset(["rows", "columns"])
"""Kinds of products of a vector with ones whose number follows from what they are added to."""


def repeated(kind: str, left: Item, right: Item) -> Item:
    """``1 y^T`` or ``y 1^T``: a vector in every row, or in every column."""

    def grow(size: int) -> Item:
        pair = [grown(left, size), grown(right, size)]
        shape = (pair[0].shape[0], pair[1].shape[0])
        return call("outer", pair, shape, (left.start, right.end))

    return Item((), [left, right], MULTIPLY, left.start, right.end, kind=kind, grow=grow)


def ones_matrix(start: int, end: int) -> Item:
    """The matrix of ones that ``1 1^T`` is."""
    return Item(
        (), [("1", start, end)], MULTIPLY, start, end, kind="square",
        grow=lambda n: call("ones", [f"({n}, {n})"], (n, n), (start, end)),
    )  # fmt: skip


def _vectors(left: Item, right: Item, place: Place, notes: Notes) -> Item:
    """Two vectors: a row and a column are a number, a column and a row a matrix."""
    (n,), (m,) = left.shape, right.shape
    if left.row and not right.row:
        if n != m:
            raise misfit("a row and a column of different lengths", left, right)
        return binary("@", left, right, (), place)
    if right.row and not left.row:
        return call("outer", [left, right], (n, m), (left.start, right.end))
    if n != m or left.row:
        raise misfit("two rows have no product" if left.row else "two columns have no product", left, right)
    made = binary("*", left, right, (n,), place)
    notes.add(
        "AG416",
        f"{left.text()} and {right.text()} are two columns: their product is by entry; x^T y is the dot product",
        made,
    )
    return made


def _matrix_vector(left: Item, right: Item, place: Place) -> Item:
    rows, inner = left.shape
    (n,) = right.shape
    if inner == n and not (right.row and inner != 1):
        return binary("@", left, right, (rows,), place)
    if inner == 1:
        row = suffixed(right, "[None, :]", (1, n), right.end)
        return binary("@", left, row, (rows, n), place)
    if inner == n:
        raise misfit("a row stands behind a matrix", left, right)
    raise misfit("the product does not fit", left, right)


def _vector_matrix(left: Item, right: Item, place: Place) -> Item:
    (n,) = left.shape
    inner, columns = right.shape
    if n == inner:
        return binary("@", left, right, (columns,), place, row=True)
    if inner == 1 and not left.row:
        column = suffixed(left, "[:, None]", (n, 1), left.end)
        return binary("@", column, right, (n, columns), place)
    raise misfit("the product does not fit", left, right)


def _matrices(left: Item, right: Item, place: Place) -> Item:
    if left.shape[-1] == right.shape[-2]:
        lead = broadcast(left.shape[:-2], right.shape[:-2])
        if lead is not None:
            return binary("@", left, right, (*lead, left.shape[-2], right.shape[-1]), place)
    if (1, 1) in (left.shape, right.shape):
        return by_entry("*", left, right, place)
    raise misfit("the product does not fit", left, right)


def starred(left: Item, right: Item, place: Place, notes: Notes, *, entries: bool) -> Item:
    """``*`` as typed: by entry in code, else as mathematics multiplies wherever that fits."""
    if entries or left.scalar or right.scalar or left.grow is not None or right.grow is not None:
        if left.grow is not None or right.grow is not None:
            return product(left, right, place, notes)
        return by_entry("*", left, right, place)
    if left.rank == right.rank == 1 and left.row == right.row:
        return by_entry("*", left, right, place)
    try:
        found = product(left, right, place, notes)
    except MisfitError:
        if left.shape == right.shape:
            return by_entry("*", left, right, place)
        raise
    if left.rank == 2 and left.shape == right.shape and left.shape[0] == left.shape[1]:
        notes.add("AG412", "'*' between square matrices was read as the matrix product; .* is by entry", found)
    return found


def dotted(left: Item, right: Item, place: Place, notes: Notes) -> Item:
    """``·``: the dot product of two vectors, else as without a sign."""
    if left.rank == right.rank == 1 and left.shape == right.shape and not left.scalar:
        return binary("@", left, right, (), place)
    return product(left, right, place, notes)


def crossed(left: Item, right: Item, place: Place, notes: Notes) -> Item:
    """``×``: the cross product of two vectors of three, else as without a sign."""
    if left.shape == right.shape == (3,):
        return call("cross", [left, right], (3,), (left.start, right.end))
    return product(left, right, place, notes)


def hadamard(left: Item, right: Item, place: Place) -> Item:
    """``⊙``: entry by entry, of operands of one shape."""
    if left.grow is not None and right.rank:
        left = grown(left, right.shape[0])
    if right.grow is not None and left.rank:
        right = grown(right, left.shape[0])
    if left.shape != right.shape and not (left.scalar or right.scalar):
        raise misfit("a product by entry needs one shape", left, right)
    return by_entry("*", left, right, place)


def kronecker(left: Item, right: Item, place: Place) -> Item:
    """``⊗``: the Kronecker product."""
    if left.grow is not None or right.grow is not None:
        raise misfit("the size of the identity is not known here", left, right)
    if left.rank == right.rank == 1:
        shape: Shape = (left.shape[0] * right.shape[0],)
        if right.row and not left.row:
            return call("outer", [left, right], (left.shape[0], right.shape[0]), (left.start, right.end))
        return call("kron", [left, right], shape, (left.start, right.end), row=left.row)
    first, second = (
        each if each.rank != 1 else suffixed(each, "[None, :]" if each.row else "[:, None]", _as_matrix(each), each.end)
        for each in (left, right)
    )
    if first.rank != 2 or second.rank != 2:
        raise misfit("a Kronecker product is of vectors and matrices", left, right)
    shape = (first.shape[0] * second.shape[0], first.shape[1] * second.shape[1])
    return call("kron", [first, second], shape, (left.start, right.end))


def _as_matrix(item: Item) -> Shape:
    return (1, *item.shape) if item.row else (*item.shape, 1)


def quotient(left: Item, right: Item, place: Place) -> Item:
    """``/``: by a number, or entry by entry between operands of one shape."""
    if right.grow is not None:
        raise misfit("division by a matrix: write its inverse, X^-1", left, right)
    if left.grow is not None:
        if right.scalar:
            return scaled(right, left, place, "/")
        raise misfit("the size of the first is not known", left, right)
    if not right.scalar and right.shape != (1, 1):
        entries = right.strength == ADD or (right.rank == 1 and not right.row)
        if right.row or not (left.scalar or left.shape == right.shape) or not entries:
            raise misfit("division by a row or a matrix has no meaning", left, right)
    return by_entry("/", left, right, place)


def added(sign: str, left: Item, right: Item, place: Place, notes: Notes) -> Item:
    """A sum or difference."""
    if left.grow is not None or right.grow is not None:
        return _added_unsized(sign, left, right, place, notes)
    if left.rank == right.rank == 1 and not (left.scalar or right.scalar) and left.row != right.row:
        raise misfit("a row and a column have no sum", left, right)
    for column, flat in ((left, right), (right, left)):
        size = flat.shape[0] if flat.rank == 1 and not flat.row else 0
        if size > 1 and column.shape == (size, 1):
            upright = suffixed(flat, "[:, None]", column.shape, flat.end)
            pair = (left, upright) if flat is right else (upright, right)
            return binary(sign, *pair, column.shape, place)
    shape = broadcast(left.shape, right.shape)
    if shape is None:
        raise misfit(f"'{sign}' does not fit", left, right)
    if left.rank != right.rank and {left.rank, right.rank} == {1, 2} and shape[0] == shape[1] and not left.row:
        flat = left if left.rank == 1 else right
        notes.add("AG414", f"{flat.text()} was added to every row of the matrix")
    row = left.row if left.rank == 1 else right.row
    return binary(sign, left, right, shape, place, row=row)


def _added_unsized(sign: str, left: Item, right: Item, place: Place, notes: Notes) -> Item:
    """A sum with an identity or a vector of ones, which takes the size of the other."""
    first, second = left.grow, right.grow
    if first is not None and second is not None:
        if left.kind != right.kind:
            raise misfit(f"'{sign}' does not fit", left, right)

        def grow(size: int) -> Item:
            one, other = first(size), second(size)
            return binary(sign, one, other, one.shape, place)

        return Item((), [left, right], ADD, left.start, right.end, kind=left.kind, row=left.row, grow=grow)
    sized = right if first is not None else left
    kind = left.kind if first is not None else right.kind
    if kind in REPEATED and sized.rank == 2:
        size = sized.shape[1 if kind == "columns" else 0]
        return added(sign, grown(left, size), grown(right, size), place, notes)
    if left.kind == "ones" or right.kind == "ones":
        if sized.rank != 1:
            raise misfit(f"'{sign}' does not fit", left, right)
    elif sized.rank != 2 or sized.shape[0] != sized.shape[1]:
        raise misfit("the identity is added to a square matrix only", left, right)
    return added(sign, grown(left, sized.shape[0]), grown(right, sized.shape[0]), place, notes)


def negated(item: Item, place: Place) -> Item:
    """A term with a minus."""
    if item.grow is not None:
        grow = item.grow
        return Item(
            (), [item], ADD, place[0], item.end, kind=item.kind, row=item.row, grow=lambda n: negated(grow(n), place)
        )
    parts = [("-", *place), *item.at_least(MULTIPLY)]
    return Item(item.shape, parts, ADD, place[0], item.end, row=item.row, kind=item.kind, labels=item.labels)


def transposed(item: Item, end: int) -> Item:
    """``x^T``: of a vector the same numbers as a row."""
    if item.kind in REPEATED:
        raise MisfitError("the size of the vector of ones is not known", span=(item.start, end))
    if item.grow is not None:
        return Item(
            (), item.parts, item.strength, item.start, end, not item.row, item.kind, (), "", item.grow, item.identity
        )
    if item.rank == 0:
        return item
    if item.rank == 1:
        made = Item(item.shape, item.parts, item.strength, item.start, end, row=not item.row, sign=item.sign)
        made.labels = item.labels
        return made
    if item.labels:
        raise MisfitError("a transpose under a sum is read of vectors only", span=(item.start, end))
    shape = (*item.shape[:-2], item.shape[-1], item.shape[-2])
    return suffixed(item, ".T" if item.rank == 2 else ".mT", shape, end)


def inverted(item: Item, end: int) -> Item:
    """``X^-1`` of a square matrix."""
    return call("inv", [item], item.shape, (item.start, end))


def square(item: Item) -> bool:
    """Whether an item is a square matrix."""
    return item.rank == 2 and item.shape[0] == item.shape[1] and not item.labels


def powered(base: Item, exponent: Item, notes: Notes, *, entries: bool) -> Item:
    """``a^b``: of a square matrix as of matrices, unless it stands where entries are meant."""
    text = exponent.text()
    end = max(exponent.end, base.end)
    place = (exponent.start, exponent.start + 1)
    if base.grow is not None:
        if base.identity:
            return base
        raise MisfitError("a power of this has no size", span=(base.start, end))
    if base.identity or exponent.grow is not None:
        raise MisfitError("this exponent has no meaning", span=exponent.span)
    if base.text() == "e" and base.kind == "constant":
        if exponent.rank == 2 and exponent.shape[0] == exponent.shape[1]:
            notes.add("AG413", f"e^{text} of a matrix was read entry by entry")
        return call("exp", [exponent], exponent.shape, (base.start, end), row=exponent.row, labels=exponent.labels)
    if exponent.scalar and base.rank == 2 and not base.labels and text == "-1" and not square(base):
        raise MisfitError(
            f"only a square matrix has an inverse: {described(base)}", span=(base.start, end), hint="pinv(X)"
        )
    if square(base) and not entries:
        return _matrix_power(base, text, end, notes)
    shape = broadcast(base.shape, exponent.shape)
    if shape is None:
        raise misfit("'^' does not fit", base, exponent)
    if base.rank == 1 and not base.labels and not entries and not base.scalar:
        notes.add("AG413", f"{base.text()}^{text} of a vector was read entry by entry")
    return binary("**", base, exponent, shape, place, row=base.row)


def _matrix_power(base: Item, text: str, end: int, notes: Notes) -> Item:
    """A power of a square matrix."""
    whole = text.lstrip("(-").rstrip(")")
    if text in ("-1", "(-1)"):
        return inverted(base, end)
    if text == "2" and base.strength > POWER:
        return binary("@", base, base, base.shape, (base.end, base.end + 1))
    if whole.isdigit() and len(whole) < 3:
        return call("matrix_power", [base, text.strip("()")], base.shape, (base.start, end))
    raise MisfitError(
        f"the power {text} of a matrix is not read", span=(base.start, end), why="whole powers and ^-1 are"
    )


def solved(left: Item, right: Item) -> Item:
    """``A\\b`` of MATLAB: the solution of A x = b."""
    if not square(left) or right.rank not in (1, 2) or right.shape[0] != left.shape[0]:
        raise misfit("'\\' does not fit", left, right)
    return call("solve", [left, right], right.shape, (left.start, right.end))
