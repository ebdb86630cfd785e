"""What mathematics means by a product, a sum, a power or a transpose of operands of these shapes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from autograd_core.errors import ShapeError
from autograd_core.expr.reader.entries import ON_PURPOSE
from autograd_core.expr.reader.item import (
    ADD,
    MULTIPLY,
    POWER,
    Item,
    MisfitError,
    aligned,
    array,
    atom,
    binary,
    call,
    described,
    misfit,
    suffixed,
)  # fmt: skip
from autograd_core.ops.registry import op as ops
from autograd_core.ops.spec import broadcast_shapes


def by_entry(sign: str, left: Item, right: Item) -> Item:
    """An operator entry by entry, over the open indices of both."""
    labels: dict[str, int] = {}
    first, second = left, right
    if left.labels or right.labels:
        labels = left.labels | right.labels
        first, second = (aligned(each, labels, max(left.rank, right.rank)) for each in (left, right))
    try:
        shape = broadcast_shapes(first.shape, second.shape)
    except ShapeError:
        entries = " entry by entry" if sign in ("*", "/") else ""
        raise misfit(f"'{'^' if sign == '**' else sign}'{entries} does not fit", left, right) from None
    row = left.row if left.rank == 1 else right.row
    placed = (left.placed or right.placed) and all(each.placed or not each.rank for each in (left, right))
    return binary(sign, first, second, shape[len(labels) :], row=row, labels=labels, placed=placed)


def product(left: Item, right: Item) -> Item:
    """Two factors without a sign, or with one that says no more: matrices and vectors are multiplied as such."""
    if left.labels or right.labels:
        return _indexed(left, right)
    if left.scalar or right.scalar:
        return by_entry("*", left, right) if left.scalar else by_entry("*", right, left)
    if left.identity and left.shape[1] == right.shape[0]:
        return right
    if right.identity and left.shape[-1] == right.shape[0]:
        return left
    if left.rank == 1 and right.rank == 1:
        return _vectors(left, right)
    if min(left.rank, right.rank) == 1 and max(left.rank, right.rank) > 2:
        raise misfit("an array of more than two axes is multiplied with a sign", left, right)
    return _matrices(left, right)


def _vectors(left: Item, right: Item) -> Item:
    """Two vectors: a row and a column are a number, a column and a row a matrix."""
    (n,), (m,) = left.shape, right.shape
    placed = left.placed or right.placed
    if right.row and not left.row:
        if left.kind == right.kind == "ones":
            return call("ones", [f"({n}, {m})"], (n, m), placed=True)
        return call("outer", [left, right], (n, m), placed=placed)
    if left.placed and right.placed:
        raise misfit("the size of neither is known", left, right)
    if n != m and left.row and not right.row:
        raise misfit("a row and a column of different lengths", left, right)
    if n != m or (left.row and right.row):
        raise misfit("two rows have no product" if left.row else "two columns have no product", left, right)
    if left.row:
        return binary("@", left, right, ())
    said = f"{left.text()} and {right.text()} are two columns: their product is by entry; x^T y is the dot product"
    return binary("*", left, right, (n,)).saying("AG416", said)


def _matrices(left: Item, right: Item) -> Item:
    """A product of which at least one is a matrix: a vector stands upright on its right, and lies on its left."""
    if left.rank == 2 and right.rank == 1 and right.row and 1 != left.shape[1] == right.shape[0]:
        raise misfit("a row stands behind a matrix", left, right)
    with suppress(MisfitError):
        return matmul(left, right)
    if left.rank == 2 and right.rank == 1 and left.shape[1] == 1:
        return matmul(left, as_matrix(replace(right, row=True)))
    error = misfit("the product does not fit", left, right)
    turned = [(transposed(left), right), (left, transposed(right))]
    fitting = [f"{a.text()} @ {b.text()}" for a, b in turned if a.rank and b.rank and a.shape[-1] == b.shape[0]]
    error.hint = next((f"{each} fits" for each in fitting if len(each) < 60), None)
    raise error


def _indexed(left: Item, right: Item) -> Item:
    """A product of items of which at least one has open indices."""
    if left.shape in ((), (1,)) or right.shape in ((), (1,)):
        return by_entry("*", left, right)
    if left.rank == right.rank == 1 and left.shape == right.shape and not (left.row or right.row):
        words = "two columns under an index without a sign were read as x^T y; x ⊙ y is by entry"
        return _indexed(replace(left, row=True), right).saying("AG416", words)
    if not left.labels and len(right.labels) == 1 and left.rank == right.rank == 1 and left.row and not right.row:
        return binary("@", array(right), left, (), labels=right.labels)
    plain = product(atom("x", left.shape, row=left.row), atom("y", right.shape, row=right.row))
    if not right.labels and len(left.labels) == 1 and left.rank == 1 and (right.rank == 2 or left.row):
        return binary("@", array(left), right, plain.shape, row=plain.row, labels=left.labels)
    labels = left.labels | right.labels
    letters = dict(zip(labels, "ijklmnop", strict=False))
    first, second = "abcdefgh"[: left.rank], "abcdefgh"[left.rank : left.rank + right.rank]
    result = first + second
    if left.rank + right.rank - 2 == len(plain.shape):
        second = first[-1] + second[1:]
        result = first[:-1] + second[1:]
    elif len(plain.shape) == left.rank == right.rank:
        second = result = first
    sides = zip((left.labels, right.labels, labels), (first, second, result), strict=True)
    one, other, out = ("".join(letters[label] for label in outer) + inner for outer, inner in sides)
    return call("einsum", [f"'{one},{other}->{out}'", left, right], plain.shape, row=plain.row, labels=labels)


def starred(left: Item, right: Item, *, entries: bool) -> Item:
    """``*`` as typed: by entry in code, else as mathematics multiplies wherever that fits."""
    if left.placed or right.placed:
        return product(left, right)
    if entries or left.scalar or right.scalar:
        return by_entry("*", left, right)
    if left.rank == right.rank == 1 and left.row == right.row:
        return by_entry("*", left, right)
    try:
        found = product(left, right)
    except MisfitError:
        if left.shape == right.shape:
            return by_entry("*", left, right)
        raise
    if left.rank == 2 and left.shape == right.shape and left.shape[0] == left.shape[1]:
        found.saying("AG412", "'*' between square matrices was read as the matrix product; .* is by entry")
    return found


def dotted(left: Item, right: Item) -> Item:
    """``·``: the dot product of two vectors, else as without a sign."""
    if left.rank == right.rank == 1 and left.shape == right.shape and not left.scalar:
        indexed = left.labels or right.labels
        rowwise = (replace(left, row=True), replace(right, row=False))
        return product(*rowwise) if indexed else binary("@", left, right, ())
    return product(left, right)


def crossed(left: Item, right: Item) -> Item:
    """``×``: the cross product of two vectors of three, else as without a sign."""
    if left.shape == right.shape == (3,):
        return call("cross", [left, right], (3,))
    return product(left, right)


def hadamard(left: Item, right: Item) -> Item:
    """``⊙``: entry by entry, of operands of one shape."""
    if left.shape != right.shape and not (left.scalar or right.scalar):
        raise misfit("a product by entry needs one shape", left, right)
    return by_entry("*", left, right)


def kronecker(left: Item, right: Item) -> Item:
    """``⊗``: the Kronecker product."""
    if not {left.rank, right.rank} <= {1, 2}:
        raise misfit("a Kronecker product is of vectors and matrices", left, right)
    if left.rank == right.rank == 1 and right.row and not left.row:
        return call("outer", [left, right], left.shape + right.shape)
    if left.rank != 1 or right.rank != 1:
        left, right = as_matrix(left), as_matrix(right)
    shape = tuple(a * b for a, b in zip(left.shape, right.shape, strict=True))
    return call("kron", [left, right], shape, row=left.row, placed=left.placed or right.placed)


def as_matrix(item: Item) -> Item:
    """A vector as a matrix of one column, or of one row; anything else as it is."""
    if item.rank != 1:
        return item
    keys, shape = ("[None, :]", (1, *item.shape)) if item.row else ("[:, None]", (*item.shape, 1))
    return suffixed(item, keys, shape)


def quotient(left: Item, right: Item) -> Item:
    """``/``: by a number, or entry by entry between operands of one shape."""
    if left.labels or right.labels:
        return by_entry("/", left, right)
    if right.placed:
        raise misfit("division by a matrix: write its inverse, X^-1", left, right)
    if not right.scalar and right.shape != (1, 1):
        entries = right.strength == ADD or (right.rank == 1 and not right.row)
        if right.row or not (left.scalar or left.shape == right.shape) or not entries:
            raise misfit("division by a row or a matrix has no meaning", left, right)
    return by_entry("/", left, right)


def added(sign: str, left: Item, right: Item, *, entries: bool) -> Item:
    """A sum or difference; of code, whose ``entries`` are combined, a vector is neither a row nor a column."""
    if left.labels or right.labels:
        return by_entry(sign, left, right)
    if (left.placed or right.placed) and left.shape != right.shape:
        raise misfit("the identity is added to a square matrix only", left, right)
    lies = "lying" in (left.kind, right.kind) and all(each.row or each.sign != "@" for each in (left, right))
    if lies:  # x W + b, where b is a row too
        left, right = (replace(each, row=each.rank == 1) for each in (left, right))
    if left.rank == right.rank == 1 and not (left.scalar or right.scalar) and left.row != right.row and not entries:
        raise misfit("a row and a column have no sum", left, right)
    mixed = {left.rank, right.rank} == {1, 2}
    flat, column = (right, left) if left.rank > right.rank else (left, right)
    if mixed and not flat.row and column.shape == (flat.shape[0], 1) != (1, 1):
        if not entries:
            left, right = as_matrix(left), as_matrix(right)
        elif ON_PURPOSE.search(column.text()) is None:
            words = "are combined each with each, as in code"
            return by_entry(sign, left, right).saying("AG414", f"{described(left)} and {described(right)} {words}")
    made = by_entry(sign, left, right)
    if mixed and left.rank != right.rank and made.shape[0] == made.shape[1] and not left.row:
        made.saying("AG414", f"{flat.text()} was added to every row of the matrix")
    return replace(made, kind="lying") if lies else made


def negated(item: Item) -> Item:
    """A term with a minus."""
    return replace(item, parts=["-", *item.at_least(MULTIPLY)], strength=ADD, sign="", identity=False)


def transposed(item: Item) -> Item:
    """``x^T``: of a vector the same numbers as a row."""
    if item.rank == 1:
        return replace(item, row=not item.row, kind="ones" if item.kind == "ones" else "value")
    if item.rank == 0 or item.identity:
        return item
    if item.labels:
        raise MisfitError("a transpose under a sum is read of vectors only")
    shape = (*item.shape[:-2], item.shape[-1], item.shape[-2])
    return suffixed(item, ".T" if item.rank == 2 else ".mT", shape)


def inverted(item: Item) -> Item:
    """``X^-1`` of a square matrix."""
    return call("inv", [item], item.shape)


def square(item: Item) -> bool:
    """Whether an item is a square matrix."""
    return item.rank == 2 and item.shape[0] == item.shape[1] and not item.labels


def powered(base: Item, exponent: Item, *, entries: bool) -> Item:
    """``a^b``: of a square matrix as of matrices, unless it stands where entries are meant."""
    if base.labels or exponent.labels:
        if base.shape or exponent.shape:
            raise MisfitError("a power of a vector under a sum is not read")
        return by_entry("**", base, exponent)
    if base.identity:
        return base
    if base.placed or exponent.placed:
        raise MisfitError("this exponent has no meaning", span=exponent.span)
    text = exponent.text()
    if base.kind == "constant" and base.text() == "e":
        made = call("exp", [exponent], exponent.shape, row=exponent.row, labels=exponent.labels)
        if square(exponent) and not entries:
            why = "e^A of a square matrix is the matrix exponential, which is not read; exp(A) is by entry"
            raise MisfitError(f"e^({text}) can be read in two ways", why=why, hint=made.text())
        if exponent.rank == 2 and exponent.shape[0] == exponent.shape[1]:
            made.saying("AG413", f"e^{text} of a matrix was read entry by entry")
        return made
    if exponent.scalar and base.rank == 2 and not base.labels and text == "-1" and not square(base):
        raise MisfitError(f"only a square matrix has an inverse: {described(base)}", hint="pinv(X)")
    if square(base) and not entries:
        return _matrix_power(base, text)
    made = by_entry("**", base, exponent)
    if base.rank == 1 and not base.labels and not entries and not base.scalar:
        made.saying("AG413", f"{base.text()}^{text} of a vector was read entry by entry")
    return made


def _matrix_power(base: Item, text: str) -> Item:
    """A power of a square matrix."""
    whole = text.lstrip("(-").rstrip(")")
    if text in ("-1", "(-1)"):
        return inverted(base)
    if text == "2" and base.strength > POWER:
        return binary("@", base, base, base.shape)
    if not whole.isdigit() or len(whole) > 2:
        raise MisfitError(f"the power {text} of a matrix is not read", why="whole powers and ^-1 are")
    return call("matrix_power", [base, text.strip("()")], base.shape)


def matmul(left: Item, right: Item) -> Item:
    """``@``, which is never read as anything else."""
    try:
        shape = ops.matmul.shape(left.shape, right.shape)
    except ShapeError:
        raise misfit("'@' does not fit", left, right) from None
    made = binary("@", left, right, shape, row=left.rank == 1 and right.rank > 1)
    return replace(made, kind="lying") if made.row and (not left.row or left.kind == "lying") else made


def solved(left: Item, right: Item) -> Item:
    """``A\\b`` of MATLAB: the solution of A x = b."""
    if not square(left) or right.rank not in (1, 2) or right.shape[0] != left.shape[0]:
        raise misfit("'\\' does not fit", left, right)
    return call("solve", [left, right], right.shape)


def multiplied(left: Item, right: Item) -> Item:
    """``%*%`` of R: of a column and a row a matrix, of two vectors alike a number."""
    return product(left, right) if left.row != right.row else dotted(left, right)


def at_sign(left: Item, right: Item) -> Item:
    """``@`` as it is typed, which makes no row of a vector that is none."""
    return replace(made := matmul(left, right), row=made.row and left.row)


def double_dotted(left: Item, right: Item) -> Item:
    """``A:B``: the sum of the products of all entries."""
    if left.shape != right.shape or not left.rank:
        raise misfit("':' is read between matrices of one shape", left, right)
    return call("sum", [hadamard(left, right)])


RULES = {
    ":": double_dotted,
    "%*%": multiplied,
    "·": dotted,
    "×": crossed,
    "⊙": hadamard,
    "⊗": kronecker,
    "@": at_sign,
    "\\": solved,
}
"""What a sign between two operands means; any other one is by entry."""
