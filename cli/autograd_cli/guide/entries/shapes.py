"""Shapes that do not fit: products, broadcasting, axes, reshaping, indices."""

from __future__ import annotations

from autograd_cli.guide.entry import Command, Entry, Script


def _one_number() -> object:
    from autograd_core import Tensor

    return Tensor([1.0, 2.0, 3.0]).item()


def _sum_first() -> object:
    from autograd_core import Tensor

    return Tensor([1.0, 2.0, 3.0]).sum().item()


ENTRIES = (
    Entry(
        topic="AG301",
        title="Lengths that must be equal are not",
        says={
            "PyTorch": (
                "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)",
                "size mismatch, got input (2), mat (2x3), vec (2)",
                "inconsistent tensor size, expected tensor [3] and src [2] to have the same number of elements, but "
                "got 3 and 2 elements respectively",
                "Expected size for first two dimensions of batch2 tensor to be: [2, 4] but got: [2, 3].",
                "Sizes of tensors must match except in dimension 0. Expected size 3 but got size 2 for tensor number "
                "1 in the list.",
                "stack expects each tensor to be equal size, but got [2] at entry 0 and [3] at entry 1",
                "Given groups=1, weight of size [2, 2, 3, 3], expected input[1, 3, 4, 4] to have 2 channels, but got 3 "
                "channels instead",
                "Calculated padded input size per channel: (2 x 2). Kernel size: (3 x 3). Kernel size can't be "
                "greater than actual input size",
                "Expected input batch_size (2) to match target batch_size (3).",
                "einsum(): subscript j has size 2 for operand 1 which does not broadcast with previously seen size 3",
            ),
            "NumPy": (
                "matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature "
                "(n?,k),(k,m?)->(n?,m?) (size 2 is different from 3)",
                "shapes (2,3) and (2,3) not aligned: 3 (dim 1) != 2 (dim 0)",
                "all the input array dimensions except for the concatenation axis must match exactly",
                "all input arrays must have the same shape",
            ),
            "JAX": ("dot_general requires contracting dimensions to have the same shape, got (3,) and (2,).",),
        },
        meaning="In a @ b the rows of a meet the columns of b, so the last length of a and the last but one of b "
        "must be the same. Joining and stacking also need equal lengths.",
        why="Mostly a matrix is transposed: data has a row for each sample here and a column for each sample there. "
        "The message names both sides with their shapes, and what would fit.",
        example=Command('grad "sum(X @ W)" --X "1,2,3;4,5,6" --W "1,0,2;0,1,1"', shows="AG301", status=3),
        fixes=(Command('grad "sum(X @ W.T)" --X "1,2,3;4,5,6" --W "1,0,2;0,1,1" --no-tree'),),
        names=("matmul-shapes",),
        related=("AG302", "AG306", "layout"),
    ),
    Entry(
        topic="AG302",
        title="Shapes that do not fit together",
        says={
            "PyTorch": (
                "The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1",
                "The expanded size of the tensor (4) must match the existing size (3) at non-singleton dimension 1. "
                "Target sizes: [2, 4]. Tensor sizes: [3]",
                "output with shape [3] doesn't match the broadcast shape [2, 3]",
            ),
            "NumPy": (
                "operands could not be broadcast together with shapes (2,3) (2,)",
                "operands could not be broadcast together with remapped shapes [original->remapped]: (3,) and "
                "requested shape (2,4)",
                "non-broadcastable output operand with shape (3,) doesn't match the broadcast shape (2,3)",
            ),
            "JAX": (
                "Incompatible shapes for broadcasting: shapes=[(2, 3), (2,)]",
                "add got incompatible shapes for broadcasting: (2, 3), (2,).",
            ),
            "tinygrad": ("objects cannot be broadcast to a single shape ((2, 3), (2,))",),
        },
        meaning="Elementwise operations line shapes up from the right. Each pair of lengths must be equal, or one of "
        'them 1 ("singleton"), or missing on the left.',
        why="A vector stands for a row: it lines up with the last axis. One number for each row needs a column, "
        "b[:, None], or the value '1;2'.",
        example=Command('grad "sum(X + b)" --X "1,2,3;4,5,6" --b 1,2', shows="AG302", status=3),
        fixes=(
            Command('grad "sum(X + b[:, None])" --X "1,2,3;4,5,6" --b 1,2 --no-tree'),
            Command('grad "sum(X + b)" --X "1,2,3;4,5,6" --b 1,2,3 --no-tree'),
        ),
        related=("broadcasting", "AG301"),
    ),
    Entry(
        topic="AG303",
        title="An axis that does not exist, or is named twice",
        says={
            "PyTorch": (
                "Dimension out of range (expected to be in range of [-2, 1], but got 2)",
                "dim 0 appears multiple times in the list of dims",
                "number of dimensions in the tensor input does not match the length of the desired ordering of "
                "dimensions",
                "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the "
                "desired ordering of dimensions i.e. input.dim() = 2 is not equal to len(dims) = 1",
            ),
            "NumPy": (
                "axis 1 is out of bounds for array of dimension 1",
                "duplicate value in 'axis'",
                "axes don't match array",
            ),
        },
        meaning="Axes are counted from 0: a matrix has axis 0, down its rows, and axis 1, along each row. Counted "
        "from the end they are -1, -2 and so on.",
        why="axis=0 sums over the rows and leaves one entry for each column. A vector has axis 0 only.",
        example=Command('grad "sum(softmax(x, axis=1))" --x 1,2,3', shows="AG303", status=3),
        fixes=(Command('grad "sum(x*softmax(x, axis=-1))" --x 1,2,3 --no-tree'),),
        names=("axis", "dim"),
        related=("AG306",),
    ),
    Entry(
        topic="AG304",
        title="A shape that does not have as many entries",
        says={
            "PyTorch": (
                "shape '[4, 2]' is invalid for input of size 6",
                "view size is not compatible with input tensor's size and stride (at least one dimension spans "
                "across two contiguous subspaces). Use .reshape(...) instead.",
            ),
            "NumPy": ("cannot reshape array of size 6 into shape (4,2)", "can only specify one unknown dimension"),
            "JAX": ("cannot reshape array of shape (6,) (size 6) into shape (4, 2) (size 8)",),
        },
        meaning="Reshaping puts the same entries, row by row, into another shape: the lengths must multiply to their "
        "number. One length may be -1 and is worked out.",
        why="Mostly a batch axis is forgotten. Reshaping is not transposing: to swap axes use x.T or transpose(x, "
        "axes).",
        example=Command('grad "sum(reshape(x, (4, 2)))" --x 1,2,3,4,5,6', shows="AG304", status=3),
        fixes=(Command('grad "sum(reshape(x, (-1, 2))[:, 0])" --x 1,2,3,4,5,6 --no-tree'),),
        related=("AG303", "AG302"),
    ),
    Entry(
        topic="AG305",
        title="An index that does not fit",
        says={
            "PyTorch": (
                "index 5 is out of bounds for dimension 0 with size 3",
                "too many indices for tensor of dimension 1",
                "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to "
                "convert a 0-dim tensor to a number",
                "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices",
                "The shape of the mask [2] at index 0 does not match the shape of the indexed tensor [3] at index 0",
                "Target 5 is out of bounds.",
            ),
            "NumPy": (
                "index 7 is out of bounds for axis 0 with size 6",
                "too many indices for array: array is 1-dimensional, but 2 were indexed",
                "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean arrays "
                "are valid indices",
                "boolean index did not match indexed array along axis 0; size of axis is 3 but size of corresponding "
                "boolean axis is 2",
            ),
            "JAX": ("Array boolean indices must be concrete; got bool[3]",),
        },
        meaning="An index is outside the array, there are more of them than axes, or it is not made of whole numbers.",
        why="Entries are counted from 0, so the last of three is x[2], or x[-1]. A mask is a comparison: x[x > 0].",
        example=Command('grad "x[3]**2" --x 1,2,3', shows="AG305", status=3),
        fixes=(
            Command('grad "x[2]**2" --x 1,2,3 --no-tree'),
            Command('grad "sum(x[x > 1]**2)" --x 1,2,3 --no-tree'),
        ),
        names=("indexing",),
        related=("AG303",),
    ),
    Entry(
        topic="AG306",
        title="The wrong number of axes",
        says={
            "PyTorch": (
                "both arguments to matmul need to be at least 1D, but they are 0D and 1D",
                "self must be a matrix",
                "mm: self must be a matrix, got 1-D tensor",
                "1D tensors expected, but got 2D and 1D tensors",
                "trace: expected a matrix, but got tensor with dim 1",
                "diag(): Supports 1D or 2D tensors. Got 3D",
                "zero-dimensional tensor (at position 0) cannot be concatenated",
                "linalg.inv: A must be batches of square matrices, but they are 2 by 3 matrices",
                "linalg.det: The input tensor A must have at least 2 dimensions.",
                "einsum(): the number of subscripts in the equation (3) does not match the number of dimensions (2) "
                "for operand 0 and no ellipsis was given",
            ),
            "NumPy": (
                "matmul: Input operand 0 does not have enough dimensions (has 0, gufunc core with signature "
                "(n?,k),(k,m?)->(n?,m?) requires 1)",
                "Last 2 dimensions of the array must be square",
                "1-dimensional array given. Array must be at least two-dimensional",
                "diag requires an array of at least two dimensions",
                "all the input arrays must have same number of dimensions, but the array at index 0 has 2 "
                "dimension(s) and the array at index 1 has 1 dimension(s)",
                "zero-dimensional arrays cannot be concatenated",
            ),
        },
        meaning="The function is for matrices and got a vector or a scalar, or the other way round, or for square "
        "matrices and got another.",
        why="1,2,3 is a vector with one axis; a row is '1,2,3;' and a column '1;2;3'. x[None, :] and x[:, None] make "
        "a row and a column of a vector.",
        example=Command('grad "trace(x)" --x 1,2,3', shows="AG306", status=3),
        fixes=(Command('grad "trace(x)" --x "1,2;3,4" --no-tree'), Command('grad "2 * x" --x 3 --no-tree')),
        related=("AG301", "AG303"),
    ),
    Entry(
        topic="AG307",
        title="A result made of no entries",
        says={
            "PyTorch": (
                "max(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim "
                "with the 'dim' argument.",
                "torch.cat(): expected a non-empty list of Tensors",
                "stack expects a non-empty TensorList",
            ),
            "NumPy": (
                "zero-size array to reduction operation maximum which has no identity",
                "attempt to get argmax of an empty sequence",
                "need at least one array to concatenate",
                "need at least one array to stack",
            ),
        },
        meaning="The largest of no numbers does not exist, and no arrays do not join to anything. A sum of no "
        "numbers is 0 and a product is 1.",
        why="Mostly a slice or a mask has left nothing, as x[3:] of three entries.",
        example=Command('grad "max(x[3:])" --x 1,2,3', shows="AG307", status=3),
        fixes=(Command('grad "sum(x[3:])" --x 1,2,3 --no-tree'), Command('grad "max(x[1:])" --x 1,2,3 --no-tree')),
        related=("AG305",),
    ),
    Entry(
        topic="AG308",
        title="One number was expected, and there are several",
        says={
            "PyTorch": (
                "a Tensor with 3 elements cannot be converted to Scalar",
                "only one element tensors can be converted to Python scalars",
            ),
            "NumPy": (
                "can only convert an array of size 1 to a Python scalar",
                "only length-1 arrays can be converted to Python scalars",
                "only 0-dimensional arrays can be converted to Python scalars",
            ),
        },
        meaning="item() and float() give a Python number, and there is exactly one of those only in a tensor with one "
        "entry.",
        why="Mostly a loss was not summed or averaged over the batch before it is printed.",
        example=Script(_one_number, shows="AG308"),
        fixes=(Script(_sum_first), Command('grad "mean(x**2)" --x 1,2,3 --no-tree')),
        names=("item",),
        related=("AG201", "truth"),
    ),
)
