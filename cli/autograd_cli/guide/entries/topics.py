"""Terms of the field that come up again and again."""

from __future__ import annotations

from autograd_cli.guide.entry import Command, Entry

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
        fixes=(
            Command('check "x @ A @ x" --x 1,2 --A "1,2;3,4" --claim "x = (A + A.T) @ x"'),
            Command('jacobian "W @ x" --W "1,2,3;4,5,6" --x 1,0,2 --wrt x'),
        ),
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
        fixes=(
            Command('grad "x**2" --x 1,2,3 --grad-tensor 0,0,1 --no-tree'),
            Command('jacobian "x**2" --x 1,2,3'),
        ),
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
        fixes=(
            Command('grad "sum(sin(x)*exp(y))" --x 1,2 --y 0,1 --dtype float32 --no-tree'),
            Command('check "sum(sin(x)*exp(y))" --x 1,2 --y 0,1 --claim "x = cos(x)*exp(y)"'),
        ),
        names=("check", "gradcheck", "gradient check", "sympy", "finite differences"),
        related=("kink", "dtype"),
    ),
    Entry(
        topic="hessian",
        title="Second derivatives: the gradient of a gradient",
        says={
            "PyTorch": (
                "Using backward() with create_graph=True will create a reference cycle between the parameter and its "
                "gradient which can cause a memory leak. We recommend using autograd.grad when creating the graph to "
                "avoid this.",
            ),
        },
        meaning="The rules of the backward pass are operations too. Recorded in their turn (create_graph=True) they "
        "can be differentiated once more; all second derivatives of a number make up the Hessian, which is "
        "symmetric.",
        why="The signs of its eigenvalues tell a minimum from a maximum and a saddle, their ratio how slowly gradient "
        "descent goes. For n entries it has n*n, so a product with one direction, H.u, is often enough.",
        example=Command('hessian "x @ A @ x" --x 1,2 --A "2,1;1,3" --wrt x'),
        fixes=(Command('hessian "sum(x**3)" --x 1,-2'),),
        names=("second-derivative", "create-graph", "curvature", "newton"),
        related=("vjp", "AG201"),
    ),
)
