"""Closed forms: from a result and its inputs to one formula for each variable."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from autograd_core.dataclass import dataclass
from autograd_core.deadline import share
from autograd_core.engine.random import EvenNumbers
from autograd_core.errors import AutogradError
from autograd_core.expr.gradient import gradients as expressions
from autograd_core.expr.gradient import simplify_units
from autograd_core.expr.nodes import Expr, Var
from autograd_core.expr.text import write
from autograd_core.formula.axes import exactly, led
from autograd_core.formula.factor import spread
from autograd_core.formula.linear import jacobian
from autograd_core.formula.names import common_product, letter, name_parts, solved, told, with_norms, with_result
from autograd_core.formula.normalize import Converter
from autograd_core.formula.prepare import recognised_functions, shared
from autograd_core.formula.printer import BEYOND, Printer
from autograd_core.formula.rules import properties, simplify
from autograd_core.formula.terms import MAX_SECONDS, Table, Term, TooLargeError, under
from autograd_core.formula.verify import FAR, Asked, Proof
from autograd_core.ops.registry import op
from autograd_core.phases import phase

MAX_FORMULA = 1_200
"""Characters of a formula that is printed; a longer one helps nobody and the reason is given instead."""


PASSES = 4
"""What the proof of a formula takes, counted in passes forward and backward."""

F_SAVES = 8, 5
"""Characters that ``f`` must save to be used: in a gradient, and in a matrix, beside own names or for ``prod(x)``."""

NAMED = 3
"""What a statement costs beside its words: a name for a product is worth these."""

OWN_LINE, OWN_COST = 2.1, 0.1
"""What a statement of the user's own, who knows it, and a word in it cost the reader, in words of the formula.

A product of names, entry by entry, costs one more: it says as much as a name for it.
"""


@dataclass(frozen=True, slots=True)
class Level:
    """How boldly a formula is simplified: exact rules or the textbook's, without ties or with, rewritten or not."""

    exact: bool
    lean: bool
    simpler: bool


LEVELS = (Level(False, True, True), Level(False, False, True), Level(True, False, True), Level(True, False, False))
"""What is tried, in this order, until the numbers agree: kinks and ties at the given point need the exact rules."""


@dataclass(frozen=True, slots=True)
class Formula:
    """The closed form of one gradient.

    ``text`` is in the language, helpers first; ``expr`` the last statement and ``helpers`` the named ones before it, in
    which a name stands as a variable. Without a formula they are None and ``reason`` says why in words.
    """

    text: str | None
    reason: str | None = None
    expr: Expr | None = None
    helpers: tuple[tuple[str, Expr], ...] = ()


TOO_LONG = Formula(None, f"the formula is longer than {MAX_FORMULA:,} characters")
TOO_SLOW = Formula(None, f"to prove a formula at other numbers would take longer than {MAX_SECONDS:g} s")
DOUBTS = (
    "the simplified formula does not give the computed numbers here",
    "the gradient is not finite here; a simplified formula gives other numbers",
)
FAILED = "the simplification failed"


@phase("formulas")
def closed_forms(asked: Asked, seconds: float = 0.0) -> Mapping[str, Formula]:
    """A formula for each gradient that is asked for, which reproduces its numbers, or the reason why there is none.

    ``seconds`` is what the numbers took: a proof takes several times as long.
    """
    if PASSES * seconds > MAX_SECONDS:
        return dict.fromkeys(asked.gradients, TOO_SLOW)
    try:
        weights, shape = asked.weights, asked.result.shape
        if asked.matrices:
            weights = 1 + EvenNumbers().next(math.prod(shape)).reshape(shape) / 4 if shape else None
        result, labels = shared(asked.result, asked.labels)
        return Search(replace(asked, result=result, labels=labels, weights=weights)).formulas()
    except AutogradError as error:
        return {name: Formula(None, error.message) for name in asked.gradients}


class Search:
    """The search for the formulas of one result."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.assumed = properties(asked.assumptions)
        self.read = recognised_functions(asked.result, asked.labels)
        self.seed = None if asked.weights is None else Var(asked.v, asked.result.shape)
        self.proof = Proof(asked)
        self.deadline = time.process_time() + share(MAX_SECONDS)
        self.rough: dict[str, Formula] = {}

    def formulas(self) -> dict[str, Formula]:
        """A formula or a reason for each wanted variable.

        A formula that agrees but for rounding errors of the result is kept until a bolder or an exacter one agrees to
        its own digits.
        """
        found: dict[str, Formula] = {}
        left = list(self.asked.gradients)
        for level in LEVELS:
            # exact rules say how a gradient without any finite number comes about, and not what it is
            tried = [name for name in left if not level.exact or np.isfinite(self.asked.gradients[name]).any()]
            if not tried:
                break
            try:
                found |= self.attempt(tried, level)
            except AutogradError as error:
                found |= dict.fromkeys(tried, Formula(None, error.message))
                if isinstance(error, TooLargeError):
                    break
            except Exception as error:  # a formula is an extra: a mistake made here must not take the numbers away
                found |= dict.fromkeys(tried, Formula(None, f"{FAILED} ({type(error).__name__})"))
            left = [name for name in left if found[name].text is None and found[name] is not TOO_LONG]
        beyond = [name for name in left if found[name].reason == BEYOND]
        if beyond:
            found |= self.as_derived(beyond)
            left = [name for name in left if found[name].text is None]
        return {
            name: self.rough.get(name, found[name]) if name in left else found[name] for name in self.asked.gradients
        }

    def as_derived(self, left: list[str]) -> dict[str, Formula]:
        """The gradients as the rules give them, where collecting numbers leaves floats: ``3*(1e-110*x)**2*1e-110``."""
        grads = {var.name: grad for var, grad in expressions(self.asked.result, self.seed, exact=False).items()}
        made = simplify_units(grads.values())
        short = {name: write(made[id(grads[name])], most=MAX_FORMULA + 1) for name in left if name in grads}
        found = self.proved([(name, Formula(text, None, made[id(grads[name])])) for name, text in short.items()])
        return {name: formula for name, formula in found.items() if formula.text is not None}

    def attempt(self, left: list[str], level: Level) -> dict[str, Formula]:
        """A formula for each variable, or what is wrong with it."""
        result, labels = (self.asked.result, self.asked.labels) if level.exact else self.read
        grads = {var.name: grad for var, grad in expressions(result, self.seed, exact=level.exact).items()}
        writers = [Writer(self, level, result, labels, grads, left, named=False)]
        if level.simpler and any(node is not result for node in labels):
            writers.append(Writer(self, level, result, labels, grads, left, named=True))
        candidates = []
        for name in left:
            ways = sorted(way for n, writer in enumerate(writers) for way in writer.formulas(name, n))
            candidates += [(name, formula) for _, _, formula in ways]
        return self.proved(candidates)

    def proved(self, candidates: list[tuple[str, Formula]]) -> dict[str, Formula]:
        """The first formula of each variable that gives the engine's gradient, or why there is none."""
        written = [(name, formula) for name, formula in candidates if formula.text is not None]
        verdicts = self.proof.judge([(name, formula.text or "") for name, formula in written])
        found: dict[str, Formula] = {}
        for name, formula in candidates:
            if formula.text is None:
                found.setdefault(name, formula)
        for (name, formula), verdict in zip(written, verdicts, strict=True):
            if verdict == FAR[1]:
                self.rough.setdefault(name, formula)
            if verdict == FAR[2] and (name not in found or found[name].text is None):
                found[name] = formula
            finite = bool(np.isfinite(self.asked.gradients[name]).all())
            found.setdefault(name, Formula(None, DOUBTS[0 if finite else 1]))
        return found


class Writer:
    """Writes the gradients of one attempt as formulas; with ``named``, in the names that the user gave to parts."""

    def __init__(
        self,
        search: Search,
        level: Level,
        result: Expr,
        labels: Mapping[Expr, str],
        grads: Mapping[str, Expr],
        left: Sequence[str],
        *,
        named: bool,
    ) -> None:
        self.search, self.asked = search, search.asked
        self.table = table = Table(level.lean, not level.simpler, search.deadline, self.asked.variables, search.assumed)
        known = {node: label for node, label in labels.items() if node is not result}
        converter = Converter(table, result.number, known if named else None)
        names = [name for name in left if name in grads]
        labelled = list(known)
        self.definitions: dict[str, Term] = {}
        for node in labelled if named else ():
            term = self.definitions[known[node]] = converter.definition(node)
            told(table, table.var(known[node], node.shape), term)
        own = converter.convert([result, *labelled])
        own[1:] = self.definitions.values() or own[1:]
        terms = dict(zip(names, converter.convert([grads[name] for name in names]), strict=True))
        short = {name: term for name, term in terms.items() if len(under([term])) <= MAX_FORMULA}
        self.too_long = set(terms) - set(short)
        if named:
            short = solved(table, short, self.definitions)
        self.derived = {} if self.asked.matrices else short
        self.before = own[0]
        if self.asked.matrices:
            short = self._matrices(simplify(table, short.values()), short)
        own += converter.convert([] if self.asked.of is None else [self.asked.of])
        simple = simplify(table, [*own, *short.values()]) if level.simpler else {}
        self.terms = {name: simple.get(term, term) for name, term in short.items()}
        parts = [simple.get(term, term) for term in own]
        whole, shape = (parts[0], result.shape) if self.asked.of is None else (parts.pop(), self.asked.of.shape)
        self.whole = whole if whole.shape == shape and whole.kind not in ("var", "num") else None
        self.definitions = dict(zip(self.definitions, parts[1:], strict=False))
        self.labels = {} if named else {part: known[node] for part, node in zip(parts[1:], labelled, strict=True)}
        self.taken = {*self.asked.variables, *self.definitions, self.asked.f, self.asked.v, *self.asked.reserved}
        self.like = {var.shape: name for name, var in reversed([*self.asked.variables.items()])}
        self.written: dict[Term, Expr] = {}

    def _matrices(self, simple: Mapping[Term, Term], terms: Mapping[str, Term]) -> dict[str, Term]:
        """The Jacobians, from the terms of v.J."""
        known, found = self.search.proof.variables, {}
        for name, term in terms.items():
            made = jacobian(self.table, simple[term], self.search.seed, self.asked.variables[name], known)
            if made is None:
                raise AutogradError("v.J has a formula, the matrix has none", code="AG802")
            found[name] = made
        return found

    def formulas(self, name: str, turn: int) -> Iterator[tuple[float, tuple[int, int], Formula]]:
        """The ways to write one gradient, each with what it costs the reader and its place among equals."""
        if name in self.too_long:
            yield math.inf, (turn, 0), TOO_LONG
            return
        shape = self.asked.variables[name].shape
        if self.asked.matrices:
            shape = self.asked.result.shape + shape
        term = self.terms.get(name, self.table.zero)
        root = exactly(self.table, led(self.table, term, shape), shape)
        cost, plain = min(self.ways(root, name), key=lambda way: way[0])
        yield cost, (turn, 1), plain
        if self.whole is None or not self.asked.f:
            return
        f = self.table.var(self.asked.f, self.whole.shape)
        told(self.table, f, self.whole)
        ways = []
        for each in dict.fromkeys((root, with_norms(self.table, root))):
            known = solved(self.table, {name: each}, {self.asked.f: self.whole}, result=True)[name]
            ways.append(with_result(self.table, known, self.whole, f))
        if self.whole.kind == "prod" and (f not in under(ways) or (self.asked.matrices and root.kind == "prod")):
            ways.append(spread(self.table, with_result(self.table, spread(self.table, root), self.whole, f)))
        if self.before.shape == f.shape and name in self.derived:
            early = with_result(self.table, self.derived[name], self.before, f)
            ways.append(exactly(self.table, led(self.table, early, shape), shape))
        few = self.asked.matrices or turn > 0 or (self.whole.kind == "call" and self.whole.data is op.prod)
        for place, short in enumerate(ways):
            made = simplify(self.table, [short])[short] if f in under([short]) else root
            made = made if made is root else with_result(self.table, made, self.whole, f)  # where 1 - f was found late
            if made is root or f not in under([made]):
                continue
            other_cost, other = min(self.ways(made, name), key=lambda way: way[0])
            saves = len(plain.text or " " * MAX_FORMULA) - len(other.text or " " * MAX_FORMULA)
            worth = saves >= F_SAVES[few] * (3 if short is f else 1)
            yield min(cost, other_cost) if worth else cost + 1, (turn, 2 * place if worth else 2 * place + 3), other

    def ways(self, root: Term, name: str) -> Iterator[tuple[float, Formula]]:
        """A term as text with ``x @ x`` and with ``norm(x)**2``, and with a name for a product that is in others."""
        for each in dict.fromkeys((root, with_norms(self.table, root))):
            yield self.spelled(each, name)
            label = letter(root, self.taken)
            common = common_product(self.table, each, self.table.var(label, ()))
            if common is not None:
                cost, formula = self.spelled(common[1], name, {label: common[0]})
                yield cost - NAMED, formula

    def spelled(
        self, root: Term, name: str, common: Mapping[str, Term] = MappingProxyType({})
    ) -> tuple[float, Formula]:
        """One term as text, with the parts that are worth a name before it, and what it costs the reader.

        ``common`` are products that have a name in it.
        """
        names, length = name_parts(root, self.labels, {*self.taken, *common})
        if length > 2 * MAX_FORMULA:
            return math.inf, TOO_LONG
        filled = root.kind == "fill"
        like = {**self.like, root.shape: name} if filled and not self.asked.matrices else self.like
        printer = Printer(self.table, names, like, None if names or filled else self.written)
        used = {part.data for part in under([root, *common.values()]) if part.kind == "var"}
        for label, term in reversed(list(self.definitions.items())):
            used |= {part.data for part in under([term]) if part.kind == "var"} if label in used else set()
        own = [(label, term) for label, term in self.definitions.items() if label in used]
        try:
            statements = [(label, printer.to_expr(term)) for label, term in own]
            statements += [(label, Printer(self.table, {}, like).to_expr(term)) for label, term in common.items()]
            statements += [(label, printer.to_expr(helper)) for helper, label in names.items()]
            expr = printer.to_expr(root)
        except TooLargeError as error:
            return math.inf, Formula(None, error.message)
        texts = [f"{label} = {write(e, most=MAX_FORMULA + 1, chains=True)}" for label, e in statements]
        texts.append(write(expr, most=MAX_FORMULA + 1, chains=True))
        text = "; ".join(texts)
        if len(text) > MAX_FORMULA:
            return math.inf, TOO_LONG
        cost = tokens("; ".join(texts[len(own) :])) + sum(OWN_COST * tokens(text) for text in texts[: len(own)])
        cost += sum(OWN_LINE + all(a.kind == "var" for a in term.args) * (term.kind == "prod") for _, term in own)
        return cost, Formula(text, None, expr, tuple(statements))


def tokens(text: str) -> int:
    """How many words, numbers and signs a reader meets."""
    return len(re.findall(r"\d[\w.]*|\w+|\*\*|\S", text))
