"""Writes random expressions as mathematics, LaTeX and Unicode, reads them back, and compares the gradients.

    python -m tests.fuzz.reading [COUNT] [SEED]

prints every text whose gradient is another one than that of the same expression in the language, and how many agree.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from autograd_core.errors import AutogradError
from autograd_core.expr.reader import interpret
from autograd_core.expr.reader.reading import Wanted
from autograd_core.request import Request
from autograd_core.run import run

SHAPES: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("s", "t", "alpha"), ()),
    **dict.fromkeys(("x", "y", "b"), (3,)),
    **dict.fromkeys(("A", "B", "W"), (3, 3)),
}
STYLES = ("mathematics", "latex", "unicode")


@dataclass(frozen=True)
class Part:
    """A part of an expression: its kind, and what it is made of."""

    kind: str
    parts: tuple[Part, ...] = ()
    text: str = ""


@dataclass
class Writer:
    """Writes parts in one style; ``rng`` chooses between ways that mean the same."""

    style: str
    rng: random.Random
    names: Mapping[str, str] = field(default_factory=dict)

    def write(self, part: Part) -> str:
        """The text of a part."""
        method: Callable[[Part], str] = getattr(self, part.kind)
        return method(part)

    def pick(self, mathematics: str, latex: str, unicode: str) -> str:
        """The text of this style."""
        return dict(zip(STYLES, (mathematics, latex, unicode), strict=True))[self.style]

    def grouped(self, part: Part) -> str:
        """A part as one factor: in brackets unless it is a name or a number."""
        if part.kind in ("name", "number"):
            return self.write(part)
        return self.brackets(self.write(part))

    def brackets(self, text: str) -> str:
        """A text in brackets."""
        if self.style == "latex" and self.rng.random() < 0.5:
            return rf"\left({text}\right)"
        return f"({text})"

    def name(self, part: Part) -> str:
        """A variable."""
        if part.text == "alpha":
            return self.pick("alpha", r"\alpha", "α")
        if self.style == "latex" and part.text in "xyAB" and self.rng.random() < 0.2:
            return rf"\mathbf{{{part.text}}}"
        return part.text

    def number(self, part: Part) -> str:
        """A number."""
        return part.text

    def add(self, part: Part) -> str:
        """A sum or a difference."""
        left, right = part.parts
        sign = part.text if self.style != "unicode" else part.text.replace("-", "−")
        right_text = self.write(right) if right.kind not in ("add", "neg", "identity") else self.grouped(right)
        gap = self.rng.choice(("", " "))
        return f"{self.write(left)}{gap}{sign}{gap}{right_text}"

    def neg(self, part: Part) -> str:
        """A negative term."""
        inner = part.parts[0]
        sign = "−" if self.style == "unicode" else "-"
        return sign + (self.grouped(inner) if inner.kind in ("add", "neg", "identity") else self.write(inner))

    def mul(self, part: Part) -> str:
        """A product without a sign, or with a dot."""
        left, right = part.parts
        first = self.factor(left)
        second = self.after(right)
        scalar = part.text == "scalar"
        sign = self.rng.choice((" ", " ", self.pick(" ", r" \cdot ", "·"))) if scalar else " "
        return f"{first}{sign}{second}"

    def factor(self, part: Part) -> str:
        """A part as a factor of a product."""
        whole = ("mul", "transpose", "power", "inverse", "trace", "det")
        if part.kind in whole or (part.kind == "div" and self.style == "latex"):
            return self.write(part)
        return self.grouped(part) if part.kind != "function" else self.write(part)

    def after(self, part: Part) -> str:
        """A part as a factor behind another one: a number stands in brackets there."""
        text = self.factor(part)
        return self.brackets(text) if text[0].isdigit() else text

    def div(self, part: Part) -> str:
        """A fraction."""
        upper, lower = part.parts
        if self.style == "latex":
            return rf"\{self.rng.choice(('frac', 'dfrac'))}{{{self.write(upper)}}}{{{self.write(lower)}}}"
        return self.brackets(f"{self.grouped(upper)}/{self.grouped(lower)}")

    def power(self, part: Part) -> str:
        """A power of a number."""
        base = self.grouped(part.parts[0])
        return base + self.pick(f"^{part.text}", f"^{{{part.text}}}", "²³"[int(part.text) - 2])

    def exp(self, part: Part) -> str:
        """e to the power of something."""
        inner = self.write(part.parts[0])
        return self.brackets(self.pick(f"e^({inner})", f"e^{{{inner}}}", f"e^({inner})"))

    def function(self, part: Part) -> str:
        """A function of a number."""
        inner = part.parts[0]
        name = self.pick(part.text, rf"\{part.text}", part.text)
        if inner.kind == "name" and self.rng.random() < 0.3:
            return self.brackets(f"{name} {self.write(inner)}")
        return f"{name}{self.brackets(self.write(inner))}"

    def sqrt(self, part: Part) -> str:
        """A root."""
        inner = self.write(part.parts[0])
        return self.brackets(self.pick(f"sqrt({inner})", rf"\sqrt{{{inner}}}", f"√({inner})"))

    def transpose(self, part: Part) -> str:
        """A transpose."""
        base = self.grouped(part.parts[0])
        return base + self.pick(
            self.rng.choice(("^T", "'")), self.rng.choice(("^T", r"^\top", r"^{\top}", "^{T}")), "ᵀ"
        )

    def inverse(self, part: Part) -> str:
        """An inverse."""
        return self.grouped(part.parts[0]) + self.pick("^-1", "^{-1}", "⁻¹")

    def dot(self, part: Part) -> str:
        """The product of a row and a column."""
        return f"{self.transpose(Part('transpose', part.parts[:1]))} {self.after(part.parts[1])}"

    def outer(self, part: Part) -> str:
        """The product of a column and a row."""
        return f"{self.grouped(part.parts[0])} {self.transpose(Part('transpose', part.parts[1:]))}"

    def hadamard(self, part: Part) -> str:
        """A product entry by entry."""
        sign = self.pick(" .* ", self.rng.choice((r" \odot ", r" \circ ")), self.rng.choice((" ⊙ ", "∘")))
        return self.grouped(part.parts[0]) + sign + self.grouped(part.parts[1])

    def norm(self, part: Part) -> str:
        """The square of a norm."""
        inner = self.write(part.parts[0])
        index = "_F" if part.text == "matrix" else self.rng.choice(("", "_2"))
        return self.pick(f"||{inner}||{index}^2", rf"\|{inner}\|{index}^2", f"‖{inner}‖{index}^2")

    def trace(self, part: Part) -> str:
        """A trace."""
        return self.pick("tr", r"\operatorname{tr}", "Tr") + self.brackets(self.write(part.parts[0]))

    def det(self, part: Part) -> str:
        """A determinant."""
        inner = self.write(part.parts[0])
        return self.pick(f"det({inner})", rf"\det{self.brackets(inner)}", f"det({inner})")

    def sigma(self, part: Part) -> str:
        """A sum over an index."""
        first, second = (self.write(each) for each in part.parts)
        head = self.pick("sum_i", self.rng.choice((r"\sum_i", r"\sum_{i}", r"\sum_{i=1}^{3}", r"\sum_{i=1}^n")), "∑_i")
        pair = f"{first}_i {second}_i"
        return self.brackets(f"{head} {pair}")

    def identity(self, part: Part) -> str:
        """The identity and a matrix."""
        return f"I + {self.grouped(part.parts[0])}"


class Language(Writer):
    """Writes parts in the language."""

    def write(self, part: Part) -> str:
        """The text of a part, in brackets."""
        inner = [self.write(each) for each in part.parts]
        forms: dict[str, Callable[[], str]] = {
            "name": lambda: part.text,
            "number": lambda: part.text,
            "add": lambda: f"({inner[0]} {part.text} {inner[1]})",
            "neg": lambda: f"(-{inner[0]})",
            "mul": lambda: f"({inner[0]}{'*' if part.text in ('scalar', 'scaled') else ' @ '}{inner[1]})",
            "div": lambda: f"({inner[0]}/{inner[1]})",
            "power": lambda: f"({inner[0]}**{part.text})",
            "exp": lambda: f"exp({inner[0]})",
            "function": lambda: f"{part.text}({inner[0]})",
            "sqrt": lambda: f"sqrt({inner[0]})",
            "transpose": lambda: f"{inner[0]}.T",
            "inverse": lambda: f"inv({inner[0]})",
            "dot": lambda: f"({inner[0]} @ {inner[1]})",
            "outer": lambda: f"outer({inner[0]}, {inner[1]})",
            "hadamard": lambda: f"({inner[0]}*{inner[1]})",
            "norm": lambda: f"sum({inner[0]}**2)",
            "trace": lambda: f"trace({inner[0]})",
            "det": lambda: f"det({inner[0]})",
            "sigma": lambda: f"sum({inner[0]}*{inner[1]})",
            "identity": lambda: f"(eye(3) + {inner[0]})",
        }
        return forms[part.kind]()


def scalar(rng: random.Random, depth: int) -> Part:
    """A random number."""
    if depth <= 0:
        return Part("name", text=rng.choice(("s", "t", "alpha"))) if rng.random() < 0.8 else Part("number", text="2")
    kind = rng.choice(
        [
            "add",
            "mul",
            "mul",
            "div",
            "power",
            "exp",
            "function",
            "sqrt",
            "dot",
            "dot",
            "quadratic",
            "norm",
            "norm_matrix",
            "trace",
            "det",
            "sigma",
            "neg",
        ]
    )
    less = depth - 1
    if kind in ("add", "mul", "div"):
        text = rng.choice("+-") if kind == "add" else "scalar"
        return Part(kind, (scalar(rng, less), scalar(rng, less)), text)
    if kind == "power":
        return Part(kind, (scalar(rng, less),), rng.choice("23"))
    if kind in ("exp", "sqrt", "neg"):
        return Part(kind, (scalar(rng, less),))
    if kind == "function":
        return Part(kind, (scalar(rng, less),), rng.choice(("sin", "cos", "log", "exp", "tanh")))
    if kind == "dot":
        return Part(kind, (vector(rng, less), vector(rng, less)))
    if kind == "quadratic":
        return Part("dot", (vector(rng, less), Part("mul", (matrix(rng, less), vector(rng, less)), "matrix")))
    if kind == "norm":
        return Part("norm", (vector(rng, less),))
    if kind == "norm_matrix":
        return Part("norm", (matrix(rng, less),), "matrix")
    if kind == "sigma":
        names = rng.sample(("x", "y", "b"), 2)
        return Part("sigma", (Part("name", text=names[0]), Part("name", text=names[1])))
    if kind == "det":  # of a matrix that is not singular, whose determinant would be nothing but rounding
        return Part(kind, (Part("identity", (matrix(rng, 0),)),))
    return Part(kind, (matrix(rng, less),))


def vector(rng: random.Random, depth: int) -> Part:
    """A random column."""
    if depth <= 0:
        return Part("name", text=rng.choice(("x", "y", "b")))
    less = depth - 1
    kind = rng.choice(["add", "matrix", "matrix", "scaled", "hadamard"])
    if kind == "matrix":
        return Part("mul", (matrix(rng, less), vector(rng, less)), "matrix")
    if kind == "scaled":
        return Part("mul", (scalar(rng, less), vector(rng, less)), "scaled")
    return Part(kind, (vector(rng, less), vector(rng, less)), rng.choice("+-"))


def matrix(rng: random.Random, depth: int) -> Part:
    """A random square matrix."""
    if depth <= 0:
        return Part("name", text=rng.choice(("A", "B", "W")))
    less = depth - 1
    kind = rng.choice(["add", "product", "transpose", "inverse", "outer", "scaled", "identity"])
    if kind == "product":
        return Part("mul", (matrix(rng, less), matrix(rng, less)), "matrix")
    if kind == "scaled":
        return Part("mul", (scalar(rng, less), matrix(rng, less)), "scaled")
    if kind == "outer":
        return Part(kind, (vector(rng, less), vector(rng, less)))
    if kind == "add":
        return Part(kind, (matrix(rng, less), matrix(rng, less)), rng.choice("+-"))
    return Part(kind, (matrix(rng, less),))


def gradients(text: str, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The value and the gradient of every variable of a text in the language."""
    done = run(Request(text, values, check="none", formula=False, graph=False))
    found = {name: np.asarray(each) for name, each in done.gradients.items()}
    return {"": np.asarray(done.result.data), **found}


def compare(rng: random.Random) -> tuple[str, str, str | None]:
    """One expression in one style: its text, that in the language, and what is wrong with the reading."""
    part = scalar(rng, rng.randint(1, 4))
    while part.kind in ("name", "number"):
        part = scalar(rng, 2)
    style = rng.choice(STYLES)
    typed, own = Writer(style, rng).write(part), Language("", rng).write(part)
    numbers = np.random.default_rng(rng.randrange(1 << 30))
    values = {name: numbers.uniform(0.5, 1.5, shape) for name, shape in SHAPES.items()}
    with np.errstate(all="ignore"):
        try:
            expected = gradients(own, values)
        except AutogradError:
            return typed, own, None  # nothing to differentiate, or a singular matrix
        if not all(np.all(np.isfinite(array)) for array in expected.values()):
            return typed, own, None  # what is not finite depends on the order of the operations
        try:
            reading = interpret(typed, values, wanted=Wanted())
            found = gradients(reading.text, values)
        except AutogradError as error:
            return typed, own, f"{error.code} {error.message}"
    # Another order of the same products rounds differently: beside large numbers a small one may be all rounding.
    sizes = [float(np.max(np.abs(array), initial=1.0)) for array in expected.values()]
    scale = max((size for size in sizes if np.isfinite(size)), default=1.0)
    for name, array in expected.items():
        if not np.allclose(array, found.get(name, np.nan), rtol=1e-6, atol=1e-9 * scale, equal_nan=True):
            return typed, own, f"read as {reading.text}: {name or 'value'} is {found.get(name)}, not {array}"
    return typed, own, None


def main() -> int:
    """Compare COUNT expressions."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    wrong = 0
    for _ in range(count):
        typed, own, problem = compare(rng)
        if problem is not None:
            wrong += 1
            print(f"{typed}\n    {own}\n    {problem[:300]}")
    print(f"{count - wrong} of {count} have the same gradient")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
