"""Kinds of inputs that are not given, from the expression alone.

Tried first: capital letters are matrices, small ones vectors, Greek ones numbers. Where everything acts entry by entry,
all are numbers. A small letter is a number too where that makes the result a number, a capital one by which something
is divided, and a Greek one is a vector where it is added to a vector or transposed. Sizes are as different as the
expression lets them be.
"""

from __future__ import annotations

import heapq
import re
import unicodedata
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations, combinations_with_replacement, count, islice, permutations

from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError, ShapeError
from autograd_core.expr.build import Program
from autograd_core.expr.letters import LETTER
from autograd_core.expr.nodes import Call, Expr, Var, topological
from autograd_core.expr.reader import Reading
from autograd_core.expr.reader.entries import entry_notes
from autograd_core.ops.registry import op
from autograd_core.shapes.sizes import PRIMES, Size, SizedText, Sizes, is_code

MAX_AXES = 32
"""Axes without a size for which sizes are looked for."""

MAX_SEARCHED = 5
"""Axes for which all ways with the most letters are looked for; of more one will do."""

MAX_LED = 60
"""Ways to which errors of reading lead that are tried."""

MAX_READS = 2000
"""How often the expression is read at most."""

MAX_RANKS = 200
"""Choices of ranks that are tried."""

ADDED_TO_ROWS = "AG414"
"""What is said of a vector that is added to every row of a square matrix."""

FEW, MANY = 6, 20
"""Up to so many inputs four steps from the usual kinds are tried together, or three; with more one."""

MAX_DOUBTFUL = 40
"""Choices of ranks that are tried where one is found that fits, but is hardly meant."""

FIRST = 31
"""The first of the numbers that stand for sizes where errors are read: above the other numbers in a message."""

APART = 6
"""How far these numbers are apart: a sum or product of two is no other, and none is a multiple of 2 or 3."""

_STEP = re.compile(r"eps(ilon)?|ε|lam(bda)?|λ")
"""Greek letters that stand for numbers also where they are added to a vector."""

_TRANSPOSED = re.compile(r"(\w*)\)?\s*(?:(?<![\s*+-])'|ᵀ|\.T\b|\^\s*\{?\s*\\?(?:T|top)\b)")
"""A name, or the end of a bracket, that is transposed."""

_ROW = re.compile(r"(?<![\w\\])(\w+?)(_[i-n])?\s*(?:'|ᵀ|\^\s*\{?\s*\\?(?:T|top)\b\s*\}?)\s*(\w+?)(_[i-n])?(?![\w])")
"""The dot product of a row with a vector under a sum, ``w^T x_i`` or ``a_i^T x``: the two names, and their indices."""

_OF_MATRICES = re.compile(r"\^\s*\{?\s*\\?(?:T|top|intercal|transpose)|['ᵀ\u22a4⊙∘⊗]|\\o(?:dot|times)")
"""Signs of vectors and matrices."""

_IN_NORM = re.compile(r"(?:\|\||‖|\\\|)\s*(\w+?)_\{?[i-n]\b(?=[^|‖]*(?:\|\||‖|\\\|))")
"""A name with an index of a sum in double bars, ``||x_n - μ||``: its rows are vectors."""

_DIVISOR = re.compile(r"/\s*(\w+)(?![\w.(\[])")
"""Names by which something is divided: capital ones are numbers there."""

_COEFFICIENT = re.compile(r"(?<![\w.\])])(\w+)\s*(?:/\s*\d+\s*\*|\*?\s*(?:eye|I)\b)|/\s*sqrt\((\w+)\)")
"""Names that are numbers: ``c/2*x``, ``c*eye(n)``, ``x/sqrt(d)``."""

_NORM = re.compile(r"\|\||‖|\\\||\\[lr]?Vert\b")
"""Double bars: what stands in them is hardly a number."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Sizes at which the expression can be read, how it is read, and what is read.

    ``by_entry`` says how often matrices are multiplied by entry and not summed up; ``warned`` that a matrix and a
    vector are, and the like.
    """

    sizes: Mapping[str, Sizes]
    result: Expr
    syntax: str
    warned: bool
    by_entry: int

    @property
    def idle(self) -> bool:
        """Whether something is a sum, a norm and so on of a number."""
        return any(
            not (node.op.elementwise or node.shape or any(operand.shape for operand in node.operands))
            for node in _calls(self.result)
        )

    @property
    def number(self) -> bool:
        """Whether the result is one number, of arrays."""
        return all(size == 1 for size in self.result.shape) and any(self.sizes.values()) and not self.idle


class Inference:
    """The search for the kinds of the inputs of one expression that are not given."""

    def __init__(self, text: SizedText, given: Mapping[str, Sizes], unknown: Sequence[str]) -> None:
        self.text, self.given, self.unknown = text, given, unknown
        self.reasons: dict[str, str] = {}
        """Why a kind is not the usual one."""
        self.error: AutogradError | None = None
        """The first reason for which kinds did not fit."""
        self.known: list[Size] = list(
            dict.fromkeys([*(size for each in given.values() for size in each), *text.letters])
        )
        taken = {*given, *unknown, *self.known, *re.findall(r"([^\W\d]\w*)\s*=(?!=)", text.typed)}
        self.fresh = [letter for letter in "nmkpqrstdhl" if letter not in taken][: len(PRIMES[0])]
        self.transposed = set(_TRANSPOSED.findall(text.typed))
        self.in_norms = _IN_NORM.findall(text.typed)
        self.rows = {*self.in_norms}
        for left, of_left, right, of_right in _ROW.findall(text.typed):
            if bool(of_left) != bool(of_right):
                self.rows.add(left if of_left else right)
                self.transposed.add(right if of_left else left)
        self.is_code = is_code(text.typed)
        self.divisors = set(_DIVISOR.findall(text.typed))
        self.coefficients = {name for pair in _COEFFICIENT.findall(text.typed) for name in pair}
        self.reads = 0

    def run(self) -> list[Fit]:
        """The kinds that fit: one, or several between which nothing decides; none where nothing fits."""
        numbers = next(iter(self.led([0] * len(self.unknown), self.text.syntax)), None)
        self.error = None
        if numbers is not None and self.numbers_alone(numbers.result):
            return [numbers]
        known = self.known
        nodes = topological([numbers.result] if numbers else [])
        written = {size for node in nodes for size in node.shape}
        entries = [node for node in nodes if node.op is op.stack and "stack" not in self.text.typed]
        self.coefficients |= {each.name for each in topological(entries) if isinstance(each, Var)}
        digits = sorted({*map(int, re.findall(r"(?<![\w.])[2-9](?![\w.])", self.text.typed)), *written} - {0, 1})
        doubtful: Fit | None = None
        for turn, ranks in enumerate(_ranks([self.usual(name) for name in self.unknown])):
            if doubtful is not None and turn > MAX_DOUBTFUL:
                break
            for self.known in [known, [*known, *digits]] if digits else [known]:
                fits = self.fits(ranks)
                if len(fits) == 1 and (fits[0].idle or fits[0].warned):
                    doubtful = doubtful or fits[0]
                elif len(fits) == 1:
                    return [self.as_added(self.to_a_number(fits[0]))]
                elif fits and doubtful is None:
                    return fits
        return [] if doubtful is None else [self.as_added(doubtful)]

    def usual(self, name: str) -> tuple[int, ...]:
        """How many axes an input may have, the usual first."""
        if name in self.coefficients:
            return (0, 1, 2)
        if name in self.rows:
            return (2, 1, 0)
        if name[:1].isupper():
            return (0, 1, 2) if name in self.divisors else (2, 1, 0)
        return (0, 1, 2) if is_greek(name) and name not in self.transposed else (1, 0, 2)

    def numbers_alone(self, result: Expr) -> bool:
        """Whether all are numbers: all acts entry by entry, and small letters, a quotient or a power says so."""
        if self.given or self.transposed or _NORM.search(self.text.typed):
            return False
        if not all(node.op.elementwise if node.op else len(node.shape) < 2 for node in topological([result])):
            return False
        return not any(name[:1].isupper() for name in self.unknown) or any(
            node.operands[1].depends if node.op in (op.div, op.pow_tensor) else node.op is op.mul and self.small(node)
            for node in _calls(result)
        )

    def small(self, product: Call) -> bool:
        """Whether two small letters are multiplied, which no product of vectors is."""
        if self.is_code or _OF_MATRICES.search(self.text.typed):
            return False
        return all(isinstance(each, Var) and each.name[:1].islower() for each in product.operands)

    def to_a_number(self, usual: Fit) -> Fit:
        """The fit with a Greek letter as a vector, or others as numbers, if that makes the result a number.

        As few are numbers as will do, small letters first.
        """
        greek = [name for name in self.unknown if is_greek(name) and not usual.sizes[name]]
        for name in () if usual.number else greek:
            found = self.changed(usual, name, 1)
            if found is not None and found.number:
                self.reasons[name] = "so the result is a number"
                return found
        free = [name for name in self.unknown if usual.sizes[name] and name not in self.transposed]
        small_first = sorted(free, key=lambda name: name[:1].isupper())
        alone = (self.changed(usual, name, 0) for name in ([] if usual.number else small_first))
        best = next((found for found in alone if found is not None and found.number), usual)
        for rank, names in ((0, small_first), (1, free)):
            for name in names:
                if best.number if rank == 0 else best.sizes[name]:
                    continue
                axes = len(best.result.shape)
                found = self.changed(best, name, rank * len(usual.sizes[name]))
                if found is not None and (
                    found.number
                    if rank
                    else any(found.sizes.values()) and not found.idle and len(found.result.shape) <= axes
                ):
                    best = found
        if not best.number:
            return usual
        self.reasons |= dict.fromkeys((name for name in free if not best.sizes[name]), "so the result is a number")
        return best

    def as_added(self, found: Fit) -> Fit:
        """The fit with Greek letters as vectors where they are added to vectors."""
        places = {
            operand.name: None
            for node in _calls(found.result)
            if node.op in (op.add, op.sub) and len(node.shape) == (2 if self.in_norms else 1)
            for operand in node.operands
            if isinstance(operand, Var) and not operand.shape
        }
        for name in places:
            if name in self.unknown and is_greek(name) and not _STEP.fullmatch(name):
                changed = self.changed(found, name, 1)
                if changed is not None:
                    found = changed
                    self.reasons[name] = "as it is added to a vector"
        return found

    def changed(self, fit: Fit, name: str, rank: int) -> Fit | None:
        """The fit in which one input has another number of axes; None where there is not exactly one."""
        fits = self.fits([rank if each == name else len(fit.sizes[each]) for each in self.unknown])
        return fits[0] if len(fits) == 1 else None

    def fits(self, ranks: Sequence[int]) -> list[Fit]:
        """Where the expression can be read, as it stands if it is in the language, and with the most letters."""
        for syntax in self.syntaxes:
            fits = [
                fit
                for fit in self.led(ranks, syntax)
                if syntax != "python" or not (fit.warned or (fit.by_entry and not self.is_code))
            ]
            if fits:
                least = min(fit.by_entry for fit in fits)
                return [fit for fit in fits if fit.by_entry == least]
        return []

    @cached_property
    def syntaxes(self) -> tuple[str, ...]:
        """How the expression is read, one after the other: a text in the language is mathematics only if it must be."""
        if not self.text.plain:
            return (self.text.syntax,)
        return ("python", self.text.syntax) if self.is_code else ("python", "math", self.text.syntax)

    def as_fit(self, sizes: Mapping[str, Sizes], syntax: str, reading: Reading, program: Program) -> Fit:
        """What was read for inputs of these sizes."""
        calls = _calls(program.result)
        summed = {id(each) for node in calls if node.op in (op.sum, op.mean) for each in node.operands}
        by_entry = sum(
            node.op is op.mul and id(node) not in summed and all(len(each.shape) == 2 for each in node.operands)
            for node in calls
        )
        mixed = (node for node in calls if node.op is op.mul and {len(each.shape) for each in node.operands} == {1, 2})
        if self.is_code:  # where arrays are broadcast, but hardly an input to another
            warned = any(all(isinstance(each, Var) for each in node.operands) for node in mixed)
        else:
            warned = self.text.plain and bool(entry_notes(program))
        warned = warned or any(note.code == ADDED_TO_ROWS for note in reading.notes)
        warned = warned or any(self.scaled(node) for node in calls)
        return Fit(sizes, program.result, syntax, warned, by_entry)

    def scaled(self, node: Call) -> bool:
        """Whether a vector is added to a matrix times a Greek letter, which is then hardly a number: ``y - Xβ``."""
        ranks = [len(each.shape) for each in node.operands]
        matrix = node.operands[ranks.index(2)] if node.op in (op.add, op.sub) and sorted(ranks) == [1, 2] else None
        return isinstance(matrix, Call) and any(
            isinstance(each, Var) and not each.shape and each.name in self.unknown and is_greek(each.name)
            for each in matrix.operands
        )

    def read(self, sizes: Mapping[str, Sizes], numbers: Mapping[str, int], syntax: str) -> tuple[Reading, Program]:
        """Read the expression for sizes.

        Raises the errors of reading, of a trace of what is not square too, and of its diagonal where it is inferred.
        """
        self.reads += 1
        reading, program = self.text.read(sizes, numbers, syntax)
        for node in _calls(program.result):
            square = node.op is op.trace or (
                node.op in (op.diag, op.diagonal)
                and node.operands[0].ndim == 2
                and any(isinstance(o, Var) and o.name in self.unknown for o in topological(node.operands))
            )
            if square and len({*node.operands[0].shape}) > 1:
                what = f"the {node.op.name} is of a square matrix: not {node.operands[0].shape}"
                raise ShapeError(what, code="AG301")
        return reading, program

    def led(self, ranks: Sequence[int], syntax: str, columns: Container[str] = ()) -> list[Fit]:
        """The sizes to which the errors of reading lead: of two that do not fit the second becomes the first.

        All with the most letters, of many axes one. Axes without a size begin with different ones. Ways are tried in
        the order of how far they are from taking the likeliest pair each time.
        """
        stand = {letter: FIRST + APART * place for place, letter in enumerate(self.known) if isinstance(letter, str)}
        numbers = {size for size in self.known if isinstance(size, int)}
        first = max([FIRST + APART * len(self.known), *(size + 1 for size in numbers)])
        turn = count()
        waiting = [(0, next(turn), tuple(range(first, first + APART * sum(ranks), APART)))]
        tried: set[tuple[int, ...]] = set()
        fits: dict[tuple[int, ...], Fit] = {}
        most = 0
        while waiting and len(tried) < MAX_LED and self.reads < MAX_READS:
            far, _, way = heapq.heappop(waiting)
            fresh = [size for size in dict.fromkeys(way) if size >= first]
            if way in tried or len(fresh) < most:
                continue
            tried.add(way)
            try:
                reading, program = self.read(self.laid(ranks, way, columns), stand, syntax)
            except AutogradError as error:
                pairs, own = _pairs(error.message, numbers), {*way, *stand.values(), *numbers}
                if self.error is None:
                    error.message = _in_letters(error.message, stand | dict(zip(self.fresh, fresh, strict=False)))
                    self.error = error
                if sum(ranks) <= MAX_SEARCHED and not (pairs and {*pairs[0]} <= own):
                    pairs = [*combinations(sorted(own), 2)]  # the message names none, or products, as of kron
                for place, (keep, gone) in enumerate(pairs):
                    if gone < first or keep not in own or (columns and keep == 1):
                        continue
                    merged = tuple(keep if size == gone else size for size in way)
                    heapq.heappush(waiting, (far + place, -next(turn), merged))
                continue
            if len(fresh) <= len(self.fresh):
                most = len(fresh)
                names: dict[int, Size] = {number: letter for letter, number in stand.items()}
                names |= zip(fresh, self.fresh, strict=False)
                sizes = self.laid(ranks, [names.get(size, size) for size in way], columns)
                fit = self.as_fit(sizes, syntax, reading, program)
                found = self.as_columns(program)
                if found and not columns:  # who gives a column hardly means it to be broadcast with a vector
                    return [*self.led(ranks, syntax, found)[:1], fit]
                if sum(ranks) > MAX_SEARCHED:
                    return [fit]
                fits[way] = fit
        return [fits[way] for way in fits if len({*way}) == max(len({*each}) for each in fits)]

    def as_columns(self, program: Program) -> frozenset[str]:
        """The vectors without a kind that are broadcast with a column to a matrix; none unless the size 1 is given."""
        return frozenset(
            each.name
            for node in (_calls(program.result) if 1 in self.known else ())
            for one, other in (permutations(node.operands, 2) if node.op.elementwise else ())
            if len(one.shape) == 1 and node.shape not in (one.shape, other.shape)
            for each in topological([one])
            if isinstance(each, Var) and each.name in self.unknown and len(each.shape) == 1
        )

    def laid(self, ranks: Sequence[int], sizes: Sequence[Size], columns: Container[str]) -> dict[str, Sizes]:
        """Sizes one after the other, for the axes of each input without a kind; columns have one axis more."""
        rest = iter(sizes)
        found = {name: tuple(islice(rest, rank)) for name, rank in zip(self.unknown, ranks, strict=True)}
        return {**self.given, **found, **{name: (*axes, 1) for name, axes in found.items() if name in columns}}


def is_greek(name: str) -> bool:
    """Whether a name is a Greek letter, by its sign or by its name."""
    return (
        name in LETTER
        or name.lower() in LETTER
        or name in ("eps", "lam")
        or unicodedata.name(name[0], "").startswith("GREEK")
    )


def _calls(result: Expr) -> list[Call]:
    return [node for node in topological([result]) if isinstance(node, Call)]


def _ranks(usual: Sequence[tuple[int, ...]]) -> Iterator[list[int]]:
    """How many axes each input may have, the usual first, then with more and more that are not; matrices last."""
    places = range(len(usual) - 1, -1, -1)
    most = 4 if len(usual) <= FEW else 3 if len(usual) <= MANY else 1
    departures = [each for total in range(most + 1) for each in combinations_with_replacement(places, total)]
    departures.sort(key=lambda departed: sum(1 + (usual[place][0] == 2) for place in departed))
    for departed in departures[:MAX_RANKS]:
        turns = [departed.count(place) for place in range(len(usual))]
        if max(turns, default=0) <= 2:
            ranks = [choice[turn] for choice, turn in zip(usual, turns, strict=True)]
            if sum(ranks) <= MAX_AXES:
                yield ranks


def _in_letters(message: str, sizes: Mapping[str, int]) -> str:
    """A message in which sizes are written by their letters."""
    letters = {str(size): letter for letter, size in sizes.items()}
    return re.sub(r"\d+", lambda found: letters.get(found[0], found[0]), message)


def _pairs(message: str, numbers: set[int]) -> list[tuple[int, int]]:
    """The pairs of sizes that may have to be one, the likeliest first, each with the smaller before the larger.

    A message names the two sizes, or two shapes: the inner sizes of a product of matrices, the last ones of others.
    """
    shapes = [[int(n) for n in re.findall(r"\d+", each)] for each in re.findall(r"\(([\d, ]+)\)", message)]
    bare = [int(n) for n in re.findall(r"\d+", re.sub(r"\([\d, ]+(\)|\.\.\.)", "", message))]
    likely = [(bare[-2], bare[-1])] if len(bare) > 1 else []
    if len(shapes) > 1 and shapes[-1] and shapes[-2]:
        right = shapes[-1]
        left = next((shape for shape in shapes[-2::-1] if len(shape) == len(right)), shapes[-2])
        inner = [(left[-1], right[-2] if len(right) > 1 else right[-1])]
        aligned = [pair for pair in zip(left[::-1], right[::-1], strict=False) if len({*pair}) > 1][:1]
        likely += [*inner, *aligned] if "product does" in message else [*aligned, *inner]
    sizes = [n for n in dict.fromkeys([*bare, *(n for shape in shapes for n in shape)]) if n >= FIRST or n in numbers]
    ordered = [(min(pair), max(pair)) for pair in [*likely, *combinations(sizes, 2)]]
    return [pair for pair in dict.fromkeys(ordered) if pair[0] != pair[1] and {*pair} <= {*sizes}]
