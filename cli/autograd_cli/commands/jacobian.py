"""``autograd-cli jacobian``: the derivatives of every entry of a result by every entry of every input."""

from autograd_cli.commands.matrix import answer as jacobian

__all__ = ["HELP", "jacobian"]

HELP = """The Jacobian of EXPR: the derivative of every entry of the result by every entry of every input.

\b
autograd-cli jacobian "softmax(x)" --x 1,2,3 --formula
autograd-cli jacobian "tanh(W @ x)" --W "1,2;3,4" --x 1,0 --wrt x
autograd-cli jacobian "tanh(W @ x)" --W "1,2;3,4" --x 1,0 --product 1,0
autograd-cli jacobian "tanh(W @ x)" --W "1,2;3,4" --x 1,0 --product x=1,1

There is one block for each input, in the shape of the result followed by that of
the input. --product 1,0 is v.J, what grad computes with --grad-tensor 1,0;
--product x=1,1 is J.u, how the result moves when x moves along 1,1.
"""
