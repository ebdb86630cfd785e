"""One text in, an expression of the language out, with what has to be said of it.

What reads mathematics, questions and mistakes is imported where a text turns out not to be in the language.
"""

from __future__ import annotations

import ast
import re
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from autograd_core.errors import AutogradError, LimitError, ShapeError
from autograd_core.expr.build import Program
from autograd_core.expr.cache import program_of
from autograd_core.expr.nodes import Call, topological
from autograd_core.expr.parser import Source, python_tree, read
from autograd_core.expr.reader.entries import entry_notes
from autograd_core.expr.reader.reading import (
    LIBRARIES,
    MATHEMATICS,
    Note,
    Reading,
    Task,
    ValueOf,
    Wanted,
    shape_of,
    whole_number,
)
from autograd_core.expr.tokenizer import pointing_into, wrong
from autograd_core.limits import MAX_CHARACTERS, limits
from autograd_core.ops.registry import find
from autograd_core.ops.registry import op as ops

if TYPE_CHECKING:
    from autograd_core.expr.reader.questions import Question

MAX_READ = 60_000
"""Characters of a text that is read as mathematics."""


MAX_ASKED = 8
"""How often what asks a question is taken off a text: each time several words go."""

_PRINTED = re.compile(r"(?<![\w\])])\[\s*[-+]?[\d.]+(?:\s+[-+]?[\d.]+)*\s+[-+][\d.]+(?:\s+[-+]?[\d.]+)*\s*\]")
"""``[1 -2]``, which is a difference for Python, and two numbers wherever it is printed or typed."""

_known: OrderedDict[Any, Reading] = OrderedDict()
MOST_READINGS = 64
"""Readings that are remembered: a batch asks for the same text again and again."""


def remembered(
    typed: str, inputs: Mapping[str, Any], *, syntax: str = "auto", wanted: Wanted, value_of: ValueOf | None = None
) -> Reading:
    """What ``interpret`` gives, without reading a text again for inputs of the same shapes and whole numbers."""
    shapes = tuple((name, shape_of(each), whole_number(each)) for name, each in inputs.items())
    key = (typed, syntax, shapes, tuple(wanted.seeds), wanted.anything, limits())
    found = _known.get(key)
    if found is None:
        found = _known[key] = interpret(typed, inputs, syntax=syntax, wanted=wanted, value_of=value_of)
        if len(_known) > MOST_READINGS:
            _known.popitem(last=False)
    return found


def interpret(
    typed: str,
    inputs: Mapping[str, Any],
    *,
    syntax: str = "auto",
    wanted: Wanted | None = None,
    value_of: ValueOf | None = None,
) -> Reading:
    """Read a text for inputs of known shapes: as the language where it is in it, else as mathematics or code.

    ``inputs`` gives an array or a shape by name. ``value_of(name, text)`` makes an array of a value that the text
    gives itself. Raises AutogradError pointing into ``typed``, with the nearest text that can be read.
    """
    task = Task(typed, inputs, syntax, wanted or Wanted(), value_of)
    try:
        reading = _interpret(task)
        return replace(reading, notes=(*reading.notes, *rounded(typed), *roots(typed)))
    except AutogradError as error:
        from autograd_core.expr.reader import passages, suggestions

        with suppress(AutogradError):
            several = sum(1 for each in re.split("[\n;]", typed) if each.strip()) > 1
            if several and error.code in _OF_PROGRAMS and (program := _carried_out(task)) is not None:
                return program
        known = error.code in ("AG619", "AG802", "AG803") or error.message.endswith("is asked for")
        if task.syntax != "python" and not known:
            bare, formula = passages.passage(typed, inputs), None
            try:
                formula = _asked(task, bare) if bare is not None else None
            except AutogradError as other:
                error = other if re.fullmatch(r"no value for \w{1,2}(?:, \w{1,2})*", other.message) else error
            if formula is not None and {*formula.source.variables, *formula.values, *formula.counts}.issuperset(inputs):
                return formula
        error.text = error.text or (typed if error.span is not None else None)
        if error.message.startswith("no value for d") and (found := _DERIVATIVE.search(typed)) is not None:
            words, why = f"{found[0]} is a derivative", "the expression is what is differentiated, by every input"
            raise wrong(
                f"{words}, and an expression is made of values", found.span(), "AG605", why=why, text=typed
            ) from None
        if error.code in ("AG601", "AG603") and _CASES.search(typed) and re.search(r"[<>≤≥]", typed):
            error.hint = "a function given by cases is where(x < 0, x**2, x**3)"

        def attempt(text: str) -> str:
            found = _interpret(replace(task, typed=text))
            own = bool(found.values or found.seed)
            if not task.wanted.fits(() if own else task.shape(found)):
                raise ShapeError("another shape is wanted")
            return suggestions.one_line(text) if own else found.text.strip()

        error.rewrites = error.rewrites or suggestions.suggest(typed, error, attempt)
        raise error


_LONG = re.compile(r"(?<![\w.])\d[\d_]{15,306}+(?![\d.]|e[-+\d])", re.IGNORECASE)
"""A whole number that may have more digits than a float keeps."""


def rounded(text: str) -> list[Note]:
    """Warnings of whole numbers that no float is equal to."""
    said = "is {} here: numbers have 53 bits, whole ones of Python have all"
    numbers = [number for number in dict.fromkeys(_LONG.findall(text)) if int(float(number)) != int(number)]
    return [Note("AG419", f"{number} {said.format(int(float(number)))}") for number in numbers]


_ROOT = re.compile(
    r"(\w+|[)\]}])\s*((?:\^|\*\*)\s*)(-?1)\s*/\s*([1-9]\d*)(?![\w.(])|(?<![\w.)\]])(\d{1,9})//(\d{1,9})(?![\w.(])"
)
"""``x^1/2``, by which most mean a root, and ``1//2``, a fraction in Julia."""


def roots(text: str) -> list[Note]:
    """Warnings of exponents that end before a division, and of divisions that are rounded down."""
    root = "{0}{1}{2}/{3} is ({0}{1}{2})/{3} here; a root is {0}{1}({2}/{3})"
    half = "{4}//{5} is rounded down here; the fraction is {4}/{5}"
    found = {each[0]: each.groups("") for each in (_ROOT.finditer(text) if "/" in text else ())}.values()
    parts = [("(...)" if base in [*")]}"] else base, *more) for base, *more in found]
    return [Note("AG413", (root if each[0] else half).format(*each)) for each in parts]


_PROGRAM = re.compile(
    r"\b(?:for|while|class|def|if|and|or|not|map|reduce|lambda|vmap|jit|njit|vectorize|with|select|[Pp]iecewise(?!\[))\b|[-+*/]="
    r"|[\w)\]] ?& ?~?[(\w]|[)\w] \| ~?[(\w]|\) ?\| ?~?\(|~[(\w]"
    r"|^[ \t]*\w{1,99}[ \t]*:[ \t]*\w|\]\s*\*\s*\d|\{\s*['\"]|\bgrad\(\w[\w.]*\)|\.backward\((?s:.*)\.backward\(",
    re.MULTILINE,
)
"""What a program of Python has that is written out before it is read."""


_BY_HAND = re.compile(r"(?:^|;)[ \t]*(?:d_?[A-Za-z]\w*|(?:grad|delta)\w*|\w+_grad(?:ient)?)[ \t]*=(?!=)", re.MULTILINE)
"""A statement that may set a gradient: ``dW = ...``, ``grad = ...``, ``w_grad = ...``."""

_BLOCKS = re.compile(
    r"^[ \t]*(?:end\b|\})|\bfunction ?\([^()]*\) ?\{|\w\[\w+_\s*[],]|\bSimplify\[|\)\s*(?:=>\s*)?\{[^{}]*\breturn\b",
    re.MULTILINE,
)
"""Functions and loops of other languages than Python: no question."""
_DERIVATIVE = re.compile(r"(?<!\w)d[^\W\d_]\w*\s*/\s*d[^\W\d_]\w*")
_CASES = re.compile(r"\b(?:if|when|otherwise|else)\b")


def _interpret(task: Task) -> Reading:
    """Read a text for inputs of known shapes, or raise what is wrong with it."""
    typed = task.typed
    if len(typed) > MAX_CHARACTERS:
        raise LimitError(f"the expression has {len(typed):,} characters; the limit is {MAX_CHARACTERS:,}", code="AG802")
    own: AutogradError | None = None
    plain: Reading | None = None
    if task.syntax == "python" or (task.syntax == "auto" and _PRINTED.search(typed) is None):
        try:
            plain = Reading(typed, typed, read(typed))
        except AutogradError as error:
            own = error
    # A call of Piecewise is a sentence of the language, which has no such function.
    by_hand = _BY_HAND.search(typed) is not None
    unread = task.syntax == "auto" and not task.written_out and (plain is None or by_hand or "iecewise(" in typed)
    if unread and (by_hand or _PROGRAM.search(typed) is not None):
        found = _carried_out(task, hand=plain is not None and "iecewise(" not in typed)
        if found is not None:
            return found
    if own is not None and (task.syntax == "python" or only_python(typed, task.inputs)):
        raise own
    if plain is not None:
        own_reading, own = (plain, None) if task.syntax == "python" else _language(plain, task)
        if own_reading is not None:
            return own_reading

    from autograd_core.expr.reader import normalization, questions

    if (text := normalization.normalized(typed, task.inputs)) != typed:
        with pointing_into(text):
            return _interpret(replace(task, typed=text))
    whole = _BLOCKS.search(typed) is not None or task.asked == MAX_ASKED
    bare = None if whole else questions.question(typed, task.inputs)
    if bare is not None:
        return _asked(task, bare)
    if len(typed) > MAX_READ or isinstance(own, LimitError):
        if plain is not None:
            return plain
        raise own or LimitError(f"the text has {len(typed):,} characters; the limit is {MAX_READ:,}", code="AG802")

    from autograd_core.expr.reader.interpreter import Interpreter

    interpreter = Interpreter(task)
    try:
        reading = interpreter.reading()
    except AutogradError as error:
        if plain is not None and not _better(error, plain, own, task.inputs):
            return plain
        error.text = typed if error.span is not None else error.text
        if own is None or (plain is not None and not error.rewrites):
            raise
        if plain is not None:
            own.rewrites = error.rewrites
        elif interpreter.in_words or (own.code != "AG610" and _ours(error, own, typed)):
            raise
        raise own from None
    complete = plain is not None and all(name in task.inputs for name in plain.source.variables)
    if plain and complete and own is None and not reading.values and not task.wanted.fits(task.shape(reading)):
        return plain
    return reading


def _carried_out(task: Task, *, hand: bool = False) -> Reading | None:
    """The reading of a program of Python by what its statements come to; None for other texts.

    ``hand`` says that only one with gradients worked out by hand is meant.
    """
    from autograd_core.expr.reader.python_code import written_out

    if task.syntax != "auto" or task.written_out:
        return None
    typed = task.typed
    written = written_out(typed, {name: shape_of(each) for name, each in task.inputs.items()})
    if written is None or (hand and not written.notes):
        return None
    _answerable(written.order, task)
    with pointing_into(written.text):
        found = _interpret(replace(task, typed=written.text, written_out=True))
    notes = (*(Note("AG418", words) for words in written.notes), *found.notes)
    origin = [0, *[len(typed) - 1] * (len(found.text) - 1)]
    return replace(found, typed=typed, origin=origin, notes=notes, order=max(found.order, written.order))


def _answerable(order: int, task: Task) -> None:
    """Refuse the order of a derivative that is not answered here."""
    if order not in task.wanted.orders:
        words = "a second derivative" if order == 2 else f"a derivative of order {order}"
        why = "this command differentiates once, by every input"
        hint = f"grad with `order {order}` gives it{', hessian whole matrices' if order == 2 else ''}"
        raise wrong(f"{words} is asked for", (0, len(task.typed)), "AG603", why=why, hint=hint)


def _asked(task: Task, bare: Question) -> Reading:
    """The reading of what stands between a question and its end, pointing into all that was typed."""
    _answerable(bare.order, task)
    start = len(bare.text) - len(bare.text.lstrip())
    point: dict[str, str] = {}
    inputs = dict(task.inputs)
    try:
        if bare.point is not None and task.value_of is not None:
            point = bare.point_values(inputs)
            inputs.update((name, task.value_of(name, text)) for name, text in point.items())
        found = _interpret(
            replace(task, typed=bare.text.strip(), inputs=inputs, places=bare.places, asked=task.asked + 1)
        )
    except AutogradError as error:
        if error.span is not None:
            error.span = (error.span[0] + start, error.span[1] + start)
        error.text = task.typed
        raise
    if (first := bare.on_curve(point)) and not task.wanted.fits(program_of(found.source, inputs).result.shape):
        bare.point = first
        return _asked(task, bare)
    origin = range(len(found.text)) if found.origin is None else found.origin
    notes = [
        Note("AG418", f"'{words if len(words) <= 60 else words[:57] + '...'}' was left out") for words in bare.left_out
    ]
    if point:
        taken = ", ".join(f"{name} = {text}" for name, text in point.items())
        notes.append(Note("AG418", f"the point gives no names and was read as {taken}, in the order of the inputs"))
    elif bare.point is not None and task.value_of is not None:
        notes.append(Note("AG418", f"'at {bare.point}' was left out: every input has a value"))
    places = [place + start for place in origin]
    values, said = {**point, **found.values}, (*notes, *found.notes)
    return replace(
        found, typed=task.typed, origin=places, values=values, notes=said, order=bare.order, by=tuple(bare.by)
    )


_PYTHON = {ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Dict, ast.NamedExpr}


def only_python(typed: str, inputs: Mapping[str, Any]) -> bool:
    """Whether a text holds what only Python means: a comprehension, a dictionary, a set, a text in quotes.

    ``b'*A*b`` is a transpose where b has a value, braces are a group where the text has signs of LaTeX, and
    ``{x > 0: x^2, x <= 0: 1}`` is a function by cases.
    """
    if re.search(r"[{'\"]|:=|for", typed) is None:
        return False
    try:
        tree = python_tree(typed.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    alone = tree.body[0].value if len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr) else ast.Pass()
    text = isinstance(alone, ast.Constant) and isinstance(alone.value, str | bytes)
    every = [*ast.walk(alone)]
    cases = [each for each in every if isinstance(each, ast.Dict) and {*map(type, each.keys)} <= {ast.Compare}]
    kinds = {type(each) for each in every if each not in cases}
    quoted = (text or ast.JoinedStr in kinds) and typed.strip()[:1] not in inputs
    return quoted or not kinds.isdisjoint(_PYTHON) or (ast.Set in kinds and not re.search(r"[\\^_]|\w\[.*\{", typed))


def _language(plain: Reading, task: Task) -> tuple[Reading | None, AutogradError | None]:
    """The reading of a text in the language, None where mathematics may mean something else by it."""
    source, inputs = plain.source, task.inputs
    if any(name not in inputs for name in source.variables) or _several(source) or _named_alike(source.text, inputs):
        return None, None
    try:
        program = program_of(source, inputs)
    except ShapeError as error:
        return None, error
    except AutogradError as error:
        return (None, error) if error.code in ("AG603", "AG604", "AG611", "AG612") else (plain, None)
    if inverts(program) or (source.names and not program.result.depends):
        return None, None
    if not task.wanted.fits(program.result.shape):
        return None, None
    notes = tuple(Note(code, words) for words, code in entry_notes(program).items())
    if "^" in source.text and any(note.code == "AG411" for note in notes):  # norm(A*x - b)^2, and no Python
        return None, None
    return replace(plain, notes=notes), None


def _named_alike(text: str, inputs: Mapping[str, Any]) -> bool:
    """Whether a name with a value, which a function has too, stands before a bracket: ``gamma (x - m)``."""
    alike = [name for name in inputs if find(name) is not None]
    return bool(alike) and re.search(rf"(?<![\w.])(?:{'|'.join(alike)})\s*\(", text) is not None


def _several(source: Source) -> bool:
    """Whether a text sets several names of which none uses another: all of them are results."""
    names = source.names
    if len(source.statements) < 2 or len(names) < len(source.statements):
        return False
    used = {n.id for s in source.statements for n in ast.walk(s.value) if isinstance(n, ast.Name)}
    return used.isdisjoint(names)


def inverts(program: Program) -> bool:
    """Whether a square matrix is raised to -1 by ``^``, which is its inverse."""
    text = program.source.text
    for node in topological([program.result]) if "^" in text else ():
        if isinstance(node, Call) and node.op is ops.pow_scalar and node.span is not None:
            shape = node.operands[0].shape
            square = len(shape) == 2 and shape[0] == shape[1] and -1.0 in node.params.values()
            if square and "^-1" in re.sub(r"[\s(){}]", "", text[slice(*node.span)]):
                return True
    return False


def _better(error: AutogradError, plain: Reading, own: AutogradError | None, inputs: Mapping[str, Any]) -> bool:
    """Whether what the reader says is worth more than what the language says of a text that is in it."""
    shapes = error.code in ("AG301", "AG302")
    if error.rewrites or error.code == "AG619":
        return True
    if own is not None:  # a function of mathematics or of code alone: tr, norm2, x.chunk
        return shapes and own.code in ("AG604", "AG611")
    lacking = [name for name in plain.source.variables if name not in inputs]
    if error.code in ("AG603", "AG612"):
        return not LIBRARIES.isdisjoint(lacking) or "..." in plain.text
    told = error.code == "AG605" and error.message != f"no value for {', '.join(lacking)}"
    return told or error.code == "AG604" or (shapes and bool(lacking))


_OF_PROGRAMS = ("AG601", "AG603", "AG604", "AG605", "AG609", "AG611", "AG612")
"""Errors of texts that may be programs of Python."""

_TOLD = ("AG301", "AG603", "AG604", "AG605", "AG619", "AG802", "AG803")


def _ours(error: AutogradError, own: AutogradError, typed: str) -> bool:
    """Whether the reader's error is told, and not the language's, which may be about a sign the reader knows."""
    other = own.code in ("AG602", "AG605", "AG611") and error.message != own.message
    return other or bool(error.rewrites or MATHEMATICS.search(typed)) or error.code in _TOLD
