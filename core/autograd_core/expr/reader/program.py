"""Statements of a pasted program: values, intermediate names, the result, and what it is propagated back from."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from autograd_core.errors import ExpressionError, Span
from autograd_core.expr.reader.calls import Calls, defined_first, marked_named, open_indices
from autograd_core.expr.reader.code import GENERATORS, Code, function_written, rewritten, text_at, text_of
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
    unwrapped,
)
from autograd_core.expr.tokenizer import wrong
from autograd_core.ops.registry import find

_REFUSED = {
    **dict.fromkeys(("for", "while"), "a loop"),
    **dict.fromkeys(("if", "elif", "else"), "a condition"),
    "class": "a class",
    "def": "this function",
    "with": "a 'with' block",
    "try": "a 'try' block",
    "assert": "an assertion",
    **{word: f"'{word}'" for word in ("del", "global", "raise", "yield", "async")},
}
_INSTEAD = {
    "for": "write the steps out, or use a function of whole arrays",
    "while": "write the steps out",
    "if": "use where(condition, a, b)",
}
_SAID = words("import from print plt syms")
"""Words that begin statements which compute nothing."""

_TYPES = words("double float int auto const let var val local")
"""Words before a name that is set, in C, JavaScript and their like."""

_CONDITIONS = words("where with if at for when given")
_DECLARED = words("symbols Symbol watch")
_OF_GRADIENTS = words("grad requires_grad requires_grad_ retain_grad")
_DERIVATIVES = ("grad", "gradient", "derivative", "value_and_grad", "elementwise_grad")


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
        self.entries: dict[str, dict[int, list[Node]]] = {}
        self.renamed: dict[str, str] = {}
        self.made: dict[str, int] = {}
        self.finished = False
        self.constants: dict[str, tuple[list[Node], Span]] = {}
        self.calls = Calls(given)

    def read(self, tokens: Sequence[Node]) -> None:
        """Sort the statements of all tokens.

        Raises ExpressionError for a statement that cannot be kept.
        """
        tokens = rewritten(tokens, function_written)
        statements = marked_named(on_one_line(split(tokens), self.text), self.given.__contains__)
        for statement in defined_first(statements):
            self.statement(statement)
        for name in list(self.entries):
            self.stacked(name)
        kept = [s for s in self.statements[:-1] if s.target is not None or not s.is_bare]
        self.statements = [*kept, *self.statements[-1:]]

    def statement(self, tokens: list[Node]) -> None:
        """One statement."""
        sets = position(tokens, "=") + 1
        tokens = [*tokens[:sets], *self.calls.inlined(tokens[sets:])]
        span = (tokens[0].start, tokens[-1].end)
        texts = [token.text for token in tokens]
        word = texts[0] if tokens[0].kind == "name" and texts[0] not in self.names else ""
        if word == "with" and "GradientTape" in texts:
            self.code.found = True
            colon = position(tokens, ":")
            if 0 <= colon < len(tokens) - 1:
                self.statement(tokens[colon + 1 :])
            return
        if word in _TYPES and len(tokens) > 3 and tokens[1].kind == "name" and is_op(tokens[2], "="):
            self.statement(tokens[1:])
            return
        if word in _REFUSED and not self.finished:  # an update behind the derivative is left out, whatever it is
            why = "of Python only what can be written out is read: loops over what is known, conditions, functions"
            raise wrong(f"{_REFUSED[word]} cannot be read", span, "AG603", why=why, hint=_INSTEAD.get(word))
        if word in _SAID or (is_op(tokens[0], "@") and text_at(tokens, 1) != "(") or not _DECLARED.isdisjoint(texts):
            self.drop(span)
            return
        if word == "return" and len(tokens) > 1:
            self.value(self.code.plain([self.current(token) for token in tokens[1:]]), span)
            return
        of_gradients = texts[1:2] == ["."] and not _OF_GRADIENTS.isdisjoint(texts[2:3]) and texts[2:4] != ["grad", "("]
        if self.finished or of_gradients or word in ("optimizer", "opt"):
            self.drop(span)
            return
        if self.differentiated(tokens, span):
            return
        if len(tokens) > 3 and self.assigns(tokens):  # f <- x^2 of R
            self.code.of_r = True
            tokens[1:3] = [Node("op", "=", tokens[1].start, tokens[2].end, True)]
        sets = position(tokens, "=") + 1
        tokens = self.code.plain(self.uncalled([*tokens[:sets], *map(self.current, tokens[sets:])]))
        if not tokens or self.backward(tokens, span):
            return
        equals = position(tokens, "=")
        if equals < 0:
            self.value(tokens, span)
        else:
            self.assignment(tokens[:equals], tokens[equals + 1 :], span)

    def assigns(self, tokens: Sequence[Node]) -> bool:
        """Whether tokens begin with ``x <- `` of R, and do not compare a value."""
        arrow = is_op(tokens[1], "<") and is_op(tokens[2], "-") and not tokens[2].blank
        return arrow and tokens[3].blank and tokens[0].text not in self.given

    # Functions that the text defines.

    def uncalled(self, tokens: list[Node]) -> list[Node]:
        """A call of a function that was defined, with its own names or with numbers for arguments, is its result.

        With other arguments, or with several, the function is written out.
        """
        self.calls.refuse_compositions(tokens)
        if any(self.helper(name) for name in self.calls.called_otherwise(tokens)):
            return self.uncalled(self.calls.inlined(tokens))
        for place in reversed(self.calls.places(tokens)):
            tokens = [*tokens[: place + 1], *tokens[self.bind(tokens[place], tokens, place + 1) + 1 :]]
        return tokens

    def helper(self, name: str) -> bool:
        """Make a helper of a function and of those that it uses by name; whether that can be done."""
        made = name in self.calls.helpers or self.calls.make_helper(name)
        if made:
            self.leave_out(self.calls.bodies[name])
            for each in self.calls.named_in(name):
                self.helper(each)
        return made

    def leave_out(self, made: TokenStatement) -> None:
        """Leave the statement of a function out where nothing else uses its value."""
        others = [each for each in self.statements if each is not made]
        if not any(token.text == made.target for each in others for token in each.tokens):
            self.statements = others
            self.made = {each: n for each, n in self.made.items() if self.renamed.get(each, each) != made.target}
            self.renamed = {each: own for each, own in self.renamed.items() if own != made.target}

    def bind(self, function: Node, tokens: Sequence[Node], opening: int) -> int:
        """Give the arguments of a call to the names that the function has for them; where the call ends.

        Raises ExpressionError for an argument that is neither that name nor a number.
        """
        end = closing(tokens, opening)
        parameters = self.calls.parameters[function.text]
        given = [self.code.plain(each) for each in split(tokens[opening + 1 : end], between=",")]
        fits = len(given) == len(parameters)
        for name, argument in zip(parameters, given, strict=False):
            text = text_of(argument)
            if text != name and is_literal(argument) and name not in self.given:
                self.values[name] = text
            elif text != name:
                fits = False
        if not fits:
            span = (function.start, tokens[min(end, len(tokens) - 1)].end)
            why = f"its arguments are {', '.join(parameters)}"
            words = f"{function.text} is called with other names than it has"
            raise wrong(words, span, "AG603", why=why, hint="give the arguments those names")
        return end

    # Derivatives that the text asks for.

    def differentiated(self, tokens: list[Node], span: Span) -> bool:
        """``grad(f)(x)``, ``grad(lambda x: x**2)(x)``, ``tape.gradient(y, x)``: what is differentiated is the result.

        Raises ExpressionError where a derivative is a part of something else, as in ``2*grad(f)(x)`` and ``f'(x) + 1``.
        Offered is what is differentiated: with a number before it, or alone.
        """
        parameters = self.calls.parameters
        words = [word for word in _DERIVATIVES if word not in self.names]
        places = [at for at, each in enumerate(tokens) if each.text in words and text_at(tokens, at + 1) == "("]
        primes = [
            at for at, each in enumerate(tokens) if each.kind == "quote" and tokens[max(at - 1, 0)].text in parameters
        ]
        place = (places or primes or [-1])[0]
        end = closing(tokens, place + 1) if places else place
        given = [tokens[place - 1 : place]] if primes else split(tokens[place + 2 : end], between=",")
        function: list[Node] = given[0] if given else []
        name = function[0].text if function and place >= 0 else ""
        if name != "@" and name not in parameters and name not in self.made:
            return False
        first = place - bool(primes)
        while first > 1 and is_op(tokens[first - 1], "."):
            first -= 2
        called = tokens[end + 1 : closing(tokens, end + 1) + 1] if text_at(tokens, end + 1) == "(" else []
        before, rest = tokens[:first], tokens[end + 1 + len(called) :]
        if not called and len(given) > 1 and (name == "@" or name in parameters) and text_at(given[1], 1) != "=":
            called = [tokens[place + 1], *tokens[place + 3 + len(function) : end + 1]]  # derivative(f, x) of Julia
        if primes or text_of(rest)[:1] not in ("", "[", ".") or (before and not is_op(before[-1], "=")):
            why = "the answer is the derivative of the whole expression, and a number before it multiplies both"
            place_of = (tokens[first].start, (called or tokens[: end + 1])[-1].end)
            error = wrong("a derivative is a part of an expression here", place_of, "AG603", why=why)
            factor = text_of(before) if before and is_literal(before) and is_op(before[-1], "*", "-") else ""
            if called and name in parameters:
                error.rewrites = (f"{self.text[: span[0]]}{'' if rest else factor}{name}{text_of(called)}",)
            raise error
        self.code.found = True
        if not called and name in parameters and is_op(tokens[1], "="):
            parameters[tokens[0].text] = parameters[name]
            self.renamed[tokens[0].text] = name
            self.drop(span)
            return True
        inner = body(function)
        if name == "@":
            function = [function[0].named(name), *function[1:]]
            parameters[name] = [token.text for token in function[1 : -len(inner)] if token.kind == "name"]
            self.calls.bodies[name] = TokenStatement(name, inner, *span)
        found = self.uncalled([function[0], *called]) if called and name in parameters else function[:1]
        value = [part for token in found for part in (inner if token.text == "@" and token.kind == "name" else [token])]
        value = self.code.plain([self.current(token) for token in value])
        last = self.statements[-1].target if called and self.statements else None
        if [token.text for token in value] != [last]:
            self.value(value, span)
        if name != "@":
            self.drop(span)
        self.finished = True
        return True

    def backward(self, tokens: list[Node], span: Span) -> bool:
        """``L.backward(v)``: L is the result, and v the grad tensor."""
        place = position(tokens, "backward")
        called = [each.text for each in tokens[max(place - 1, 0) : place + 2]] == [".", "backward", "("]
        if place < 2 or not called:
            return False
        inner = tokens[place + 2 : closing(tokens, place + 1)]
        if len(inner) > 1 and is_op(inner[1], "="):
            inner = inner[2:] if inner[0].text in ("gradient", "grad_tensors", "grad") else []
        if inner:
            seed = text_of(inner)
            self.seed = "1" if inner[0].text == "ones_like" else self.values.pop(seed, seed)
        self.value(tokens[: place - 1], span)
        self.finished = True
        return True

    def drop(self, span: Span) -> None:
        """Leave a statement out, and say so."""
        shown = self.text[span[0] : span[1]].strip(" \\&\n")
        self.notes.setdefault(f"'{shown if len(shown) <= 40 else shown[:37] + '...'}' was left out", "AG418")

    def current(self, token: Node) -> Node:
        """A name that was set twice, as it is called now."""
        renamed = self.renamed.get(token.text) if token.kind == "name" else None
        return token if renamed is None else token.named(renamed)

    # Statements that are kept.

    def stack_used(self, tokens: Sequence[Node]) -> None:
        """Put the entries together of arrays that are used here."""
        for token in tokens:
            if token.kind == "name" and token.text in self.entries:
                self.stacked(token.text)

    def value(self, tokens: list[Node], span: Span) -> None:
        """A statement that sets no name."""
        tokens = body(tokens)
        self.stack_used(tokens)
        self.statements.append(TokenStatement(None, tokens, *span))

    def assignment(self, left: list[Node], right: list[Node], span: Span) -> None:
        """``name = value``, ``f(x) = value``, ``y[0] = value``, ``x += value``."""
        if not right:
            raise wrong("nothing stands behind '='", span)
        if len(left) > 4 or (left and left[0].text == "{"):  # (a, b) = ..., [m, i] = ...
            left = unwrapped(left)
        sides = split(right, between="=") or [right]
        right, *rest = sides[len(list(takewhile(self.only_named, sides[:-1]))) :]  # y = f(x) = x^2, and f = x^2 = 4
        if rest and len(right) == 1:
            raise self.strange(left, right, span)
        if rest:
            self.drop((right[-1].end, rest[-1][-1].end))
        name, mark = [*(token.text for token in left[:2]), "", ""][:2]
        if mark == "," and self.several(left, right):
            return
        if mark == "[" and len(left) > 2:
            self.entry(left, right, span)
            return
        raised = mark == "^" and any(token.kind == "num" for token in left[2:4])  # s^2 = x + 1, where s has a value
        if not left or head(left) != len(left) or raised:
            if not self.only_named(left):
                raise self.strange(left, right, span)
            self.drop((left[0].start, right[0].start))
            self.value(right, span)
            return
        value = body(right)
        letters = open_indices(left, value, self.text, self.given) if mark in ("_", "^") else ()
        if mark == "_" and not letters:
            name = f"{name}_{''.join(token.text for token in left[2:] if token.kind in ('name', 'num'))}"
        given = left[2 : closing(left, 1)] if mark == "(" else right[: len(right) - len(value)]
        if not (self.code.layer(name, value) or self.constant(name, value, span)):
            self.stack_used(value)
            self.append(name, value, span, letters=letters)
            if given and name not in self.given:
                self.calls.parameters[name] = [token.text for token in given if token.kind == "name"]
                self.calls.bodies[name] = self.statements[-1]

    def only_named(self, tokens: list[Node]) -> bool:
        """Whether tokens only name the right side: a name without a value, or a function of it as in ``ln p(x)``."""
        names = [token.kind == "name" and self.names.function(token.text) is not None for token in tokens]
        start = next(
            (at for at, each in enumerate(tokens) if not (names[at] or (at == 0 and is_op(each, "-")))), len(tokens)
        )
        named = start < len(tokens) == head(tokens, start) and tokens[start].text not in self.given
        return named and (not start or any(names[:start]))

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
        used = {token.text for token in right}
        if any(len(name) > 1 or name[0].kind != "name" for name in names):
            return False
        calls = [at for at in range(1, len(right)) if right[at].kind == "open" and closing(right, at) == len(right) - 1]
        called = find(right[calls[0] - 1].text) if calls else None
        if len(names) == 2 and called is not None and any(each.pair for each in called.alternatives):
            self.notes.setdefault(f"'{names[1][0].text}' was left out: {called.name} gives the values alone", "AG418")
            self.assignment(names[0], right, (names[0][0].start, right[-1].end))
            return True
        if len(values) == 1 < len(names):
            self.stack_used(right)
            for place, name in enumerate(names):
                self.append(name[0].text, right, (name[0].start, right[-1].end), (place, len(names)))
            return True
        if len(names) != len(values) or any(name[0].text in used for name in names):
            return False
        for name, value in zip(names, values, strict=True):
            self.assignment(name, value, (name[0].start, value[-1].end))
        return True

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
            own = f"{name}_{count + given}" if changes else name + "_"
            self.renamed[name] = own
        self.statements.append(TokenStatement(own, tokens, *span, part, letters))

    def constant(self, name: str, right: list[Node], span: Span) -> bool:
        """Whether a statement gives a value to a name: one from outside comes first."""
        literal = is_literal(right)
        generated = right[0].kind == "name" and right[0].text in GENERATORS and closing(right, 1) == len(right) - 1
        if not literal and (not generated or any(token.kind == "name" for token in right[1:])):
            return False
        if name in self.given:
            shown = self.text[span[0] : span[1]]
            self.notes.setdefault(f"'{shown[:60]}' was left out: a value is given for {name}", "AG418")
            return True
        if generated and right[0].text == "empty":
            return True
        if self.code.found or literal:
            self.values[name] = text_of(right).replace("π", "pi")
            self.constants[name] = (right, span)
            return True
        return False

    def entry(self, left: list[Node], right: list[Node], span: Span) -> None:
        """``y[0] = value``: entries are put together where the array is used."""
        name = left[0].text
        if len(left) != 4 or left[2].kind != "num" or not left[2].text.isdigit():
            raise wrong("only whole entries such as y[0] can be set", span, "AG603", hint="stack([a, b])")
        if self.made.get(name):
            raise wrong(f"{name} is changed in place", span, "AG603", why="each name is set once")
        if name in self.given and name not in self.constants:
            raise wrong(
                f"an entry of {name} is set, and {name} has a value",
                span,
                "AG603",
                hint=f"where(c, v, {name}) is v where c holds",
            )
        self.values.pop(name, None)
        self.entries.setdefault(name, {})[int(left[2].text)] = right

    def stacked(self, name: str) -> None:
        """The array of the entries that were set one by one."""
        entries = self.entries.pop(name)
        start = min(tokens[0].start for tokens in entries.values())
        end = max(tokens[-1].end for tokens in entries.values())
        if sorted(entries) != list(range(len(entries))):
            words = f"{name} has {len(entries)} entries that are set, and not all up to {max(entries)}"
            raise wrong(words, (start, end), "AG603")
        first, last = (start, start + 1), (end - 1, end)
        tokens = [Node("name", "stack", *first, whole=True), Node("open", "(", *first), Node("open", "[", *first)]
        for place in range(len(entries)):
            if place:
                tokens.append(Node("sep", ",", entries[place][0].start, entries[place][0].start + 1))
            tokens += entries[place]
        tokens += [Node("close", "]", *last), Node("close", ")", *last)]
        self.append(name, tokens, (start, end))
