"""Claims about gradients as people write them, as statements of the language: ``x = 2A^T(Ax-b)``."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress

from autograd_core.errors import AutogradError, ShapeError
from autograd_core.expr.build import parse
from autograd_core.expr.parser import read
from autograd_core.expr.reader.interpret import interpret
from autograd_core.expr.reader.notation import GONE, GREEK, without_looks
from autograd_core.expr.reader.questions import LINE, OVER, WRT, D, parts
from autograd_core.expr.reader.reading import Wanted
from autograd_core.expr.tokenizer import scan
from autograd_core.ops.registry import find
from autograd_core.ops.spec import Shape

_FRACTION = re.compile(r"\\[dt]?frac\s*\{(.*)\}\s*\{(.*)\}")
_ABOUT = (
    re.compile(r"d\s*[^/=]*/\s*d\s*(\w+)\s*"),
    re.compile(r"(?:∇|nabla|grad)\s*_\s*\{?\s*(\w+)\s*\}?\s*(?:[^\w\s].*|\w*(?:\(\w*\))?\s*)"),
    re.compile(r"\w+\s*['′]\s*(?:\(\s*(\w+)\s*\))?\s*"),
    re.compile(r"(?:∇|nabla)\s*(?:[|‖].*|\w*\s*(?:\([\w, ]*\))?)()\s*"),
)
"""``dL/dx``, ``∇_x L``, ``f'(x)``, ``∇f``."""
_TWICE = re.compile(r"d\s*2\s*\w*\s*/\s*d\s*(\w+?)\s*(?:2|d\s*(\w+))\s*|\w+\s*(?:''|′′|″|’’)\s*\(\s*(\w+)\s*\)")
"""``d2f/dxdy`` and ``d2f/dx2``, ``f''(x)``."""
_PARTIAL = re.compile(r"[^\W\d_]+_\{?([^\W_]\w*)\}?")
"""``f_x``, where x is an input."""
_INDEX = re.compile(r"(.*[^\W_])_(?:[i-n]{1,2}|\{[i-n](?:\s*,?\s*[i-n])?\})")
"""``z_i``, which stands for every entry of z."""
_PLACED = re.compile(r"(.*[^\W_])\s*(_(?:\{?(\d{1,2})\}?|\{\d+\s*,\s*\d+\})|\[\d+(?:\s*,\s*\d+)*\])")
"""``x_2`` and ``X_{12}``, which count entries from 1, and ``x[1]``, which counts them from 0."""
_ROW_COLUMN = re.compile(r"_\{?\s*([i-n])\s*,?\s*([i-n])[}\s]*$")
"""The indices of ``X_ij`` before the ``=``: which of them counts the rows."""
_CALLED = r"(?<![\w.])({functions})\s*\(\s*(?:{inputs})(?:\s*,\s*(?:{inputs}))*\s*\)"
_WHOLE = re.compile(r"\s*(?:(?:∇|\\nabla|grad)\s*\w*\s*(?:\([\w, ]*\))?\s*=\s*)?[(\[<⟨](.*)[)\]>⟩]\s*", re.DOTALL)
"""``∇f = (2xy, x^2)``, also without its head: the derivatives by all inputs."""
_SAID = re.compile(
    r"\s*(?:the\s+)?(?:(?:partial(?:\s+derivative)?|derivative|gradient)(?:\s+of\s+\w+)?\s+"
    r"(?:(?:with\s+respect\s+to|w\.?r\.?t\.?|by|in)\s+)?|w\.?r\.?t\.?\s+)(\w+)\s*(?:\bis\b|:|=(?!=))\s*",
    re.IGNORECASE,
)
"""``the derivative with respect to x is``, ``wrt x:``."""
_FENCE = re.compile(r"^\s*(?:\$+|`+|\\[(\[])|(?:\$+|`+|\\[)\]])\s*$")
"""What stands around a formula in Markdown and LaTeX."""
_COMMENT = re.compile(r"#[^\n]*")
_BLANKS = re.compile(rf"{_COMMENT.pattern}|[\s;]+")
_WHERE = re.compile(r"[,\s]\s*(?:where|with)\s+(?=\w+\s*=)")
_COLON = re.compile(r"^(?!\s*lambda\b)([^=:\[(]+):")
"""``dL/dx: 2x``, as ``dL/dx = 2x``."""

_EQUALS, _ENDS = re.compile(r"(?<![=<>!])=(?![=<>!])"), re.compile(r"[;\n]")
_ENDS_OR_COMMA = re.compile(r"[;\n]|,(?=[^=,;()\[\]]+(?<![<>!])=(?!=))")
_COMMA, _COMMA_OR_ROW = re.compile(","), re.compile("[,;]")
_BLOCK = re.compile(r"(?:^|[;\n])\s*\w+\s*,\s*\w+\s*=")
"""The head of a claim about a part of a Hessian: ``x,y = ...``."""
_GAP = re.compile(r"(?<=[\d.\]])\s+(?=[-+]?[.\d\[])")
"""What stands between the numbers of a printed array."""
_ARRAY = re.compile(r"\s*[\[(]([^\[\]()]*[,;][^\[\]()]*)[\])]\s*")
_MATRIX = re.compile(r"\\begin\{\w*matrix\}|\\end\{\w*matrix\}|&|\\\\")
_SIGNS = {"&": ",", "\\\\": ";"}
_ENTRY = r"(?<![\w\\])({matrices})_\{{?([i-n])([i-n])\}}?(?![\w(])"
"""``X_ij``, an entry of a matrix."""
UNKNOWN = 7
"""Rows and columns of every matrix where the shapes of a claim do not fit."""
_NUMBERS = re.compile(r"[-+\d\s.,;eE\[\]()]*(?:#.*)?")
CLAIMED = re.compile(
    r"\s*(?:(?:(?:please|can\s+(?:you|someone)|how\s+(?:do|can)\s+(?:I|you|we)|show|prove|verify|check|confirm|is\s+it\s+(?:true|right|correct)|why\s+(?:is|does)"
    r"|is|does|are|I\s+(?:think|believe|claim))\b[\s:,]*)+(?:(?:if|that|whether)\s+)?)?"
    rf"(?:{LINE}{D}\w*{OVER}{D}(?P<by>\w+)\s*\}}?\s*"
    r"|(?:∇|\\nabla)\s*(?:_\s*\{?\s*(?P<under>\w+)\s*\}?)?\s*|(?:the\s+)?(?:partial\s+)?(?:gradient|derivative)\s+of\s+)"
    rf"(?P<of>[^\s=,;}}](?:(?!\b(?:at|where|with|when|if|for)\b).)*?)(?:\s+{WRT}\s+(?P<wrt>\w+))?"
    r"(?:\s*=(?!=)\s*|\s+(?:is|equals|equal)\s+(?:(?:really|just|simply|equal|to)\s+)*)(?P<claim>[^\s=?].*?)"
    r"(?:[\s,]*\b(?:right|correct|true))?[\s.?!]*(?:(?:is|am)\s+(?:that|this|it|I)\s+(?:right|correct|true)[\s.?!]*)?",
    re.DOTALL | re.IGNORECASE,
)
"""A derivative that is said to be something, where an expression is expected."""


def read_claim(
    text: str,
    shapes: Mapping[str, Shape],
    targets: Collection[str],
    squares: Mapping[str, int],
    functions: Mapping[str, str] | None = None,
) -> str:
    """A text of claims in the language; unchanged where it is in it or in numbers.

    ``shapes`` holds what a formula may use: the inputs, the statements of the expression, its result and the grad
    tensor. ``targets`` are the names whose gradients may be claimed, ``squares`` the sizes of those that are square
    matrices, which an identity has. ``functions`` are the names of what may be written as ``f(x)``, with those that
    ``shapes`` has for them. Raises the error for a text with two readings, and for one that is neither in the language
    nor can be read.
    """
    text, *conditions = _WHERE.split(_FENCE.sub("", text), maxsplit=1)
    text = _applied("; ".join([*conditions, text]), shapes, functions or {})
    if matrices := "|".join(re.escape(name) for name, shape in shapes.items() if len(shape) == 2):
        first, equals, rest = text.partition("=")
        text = first + equals + re.sub(_ENTRY.format(matrices=matrices), r"\1_{\2,\3}", rest)
    head, _, numbers = text.rpartition("=")
    whole = len(targets) > 1 and _WHOLE.fullmatch(text)
    if not whole and "=" not in head and head.count("(") == head.count(")") and _NUMBERS.fullmatch(numbers):
        array = _GAP.sub(", ", numbers) if "[" in numbers else numbers
        array = bare[1] if (bare := _ARRAY.fullmatch(array)) else array
        left = _name(head.strip(), shapes, targets)
        return text if array == numbers and left == head.strip() else f"{left} ={array}" if left else array
    known = dict(shapes)
    found: list[str] = []
    for statement in _statements(_COMMENT.sub("", text), targets):
        head, *sides = parts(statement, _EQUALS)
        if not sides:
            head, *sides = parts(_COLON.sub(r"\1=", statement, count=1), _EQUALS)
        head, sides = (head, sides) if sides else ("", [statement])
        left = _name(head.strip(), known, targets)
        try:
            square = squares.get(left or next(iter(targets), ""), 0)
            kept = "".join(re.findall(r"_[\s{]*([i-n][\s,i-n]*)[\s}]*$", head))
            read_sides = [_side(side, known, square, kept) for side in sides]
            if len(shapes.get(left, ())) == 2 and (letters := _ROW_COLUMN.search(head)) and letters[1] != letters[2]:
                pairs = zip(sides, read_sides, strict=True)
                read_sides = [_arranged(text, side, left, *letters.groups()) for side, text in pairs]
        except AutogradError as error:
            if error.code != "AG619" and _grammatical(text):
                return text
            start = max(text.find(error.text or text), 0)
            error.span = None if error.span is None else (error.span[0] + start, error.span[1] + start)
            side = error.text or text
            error.rewrites = tuple(text[:start] + each + text[start + len(side) :] for each in error.rewrites)
            error.text, error.retry, error.exit_status = text, {}, 3
            raise
        if left and left not in targets and left.isidentifier():
            with suppress(AutogradError):
                known[left] = parse(read_sides[-1], known).result.shape
        found.append(" = ".join([left, *read_sides]) if left else read_sides[0])
    made = "; ".join(found)
    return text if _BLANKS.sub("", made) == _BLANKS.sub("", text) else made


def _arranged(text: str, side: str, name: str, row: str, column: str) -> str:
    """What was read of one side with the rows of ``name_ij`` by its index ``row``, also where an index is not in it."""
    found = re.findall(r"_(?:\{[^{}]*\}|[a-z]+)", re.sub(r"(?:sum|Σ|∑|prod)\s*_(?:\{[^{}]*\}|\w)", "", side))
    order = [letter for index in found for letter in index if letter in (row, column)]
    if {row, column} <= {*order}:  # the first one is read as that of the rows
        return text if order[0] == row else f"({text}).T"
    return text if not order else f"ones_like({name})*({text})" + "[:, None]" * (row in order)


def blocks(text: str, names: Sequence[str], of: str) -> str:
    """A whole Jacobian or Hessian by inputs that are numbers, ``H = [2y, 2x; 2x, 0]``, as a claim for each block of it.

    Other text is unchanged.
    """
    *helpers, last = parts(text.strip(), _ENDS)
    head, _, body = last.rpartition("=")
    order = [name.strip() for name in head.split(",")]
    order = order if sorted(order) == sorted(names) else list(names)
    sign = {"\\b": "[", "\\e": "]"}
    body = _MATRIX.sub(lambda match: _SIGNS.get(match[0]) or sign[match[0][:2]], body).strip()
    if "/" in head or head.strip() in names or (body[:1], body[-1:]) != ("[", "]"):
        return text
    rows = [row.strip() for row in parts(body[1:-1], _ENDS) if row.strip()]
    if len(rows) == 1 and rows[0][:1] == "[":
        rows = [row.strip()[1:-1] for row in parts(rows[0], _COMMA)]
    entries = [[each.strip() for each in parts(row, _COMMA)] for row in rows]
    entries = [row[0].split() if len(row) == 1 else row for row in entries]
    if any(len(row) != len(names) for row in entries) or (of == "hessian" and len(rows) != len(names)):
        return text
    if of == "hessian":
        pairs = [(one, other) for one in order for other in order]
        values = [each for row in entries for each in row]
        made = [f"{a if a == b else f'{a},{b}'} = {each}" for (a, b), each in zip(pairs, values, strict=True)]
    else:
        columns = [", ".join(column) for column in zip(*entries, strict=True)]
        made = [f"{name} = [{each}]" for name, each in zip(order, columns, strict=True)]
    return "; ".join([*helpers, *made])


def _applied(text: str, shapes: Mapping[str, Shape], functions: Mapping[str, str]) -> str:
    """The text with ``f`` where ``f(x)`` is the value that is called f, behind the first ``=``."""
    head, equals, rest = text.partition("=")
    inputs = "|".join(re.escape(name) for name in shapes if name not in functions.values())
    if not equals or not inputs:
        return text
    names = "|".join(map(re.escape, functions))
    rest = re.sub(_CALLED.format(functions=names, inputs=inputs), lambda match: functions[match[1]], rest)
    if hiding := "|".join(name for name, shape in shapes.items() if shape == () and find(name) is not None):
        rest = re.sub(rf"(?<![\w.\\])({hiding})\s*(?=\()", r"\1*", rest)  # a value hides the function of its name
    for name, meant in functions.items():
        if name not in shapes and not re.search(rf"(?<!\w){re.escape(name)}\s*=(?!=)", text):
            rest = re.sub(rf"(?<![A-Za-z_.\\])(?<![A-Za-z_]\d){re.escape(name)}(?![\w(])", meant, rest)
    return head + equals + rest


def _name(left: str, known: Mapping[str, Shape], targets: Collection[str]) -> str:
    """The name whose gradient ``∂L/∂x`` and the like are; empty for the gradient of the only one."""
    typed = left
    left = _FRACTION.sub(r"\1/\2", without_looks(left).replace(GONE, "")).replace("\\partial", "d")
    left = left.replace("∂", "d").replace("²", "2").replace("\\", "")
    left = re.sub(r"[α-ω]", lambda sign: name if (name := GREEK.get(sign[0], "")) in targets else sign[0], left)
    short = left == typed and not re.match(r"d\s*/", left)  # dL/dx, which stays as it is
    if (second := _TWICE.fullmatch(re.sub(r"\^\s*\{?2\}?", "2", left))) is not None:
        one, two = second[1] or second[3], second[2]
        return f"d2f/d{one}2" if two is None else f"d2f/d{one}d{two}"
    if left not in known and (mixed := _PARTIAL.fullmatch(left)) and mixed[1] not in targets:
        pairs = ((mixed[1][:place], mixed[1][place:]) for place in range(1, len(mixed[1])))
        one, two = next((pair for pair in pairs if {*pair} <= {*targets}), ("", ""))
        if one:
            return f"d2f/d{one}2" if one == two else f"d2f/d{one}d{two}"
    if left not in known and (entry := _INDEX.fullmatch(left)):
        last = re.split(r"\W", entry[1])[-1]  # z of dL/dz_i
        left = entry[1] if not {last, last.removeprefix("d")}.isdisjoint(targets) else left
    if left not in known and (entry := _PLACED.fullmatch(left)):
        name = re.split(r"\W", entry[1])[-1]
        name = name if name in targets else name.removeprefix("d")
        places = [*re.findall(r"\d+", entry[2])] if entry[3] is None else [*entry[3]]
        if name in targets and len(places) == len(known[name]):
            return f"{name}[{', '.join(str(int(place) - (entry[2][0] == '_')) for place in places)}]"
        if f"{name}{entry[3]}" in targets:
            return f"{name}{entry[3]}"
    for pattern in _ABOUT[short:]:
        if match := pattern.fullmatch(left):
            return match[1] or ""
    match = _PARTIAL.fullmatch(left)
    return match[1] if match and left not in known and match[1] in targets else left


def _statements(text: str, targets: Collection[str]) -> Sequence[str]:
    """The statements of a text, separated outside brackets."""
    joined: list[str] = []
    for statement in parts(text, _ENDS if _BLOCK.search(text) else _ENDS_OR_COMMA):
        if joined and statement.lstrip().startswith("="):  # a step of a derivation, on a line of its own
            joined[-1] += f" {statement.strip()}"
        elif len(targets) > 1 and (every := _every(statement)):
            entries = parts(_GAP.sub(", ", every), _COMMA_OR_ROW)
            alone = len(entries) == len(targets)
            joined += map(" = ".join, zip(targets, entries, strict=True)) if alone else [statement]
        elif statement.strip():
            joined.append(_SAID.sub(r"\1 = ", statement, count=1) if _SAID.match(statement) else statement)
    if len(joined) > 1 and _sets_helper(joined[-1], targets):  # a helper behind what is made of it
        joined.sort(key=lambda each: not _sets_helper(each, targets))
    return joined


def _every(statement: str) -> str:
    """The derivatives by all inputs, which stand in brackets, or without a head between commas; empty for others."""
    whole = _WHOLE.fullmatch(statement)
    return whole[1] if whole is not None else statement if "," in statement and "=" not in statement else ""


def _sets_helper(statement: str, targets: Collection[str]) -> bool:
    """Whether a statement sets a name that is none whose gradient may be claimed."""
    name = parts(statement, _EQUALS)[0].strip()
    return name.isidentifier() and name[0] != "d" and name not in targets and not _INDEX.fullmatch(name)


def _grammatical(text: str) -> bool:
    """Whether every formula is in the language, whatever its names and shapes are."""
    try:
        for piece in scan(text):
            read(parts(piece.code, _EQUALS)[-1])
    except AutogradError:
        return False
    return True


def _side(text: str, shapes: Mapping[str, Shape], square: int, kept: str) -> str:
    """One formula in the language; the indices ``kept`` are those before the ``=``.

    Where no reading fits the shapes it is what it would be for square matrices: what does not fit is then told of it.
    """
    wanted = Wanted(anything=True, square=square, kept=kept)
    try:
        reading = interpret(text.strip(), shapes, wanted=wanted)
    except ShapeError as error:
        alike = {name: (UNKNOWN,) * len(shape) for name, shape in shapes.items()}
        with suppress(AutogradError):
            return interpret(text.strip(), alike, wanted=wanted).text
        raise error from None
    missing = [name for name in reading.source.variables if name not in shapes]
    if missing:
        raise AutogradError(f"no value for {missing[0]}", code="AG605")
    return reading.text
