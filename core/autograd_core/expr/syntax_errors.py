"""What of Python's grammar is in the language, and words for what is not."""

from __future__ import annotations

import ast
import re

from autograd_core.errors import ExpressionError
from autograd_core.expr.tokenizer import Piece

SIGNS = {
    *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult, ast.UAdd, ast.USub),
    *(ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq, ast.Load),
}
"""What is in the language and has nothing below it."""
_ALLOWED = {
    *(ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.Name, ast.Constant, ast.Attribute, ast.Subscript),
    *(ast.Slice, ast.Tuple, ast.List, ast.keyword),
}
_MODULES = ("np", "numpy", "torch", "jnp", "jax", "math")
_WHERE = "use where(condition, a, b)"
_WORDS: dict[type[ast.AST], tuple[str, str | None]] = {
    ast.Lambda: ("lambda", None),
    ast.IfExp: ("a conditional 'a if c else b'", _WHERE),
    ast.BoolOp: ("'and' / 'or'", "multiply comparisons, as in (x > 0)*(x < 1), or " + _WHERE),
    ast.Not: ("'not'", _WHERE),
    ast.Invert: ("'~'", _WHERE),
    ast.BitAnd: ("'&'", "multiply comparisons, as in (x > 0)*(x < 1)"),
    ast.BitOr: ("'|'", "write abs(x) for |x|, maximum(a, b) for a or b"),
    ast.LShift: ("'<<'", "write x*2**n"),
    ast.RShift: ("'>>'", "write x/2**n"),
    ast.Is: ("'is'", "compare with =="),
    ast.IsNot: ("'is not'", "compare with !="),
    ast.ListComp: ("a list comprehension", None),
    ast.DictComp: ("a dict comprehension", None),
    ast.GeneratorExp: ("a generator", "write sum(x**2): functions work on whole arrays"),
    ast.Dict: ("a dict", None),
    ast.Set: ("a set {...}", "use brackets ( ) to group"),
    ast.JoinedStr: ("an f-string", None),
    ast.NamedExpr: (":= (assignment inside an expression)", "use statements: y = W*x; sum(y**2)"),
    ast.Starred: ("'*' before an argument (star)", None),
    ast.AugAssign: ("an in-place operation such as x += 1", "write x2 = x + 1 and use x2 after that"),
    ast.Assign: ("this form of assignment", "write name = expression"),
    ast.AnnAssign: ("an annotated assignment", "write name = expression"),
    ast.Import: ("the syntax 'import'", None),
    ast.FunctionDef: ("the syntax 'def'", "use statements: y = W*x; sum(y**2)"),
}


def _error(words: str, hint: str | None = None, code: str = "AG603", why: str | None = None) -> ExpressionError:
    return ExpressionError(words, code=code, hint=hint, why=why)


def refused(node: ast.AST) -> ExpressionError:
    """The error for a kind of syntax that is not in the language, by its name."""
    words, hint = _WORDS.get(type(node), (f"the syntax of a Python '{type(node).__name__.lower()}'", None))
    return _error(f"{words} is not allowed in an expression", hint)


def problem(node: ast.AST) -> ExpressionError | None:
    """What is wrong with one node by itself, None when it is in the language."""
    if isinstance(node, (ast.BinOp, ast.Name)):
        return None
    if type(node) not in _ALLOWED:
        return refused(node)
    if isinstance(node, ast.Compare) and len(node.ops) > 1:
        return _error("one comparison at a time is allowed", "write (a < x)*(x < b) for a < x < b")
    if isinstance(node, ast.keyword) and node.arg is None:
        return _error("'**' before an argument is not allowed")
    if isinstance(node, ast.Constant):
        return _constant_problem(node.value)
    if isinstance(node, ast.Attribute) and node.attr not in ("T", "mT"):
        return _module_problem(node)
    if isinstance(node, ast.Call):
        if not isinstance(node.func, (ast.Name, ast.Attribute)):
            words = "this call is not allowed: only a function can be called, by its name"
            return _error(words, "write * for a product, as in 3*(x)")
        given = [k.arg for k in node.keywords]
        twice = next((k for k in given if k is not None and given.count(k) > 1), None)
        if twice:
            return _error(f"the keyword {twice} is repeated", code="AG612")
    return None


def _module_problem(node: ast.Attribute) -> ExpressionError | None:
    """A name with the module of a library in front: functions stand without."""
    written = ast.unparse(node)
    if written.partition(".")[0] not in _MODULES or not re.fullmatch(r"[\w.]+", written):  # of a call it is a method
        return None
    words = f"{written}: names of functions and constants stand without a module in front"
    return _error(words, f"write {node.attr}", "AG611")


def _constant_problem(value: object) -> ExpressionError | None:
    if isinstance(value, bytes):
        return _error("bytes are not allowed in an expression")
    if isinstance(value, complex):
        return _error("complex numbers are not supported")
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 1023:
        return _error("this number is too large: it does not fit a float", "write it as 1e300 or smaller")
    return None


def value_problem(value: object) -> ExpressionError | None:
    """What is wrong with a literal where a value must stand, None for a number."""
    if isinstance(value, bool) or value is None:
        return _error(f"{value} is not allowed as a value", why="it is a setting, as in keepdims=True")
    if isinstance(value, str):
        return _error("a string is not allowed as a value")
    if value is Ellipsis:
        return _error("... is not allowed here: it stands between index brackets only")
    return None


def explained(error: SyntaxError, piece: Piece) -> ExpressionError:
    """A syntax error of Python's parser in the words of this language."""
    code, said = piece.code, error.msg or "invalid syntax"
    start = min(max((error.offset or 1) - 1, 0), max(len(code) - 1, 0))
    end, words, hint = start + 1, f"this is not valid syntax ({said.split('. ')[0]})", None
    # Possessive: of digits without end no number of fewer digits is tried.
    number = re.search(r"(?<![\w.])(\d++\.?+\d*+)\s*+([^\W\d_]\w*)", code)
    pair = re.search(r"(?<![\w.])([^\W\d]\w*+)\s++([^\W\d]\w*|\d+\.?\d*)", code)
    if code[-1:] in "+-*/%@<>=,.":
        words, start, end = "the syntax is incomplete: something is missing at the end", len(code) - 1, len(code)
    elif code[start] == "," and code[:start].rstrip()[-1:] in ("", "(", "[", ","):
        words, hint = "nothing stands before this comma", "one comma stands between two entries"
    elif "integer string conversion" in said:
        words, hint = "this number has too many digits", "write it as 1e300 or smaller"
    elif "assign" in said or re.search(r"(?<![=<>!])=(?!=)", code):
        words, hint = "'=' sets a name at the start of a statement: name = expression", "compare with =="
    elif number:
        words, hint, (start, end) = f"{number[0]}: put * between them", f"{number[1]}*{number[2]}", number.span()
    elif pair:
        words, (start, end) = f"{pair[0]}: the syntax needs an operator or brackets between them", pair.span()
        hint = f"write {pair[1]}({pair[2]}) for a call, {pair[1]}*{pair[2]} for a product"
    span = piece.span(len(code[:start].encode()), len(code[:end].encode()))
    return ExpressionError(words, code="AG601", hint=hint, span=span)
