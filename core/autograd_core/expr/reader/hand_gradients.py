"""Gradients that a program works out by hand behind its result, and the steps that it takes with them."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Sequence
from itertools import pairwise

from autograd_core.errors import ExpressionError
from autograd_core.expr.reader.python_values import called_name

_OF = re.compile(r"d_?(?:\w_?d_?)?(?P<of>[^\W\d]\w*)|(?:grad|delta)\w*|(?P<by>\w+)_grad(?:ient)?")
"""The name of a gradient: of what in ``dW``, ``dL_dW`` and ``w_grad``."""


def result_before(body: Sequence[ast.stmt], given: Collection[str]) -> int:
    """How many statements lead to the result, behind which there are only its gradients and what is done with them.

    All of them where there are no gradients, or where they or a step use what would be the result.
    """
    names = {called_name(target) for node in body if isinstance(node, ast.Assign) for target in node.targets}
    end, found = len(body), False
    while end and (of_gradient := _behind_result(body[end - 1], names, given)) is not None:
        found |= of_gradient
        end -= 1
    result = body[end - 1] if found and end else None
    if not isinstance(result, ast.Assign) or not isinstance(result.targets[0], ast.Name):
        return len(body)
    used = {each.id for node in body[end:] if _sets(node) for each in ast.walk(node) if isinstance(each, ast.Name)}
    return len(body) if result.targets[0].id in used else end


def _sets(node: ast.AST) -> bool:
    return isinstance(node, ast.Assign | ast.AugAssign)


def _behind_result(node: ast.stmt, names: Collection[str], given: Collection[str]) -> bool | None:
    """Whether a statement sets a gradient (True), takes a step or shows something (False), or neither (None)."""
    if isinstance(node, ast.If):
        return None if any(_sets(each) or isinstance(each, ast.Return) for each in ast.walk(node)) else False
    if isinstance(node, ast.Expr):
        shows = isinstance(node.value, ast.Call) and called_name(node.value.func) in ("print", "append")
        return False if shows else None
    if not isinstance(node, ast.Assign | ast.AugAssign):
        return None
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    name = called_name(target)
    match = _OF.fullmatch(name)
    if match is not None and isinstance(target, ast.Name) and name not in given:
        of = match["of"] or match["by"]
        return True if of is None or any(each.lower().startswith(of.lower()) for each in (*names, *given)) else None
    own = isinstance(node, ast.AugAssign) or name in map(called_name, ast.walk(node.value))
    return False if name in given and own else None


def last_pass(body: Sequence[ast.stmt]) -> Sequence[ast.stmt]:
    """The statements without backward passes whose gradients are set to zero before the last one.

    Raises ExpressionError for passes whose gradients add up.
    """
    passes = [at for at, node in enumerate(body) if isinstance(node, ast.Expr) and ".backward(" in ast.unparse(node)]
    for place, following in pairwise(passes):
        between = "; ".join(map(ast.unparse, body[place + 1 : following]))
        if re.search(r"zero_|\.grad = None", between) is None:
            why = "nothing sets them to zero between the passes, and the answer is that of one result"
            words = "the gradients of several backward passes add up"
            raise ExpressionError(words, code="AG603", why=why, hint="give the sum of the results, or one of them")
    return [node for place, node in enumerate(body) if place not in passes[:-1]]
