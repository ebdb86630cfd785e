"""What can go wrong between a result and a gradient: seeds, graphs, inputs that are not reached."""

from __future__ import annotations

from autograd_cli.guide.entry import Command, Entry, Script


def _second_backward() -> object:
    from autograd_core import Tensor

    x = Tensor([1.0, 2.0], requires_grad=True)
    y = (x**2).sum()
    y.backward()
    return y.backward()


def _kept_graph() -> object:
    from autograd_core import Tensor

    x = Tensor([1.0, 2.0], requires_grad=True)
    y = (x**2).sum()
    y.backward(retain_graph=True)
    y.backward()
    return x.grad  # twice [2, 4]: gradients add up


def _allowed_unused() -> object:
    from autograd_core import Tensor, grad

    x = Tensor([1.0, 2.0], requires_grad=True)
    z = Tensor([3.0], requires_grad=True)
    return grad((x**2).sum(), [x, z], allow_unused=True)


ENTRIES = (
    Entry(
        topic="AG201",
        title="The result has several entries, and nothing says how to weigh them",
        says={
            "PyTorch": (
                "grad can be implicitly created only for scalar outputs",
                "Expected f(*args) to return a scalar Tensor, got tensor with 1 dims. Maybe you wanted to use the "
                "vjp or jacrev APIs instead?",
                "The Tensor returned by the function given to hessian should contain a single element",
            ),
            "JAX": ("Gradient only defined for scalar-output functions. Output had shape: (3,).",),
            "HIPS autograd": (
                "Grad only applies to real scalar-output functions. Try jacobian, elementwise_grad or "
                "holomorphic_grad.",
            ),
        },
        meaning="You asked for the gradient of a result that is not a single number. backward() does not compute the "
        "whole Jacobian J, it computes v.J, and v is missing.",
        why='For a single number v = 1 is the only sensible choice, so it is made for you ("implicitly created"). For '
        "several entries every choice of weights gives another gradient.",
        example=Command('grad "x**2" --x 1,2,3', shows="AG201", status=3),
        fixes=(
            Command('grad "sum(x**2)" --x 1,2,3 --no-tree'),
            Command('grad "x**2" --x 1,2,3 --grad-tensor 1,1,1 --no-tree'),
            Command('jacobian "x**2" --x 1,2,3'),
        ),
        names=("scalar", "grad-tensor", "implicitly"),
        related=("vjp", "AG202"),
    ),
    Entry(
        topic="AG202",
        title="The v of v.J does not have the shape of the result",
        says={
            "PyTorch": (
                "Mismatch in shape: grad_output[0] has a shape of torch.Size([2]) and output[0] has a shape of "
                "torch.Size([3]).",
                "attempting to assign a gradient of size '[1]' to a tensor of size '[3]'. Please ensure that the "
                "gradient and the tensor are the same size",
            ),
            "JAX": ("Tree structure of cotangent input does not match structure of primal output",),
        },
        meaning="The incoming gradient (gradient=, grad_outputs=, here --grad-tensor) has one weight for each entry of "
        "the result; yours has another shape.",
        why="v.J is a sum over the entries of the result, so v must have exactly its shape. A single number stands for "
        "that number everywhere.",
        example=Command('grad "x**2" --x 1,2,3 --grad-tensor 1,1', shows="AG202", status=3),
        fixes=(Command('grad "x**2" --x 1,2,3 --grad-tensor 1,1,1 --no-tree'),),
        related=("AG201", "vjp"),
    ),
    Entry(
        topic="AG203",
        title="Nothing to differentiate: no input requires grad, or none of them is used",
        says={
            "PyTorch": (
                "element 0 of tensors does not require grad and does not have a grad_fn",
                "can't retain_grad on Tensor that has requires_grad=False",
            ),
        },
        meaning='"Element 0 of tensors" is the result that you called backward() on. It has no grad_fn, because no '
        "operation between it and an input that requires grad was recorded.",
        why="Mostly nothing was marked with requires_grad=True, or the result was computed under no_grad() or from "
        "detach(), .item() or .numpy(), which cut the graph. Here: --no-grad, --wrt, or an expression without inputs.",
        example=Command('grad "sum(x**2)" --x 1,2,3 --no-grad x', shows="AG203", status=3),
        fixes=(Command('grad "sum(x**2)" --x 1,2,3 --no-tree'),),
        names=("requires-grad", "no-grad"),
        related=("leaf", "AG205"),
    ),
    Entry(
        topic="AG204",
        title="The graph was freed by an earlier backward",
        says={
            "PyTorch": (
                "Trying to backward through the graph a second time (or directly access saved tensors after they "
                "have already been freed). Saved intermediate values of the graph are freed when you call "
                ".backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the graph "
                "a second time or if you need to access saved tensors after calling backward.",
            ),
        },
        meaning="backward() was called twice on results that share a graph, and the first call has let go of the "
        "numbers that the rules need (x for x**2, exp(x) for exp).",
        why="Mostly a loss of the last step still hangs on this step's graph: detach() what is carried over, or "
        "compute the loss anew. retain_graph=True makes the message go away, but the gradients of both passes then "
        "add up, and memory grows.",
        example=Script(_second_backward, shows="AG204"),
        fixes=(
            Script(_kept_graph),
            Command('grad "sum(x**2)" --x 1,2 --grad-tensor 1 --grad-tensor 1 --zero-grad --no-tree'),
        ),
        names=("retain-graph",),
        related=("accumulation", "zero-grad"),
    ),
    Entry(
        topic="AG205",
        title="There is no gradient here: .grad is None",
        says={
            "PyTorch": (
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute "
                "won't be populated during autograd.backward(). If you indeed want the .grad field to be populated "
                "for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor "
                "by mistake, make sure you access the leaf Tensor instead.",
                "'NoneType' object has no attribute 'zero_'",
                "'NoneType' object has no attribute 'data'",
                "unsupported operand type(s) for *: 'float' and 'NoneType'",
            ),
        },
        meaning="Only leaves, the inputs that require grad, keep their gradient. Results of operations pass theirs on, "
        "and inputs that do not require grad get none.",
        why="Keeping every gradient would cost memory for each step of a long computation. PyTorch keeps one where "
        "retain_grad() was called. Here the tree shows the gradient of every node anyway.",
        example=Command('grad "x*y" --x 2 --y 3 --no-grad y --get y', shows="AG205", status=2),
        fixes=(Command('grad "x*y" --x 2 --y 3 --get y'), Command('grad "h = x*y; h**2" --x 2 --y 3')),
        names=("retain-grad", "none", "non-leaf"),
        related=("leaf", "AG203", "AG211"),
    ),
    Entry(
        topic="AG211",
        title="An input that the result does not depend on",
        says={
            "PyTorch": (
                "One of the differentiated Tensors appears to not have been used in the graph. Set allow_unused=True "
                "if this is the desired behavior.",
                "The differentiated Tensor at index 0 appears to not have been used in the graph. Set "
                "allow_unused=True if this is the desired behavior.",
            ),
            "HIPS autograd": ("Output seems independent of input.",),
        },
        meaning="A gradient was asked for with respect to something that does not occur in the computation. The true "
        "derivative is zero; PyTorch gives None for it, to tell it from a zero that was computed.",
        why="Mostly a name is misspelt, or the tensor was replaced by a new one of the same name before it was used.",
        example=Command('grad "sum(x**2)" --x 1,2 --var z=3 --no-tree', shows="AG211"),
        fixes=(Command('grad "sum(z*x**2)" --x 1,2 --z 3 --no-tree'), Script(_allowed_unused)),
        names=("allow-unused", "unused"),
        related=("AG205", "AG101"),
    ),
)
