"""``autograd-cli hessian``: the second derivatives of a number by every pair of entries of the inputs."""

from autograd_cli.commands.matrix import answer as hessian

__all__ = ["HELP", "hessian"]

HELP = """The Hessian of EXPR, a single number: its second derivatives by every pair of entries of the inputs.

\b
autograd-cli hessian "sum(100*(x[1:]-x[:-1]**2)**2 + (1-x[:-1])**2)" --x 1,1,1
autograd-cli hessian "x**2*y + sin(y)" --x 2 --y 3 --formula
autograd-cli hessian "logsumexp(x)" --x 1,2,3 --product 1,0,0

There is one block for each pair of inputs. The whole is symmetric where f is smooth;
its eigenvalues say whether it is definite (a minimum, a maximum, a saddle) and how
well conditioned. --product 1,0,0 is H.u, without the matrix.
"""
