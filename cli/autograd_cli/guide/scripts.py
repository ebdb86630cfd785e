"""The scripts that entries of the guide show and run; what a function returns stands alone in its last line."""

from __future__ import annotations


def _allowed_unused() -> object:
    from autograd_core import Tensor, grad

    x = Tensor([1.0, 2.0], requires_grad=True)
    z = Tensor([3.0], requires_grad=True)
    return grad((x**2).sum(), [x, z], allow_unused=True)


def _detached() -> object:
    from autograd_core import Tensor

    x = Tensor([1.0, 2.0], requires_grad=True)
    y = (x * 2).detach()
    return y.requires_grad


def _flag_of_a_result() -> object:
    from autograd_core import Tensor

    x = Tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.requires_grad = False
    return y


def _floats() -> object:
    from autograd_core import Tensor

    return Tensor([1.0, 2.0, 3.0], requires_grad=True)


def _integers() -> object:
    from autograd_core import Tensor

    return Tensor([1, 2, 3], requires_grad=True)


def _kept_graph() -> object:
    from autograd_core import Tensor

    x = Tensor([1.0, 2.0], requires_grad=True)
    y = (x**2).sum()
    y.backward(retain_graph=True)
    y.backward()
    return x.grad  # twice [2, 4]: gradients add up


def _mistake() -> object:
    raise RuntimeError("something that nobody thought of")


def _new_value() -> object:
    from autograd_core import Tensor, no_grad

    x = Tensor([1.0, 2.0], requires_grad=True)
    with no_grad():
        x.zero_()
    return x


def _one_number() -> object:
    from autograd_core import Tensor

    return Tensor([1.0, 2.0, 3.0]).item()


def _overwritten_leaf() -> object:
    from autograd_core import Tensor

    x = Tensor([1.0, 2.0], requires_grad=True)
    return x.zero_()


def _rule_of_the_right_shape() -> object:
    import numpy as np

    from autograd_core import Tensor
    from autograd_core.ops.spec import OpSpec

    total = OpSpec(name="total", doc="Sum.", group="own", forward=np.sum, shape=lambda x: (), vjps=(lambda g, y, x: g,))
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    total(x).backward()
    return x.grad


def _rule_of_the_wrong_shape() -> object:
    import numpy as np

    from autograd_core import Tensor, ops
    from autograd_core.ops.spec import OpSpec

    total = OpSpec(
        name="total",
        doc="Sum.",
        group="own",
        forward=np.sum,
        shape=lambda x: (),
        vjps=(lambda g, y, x: ops.zeros((2,)),),
    )
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    return total(x).backward()


def _second_backward() -> object:
    from autograd_core import Tensor

    x = Tensor([1.0, 2.0], requires_grad=True)
    y = (x**2).sum()
    y.backward()
    return y.backward()


def _sum_first() -> object:
    from autograd_core import Tensor

    return Tensor([1.0, 2.0, 3.0]).sum().item()


def _to_numpy() -> object:
    from autograd_core import Tensor

    x = Tensor([1.0, 2.0], requires_grad=True)
    return (x**2).detach().numpy()


def _truth() -> object:
    from autograd_core import Tensor, ops

    x = Tensor([1.0, -2.0], requires_grad=True)
    return ops.where(x > 0, x**2, -x)
