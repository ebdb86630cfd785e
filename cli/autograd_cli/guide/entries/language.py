"""What an expression may be made of: syntax, functions, names, arguments."""

from __future__ import annotations

from autograd_cli.guide.entry import Command, Entry

ENTRIES = (
    Entry(
        topic="AG601",
        title="The expression cannot be read",
        says={
            "Python": (
                "SyntaxError: invalid syntax",
                "unexpected EOF while parsing",
                "'(' was never closed",
                "invalid decimal literal",
                "unmatched ')'",
            ),
        },
        meaning="The text is not an expression: a bracket is not closed, an operator has nothing to work on, or two "
        "values stand side by side.",
        why="The grammar is Python's, with ^ for powers as well, or that of mathematics: 5x, x^T A x. The caret "
        "shows where reading stopped; the mistake may be just before it.",
        example=Command('grad "sum((x - 1)**2" --x 1,2,3', shows="AG601", status=3),
        fixes=(Command('grad "sum((x - 1)**2)" --x 1,2,3 --no-tree'), Command('grad "5*x" --x 2 --no-tree')),
        names=("syntax",),
        related=("AG602", "AG603"),
    ),
    Entry(
        topic="AG602",
        title="A character that has no meaning here",
        says={"Python": ("invalid character '−' (U+2212)", "invalid non-printable character U+00A0")},
        meaning="The text holds a sign that no expression is made of: an invisible character, a question mark, a "
        "command of LaTeX that is not known.",
        why="It is refused instead of guessed at, because several signs that look alike mean different things. The "
        "message names the character and what to write.",
        example=Command('grad "x ? 1 : 0" --x -2', shows="AG602", status=3),
        fixes=(Command('grad "where(x > 0, x, 0)" --x -2 --no-tree'),),
        related=("AG601",),
    ),
    Entry(
        topic="AG603",
        title="Python that is not part of the language",
        meaning="The text is Python, but not an expression of numbers: a conditional, a loop, and/or/not, a lambda, an "
        "in-place operation, a text, a complex number.",
        why="Expressions are never run as Python; only what is known to be arithmetic is let through. A choice that "
        "depends on numbers is where(condition, a, b), which also works on whole arrays.",
        example=Command('grad "x**2 if x > 0 else -x" --x 3', shows="AG603", status=3),
        fixes=(Command('grad "where(x > 0, x**2, -x)" --x 3 --no-tree'),),
        names=("if", "else", "lambda"),
        related=("AG601", "kink", "truth"),
    ),
    Entry(
        topic="AG604",
        title="A function that does not exist, or is not called",
        says={
            "Python": ("name 'softamx' is not defined",),
            "PyTorch": (
                "module 'torch' has no attribute 'softamx'",
                "derivative for aten::floor_divide is not implemented",
            ),
            "NumPy": ("module 'numpy' has no attribute 'softamx'",),
        },
        meaning="The name in front of the brackets is no function that is known, or a function's name stands where a "
        "value should.",
        why="Functions have NumPy's or PyTorch's names without np. or torch. in front; autograd-cli functions lists "
        "all of them.",
        example=Command('grad "sum(softamx(x))" --x 1,2,3', shows="AG604", status=3),
        fixes=(Command('grad "sum(x*softmax(x))" --x 1,2,3 --no-tree'), Command("functions softmax")),
        related=("AG605", "AG611", "AG107"),
    ),
    Entry(
        topic="AG605",
        title="A name without a value",
        says={"Python": ("NameError: name is not defined",)},
        meaning="The expression uses a name that no --NAME VALUE gives a value to.",
        why="Every name needs numbers, because the gradient is computed at a point. pi, e, inf and nan are known; "
        "capital and small letters count where names differ in nothing else.",
        example=Command('grad "sum((Y - W*X)**2)" --X 1,2 --W 3,4', shows="AG605", status=2),
        fixes=(Command('grad "sum((Y - W*X)**2)" --X 1,2 --W 3,4 --Y 5,6 --no-tree'),),
        names=("missing-value",),
        related=("AG101", "AG604"),
    ),
    Entry(
        topic="AG609",
        title="A statement whose value goes nowhere",
        meaning="Of the statements that ; or a new line separates, the last one is the result and all others set a "
        "name. Here another one is a bare value.",
        why="A value that nothing refers to cannot have been meant.",
        example=Command('grad "W*x; sum(x**2)" --W 2,3 --x 1,2', shows="AG609", status=3),
        fixes=(Command('grad "y = W*x; sum(y**2)" --W 2,3 --x 1,2 --no-tree'),),
        names=("statements",),
        related=("AG610",),
    ),
    Entry(
        topic="AG610",
        title="A name that is set twice, or used before it is set",
        says={
            "PyTorch": (
                "one of the variables needed for gradient computation has been modified by an inplace operation: "
                "[torch.FloatTensor [3]], which is output 0 of Add, is at version 1; expected version 0 instead. Hint: "
                "enable anomaly detection to find the operation that failed to compute its gradient, with "
                "torch.autograd.set_detect_anomaly(True).",
            ),
        },
        meaning="PyTorch: a tensor that a backward rule still needs was overwritten after it was saved, by +=, "
        "relu_(), x[i] = ... or an optimiser step. Here each name is set once, so this cannot happen: a second "
        "assignment makes another name, b_2, and a name that is used before it is set is refused.",
        why="The rule of b**2 needs b as it was. With b += 1 after it the gradient would silently be that of another "
        "function, so PyTorch counts versions and stops. Give the new value a new name: b2 = b + 1.",
        example=Command('grad "c = b**2; b = c + x; sum(b*c)" --x 1,2', shows="AG610", status=3),
        fixes=(Command('grad "b = 2*x; c = b**2; b2 = b + 1; sum(b2*c)" --x 1,2 --no-tree'),),
        names=("version-counter",),
        related=("AG207", "AG609"),
    ),
    Entry(
        topic="AG611",
        title="An attribute, a method or a name that is not let through",
        says={
            "Python": ("'Tensor' object has no attribute", "'numpy.ndarray' object has no attribute"),
        },
        meaning="Behind a point stand .T, .mT, or a function that NumPy or PyTorch has as a method, such as x.sum(); "
        "names do not begin with two underscores.",
        why="Nothing else of Python can be reached from an expression, whatever it looks like: that makes "
        "expressions of other people safe to run. np.exp and torch.exp are exp.",
        example=Command('grad "x.volume" --x 1', shows="AG611", status=3),
        fixes=(Command('grad "exp(x)" --x 1 --no-tree'), Command('grad "x.exp().sum()" --x 1,2 --no-tree')),
        related=("AG604", "AG603"),
    ),
    Entry(
        topic="AG612",
        title="Arguments that do not fit the function",
        says={
            "PyTorch": (
                "sum() received an invalid combination of arguments - got (Tensor, axs=int), but expected one of:",
                "softmax(): argument 'dim' must be int, not float",
            ),
            "NumPy": ("sum() got an unexpected keyword argument 'axs'", "an integer is required for the axis"),
            "Python": (
                "missing 1 required positional argument: 'shape'",
                "takes 2 positional arguments but 3 were given",
                "got multiple values for argument 'axis'",
            ),
        },
        meaning="An argument is missing, given twice, unknown, or not of the kind that is allowed; the message says "
        "which and shows the call.",
        why="Both spellings work, axis and dim, keepdims and keepdim. Axes, shapes and flags must be written out: they "
        "cannot be computed from an input.",
        example=Command('grad "sum(x, axs=0)" --x 1,2,3', shows="AG612", status=3),
        fixes=(Command('grad "sum(x, axis=0)" --x 1,2,3 --no-tree'), Command("functions sum")),
        names=("arguments", "keyword"),
        related=("AG604",),
    ),
    Entry(
        topic="AG419",
        title="A spelling that means something else in another library",
        says={
            "PyTorch": (
                "Using a target size (torch.Size([2])) that is different to the input size (torch.Size([2, 1])). This "
                "will likely lead to incorrect results due to broadcasting.",
            ),
        },
        meaning="The call was read in one of two ways that are in use; the warning names the reading, and what to "
        "write for the other one.",
        why="max(x, 0) is the larger of both to a person, and an axis to NumPy; x.repeat(2) repeats entries in NumPy "
        "and whole arrays in PyTorch; a loss of shapes that differ compares each entry with several others.",
        example=Command('grad "sum(max(x, 0))" --x 1,-2 --no-tree', shows="AG419"),
        fixes=(
            Command('grad "sum(maximum(x, 0))" --x 1,-2 --no-tree'),
            Command('grad "max(x, axis=0)" --x 1,-2 --no-tree'),
        ),
        related=("AG612",),
    ),
)
