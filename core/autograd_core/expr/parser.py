"""The text of an expression: characters, statements, syntax tree and names, without any numbers.

The text is read with Python's own grammar and then walked with a list of what is allowed; it is never evaluated by
Python. This module needs no NumPy, so that names can be completed on the command line at once.
"""

from __future__ import annotations

import ast
import keyword
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from itertools import count

from autograd_core.dataclass import dataclass
from autograd_core.errors import ExpressionError, LimitError, Span
from autograd_core.expr import syntax_errors
from autograd_core.expr.tokenizer import Piece, scan
from autograd_core.limits import MAX_CHARACTERS, MAX_DEPTH, MAX_NAME, MAX_STATEMENTS, limits

CONSTANTS = ("pi", "e", "inf", "nan")


@dataclass(frozen=True, slots=True)
class Statement:
    """``name = value``, or a value alone, with the piece of text it was read from."""

    name: str | None
    value: ast.expr
    piece: Piece
    name_span: Span | None = None

    def span(self, node: ast.AST) -> Span:
        """Where a node of the tree stands in the text the user typed."""
        start: int = node.col_offset  # type: ignore[attr-defined]  # the callers give what has a place
        end: int = node.end_col_offset  # type: ignore[attr-defined]  # the same
        return self.piece.span(start, end)


@dataclass(slots=True)
class Source:
    """A text that is in the language: its statements and the names it uses."""

    text: str
    statements: Sequence[Statement] = ()
    variables: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names set by statements."""
        return tuple(s.name for s in self.statements if s.name is not None)


def read(text: str) -> Source:
    """Read a text.

    ``variables`` are the free names in order of appearance, after Unicode normalisation (NFKC); ``constants`` those of
    pi, e, inf and nan that occur. Raises ExpressionError with a span for what is not in the language, LimitError for
    what is too long or too deep.
    """
    if len(text) > MAX_CHARACTERS:
        raise LimitError(f"the expression has {len(text):,} characters; the limit is {MAX_CHARACTERS:,}", code="AG802")
    return read_pieces(scan(text), text)


def read_pieces(pieces: Sequence[Piece], text: str) -> Source:
    """Read statements that were split off a text already, or some of them; spans point into the text.

    Raises what ``read`` raises.
    """
    if not pieces:
        raise ExpressionError(
            "the expression is empty", code="AG601", hint='autograd-cli grad "sum(x**2)" --x 1,2,3', text=text
        )
    if len(pieces) > MAX_STATEMENTS:
        raise LimitError(f"{len(pieces):,} statements are too many; the limit is {MAX_STATEMENTS:,}", code="AG802")
    parts = count(1)
    found = [_statement(piece, text, parts, last=piece is pieces[-1]) for piece in pieces]
    return Source(text, [statement for statement, _ in found], *_free_names(found, text))


def _statement(piece: Piece, text: str, parts: Iterator[int], *, last: bool) -> tuple[Statement, list[ast.Name]]:
    """A statement, and the names in it that stand for values."""
    tree = _parsed(piece, text)
    if len(tree.body) != 1:
        raise ExpressionError(
            "one statement was expected here", code="AG601", span=piece.span(0, len(piece.code)), text=text
        )
    node = tree.body[0]
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        target = node.targets[0]
        span = piece.span(target.col_offset, target.end_col_offset or 0)
        names = _check(node.value, piece, text, parts)
        _check_name(target.id, span, text)
        return Statement(target.id, node.value, piece, span), names
    if not isinstance(node, ast.Expr):
        raise syntax_errors.refused(node).at(piece.span(0, len(piece.code)), text)
    if not last:
        raise ExpressionError(
            "this value is not used: of statements split by ';' or a new line, only the last is the result",
            code="AG609",
            span=piece.span(0, len(piece.code)),
            text=text,
            hint="give it a name, as in y = W*x; sum(y**2)",
        )
    return Statement(None, node.value, piece), _check(node.value, piece, text, parts)


def _parsed(piece: Piece, text: str) -> ast.Module:
    try:
        return python_tree(piece.code)
    except SyntaxError as error:
        raise syntax_errors.explained(error, piece, text) from None
    except (RecursionError, MemoryError):
        raise LimitError(
            "the expression is nested too deep to read",
            code="AG803",
            why=f"the limit is {MAX_DEPTH:,} levels",
            text=text,
        ) from None
    except (ValueError, OverflowError, UnicodeError) as error:
        raise ExpressionError(
            f"the expression cannot be read: {str(error)[:80]}",
            code="AG601",
            span=piece.span(0, len(piece.code)),
            text=text,
        ) from None


def python_tree(text: str) -> ast.Module:
    """The syntax tree of a text by Python's grammar; what Python warns of is not the user's business."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # A name that no file has: of a text that is wrong, Python looks for the line in a file of the name given.
        return ast.parse(text, filename="")


def _check(tree: ast.expr, piece: Piece, text: str, parts: Iterator[int]) -> list[ast.Name]:
    """The names that stand for values, from left to right: what is called is a function and not a value.

    Everything that is not in the language, and what is too large, is refused before anything is computed: ``parts``
    numbers the parts of a text over its statements.
    """
    if isinstance(tree, ast.Constant):
        problem = syntax_errors.value_problem(tree.value)
        if problem is not None:
            raise problem.at(piece.span(tree.col_offset, tree.end_col_offset or 0), text)
    names: list[ast.Name] = []
    functions: set[ast.AST] = set()
    stack: list[tuple[ast.AST, int]] = [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        if isinstance(node, ast.expr) and next(parts) > limits().nodes:
            raise LimitError(
                f"the expression has more than {limits().nodes:,} parts",
                code="AG802",
                hint="functions of whole arrays, as sum(x**2), have few; --max-nodes raises the limit",
            )
        if depth > MAX_DEPTH:
            raise LimitError(
                f"the expression is nested too deep: more than {MAX_DEPTH:,} levels",
                code="AG803",
                why="a long sum or product is one level a term",
                hint="use sum(...) over an array, brackets around parts, or named statements",
                text=text,
            )
        problem = syntax_errors.problem(node)
        if problem is not None:
            where = node if hasattr(node, "col_offset") else tree
            raise problem.at(piece.span(where.col_offset, where.end_col_offset), text)  # type: ignore[attr-defined]  # asked above
        if isinstance(node, ast.Call):
            functions.add(node.func)
        elif isinstance(node, ast.Name) and node not in functions:
            names.append(node)
        stack += [(child, depth + 1) for child in reversed([*ast.iter_child_nodes(node)])]
    return names


def _free_names(
    found: Sequence[tuple[Statement, Sequence[ast.Name]]], text: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The free names and the constants in order; each name is set once and before it is used."""
    known: set[str] = set()
    variables: dict[str, None] = {}
    constants: dict[str, None] = {}
    for statement, names in found:
        for node in names:
            _check_name(node.id, statement.span(node), text)
            if node.id not in known:
                (constants if node.id in CONSTANTS else variables)[node.id] = None
        if statement.name is not None:
            if statement.name in known or statement.name in variables:
                used = statement.name not in known
                raise ExpressionError(
                    f"{statement.name} is used before it is set" if used else f"{statement.name} is set twice",
                    code="AG610",
                    span=statement.name_span,
                    text=text,
                    why="each name is set once, before it is used",
                    hint=f"use another name, as {statement.name}2 = ...",
                )
            known.add(statement.name)
    return tuple(variables), tuple(constants)


def _check_name(name: str, span: Span, text: str) -> None:
    if len(name) > MAX_NAME:
        raise LimitError(
            f"a name has {len(name):,} characters; the limit is {MAX_NAME}", code="AG802", span=span, text=text
        )
    if name.startswith("__"):
        raise ExpressionError(
            f"{name} is not allowed as a name",
            code="AG611",
            span=span,
            text=text,
            why="names do not begin with two underscores",
        )


def is_name(name: str) -> bool:
    """Whether a text can be the name of a variable."""
    name = unicodedata.normalize("NFKC", name)
    return (
        name.isidentifier()
        and (name == "lambda" or not keyword.iskeyword(name))
        and not name.startswith("__")
        and len(name) <= MAX_NAME
    )
