"""Numbers that are not finite, points without a derivative, matrices without an inverse."""

from __future__ import annotations

from autograd_core.guide.entry import Command, Entry

ENTRIES = (
    Entry(
        topic="AG404",
        title="The operation has no value at these numbers",
        says={
            "PyTorch": (
                "linalg.inv: The diagonal element 2 is zero, the inversion could not be completed because the input "
                "matrix is singular.",
                "torch.linalg.solve: The solver failed because the input matrix is singular.",
                "linalg.cholesky: The factorization could not be completed because the input is not "
                "positive-definite (the leading minor of order 1 is not positive-definite).",
                "all elements of input should be between 0 and 1",
            ),
            "NumPy": ("Singular matrix", "Matrix is not positive definite"),
        },
        meaning="A singular matrix squeezes some direction to nothing, so it has no inverse and no single solution; a "
        "matrix that is not positive definite has no Cholesky factor.",
        why="Rows or columns depend on each other: fewer samples than features, a column twice, a zero row. Adding a "
        "little of the identity (ridge) makes the matrix regular and changes the problem a little.",
        example=Command('grad "sum(inv(X))" --X "1,2;2,4"', shows="AG404", status=3),
        fixes=(
            Command('grad "sum(inv(X + 0.1*eye(2)))" --X "1,2;2,4" --no-tree'),
            Command('grad "det(X)" --X "1,2;2,4" --no-tree'),
        ),
        names=("singular",),
        related=("AG401",),
    ),
)
