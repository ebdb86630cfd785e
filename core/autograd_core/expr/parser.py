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
from autograd_core.errors import EXAMPLE, AutogradError, LimitError, Span
from autograd_core.expr import syntax_errors
from autograd_core.expr.tokenizer import Piece, on_one_line, pointing_into, scan, wrong
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
    return read_pieces(on_one_line(scan(text), text), text)


def read_pieces(pieces: Sequence[Piece], text: str) -> Source:
    """Read statements that were split off a text already, or some of them; spans point into the text.

    Raises what ``read`` raises.
    """
    with pointing_into(text):
        if not pieces:
            raise wrong("the expression is empty", None, hint=EXAMPLE)
        if len(pieces) > MAX_STATEMENTS:
            raise LimitError(f"{len(pieces):,} statements are too many; the limit is {MAX_STATEMENTS:,}", code="AG802")
        parts = count(1)
        found: list[tuple[Statement, Sequence[ast.Name]]] = []
        for piece in pieces:
            statement = _statement(piece, last=piece is pieces[-1])
            found.append((statement, _check(statement, parts)))
        return Source(text, [statement for statement, _ in found], *_free_names(found))


def _statement(piece: Piece, *, last: bool) -> Statement:
    whole = piece.origin[0], piece.origin[-1] + 1
    tree = _parsed(piece, whole)
    node = tree.body[0]
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        target = node.targets[0]
        return Statement(target.id, node.value, piece, piece.span(target.col_offset, target.end_col_offset or 0))
    if not isinstance(node, ast.Expr):
        raise syntax_errors.refused(node).at(whole)
    if not last:
        words = "this value is not used: of statements split by ';' or a new line, only the last is the result"
        raise wrong(words, whole, "AG609", hint="give it a name, as in y = W*x; sum(y**2)")
    return Statement(None, node.value, piece)


def _parsed(piece: Piece, whole: Span) -> ast.Module:
    try:
        return python_tree(piece.code)
    except SyntaxError as error:
        raise syntax_errors.explained(error, piece) from None
    except (RecursionError, MemoryError):
        why = f"the limit is {MAX_DEPTH:,} levels"
        raise LimitError("the expression is nested too deep to read", code="AG803", why=why) from None
    except (ValueError, OverflowError, UnicodeError) as error:
        raise wrong(f"the expression cannot be read: {str(error)[:80]}", whole) from None


def python_tree(text: str) -> ast.Module:
    """The syntax tree of a text by Python's grammar; what Python warns of is not the user's business."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # A name that no file has: of a text that is wrong, Python looks for the line in a file of the name given.
        return ast.parse(text, filename="")


def _check(statement: Statement, parts: Iterator[int]) -> list[ast.Name]:
    """The names that stand for values, from left to right: what is called is a function and not a value.

    Everything that is not in the language, and what is too large, is refused before anything is computed: ``parts``
    numbers the parts of a text over its statements.
    """
    tree = statement.value
    if isinstance(tree, ast.Constant):
        problem = syntax_errors.value_problem(tree.value)
        if problem is not None:
            raise problem.at(statement.span(tree))
    names: list[ast.Name] = []
    functions: set[ast.AST] = set()
    stack: list[tuple[ast.AST, int]] = [(tree, 1)]
    most = limits().nodes
    while stack:
        node, depth = stack.pop()
        if isinstance(node, ast.expr) and next(parts) > most:
            hint = "functions of whole arrays, as sum(x**2), have few; `max-nodes` raises the limit"
            raise LimitError(f"the expression has more than {most:,} parts", code="AG802", hint=hint)
        if depth > MAX_DEPTH:
            words = f"the expression is nested too deep: more than {MAX_DEPTH:,} levels"
            hint = "use sum(...) over an array, brackets around parts, or named statements"
            raise LimitError(words, code="AG803", why="a long sum or product is one level a term", hint=hint)
        problem = syntax_errors.problem(node)
        if problem is not None:
            raise problem.at(statement.span(node if hasattr(node, "col_offset") else tree))
        if isinstance(node, (ast.Name, ast.Constant)):
            names += [node] if isinstance(node, ast.Name) and node not in functions else []
            continue
        if isinstance(node, ast.BinOp) and type(node.op) in syntax_errors.SIGNS:  # most of a long text
            stack += [(node.right, depth + 1), (node.left, depth + 1)]
            continue
        if isinstance(node, ast.Call):
            functions.add(node.func)
        children = [child for child in ast.iter_child_nodes(node) if type(child) not in syntax_errors.SIGNS]
        stack += [(child, depth + 1) for child in reversed(children)]
    if statement.name is not None and (refused := _name_problem(statement.name)) is not None:
        raise refused.at(statement.name_span)
    return names


def _free_names(found: Sequence[tuple[Statement, Sequence[ast.Name]]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The free names and the constants in order; each name is set once and before it is used."""
    known: set[str] = set()
    variables: dict[str, None] = {}
    constants: dict[str, None] = {}
    for statement, names in found:
        for node in names:
            seen = constants if node.id in CONSTANTS else variables
            if node.id not in known and node.id not in seen:
                if (refused := _name_problem(node.id)) is not None:
                    raise refused.at(statement.span(node))
                seen[node.id] = None
        if statement.name is not None:
            if statement.name in known or statement.name in variables:
                used = "is set twice" if statement.name in known else "is used before it is set"
                why, hint = "each name is set once, before it is used", f"use another name, as {statement.name}2 = ..."
                raise wrong(f"{statement.name} {used}", statement.name_span, "AG610", why=why, hint=hint)
            known.add(statement.name)
    return tuple(variables), tuple(constants)


def _name_problem(name: str) -> AutogradError | None:
    """What is wrong with a name of a value, None for what can be one."""
    if len(name) > MAX_NAME:
        return LimitError(f"a name has {len(name):,} characters; the limit is {MAX_NAME}", code="AG802")
    if name.startswith("__"):
        return wrong(f"{name} is not allowed as a name", None, "AG611", why="names do not begin with two underscores")
    return None


def is_name(name: str) -> bool:
    """Whether a text can be the name of a variable."""
    name = unicodedata.normalize("NFKC", name)
    return (
        name.isidentifier()
        and (name == "lambda" or not keyword.iskeyword(name))
        and not name.startswith("__")
        and len(name) <= MAX_NAME
    )
