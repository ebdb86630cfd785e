"""Statements of a pasted program: values, intermediate names, the result, and what it is propagated back from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from autograd_core.errors import ExpressionError, LimitError
from autograd_core.expr.reader.code import GENERATORS, Code, closing, joined
from autograd_core.expr.reader.item import Notes
from autograd_core.expr.reader.names import Names
from autograd_core.expr.reader.script import TokenScript, TokenStatement, body, is_literal, outer, split
from autograd_core.expr.reader.tree import Node, is_op
from autograd_core.ops.spec import Shape

_REFUSED = {
    "for": "a loop",
    "while": "a loop",
    "if": "a condition",
    "elif": "a condition",
    "else": "a condition",
    "class": "a class",
    "with": "a 'with' block",
    "try": "a 'try' block",
    "del": "'del'",
    "global": "'global'",
    "assert": "an assertion",
    "raise": "'raise'",
    "yield": "'yield'",
    "async": "'async'",
}
_INSTEAD = {
    "for": "write the steps out, or use a function of whole arrays",
    "while": "write the steps out",
    "if": "use where(condition, a, b)",
}
_DROPPED = "AG418"
MAX_CALLS = 20
"""Calls of helpers inside one another."""

MAX_TOKENS = 20_000
"""Tokens of a statement whose helpers are written out."""

_DERIVATIVES = frozenset(["grad", "gradient", "value_and_grad", "elementwise_grad"])

ShapeOf = Callable[[str, Mapping[str, str]], Shape | None]
"""The shape of a name with a value from outside, or from the text; None for any other."""


class Reader:
    """Sorts the statements of one text; ``given`` are the names that have a value outside."""

    def __init__(self, text: str, names: Names, given: Sequence[str], notes: Notes, shape_of: ShapeOf) -> None:
        self.text = text
        self.names = names
        self.given = given
        self.notes = notes
        self.script = TokenScript()
        self.code = Code(names, notes, lambda name: shape_of(name, self.script.values))
        self.entries: dict[str, dict[int, list[Node]]] = {}
        self.renamed: dict[str, str] = {}
        self.made: dict[str, int] = {}
        self.finished = False
        self.functions: dict[str, list[str]] = {}
        self.constants: dict[str, tuple[list[Node], tuple[int, int]]] = {}
        self.defined_name = ""
        self.before = 0
        self.helpers: dict[str, tuple[list[str], list[Node]]] = {}

    def read(self, tokens: Sequence[Node]) -> TokenScript:
        """The script of all tokens.

        Raises ExpressionError for a statement that cannot be kept.
        """
        self.code.matlab = any(token.kind == "op" and token.text in (".^", ".*", "./") for token in tokens)
        for statement in split(tokens):
            self.statement(list(statement))
        for name in list(self.entries):
            self.stacked(name)
        kept = [s for s in self.script.statements[:-1] if s.target is not None or not self.is_bare(s)]
        self.script.statements = [*kept, *self.script.statements[-1:]]
        self.script.code = self.code.found
        return self.script

    def is_bare(self, statement: TokenStatement) -> bool:
        """Whether a statement is a name alone, which computes nothing."""
        texts = [token.text for token in statement.tokens if token.text not in (".", "detach", "(", ")")]
        return len(texts) == 1 and statement.tokens[0].kind == "name"

    def statement(self, tokens: list[Node]) -> None:
        """One statement."""
        tokens = self.inlined(tokens) if self.helpers else tokens
        first = tokens[0]
        span = (first.start, tokens[-1].end)
        word = first.text if first.kind == "name" else ""
        if word == "with" and any(token.text == "GradientTape" for token in tokens):
            self.code.found = True
            tokens = tokens[next((place + 1 for place, t in outer(tokens) if is_op(t, ":")), len(tokens)) :]
            if tokens:
                self.statement(tokens)
            return
        if word in _REFUSED and word not in self.names:
            raise ExpressionError(
                f"{_REFUSED[word]} cannot be read", code="AG603", span=span, text=self.text,
                why="only statements that are carried out once, one after the other, are read",
                hint=_INSTEAD.get(word),
            )  # fmt: skip
        symbols = any(token.text in ("symbols", "Symbol", "watch") for token in tokens)
        if symbols or (word in ("import", "from", "print", "plt", "syms") and word not in self.names):
            self.drop(span)
            return
        if word == "def" and word not in self.names:
            tokens = self.defined(tokens)
            if not tokens:
                return
            word = tokens[0].text
        if word == "return":
            self.returned(tokens[1:], span)
            return
        if self.finished and not self.names_grad(tokens):
            self.drop(span)
            return
        if self.names_grad(tokens):
            self.drop(span)
            return
        if self.differentiated(tokens, span):
            return
        sets = next((place for place, token in outer(tokens) if is_op(token, "=")), -1)
        tokens = [*tokens[: sets + 1], *(self.current(token) for token in tokens[sets + 1 :])]
        tokens = self.code.plain(self.uncalled(tokens))
        if not tokens:
            return
        if self.backward(tokens, span):
            return
        equals = next((place for place, token in outer(tokens) if is_op(token, "=")), None)
        if equals is None:
            self.value(tokens, span)
        else:
            self.assignment(tokens, equals, span)

    def defined(self, tokens: list[Node]) -> list[Node]:
        """``def f(x):`` begins a function whose statements are carried out once; what stands behind the colon."""
        colon = next((place for place, token in outer(tokens) if is_op(token, ":")), None)
        if colon is None or len(tokens) < 4 or (self.defined_name and not self.helper()):
            raise ExpressionError(
                "a second function cannot be read" if self.defined_name else "this function cannot be read",
                code="AG603", span=(tokens[0].start, tokens[-1].end), text=self.text,
                why="a function that others call is one return" if self.defined_name else None,
            )  # fmt: skip
        self.defined_name = tokens[1].text
        self.before = len(self.script.statements)
        self.functions[self.defined_name] = [token.text for token in tokens[3:colon] if token.kind == "name"]
        self.code.found = True
        return tokens[colon + 1 :]

    def helper(self) -> bool:
        """Make the function before this one a helper, which is written out where it is called: it is one return."""
        made = [statement for statement in self.script.statements if statement.target == self.defined_name]
        if len(made) != 1 or len(self.script.statements) > self.before + 1:
            return False
        self.script.statements.remove(made[0])
        self.helpers[self.defined_name] = (self.functions.pop(self.defined_name), made[0].tokens)
        del self.made[self.defined_name]
        return True

    def inlined(self, tokens: list[Node], depth: int = 0) -> list[Node]:
        """The tokens with the values of helpers where they are called.

        Raises LimitError where that is too long.
        """
        if depth > MAX_CALLS or len(tokens) > MAX_TOKENS:
            raise LimitError("calls of a function are too long to be written out", code="AG803", text=self.text)
        found: list[Node] = []
        place = 0
        while place < len(tokens):
            token = tokens[place]
            parameters, value = self.helpers.get(token.text, ([], []))
            called = bool(value) and place + 1 < len(tokens) and tokens[place + 1].text == "("
            end = closing(tokens, place + 1) if called else place
            given = split(self.inlined(tokens[place + 2 : end], depth + 1), between=",") if called else []
            if len(value) * max(map(len, given), default=0) + len(found) > MAX_TOKENS:
                raise LimitError("calls of a function are too long to be written out", code="AG803", text=self.text)
            if not called or len(given) != len(parameters):
                found.append(token)
                place += 1
                continue
            arguments = dict(zip(parameters, given, strict=True))
            opening = Node("open", "(", token.start, token.end, token.blank)
            closed = Node("close", ")", tokens[end].start, tokens[end].end)
            found.append(opening)
            for each in value:
                inner = arguments.get(each.text) if each.kind == "name" else None
                found += [each] if inner is None else [opening, *inner, closed]
            found.append(closed)
            place = end + 1
        return found

    def returned(self, tokens: list[Node], span: tuple[int, int]) -> None:
        """``return value``: the result of the function that is defined."""
        if not self.defined_name:
            self.value(self.code.plain([self.current(token) for token in tokens]), span)
            return
        self.append(self.defined_name, self.code.plain([self.current(token) for token in tokens]), span)

    def uncalled(self, tokens: list[Node]) -> list[Node]:
        """A call of a function that was defined, with its own names or with numbers for arguments, is its result."""
        for place, token in enumerate(tokens):
            if token.text in self.functions and place + 1 < len(tokens) and tokens[place + 1].text == "(":
                end = closing(tokens, place + 1)
                self.bind(token, tokens[place + 2 : end], end=tokens[min(end, len(tokens) - 1)].end)
                return [*tokens[:place], token, *tokens[end + 1 :]]
        return tokens

    def bind(self, function: Node, arguments: Sequence[Node], end: int) -> None:
        """Give the arguments of a call to the names that the function has for them.

        Raises ExpressionError for an argument that is neither that name nor a number.
        """
        parameters = self.functions[function.text]
        given = split(arguments, between=",")
        texts = [joined(self.code.plain(each))[0] for each in given]
        for name, text, tokens in zip(parameters, texts, given, strict=False):
            if text != name and is_literal(self.code.plain(tokens)) and name not in self.given:
                self.script.values[name] = text
            elif text != name:
                texts = []
        if len(texts) != len(parameters):
            raise ExpressionError(
                f"{function.text} is called with other names than it has", code="AG603",
                span=(function.start, end), text=self.text,
                why=f"its arguments are {', '.join(parameters)}", hint="give the arguments those names",
            )  # fmt: skip

    def differentiated(self, tokens: list[Node], span: tuple[int, int]) -> bool:
        """``grad(f)(x)``, ``tape.gradient(y, x)``, ``torch.autograd.grad(y, x)``: f or y is the result."""
        place = next((p for p, t in outer(tokens) if t.text in _DERIVATIVES and t.text not in self.names), -1)
        if not 0 <= place < len(tokens) - 2 or tokens[place + 1].text != "(" or tokens[place + 2].kind != "name":
            return False
        end = closing(tokens, place + 1)
        result = tokens[place + 2]
        made = result.text in self.functions or result.text in self.made
        if not made or (place and not (is_op(tokens[place - 1], ".") or is_op(tokens[place - 1], "="))):
            return False
        self.code.found = True
        if end + 1 < len(tokens) and tokens[end + 1].text == "(" and result.text in self.functions:
            last = closing(tokens, end + 1)
            self.bind(result, tokens[end + 2 : last], tokens[min(last, len(tokens) - 1)].end)
        elif result.text in self.functions and is_op(tokens[1], "="):
            self.functions[tokens[0].text] = self.functions[result.text]
            self.renamed[tokens[0].text] = result.text
            self.drop(span)
            return True
        self.value([self.current(result)], span)
        self.drop(span)
        self.finished = True
        return True

    def names_grad(self, tokens: Sequence[Node]) -> bool:
        """Whether a statement only looks at gradients, or says that some are wanted."""
        texts = [token.text for token in tokens]
        if (
            len(texts) > 2
            and texts[1] == "."
            and texts[2] in ("grad", "requires_grad", "requires_grad_", "retain_grad")
        ):
            return True
        return texts[0] in ("optimizer", "opt") and "optimizer" not in self.names

    def drop(self, span: tuple[int, int]) -> None:
        """Leave a statement out, and say so."""
        shown = self.text[span[0] : span[1]]
        self.notes.add(_DROPPED, f"'{shown if len(shown) <= 40 else shown[:37] + '...'}' was left out")

    def current(self, token: Node) -> Node:
        """A name that was set twice, as it is called now."""
        if token.kind == "name" and token.text in self.renamed:
            return token.named(self.renamed[token.text])
        return token

    def backward(self, tokens: list[Node], span: tuple[int, int]) -> bool:
        """``L.backward(v)``: L is the result, and v the grad tensor."""
        place = next(
            (p for p, token in outer(tokens) if token.text == "backward" and p > 1 and is_op(tokens[p - 1], ".")), None
        )
        if place is None or place + 1 >= len(tokens) or tokens[place + 1].text != "(":
            return False
        end = closing(tokens, place + 1)
        inner = tokens[place + 2 : end]
        if len(inner) > 1 and is_op(inner[1], "=") and inner[0].text in ("gradient", "grad_tensors", "grad"):
            inner = inner[2:]
        elif len(inner) > 1 and is_op(inner[1], "="):
            inner = []
        if inner:
            seed = joined(inner)[0]
            self.script.seed = "1" if inner[0].text == "ones_like" else self.script.values.pop(seed, seed)
        self.value(tokens[: place - 1], span)
        self.finished = True
        return True

    def value(self, tokens: list[Node], span: tuple[int, int]) -> None:
        """A statement that sets no name."""
        tokens = body(tokens)
        for token in tokens:
            if token.kind == "name" and token.text in self.entries:
                self.stacked(token.text)
        self.script.statements.append(TokenStatement(None, tokens, *span))

    def assignment(self, tokens: list[Node], equals: int, span: tuple[int, int]) -> None:
        """``name = value``, ``f(x) = value``, ``y[0] = value``, ``x += value``."""
        left, right = tokens[:equals], tokens[equals + 1 :]
        if not right:
            raise ExpressionError("nothing stands behind '='", span=span, text=self.text)
        if len(left) > 4 and left[0].text == "(" and closing(left, 0) == len(left) - 1:
            left = left[1:-1]
            right = right[1:-1] if right[0].text == "(" and closing(right, 0) == len(right) - 1 else right
        target = left[0] if left else None
        if target is None or target.kind not in ("name", "T"):
            raise self.strange(left, span)
        name = target.text
        if len(left) > 1 and left[1].text == "," and self.several(left, right):
            return
        if len(left) > 2 and left[1].kind == "open" and left[1].text == "[":
            self.entry(left, right, span)
            return
        if len(left) > 1 and left[1].text == "_" and len(left) >= 3:
            name = f"{name}_{''.join(token.text for token in left[2:] if token.kind in ('name', 'num'))}"
        elif len(left) > 1 and not (left[1].kind == "open" and closing(left, 1) == len(left) - 1):
            raise self.strange(left, span)
        if len(right) > 1 and right[0].text == "lambda":
            colon = next((place for place, token in outer(right) if is_op(token, ":")), 0)
            self.functions[name] = [token.text for token in right[1:colon] if token.kind == "name"]
        right = body(right)
        if self.code.layer(name, right) or self.constant(name, right, span):
            return
        for token in right:
            if token.kind == "name" and token.text in self.entries:
                self.stacked(token.text)
        self.append(name, right, span)

    def several(self, left: Sequence[Node], right: Sequence[Node]) -> bool:
        """``n, d = X.shape``: numbers for several names."""
        numbers = [token for token in right if token.kind == "num"]
        names = [token for token in left if token.kind == "name"]
        if len(numbers) != len(names) or not is_literal(list(right)) or len(left) != 2 * len(names) - 1:
            return False
        for name, number in zip(names, numbers, strict=True):
            if name.text not in self.given:
                self.script.values[name.text] = number.text
        return True

    def append(self, name: str, tokens: list[Node], span: tuple[int, int]) -> None:
        """Set a name; one that was set before gets another."""
        if name in self.constants and name in self.script.values:
            del self.script.values[name]
            self.append(name, *self.constants.pop(name))
        count = self.made.get(name, 0) + 1
        self.made[name] = count
        own = name
        if count > 1 or name in self.given:
            if count == 1 and name in self.given and not any(token.text == name for token in tokens):
                own = name + "_"
            else:
                own = f"{name}_{count + (name in self.given)}"
            self.renamed[name] = own
        self.script.statements.append(TokenStatement(own, tokens, *span, made=True))

    def strange(self, left: Sequence[Node], span: tuple[int, int]) -> ExpressionError:
        """The error for what cannot be set."""
        end = left[-1].end if left else span[1]
        return ExpressionError(
            "a name is expected before '='", code="AG603", span=(span[0], end), text=self.text,
            hint="compare with ==; f = ... names the result",
        )  # fmt: skip

    def constant(self, name: str, right: list[Node], span: tuple[int, int]) -> bool:
        """Whether a statement gives a value to a name: one from outside comes first."""
        text = joined(right)[0].replace("π", "pi")
        literal = is_literal(right)
        generated = right[0].kind == "name" and right[0].text in GENERATORS and closing(right, 1) == len(right) - 1
        if generated and any(token.kind == "name" for token in right[1:]):
            return False
        if not (literal or generated):
            return False
        if name in self.given:
            shown = self.text[span[0] : span[1]]
            self.notes.add(_DROPPED, f"'{shown[:60]}' was left out: a value is given for {name}")
            return True
        if generated and right[0].text == "empty":
            return True
        if self.code.found or literal:
            self.script.values[name] = text
            self.constants[name] = (right, span)
            return True
        return False

    def entry(self, left: list[Node], right: list[Node], span: tuple[int, int]) -> None:
        """``y[0] = value``: entries are put together where the array is used."""
        name = left[0].text
        if len(left) != 4 or left[2].kind != "num" or not left[2].text.isdigit():
            raise ExpressionError(
                "only whole entries such as y[0] can be set",
                code="AG603",
                span=span,
                text=self.text,
                hint="stack([a, b])",
            )
        if self.made.get(name):
            raise ExpressionError(
                f"{name} is changed in place", code="AG603", span=span, text=self.text, why="each name is set once"
            )
        self.script.values.pop(name, None)
        self.entries.setdefault(name, {})[int(left[2].text)] = right

    def stacked(self, name: str) -> None:
        """The array of the entries that were set one by one."""
        entries = self.entries.pop(name)
        start = min(tokens[0].start for tokens in entries.values())
        end = max(tokens[-1].end for tokens in entries.values())
        if sorted(entries) != list(range(len(entries))):
            raise ExpressionError(
                f"{name} has {len(entries)} entries that are set, and not all up to {max(entries)}",
                code="AG603", span=(start, end), text=self.text,
            )  # fmt: skip
        tokens = [Node("name", "stack", start, start + 1, whole=True), Node("open", "(", start, start + 1)]
        tokens.append(Node("open", "[", start, start + 1))
        for place in range(len(entries)):
            if place:
                tokens.append(Node("sep", ",", entries[place][0].start, entries[place][0].start + 1))
            tokens += entries[place]
        tokens += [Node("close", "]", end - 1, end), Node("close", ")", end - 1, end)]
        self.append(name, tokens, (start, end))
