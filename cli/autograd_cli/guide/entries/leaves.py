"""What an input that requires grad may be, and what must not be done to it."""

from __future__ import annotations

from autograd_cli.guide.entry import Command, Entry, Script


def _integers() -> object:
    from autograd_core import Tensor

    return Tensor([1, 2, 3], requires_grad=True)


def _floats() -> object:
    from autograd_core import Tensor

    return Tensor([1.0, 2.0, 3.0], requires_grad=True)


def _overwritten_leaf() -> object:
    from autograd_core import Tensor

    x = Tensor([1.0, 2.0], requires_grad=True)
    return x.zero_()


def _new_value() -> object:
    from autograd_core import Tensor, no_grad

    x = Tensor([1.0, 2.0], requires_grad=True)
    with no_grad():
        x.zero_()
    return x


def _flag_of_a_result() -> object:
    from autograd_core import Tensor

    x = Tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.requires_grad = False
    return y


def _detached() -> object:
    from autograd_core import Tensor

    x = Tensor([1.0, 2.0], requires_grad=True)
    y = (x * 2).detach()
    return y.requires_grad


ENTRIES = (
    Entry(
        topic="AG206",
        title="Only floating point numbers can require grad",
        says={
            "PyTorch": (
                "Only Tensors of floating point and complex dtype can require gradients",
                "only Tensors of floating point dtype can require gradients",
                "could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: Long",
            ),
            "JAX": (
                "grad requires real- or complex-valued inputs (input dtype that is a sub-dtype of np.inexact), but got "
                "int32. If you want to use Boolean- or integer-valued inputs, use vjp or set allow_int to True.",
            ),
            "HIPS autograd": ("Can't differentiate w.r.t. type <class 'int'>",),
        },
        meaning="The numbers were written without a point, so they are integers, and integers have no neighbours for a "
        "derivative to look at.",
        why="On the command line this cannot happen: --x 1,2,3 is read as floats. In Python write 1.0, or dtype=float.",
        example=Script(_integers, shows="AG206"),
        fixes=(Script(_floats), Command('grad "sum(x**2)" --x 1,2,3 --no-tree')),
        related=("AG606", "AG203"),
    ),
    Entry(
        topic="AG207",
        title="An in-place operation would overwrite a tensor that requires grad",
        says={
            "PyTorch": (
                "a leaf Variable that requires grad is being used in an in-place operation.",
                "a view of a leaf Variable that requires grad is being used in an in-place operation.",
            ),
            "JAX": ("JAX arrays are immutable and do not support in-place item assignment.",),
            "HIPS autograd": ("'ArrayBox' object does not support item assignment",),
        },
        meaning="x += 1, x[0] = 1, x.zero_() and the like would change the numbers of an input, but the gradient was "
        "asked for at the old ones.",
        why="The gradient belongs to the values that the graph was built from. To move a parameter, as an optimiser "
        "does, switch recording off with no_grad() around the update; otherwise make a new tensor: y = x + 1.",
        example=Script(_overwritten_leaf, shows="AG207"),
        fixes=(Script(_new_value), Command('grad "y = x + 1; sum(y**2)" --x 1,2 --no-tree')),
        names=("in-place", "inplace"),
        related=("AG610", "leaf"),
    ),
    Entry(
        topic="AG210",
        title="requires_grad can be changed on leaves only",
        says={
            "PyTorch": (
                "you can only change requires_grad flags of leaf variables. If you want to use a computed variable "
                "in a subgraph that doesn't require differentiation use var_no_grad = var.detach().",
            ),
        },
        meaning="The tensor is the result of an operation. Whether it requires grad follows from its operands and is "
        "not yours to set.",
        why="Switching it off would cut the graph behind the back of what was recorded. detach() gives a tensor with "
        "the same numbers and no history; here, leave the input out with --no-grad.",
        example=Script(_flag_of_a_result, shows="AG210"),
        fixes=(Script(_detached), Command('grad "sum(x*y)" --x 1,2 --y 3,4 --no-grad y --no-tree')),
        related=("leaf", "AG203"),
    ),
)
