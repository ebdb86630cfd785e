"""Statements of a pasted program: values, intermediate names, the result, and what it is propagated back from."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Sequence

from autograd_core.errors import ExpressionError, Span
from autograd_core.expr.reader import notation
from autograd_core.expr.reader.blocks import TYPES, assignment, updated
from autograd_core.expr.reader.calls import (
    calls_written_out,
    defined_first,
    definition,
    entries_together,
    marked_named,
    open_indices,
)
from autograd_core.expr.reader.code import (
    DERIVATIVES,
    GENERATORS,
    Code,
    function_written,
    part_of,
    rewritten,
    text_of,
)
from autograd_core.expr.reader.names import Names
from autograd_core.expr.reader.notation import words
from autograd_core.expr.reader.tree import (
    Node,
    TokenStatement,
    body,
    closing,
    head,
    is_literal,
    is_op,
    on_one_line,
    position,
    split,
    text_at,
    unwrapped,
)
from autograd_core.expr.reader.words import signs
from autograd_core.expr.tokenizer import wrong
from autograd_core.ops.registry import find

_REFUSED = {
    **dict.fromkeys(("for", "while"), "a loop"),
    **dict.fromkeys(("if", "elif", "else"), "a condition"),
    "class": "a class",
    "def": "this function",
    "with": "a 'with' block",
    "try": "a 'try' block",
    **{word: f"'{word}'" for word in ("del", "global", "raise", "yield", "async")},
}
_INSTEAD = {
    "for": "write the steps out, or use a function of whole arrays",
    "while": "write the steps out",
    "if": "use where(condition, a, b)",
}
_SHOWS = words("print disp display console.log")
"""What shows its argument, which is the answer where it stands last."""

_SAID = words("import from print plt syms assert optimizer opt")
"""Words that begin statements which compute nothing."""

_CONDITIONS = words("where with if at for when given")
_IDLE = re.compile(
    r"\b(?:symbols|Symbol|watch|manual_seed|default_rng|PRNGKey|random \. seed|device) \(|\boptim \.|^@ (?!\()"
    r"|^\w+ \. (?:(?:zero_grad|step|train|eval) \(|(?:grad(?! \()|requires_grad_?|retain_grad)(?!\w))"
    r"|^dtype = |^\w+(?: \. \w+)? = (?:'[^']*'|\"[^\"]*\")$"
)
"""What stands in statements that compute nothing: names without values, seeds, steps, gradients, decorators, texts."""


def shown(tokens: list[Node]) -> list[Node]:
    """What a statement prints, where that is more than a name."""
    start = next((at for at in (1, 3) if "".join(each.text for each in tokens[:at]) in _SHOWS), 0)
    if not start or text_at(tokens, start) != "(" or closing(tokens, start) != len(tokens) - 1:
        return tokens
    parts = split(tokens[start + 1 : -1], between=",")
    values = [each for each in parts if "str" not in (each[0].kind, each[-1].kind)]
    if len(values) != 1 or _NAMED.fullmatch(text_of(values[0])):
        return tokens
    return values[0]


_NAMED = re.compile(r"\w+|.*\.grad\b.*|\w+(?:\.(?:item|numpy|detach|tolist)\(\))+", re.DOTALL)
"""What is shown and computed before: a name, a gradient, ``loss.item()``."""

_VIEW = re.compile(r"(\w+) = ([^\W\d]\w*)((?:\.\w+|\[[^\[\]]*\]|(?<=\w)\([^()]*\))*+)")
_VIEWS = words("T mT data t reshape view ravel squeeze unsqueeze transpose permute flatten swapaxes detach numpy")
"""Attributes and methods whose entries are those of the array itself."""


def _sharing(tokens: Sequence[Node]) -> Sequence[str]:
    """The names of ``y = x`` and ``y = x[1:]``, whose entries are the same: what changes one in place changes both."""
    match = _VIEW.fullmatch(re.sub(r" *= *", " = ", text_of(tokens), count=1)) if len(tokens) < MOST_TOKENS else None
    if match is None or match[3][:1] == "(" or not _VIEWS.issuperset(re.findall(r"\.(\w+)", match[3])):
        return ()
    return match[1], match[2]


_COMPOSED = re.compile(r"([fgh])\s*(?:∘|\\circ)\s*([fgh])")
"""``f∘g`` alone, where f and g are values: no product by entry."""

MOST_TOKENS = 100
"""Tokens of a statement that may be another name of an array."""


class Program:
    """Sorts the statements of one text; ``given`` are the names that have a value outside.

    ``values`` are those that the text gives to names itself, ``seed`` what is given to ``backward``; ``code.found``
    tells whether a library was used.
    """

    def __init__(self, text: str, names: Names, given: Sequence[str], notes: dict[str, str]) -> None:
        self.text = text
        self.names = names
        self.given = given
        self.notes = notes
        self.statements: list[TokenStatement] = []
        self.values: dict[str, str] = {}
        self.seed: str | None = None
        self.code = Code(names, notes)
        self.code.of_torch = re.search(r"\bimport torch\b|\b(?:torch|nn|F)\.[a-z]", text) is not None
        self.declares = re.search(rf"^[ \t]*(?:{'|'.join(TYPES)})[ \t]+\w+[ \t]*=", text, re.MULTILINE) is not None
        self.renamed: dict[str, str] = {}
        self.made: dict[str, int] = {}
        self.taken: set[str] = set()
        self.functions: set[str] = set()
        self.lifted: list[list[Node]] = []
        self.finished = False
        self.constants: dict[str, tuple[list[Node], Span]] = {}

    def read(self, tokens: Sequence[Node]) -> None:
        """Sort the statements of all tokens.

        Raises ExpressionError for a statement that cannot be kept.
        """
        texts = {token.text for token in tokens}
        self.code.of_r = "%*%" in texts
        if not texts.isdisjoint(("->", "=>", "lambda", "function")):
            tokens = rewritten(tokens, function_written, ("(", "->", "=>", "lambda"))
        statements = [each for tokens in on_one_line(split(tokens), self.text) if (each := self.begun(tokens))]
        statements = defined_first(marked_named(statements, self.given.__contains__))
        statements[-1:] = map(shown, statements[-1:])
        statements = [each for tokens in statements for each in self.results_apart(tokens)]
        self.functions = {found[0] for tokens in statements if (found := definition(tokens)) is not None}
        set_here = {tokens[0].text for tokens in statements if is_op(tokens[head(tokens) % len(tokens)], "=")}
        self.taken = {*self.given, *set_here}
        kept = [each for tokens in statements if (each := self.kept(tokens, set_here))]
        kept = [*self.lifted, *kept]
        kept = calls_written_out(kept, {*self.given, *set_here}, self.given, self.values)
        shared = {name for tokens in statements for name in _sharing(tokens)}
        for tokens in entries_together(kept, self.given, shared):
            self.statement(tokens)
        self.seed = self.values.pop(str(self.seed), self.seed)
        named = [s for s in self.statements[:-1] if s.target is not None or not s.is_bare]
        self.statements = [*named, *self.statements[-1:]]

    def begun(self, tokens: list[Node]) -> list[Node]:
        """A statement without ``with GradientTape() as tape:`` and without ``double`` before a name that is set."""
        texts = [token.text for token in tokens]
        if texts[0] == "with" and "GradientTape" in texts:
            self.code.found = True
            return tokens[position(tokens, ":") + 1 :] if ":" in texts else []
        if len(texts) == 2 and texts[0] in TYPES and texts[0] not in self.names:  # double y;
            return []
        sets = assignment(tokens, self.given)
        sets = updated(sets) if self.declares else sets
        self.code.of_r |= texts[1:2] == ["<"] and text_at(sets, 1) == "="
        return sets

    def kept(self, tokens: list[Node], set_here: Collection[str]) -> list[Node]:
        """A statement in the language, or of the kind that sets a name; empty for what computes nothing."""
        span = (tokens[0].start, tokens[-1].end)
        texts = [token.text for token in tokens]
        word = texts[0] if tokens[0].kind == "name" and texts[0] not in self.names else ""
        if word in _REFUSED and not self.finished:  # an update behind the derivative is left out, whatever it is
            why = "of Python's syntax only what can be written out is read: known loops, conditions, functions"
            raise wrong(f"{_REFUSED[word]} cannot be read", span, "AG603", why=why, hint=_INSTEAD.get(word))
        if word in _SAID or _IDLE.search(" ".join(texts)) is not None or self.finished:
            self.drop(span)
            return []
        if word == "return" and len(tokens) > 1:
            tokens = tokens[1:]
        tokens = self.backward(self.code.plain(self.differentiated(tokens, set_here)))
        value = tokens[2:] if position(tokens, "=") == 1 else []
        made = value and (self.code.layer(tokens[0].text, value) or self.code.distribution(tokens[0].text, value))
        return [] if made else tokens

    def statement(self, tokens: list[Node]) -> None:
        """One statement in the language."""
        span = (tokens[0].start, tokens[-1].end)
        equals = position(tokens, "=")
        tokens = [*tokens[: equals + 1], *map(self.current, tokens[equals + 1 :])]
        if equals < 0:
            functions = _COMPOSED.fullmatch(self.text[slice(*span)])
            if functions is not None and self.made.keys() >= {*functions.groups()}:
                hint = "write {0}(x) = ..., {1}(x) = ... and {0}({1}(x))".format(*functions.groups())
                raise wrong("a composition of functions is read of functions of a name", span, "AG603", hint=hint)
            self.statements.append(TokenStatement(None, body(tokens), *span))
        else:
            self.assignment(tokens[:equals], tokens[equals + 1 :], span)

    # Derivatives that the text asks for.

    def differentiated(self, tokens: list[Node], set_here: Collection[str]) -> list[Node]:
        """What is differentiated by ``grad(f)(x)``, ``derivative(f, x)``, ``tape.gradient(y, x)``; all without one.

        Raises ExpressionError where a derivative is a part of something else, as in ``2*grad(f)(x)`` and ``f'(x) + 1``.
        """
        place, end, inner = -1, -1, tokens[:0]
        for at, token in enumerate(tokens):
            if token.kind == "quote" and at and tokens[at - 1].text in self.functions:
                raise part_of((tokens[at - 1].start, token.end))
            if token.text in DERIVATIVES and token.text not in self.names and text_at(tokens, at + 1) == "(":
                place, end = at, closing(tokens, at + 1)
                inner = tokens[at + 2 : end]
                break
        function, *more = split(inner, between=",") or [tokens[:0]]
        name = text_at(function, 0)
        if end == len(tokens) or (name != "@" and name not in set_here):
            return tokens
        first, size = place, len(function)
        while first > 1 and is_op(tokens[first - 1], "."):
            first -= 2
        arguments = tokens[end + 1 : closing(tokens, end + 1) + 1] if text_at(tokens, end + 1) == "(" else []
        before, rest = tokens[:first], tokens[end + 1 + len(arguments) :]
        taken = not before or (is_op(before[-1], "=") and (arguments or name not in self.functions))  # not g = grad(f)
        if not taken or text_of(rest)[:1] not in ("", "[", "."):
            raise part_of((tokens[first].start, tokens[end].end))
        self.code.found = self.finished = True
        if name != "@":
            self.drop((tokens[0].start, tokens[-1].end))
        given = split(arguments[1:-1], between=",") if arguments else [each for each in more if text_at(each, 1) != "="]
        if name == "@":
            own = function[0].named("f" if "f" not in self.names else "f_")
            self.lifted = [[own, *signs("=", own.span), *function]]
            function = [own]
        if not given or (name != "@" and name not in self.functions):
            return function
        return [function[0], *(arguments or [tokens[place + 1], *tokens[place + 3 + size : end], tokens[end]])]

    def backward(self, tokens: list[Node]) -> list[Node]:
        """L of ``L.backward(v)``, where v is the grad tensor; all tokens without one."""
        *_, dot, method, bracket, by, _ = [*[Node("", "", 0, 0)] * 5, *tokens]
        if (dot.text, method.text, bracket.text, by.kind) == (".", "diff", "(", "name"):  # f.diff(x) of SymPy
            self.code.found = self.finished = True
            return tokens[:-5]
        place = position(tokens, "backward")
        if place < 2 or [each.text for each in tokens[place - 1 : place + 2]] != [".", "backward", "("]:
            return tokens
        inner = tokens[place + 2 : closing(tokens, place + 1)]
        if len(inner) > 1 and is_op(inner[1], "="):
            inner = inner[2:] if inner[0].text in ("gradient", "grad_tensors", "grad") else []
        if inner:
            self.seed = "1" if inner[0].text == "ones_like" else text_of(inner)
        self.finished = True
        return tokens[: place - 1]

    def drop(self, span: Span) -> None:
        """Leave a statement out, and say so."""
        shown = self.text[span[0] : span[1]].strip(" \\&\n")
        self.notes.setdefault(f"'{shown if len(shown) <= 40 else shown[:37] + '...'}' was left out", "AG418")

    def current(self, token: Node) -> Node:
        """A name that was set twice, as it is called now."""
        renamed = self.renamed.get(token.text) if token.kind == "name" else None
        return token if renamed is None else token.named(renamed)

    # Statements that are kept.

    def assignment(self, left: list[Node], right: list[Node], span: Span) -> None:
        """``name = value``, ``f(x) = value``, ``y[0] = value``, ``x += value``."""
        if not right:
            raise wrong("nothing stands behind '='", span)
        if len(left) > 4 or (left and left[0].text == "{"):  # (a, b) = ..., [m, i] = ...
            left = unwrapped(left)
        sides = split(right, between="=") or [right]
        right, *rest = sides[
            len(list(itertools.takewhile(self.only_named, sides[:-1]))) :
        ]  # y = f(x) = x^2, and f = x^2 = 4
        if rest and len(right) == 1:
            raise self.strange(left, right, span)
        if rest:
            self.drop((right[-1].end, rest[-1][-1].end))
        name, mark = [*(token.text for token in left[:2]), "", ""][:2]
        if mark == "," and self.several(left, right):
            return
        raised = mark == "^" and any(each.kind == "num" or each.text in self.given for each in left[2:4])  # s^2 = x + 1
        if not left or head(left) != len(left) or raised:
            if not self.only_named(left):
                raise self.strange(left, right, span)
            self.drop((left[0].start, right[0].start))
            self.statements.append(TokenStatement(None, right, *span))
            return
        value = body(right)
        letters = open_indices(left, value, self.text, self.given) if mark in ("_", "^") else ()
        if mark == "_" and not letters:
            name = f"{name}_{''.join(token.text for token in left[2:] if token.kind in ('name', 'num'))}"
        if not self.constant(name, value, span):
            self.append(name, value, span, letters=letters)

    def only_named(self, tokens: list[Node]) -> bool:
        """Whether tokens only name the right side: a name without a value, or a function of it as in ``ln p(x)``."""
        names = [token.kind == "name" and self.names.function(token.text) is not None for token in tokens]
        start = next(
            (at for at, each in enumerate(tokens) if not (names[at] or (at == 0 and is_op(each, "-")))), len(tokens)
        )
        named = start < len(tokens) == head(tokens, start) and tokens[start].text not in self.given
        called = text_at(tokens, 1) == "(" and head(tokens) == len(tokens)  # cos(θ) = x·y/(|x||y|)
        free = called and not any(token.text in self.given for token in tokens)
        return free or (named and (not start or any(names[:start])))

    def strange(self, left: Sequence[Node], right: Sequence[Node], span: Span) -> ExpressionError:
        """The error for what cannot be set: of an equation, the difference of its sides has a gradient."""
        end = left[-1].end if left else span[1]
        error = wrong("a name is expected before '='", (span[0], end), "AG603")
        error.hint = "compare with ==; f = ... names the result"
        whole = self.text.strip() == self.text[span[0] : span[1]]
        if left and whole and not any(each.text in _CONDITIONS for each in left):
            difference = f"{self.text[span[0] : end]} - ({self.text[right[0].start : right[-1].end]})"
            error.why = "an equation has no gradient; the difference of its sides has, and dy/dx = -(df/dx)/(df/dy)"
            error.rewrites, error.hint = (difference,), None
        return error

    def several(self, left: Sequence[Node], right: list[Node]) -> bool:
        """``n, d = X.shape``, ``a, b = 2*x, y``: a statement for each name, where no value uses one of them.

        ``q, k = x.chunk(2)`` sets each name to a part of the value; of PyTorch's pairs of values and positions, as in
        ``m, i = x.max(0)``, the values are set.
        """
        names, values = split(left, between=","), split(unwrapped(right), between=",")
        used = {token.text for before, token in zip([left[0], *right], right, strict=False) if not is_op(before, ".")}
        if any(len(name) > 1 or name[0].kind != "name" for name in names):
            return False
        calls = [at for at in range(1, len(right)) if right[at].kind == "open" and closing(right, at) == len(right) - 1]
        called = find(right[calls[0] - 1].text) if calls else None
        if len(names) == 2 and called is not None and any(each.pair for each in called.alternatives):
            self.notes.setdefault(f"'{names[1][0].text}' was left out: {called.name} gives the values alone", "AG418")
            self.assignment(names[0], right, (names[0][0].start, right[-1].end))
            return True
        if len(values) == 1 < len(names):
            for place, name in enumerate(names):
                self.append(name[0].text, right, (name[0].start, right[-1].end), (place, len(names)))
            return True
        if len(names) != len(values) or any(name[0].text in used for name in names):
            return False
        for name, value in zip(names, values, strict=True):
            self.assignment(name, value, (name[0].start, value[-1].end))
        return True

    def results_apart(self, tokens: list[Node]) -> list[list[Node]]:
        """``sign, logdet = np.linalg.slogdet(A)``: a statement for each result but for one that is called ``_``."""
        equals = position(tokens, "=")
        opening = next((at for at in range(equals + 1, len(tokens)) if tokens[at].kind == "open"), 0)
        results = notation.RESULTS.get(tokens[opening - 1].text, ()) if equals > 1 else ()
        names = split(unwrapped(tokens[:equals]), between=",") if results else []
        whole = results and closing(tokens, opening) == len(tokens) - 1 and tokens[opening - 1].text not in self.names
        if not whole or len(names) != len(results) or any(len(name) > 1 for name in names):
            return [tokens]
        places = [signs(f"[{place}]", tokens[-1].span) for place in range(len(names))]
        made = zip(names, places, strict=True)
        return [[name, *tokens[equals:], *place] for (name,), place in made if name.text != "_"]

    def append(
        self,
        name: str,
        tokens: list[Node],
        span: Span,
        part: tuple[int, int] | None = None,
        letters: Sequence[str] = (),
    ) -> None:
        """Set a name; one that was set before gets another."""
        if name in self.constants and name in self.values:
            del self.values[name]
            self.append(name, *self.constants.pop(name))
        given = name in self.given
        count = self.made[name] = self.made.get(name, 0) + 1
        own = name
        if count > 1 or given:
            changes = count > 1 or any(token.text == name for token in tokens)
            names = (f"{name}_{number}" for number in itertools.count(count + given))
            own = next(each for each in names if each not in self.taken) if changes else name + "_"
            self.taken.add(own)
            self.renamed[name] = own
        self.statements.append(TokenStatement(own, tokens, *span, part, letters))

    def constant(self, name: str, right: list[Node], span: Span) -> bool:
        """Whether a statement gives a value to a name: one from outside comes first."""
        known = any(token.text in self.given or token.text in self.made for token in right)  # an e that is set before
        literal = is_literal(right) and not known
        generated = right[0].kind == "name" and right[0].text in GENERATORS and closing(right, 1) == len(right) - 1
        if not literal and (not generated or not is_literal(right[1:])):
            return False
        if name in self.given:
            shown = f"{name} = {text_of(right)}"
            self.notes.setdefault(f"'{shown[:60]}' was left out: a value is given for {name}", "AG418")
            return True
        if generated and right[0].text == "empty":
            return True
        if self.code.found or literal:
            self.values[name] = text_of(right).replace("π", "pi")
            self.constants[name] = (right, span)
            return True
        return False
