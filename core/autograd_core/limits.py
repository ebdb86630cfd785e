"""Every limit in one place: what is refused, so that no input can hang the program or fill the memory.

Four of them can be raised where somebody knows what they do (``Limits``); each of the others guards something that
does not grow with what a user may honestly want. Each has its own message where it is checked. What is read from the
command line and from files is limited by ``autograd_cli.limits``.
"""

from __future__ import annotations

from contextvars import ContextVar

from autograd_core.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits that can be raised; the defaults keep every run within 1 GiB and 3 seconds.

    ``elements`` is the size of any array, given, intermediate or resulting, foreseen from shapes before it is made;
    ``nodes`` the number of operations, names and numbers of one expression; ``memory`` the bytes that a run is foreseen
    to need (see ``peak_memory``); ``seconds`` the processor time after which whoever runs it gives it up (see
    ``deadline``), and that of writing the answer. The check and the proof of formulas have limits of their own.
    """

    elements: int = 10_000_000
    nodes: int = 50_000
    memory: int = 1 << 30
    seconds: float = 3.0


USUAL = Limits()
_current: ContextVar[Limits] = ContextVar("autograd_core.limits", default=USUAL)

limits = _current.get
"""The limits that hold here."""

hold = _current.set
"""Let other limits hold from here on, in this context of ``contextvars``."""


PROGRAM_MEMORY = 64 << 20
"""Bytes of the program itself, with NumPy: no run needs less."""

CHECK_BUDGET = 2.0
"""Seconds of a cross-check, unless the request says otherwise."""

RAISE_ELEMENTS = "`max-elements` raises the limit"
"""What the messages about arrays that are too large advise."""

MAX_CHARACTERS = 200_000
"""Length of an expression's text."""

MAX_DEPTH = 1_000
"""Nesting of an expression: ``x+x+x`` nests three deep."""

MAX_BRACKETS = 180
"""Nesting of brackets (Python's own grammar stops at 200)."""

MAX_STATEMENTS = 1_000
"""Statements of one expression."""

MAX_NAME = 200
"""Characters of a name."""

MAX_WRITTEN = 1_000_000
"""Characters of an expression that is written out: squares of squares of squares have texts without end."""

MAX_DIMENSIONS = 32
"""Dimensions of an array."""

MAX_INTEGER = 2**31
"""Size of an integer that is used as an axis, a length or an index."""

MAX_LIST = 1_000
"""Arrays in the list that one function takes."""

MAX_FACTORS = 32
"""Arrays in one einsum: the search for the best order of its products takes the cube of their number."""

MAX_REPEATED = 100
"""Orders of polygamma, and times that diff is repeated."""

MAX_ORDER = 10
"""Orders of a derivative: each backward pass over a backward pass is several times as long."""

MAX_BESIDE = 16
"""Rows and columns of a Jacobian that is shown beside the gradient."""

MAX_CLAIMS = 1_000
"""Claims of one request."""

CLAIM_POINTS, MIN_CLAIM_POINTS, MAX_CLAIM_POINTS = 8, 5, 1_000
"""Points besides the given one at which a claim is tried: the usual ones, those without which nothing is called right,
and those that can be asked for.
"""

BRANCH_POINTS = 12
"""How many times as many points are tried where branches could be missed, as far as they cost little."""

CLAIM_RTOL = 1e-13
"""Relative difference up to which an entry of a claim is right, unless said otherwise; what rounding may do, as far as
it is estimated, and the digits that were left out of typed numbers are allowed besides.
"""

MAX_SYMBOLS = 2_000
"""Entries of all inputs of a program for SymPy, which has a symbol for each."""

MAX_MEANING = 100_000
"""Characters of a result that is written out entry by entry for SymPy."""
