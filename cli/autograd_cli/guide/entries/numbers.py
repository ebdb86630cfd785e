"""Numbers that are not finite, points without a derivative, matrices without an inverse."""

from __future__ import annotations

from autograd_cli.guide.entry import Command, Entry

ENTRIES = (
    Entry(
        topic="AG401",
        title="A value or a gradient that is not finite: nan or inf",
        says={
            "PyTorch": (
                "Function 'SqrtBackward0' returned nan values in its 0th output.",
                "Function 'LogBackward0' returned nan values in its 0th output.",
                "The loss is nan",
            ),
            "NumPy": (
                "RuntimeWarning: divide by zero encountered in log",
                "RuntimeWarning: invalid value encountered in sqrt",
                "RuntimeWarning: overflow encountered in exp",
                "RuntimeWarning: divide by zero encountered in divide",
            ),
            "JAX": ("FloatingPointError: invalid value (nan) encountered in sqrt",),
        },
        meaning="Somewhere a number became nan (there is no such number) or inf (too large), on the way forward or "
        "in a slope on the way back, and everything that it touches becomes nan as well.",
        why="An infinite slope times 0 is nan: sqrt, log and division at 0, also in the branch of a where() that is "
        "not taken, because both branches are computed. Or exp of a large number overflows. The warning names the "
        "first operation and element; keep the argument away from the bad point, or use the function that is safe, "
        "such as logsumexp or log_softmax.",
        example=Command('grad "log(sum(exp(x)))" --x 1000,1001 --no-tree', shows="AG401"),
        fixes=(
            Command('grad "logsumexp(x)" --x 1000,1001 --no-tree'),
            Command('grad "sum(where(x > 0, log(where(x > 0, x, 1)), 0))" --x 0,4 --no-tree'),
        ),
        names=("nan", "inf", "infinite", "anomaly", "overflow", "non-finite", "double-where"),
        related=("AG402", "AG404", "complex"),
    ),
    Entry(
        topic="AG402",
        title="A kink: a point without a derivative, and what is answered there",
        meaning="relu, abs, maximum, clip and norm have corners: left and right of them the slope differs. There is no "
        "derivative at the corner itself, so a convention decides, here PyTorch's: relu and abs have 0, maximum of "
        "equal numbers gives each a half, norm of the zero vector has 0.",
        why="Other programs decide otherwise (JAX has 1 for abs at 0 and nan for the norm of zeros; SymPy 1/2 for "
        "relu), so SymPy cannot confirm an entry there: it is counted apart. functions NAME tells the convention of "
        "each function.",
        example=Command('grad "sum(abs(x))" --x -1,0,2 --no-tree', shows="AG402"),
        fixes=(Command('grad "sum(abs(x))" --x -1,0.5,2 --no-tree'), Command("functions maximum")),
        names=("kink", "subgradient", "tie", "ties", "nondifferentiable", "not-differentiable"),
        related=("cross-check", "AG401"),
    ),
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
