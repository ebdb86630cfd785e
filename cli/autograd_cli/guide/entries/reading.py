"""How a text of mathematics or of other code was read, and what is by entry where mathematics means more."""

from __future__ import annotations

from autograd_cli.guide.entry import Command, Entry

ENTRIES = (
    Entry(
        topic="AG411",
        title="A*x of a matrix and a vector is by entry",
        meaning="In the language, as in NumPy and PyTorch, * multiplies entry by entry and repeats the vector for "
        "every row; the product of linear algebra is written @.",
        why="The numbers are those of A*x as typed. Where the formula comes from a book, A @ x was probably meant.",
        example=Command('jacobian "A*x" --A "1,2;3,4" --x 1,2 --wrt x', shows="AG411"),
        fixes=(Command('jacobian "A @ x" --A "1,2;3,4" --x 1,2 --wrt x'),),
        names=("matrix-product", "entrywise"),
        related=("AG412", "AG414"),
    ),
    Entry(
        topic="AG412",
        title="A power or a product of square matrices that can be meant in two ways",
        meaning="X^2 in the language is by entry, as X**2 in NumPy; in mathematics it is X @ X. A*B of square matrices "
        "in a text that was read as mathematics is the matrix product.",
        why="Both fit the shapes, so the answer says which one was computed.",
        example=Command('grad "trace(X^2)" --X "1,2;3,4" --no-tree', shows="AG412"),
        fixes=(
            Command('grad "trace(X @ X)" --X "1,2;3,4" --no-tree'),
            Command('grad "tr(X^2)" --X "1,2;3,4" --syntax math --no-tree'),
        ),
        names=("matrix-power",),
        related=("AG411", "AG413"),
    ),
    Entry(
        topic="AG413",
        title="Something is computed entry by entry where mathematics may mean more",
        meaning="exp(X) of a square matrix is by entry and not the matrix exponential; x @ x.T of a vector with one "
        "axis is a number and not a matrix, because .T does nothing to it; a/b@c is (a/b)@c.",
        why="NumPy and PyTorch compute the same. The warning names what to write for the other meaning.",
        example=Command('grad "x@x.T" --x 1,2 --no-tree', shows="AG413"),
        fixes=(Command('grad "sum(outer(x, x))" --x 1,2 --no-tree'), Command('grad "x @ x" --x 1,2 --no-tree')),
        related=("AG411", "AG412"),
    ),
    Entry(
        topic="AG414",
        title="A column and a vector are combined each with each",
        says={"PyTorch": ("Using a target size that is different to the input size",)},
        meaning="A vector of shape (n,) is a row for broadcasting: with a column of shape (n,1) it makes an n by n "
        "matrix of all differences, and added to a matrix it goes to every row.",
        why="This is the most frequent silent mistake in losses: a prediction of shape (n,1) minus a target of shape "
        "(n,). Give both the same shape.",
        example=Command('grad "mean((p - y)**2)" --p "1;2" --y 1,3 --no-tree', shows="AG414"),
        fixes=(
            Command('grad "mean((p - y)**2)" --p "1;2" --y "1;3" --no-tree'),
            Command('grad "mean((p[:,0] - y)**2)" --p "1;2" --y 1,3 --no-tree'),
        ),
        names=("target-size",),
        related=("AG411",),
    ),
    Entry(
        topic="AG415",
        title="Bars around a vector or a matrix",
        meaning="|x| of a vector is read as its length, ||X|| of a matrix as the Frobenius norm, ||X||_2 as the "
        "largest singular value, ||X||_1 as the sum of absolute values.",
        why="Books differ. The first line of the answer shows what was computed; typed like that it says no more.",
        example=Command('grad "|v|" --v 3,4 --no-tree', shows="AG415"),
        fixes=(Command('grad "norm(v)" --v 3,4 --no-tree'),),
        names=("bars", "absolute-value"),
        related=("AG413",),
    ),
    Entry(
        topic="AG416",
        title="Two columns without a sign between them",
        meaning="x y of two vectors has no meaning in linear algebra; it is read as the product by entry.",
        why="x^T y is the dot product, x y^T the matrix of all products, x*y the product by entry.",
        example=Command('grad "sum(y log(p))" --y 1,0 --p 0.5,0.5 --no-tree', shows="AG416"),
        fixes=(Command('grad "sum(y*log(p))" --y 1,0 --p 0.5,0.5 --no-tree'),),
        related=("AG411",),
    ),
    Entry(
        topic="AG417",
        title="An index that was read as an entry, or as all entries",
        meaning="x_1 is the variable x_1 where that has a value, and else the first entry of x: mathematics counts "
        "from 1, the language from 0.",
        why="The answer shows the entry as the language counts it, x[0].",
        example=Command('grad "x_1^2 + x_2" --x 3,4 --no-tree', shows="AG417"),
        fixes=(Command('grad "x[0]**2 + x[1]" --x 3,4 --no-tree'),),
        names=("indices", "subscript"),
        related=("AG605",),
    ),
    Entry(
        topic="AG418",
        title="A part of a pasted program that was left out",
        meaning="What changes no number is left out: .cuda(), dtype=, print(...), what comes after backward(), and a "
        "statement that gives a value to a name whose value stands on the command line.",
        why="The gradient does not depend on it. A loop, a condition or a class is refused instead.",
        example=Command(
            'grad "x = torch.ones(2, requires_grad=True); y = (x**2).sum(); y.backward()" --x 1,2 --no-tree',
            shows="AG418",
        ),
        fixes=(Command('grad "y = (x**2).sum(); y" --x 1,2 --no-tree'),),
        names=("paste", "pasted"),
        related=("AG603",),
    ),
    Entry(
        topic="AG619",
        title="A text that can be read in two ways",
        meaning="The shapes allow two readings with different results, so nothing is computed.",
        why="1/2s is s/2 for some and 1/(2s) for others. Both are offered as commands; run the one that was meant.",
        example=Command('grad "1/2s" --s 3', shows="AG619", status=3),
        fixes=(Command('grad "1/(2*s)" --s 3 --no-tree'), Command('grad "s/2" --s 3 --no-tree')),
        names=("two-readings",),
        related=("AG601",),
    ),
)
