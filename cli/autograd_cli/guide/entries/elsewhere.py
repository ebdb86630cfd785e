"""Messages of other frameworks for what cannot happen here."""

from __future__ import annotations

from autograd_cli.guide.entry import Command, Entry, Script


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
