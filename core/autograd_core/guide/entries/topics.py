"""Terms of the field that come up again and again, and messages that no error of ours corresponds to."""

from __future__ import annotations

from autograd_core.guide.entry import Command, Entry, Script


def _to_numpy() -> object:
    from autograd_core import Tensor

    x = Tensor([1.0, 2.0], requires_grad=True)
    return (x**2).detach().numpy()


def _truth() -> object:
    from autograd_core import Tensor, ops

    x = Tensor([1.0, -2.0], requires_grad=True)
    return ops.where(x > 0, x**2, -x)


ENTRIES = (
    Entry(
        topic="accumulation",
        title="Gradients add up: .grad accumulates over backward passes",
        meaning="Each backward adds its gradient to .grad instead of replacing it; two passes give twice the gradient. "
        "The same happens within one pass: an input that is used in several places gets the sum over all of them.",
        why="A gradient is a sum over all paths from the result to the input, so adding is the only operation that "
        "lets passes be split, as for batches that do not fit into memory. The price is that a loop must forget "
        "the old gradient before the next pass: optimizer.zero_grad(), x.grad = None, here --zero-grad.",
        example=Command('grad "sum(x**2)" --x 1,2 --grad-tensor 1 --grad-tensor 1 --no-tree'),
        fixes=(Command('grad "sum(x**2)" --x 1,2 --grad-tensor 1 --grad-tensor 1 --zero-grad --no-tree'),),
        names=("accumulate", "fork"),
        related=("zero-grad", "AG204"),
    ),
    Entry(
        topic="zero-grad",
        title="Forgetting the gradient of the last pass",
        meaning="optimizer.zero_grad() sets .grad of every parameter to None (or to zeros), so that the next "
        "backward does not add to the last one. --zero-grad does it between the passes of one command.",
        why="Without it a training loop follows the sum of all gradients so far: the loss falls at first and then "
        "swings or explodes.",
        example=Command('grad "(x - 1)**2" --x 3 --grad-tensor 1 --grad-tensor 1 --no-tree'),
        fixes=(Command('grad "(x - 1)**2" --x 3 --grad-tensor 1 --grad-tensor 1 --zero-grad --no-tree'),),
        names=("zero_grad", "zero grad"),
        related=("accumulation",),
    ),
    Entry(
        topic="leaf",
        title="Leaves and nodes: where gradients end up",
        says={"PyTorch": ("Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol",)},
        meaning="A leaf is an input: no operation made it, so its grad_fn is None. Everything else is a result with a "
        "grad_fn, the node of the operation that made it. backward() walks from the result over the nodes to the "
        "leaves, and leaves that require grad keep what arrives in .grad.",
        why="Leaves are what you can change, weights and data; the gradient of a result in between is only a step on "
        "the way. The tree shows both: a leaf stands at the end of each branch.",
        example=Command('grad "sum((w*x)**2)" --w 2,3 --x 1,4'),
        fixes=(Command('grad "sum((w*x)**2)" --w 2,3 --x 1,4 --wrt w --no-tree'),),
        names=("leaves", "node", "graph", "grad_fn", "is_leaf", "tree"),
        related=("AG205", "AG203", "vjp"),
    ),
    Entry(
        topic="broadcasting",
        title="Broadcasting, and why its gradient is a sum",
        says={
            "PyTorch": (
                "Using a target size (torch.Size([2])) that is different to the input size (torch.Size([2, 1])). "
                "This will likely lead to incorrect results due to broadcasting. Please ensure they have the same "
                "size.",
            ),
        },
        meaning="Shapes are lined up from the right; an axis of length 1 or a missing one is stretched to fit. An "
        "entry that was used several times gets the sum of the gradients of all its uses, so the gradient of a "
        "broadcast operand is summed over the stretched axes and has the operand's own shape.",
        why="Adding a bias b of shape (3,) to a batch of shape (2,3) uses each b[j] twice. Forgetting the sum is the "
        "most common mistake in a gradient derived by hand.",
        example=Command('grad "sum((X + b)**2)" --X "1,2,3;4,5,6" --b 1,0,-1 --no-tree'),
        fixes=(Command('grad "sum((X + b)**2)" --X "1,2,3;4,5,6" --b "1;2" --no-tree'),),
        names=("broadcast", "unbroadcast"),
        related=("AG302", "accumulation"),
    ),
    Entry(
        topic="layout",
        title="The shape of a gradient: that of the variable",
        meaning="The gradient of a single number with respect to W has the shape of W: entry i,j is the derivative "
        "with respect to W[i,j] (denominator layout). The Jacobian of a vector y with respect to x has a row for "
        "each entry of y and a column for each entry of x.",
        why="Books differ: in numerator layout the gradient of a number with respect to a column is a row, and "
        "products stand in the opposite order. Transposed answers that are otherwise right come from there. Updates "
        "such as W - 0.1*grad need the shape of W.",
        example=Command('grad "sum(W @ x)" --W "1,2,3;4,5,6" --x 1,0,2 --no-tree'),
        fixes=(Command('grad "x @ A @ x" --A "1,2;3,4" --x 1,2 --wrt x --no-tree'),),
        names=("denominator", "numerator", "transposed"),
        related=("vjp", "AG301"),
    ),
    Entry(
        topic="vjp",
        title="The vector-Jacobian product, v.J",
        meaning="For y = f(x) the Jacobian J holds all derivatives of entries of y with respect to entries of x. "
        "Reverse mode never builds it: from weights v, one for each entry of y, each operation computes v.J "
        "directly. The incoming gradient (cotangent) of an operation is the v of its rule.",
        why="A product costs about as much as the function itself, the whole matrix as many of them as y has "
        "entries. v of ones gives the gradient of sum(y); v with a single 1 gives one row of J.",
        example=Command('grad "x**2" --x 1,2,3 --grad-tensor 1,1,1 --no-tree'),
        fixes=(Command('grad "x**2" --x 1,2,3 --grad-tensor 0,0,1 --no-tree'),),
        names=("seed", "cotangent", "jacobian", "vector-jacobian", "v.j", "backward", "backprop", "chain-rule"),
        related=("AG201", "AG202", "layout"),
    ),
    Entry(
        topic="cross-check",
        title="The cross-check: the gradient, derived once more by somebody else",
        says={
            "PyTorch": (
                "Jacobian mismatch for output 0 with respect to input 0, numerical:tensor([[2.0000, 0.0000], [0.0000, "
                "4.0000]]) analytical:tensor([[3., 0.], [0., 3.]])",
                "Input #0 requires gradient and is not a double precision floating point or complex. This check will "
                "likely fail if all the inputs are not of double precision floating point or complex.",
                "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times "
                "gives different values",
            ),
            "JAX": ("AssertionError: Not equal to tolerance. VJP cotangent projection",),
            "HIPS autograd": ("Derivative (VJP) check of g failed with arg 1.0: analytic: -1.92 numeric: -1.28",),
        },
        meaning="A gradient check compares two ways to the same numbers. gradcheck sets rules against differences "
        "(f(x+h) - f(x-h))/2h; a mismatch means that a rule is wrong, or that float32 has too few digits "
        "for a difference, or that a point lies at a kink.",
        why="Here SymPy derives the expression by itself, from the forward meaning alone, and both are compared "
        "entry by entry in float64. Entries at a kink or without a finite value are counted apart, never passed "
        "over.",
        example=Command('grad "sum(sin(x)*exp(y))" --x 1,2 --y 0,1 --no-tree'),
        fixes=(Command('grad "sum(sin(x)*exp(y))" --x 1,2 --y 0,1 --dtype float32 --no-tree'),),
        names=("check", "gradcheck", "gradient check", "sympy", "finite differences"),
        related=("kink", "dtype"),
    ),
    Entry(
        topic="dtype",
        title="float32, float64, and types that do not fit",
        says={
            "PyTorch": (
                "expected m1 and m2 to have the same dtype, but got: float != double",
                "expected scalar type Long but found Float",
                "expected target dtype to be Long or Byte, but got Float",
                "Found dtype Double but expected Float",
                "result type Float can't be cast to the desired output type Long",
                "'addmm_impl_cpu_' not implemented for 'Long'",
            ),
        },
        meaning="PyTorch does not mix float32 and float64 in a product, wants whole numbers for class labels and "
        "floats for everything else. NumPy makes float64, torch.tensor(1.0) float32.",
        why="Here one type holds for all numbers of a command: float64, or float32 with --dtype float32, which shows "
        "what a network in PyTorch's usual precision computes: about 7 digits instead of 16.",
        example=Command('grad "mean((X @ w)**2)" --X "1,2;3,4" --w 0.1,0.2 --dtype float32 --no-tree'),
        fixes=(Command('grad "mean((X @ w)**2)" --X "1,2;3,4" --w 0.1,0.2 --no-tree'),),
        names=("float32", "float64", "double", "precision"),
        related=("AG206", "cross-check"),
    ),
    Entry(
        topic="device",
        title="Devices: CPU and GPU",
        says={
            "PyTorch": (
                "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!",
                "Input type (torch.cuda.FloatTensor) and weight type (torch.FloatTensor) should be the same",
                "Torch not compiled with CUDA enabled",
            ),
        },
        meaning="Some tensors live in the memory of the graphics card and some in that of the computer, and an "
        "operation needs all of its operands in one place: x.to(device).",
        why="Mostly the model was moved and the data was not, or a tensor was made inside the code without device=. "
        "Here everything is computed by NumPy on the CPU, so an expression that fails there can be looked at here.",
        example=Command('grad "mean(relu(X @ w))" --X "1,2;3,4" --w 1,-1 --no-tree'),
        fixes=(Command('grad "mean(relu(X @ w))" --X "1,2;3,4" --w 1,-1 --wrt w --no-tree'),),
        names=("cuda", "gpu", "cpu"),
        related=("dtype",),
    ),
    Entry(
        topic="complex",
        title="Complex numbers",
        says={
            "PyTorch": (
                "grad can be implicitly created only for real scalar outputs but got torch.complex64",
                "grad can be computed only for real scalar outputs but got ComplexFloat",
            ),
            "JAX": (
                "grad requires real-valued outputs (output dtype that is a sub-dtype of np.floating), but got "
                "complex64.",
            ),
            "Python": ("can't convert complex to float", "must be real number, not complex"),
        },
        meaning="The loss is complex, and a complex number has no direction of steepest descent. PyTorch wants a real "
        "number, such as abs(z)**2.",
        why="Here all numbers are real: the square root or a broken power of a negative number is nan, with a warning "
        "that says where it arose. For a real root use cbrt(x), or sign(x)*abs(x)**(1/3).",
        example=Command('grad "x**(1/3)" --x -8 --no-tree --check none', shows="AG401"),
        fixes=(Command('grad "cbrt(x)" --x -8 --no-tree'),),
        names=("real",),
        related=("AG401", "AG606"),
    ),
    Entry(
        topic="numpy",
        title="From a tensor to NumPy",
        says={
            "PyTorch": (
                "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.",
                "can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host "
                "memory first.",
            ),
            "JAX": ("The numpy.ndarray conversion method __array__() was called on traced array with shape float32[]",),
        },
        meaning="What NumPy does to the numbers is not recorded, so the graph would end here without a word. PyTorch "
        "asks you to say that you mean it: detach() first.",
        why="For printing or plotting, detach. If a gradient is to flow through, use the function of the framework "
        "instead of NumPy's: torch.exp, not np.exp. Expressions here are recorded whatever they use.",
        example=Script(_to_numpy),
        fixes=(Command('grad "sum(exp(x))" --x 0,1 --get x'),),
        names=("item-numpy",),
        related=("AG210", "AG203"),
    ),
    Entry(
        topic="truth",
        title="The truth of a whole array",
        says={
            "PyTorch": ("Boolean value of Tensor with more than one value is ambiguous",),
            "NumPy": ("The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()",),
            "JAX": (
                "Abstract tracer value encountered where concrete value is expected",
                "Attempted boolean conversion of traced array with shape bool[].",
            ),
        },
        meaning="if x > 0 asks one question, and an array gives an answer for each entry.",
        why="A choice for each entry is where(x > 0, a, b). Gradients flow through the branch that was taken; both "
        "branches are computed, so an infinite slope in the one not taken still gives nan.",
        example=Script(_truth),
        fixes=(Command('grad "sum(where(x > 0, x**2, -x))" --x 1,-2 --no-tree'),),
        names=("ambiguous", "boolean"),
        related=("AG603", "kink"),
    ),
)
