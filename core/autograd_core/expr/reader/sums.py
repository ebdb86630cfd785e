"""``\\sum`` and ``\\prod``: over an index that occurs in the term, or over all entries."""

from __future__ import annotations

from autograd_core.expr.reader.item import Item, call
from autograd_core.expr.reader.products import MisfitError
from autograd_core.expr.reader.scope import Scope
from autograd_core.expr.reader.tokenizer import Token
from autograd_core.expr.reader.tree import SyntaxNode


def summed(scope: Scope, node: SyntaxNode) -> Item:
    """The sum, product or mean of the term behind a sign."""
    body = scope.item(node.children[0])
    lower, _upper = node.data
    span = node.span
    if body.grow is not None:
        raise MisfitError("the size of what is summed is not known", span=span)
    letters = sorted(scope.letters(node))
    if any(not isinstance(item, Token) for item in lower) or any(
        isinstance(item, Token) and item.text in ("!=", "<", "<=", ">", ">=") for item in lower
    ):
        raise MisfitError("a sum over a part of the indices is not read", span=span)
    if not letters:
        if not body.labels:
            return call(node.text, [body], (), node.span)
        letters = list(body.labels)
        return scope.indices.reduced(body, letters, node.text, node.start)
    if not body.labels and body.rank == 1:
        scope.notes.add("AG417", f"the sum over {', '.join(letters)} was read over the entries of {body.text()}")
        _counted(scope, node, body.shape[0])
        return call(node.text, [body], (), node.span)
    made = scope.indices.reduced(body, letters, node.text, node.start)
    _bounded(scope, node, letters)
    _counted(scope, node, scope.indices.sizes[letters[0]])
    return made


def _counted(scope: Scope, node: SyntaxNode, size: int) -> None:
    """Remember how many terms a sum up to a name without a value has."""
    _, upper = node.data
    name = upper[0].text if len(upper) == 1 and isinstance(upper[0], Token) else ""
    if name in scope.limits and scope.terms_of.setdefault(name, size) != size:
        raise MisfitError(f"sums up to {name} have different lengths", span=node.span)


def _bounded(scope: Scope, node: SyntaxNode, letters: list[str]) -> None:
    """Refuse limits that leave entries out."""
    lower, upper = node.data
    span = node.span
    begin = "".join(item.text for item in lower)
    first = begin.partition("=")[2] or "1"
    last = "".join(item.text if isinstance(item, Token) else "?" for item in upper)
    sizes = [scope.indices.sizes[letter] for letter in letters]
    if first not in ("0", "1"):
        raise MisfitError(f"a sum that begins at {first} is not read", span=span)
    if not last or not last.isdigit():
        if last and not (last.isalpha() and len(last) < 3) and last.replace("-1", "").isalpha() is False:
            raise MisfitError(f"a sum up to {last} is not read", span=span)
        return
    if any(int(last) - int(first) + 1 != size for size in sizes):
        raise MisfitError(
            f"the sum has {int(last) - int(first) + 1} terms, and there are {sizes[0]} entries",
            span=span,
            why="a sum over a part of the entries is written with an index: sum(x[1:3])",
        )
