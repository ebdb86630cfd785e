"""Errors of the command line itself: options, names, and words that do not fit together."""

from __future__ import annotations

from autograd_cli.guide.entry import Command, Entry

ENTRIES = (
    Entry(
        topic="AG101",
        title="A name on the command line that means nothing here",
        says={"Click": ("No such option: --x", "Got unexpected extra argument")},
        meaning="A word that begins with two dashes is neither an option of the command nor a variable of the "
        "expression, or an option such as --wrt names a variable that is not there.",
        why="Every --NAME VALUE gives a variable its value, so a misspelt option would be taken for a variable. It is "
        "refused instead: the name must occur in the expression, exactly, or without regard to capitals where that "
        "leaves one choice.",
        example=Command('grad "sum(x**2)" --x 1,2,3 --presision 3', shows="AG101", status=2),
        fixes=(
            Command('grad "sum(x**2)" --x 1,2,3 --precision 3 --no-tree'),
            Command('grad "sum(format**2)" --var format=1,2,3 --no-tree'),
        ),
        related=("AG605", "AG102"),
    ),
    Entry(
        topic="AG102",
        title="An option without a value, or with one that it does not take",
        says={"Click": ("Option requires an argument", "Invalid value for: is not one of")},
        meaning="The option is known, but what stands behind it is missing, is not one of the words that it takes, or "
        "should not be there at all.",
        why="Options with a value take the next word, or what stands behind = in the same word. A variable that is "
        "called like an option is bound with --var NAME=VALUE.",
        example=Command('grad "sum(x**2)" --x 1,2,3 --format tabel', shows="AG102", status=2),
        fixes=(Command('grad "sum(x**2)" --x 1,2,3 --format plain'),),
        related=("AG101",),
    ),
    Entry(
        topic="AG103",
        title="No expression or claim, or more than one",
        says={"Click": ("Missing argument EXPR",)},
        meaning="A command takes exactly one expression: one word of the shell that is neither an option, nor a name "
        "with two dashes, nor the value of one.",
        why="The shell splits at blanks and acts on * ( ) ; < >, so an expression needs quotes around it.",
        example=Command("grad 2 * x --x 3", shows="AG103", status=2),
        fixes=(Command('grad "2 * x" --x 3 --no-tree'),),
        related=("AG101",),
    ),
    Entry(
        topic="AG104",
        title="Two things on the command line that contradict each other",
        meaning="A variable is given twice, or two options ask for different answers.",
        why="Letting the last one win would hide a slip of the hand. Names are the same without regard to capitals "
        "where the expression has only one of them.",
        example=Command('grad "sum(x**2)" --x 1,2,3 --X 4,5,6', shows="AG104", status=2),
        fixes=(Command('grad "sum(x**2)" --x 4,5,6 --no-tree'),),
        related=("AG101",),
    ),
    Entry(
        topic="AG105",
        title="The first word is not a command",
        says={"Click": ("No such command", "Missing command.")},
        meaning="The first word behind the program's name says what to do: grad, functions, explain and so on.",
        why="Each command has options of its own, so the word cannot be left out, not even for grad.",
        example=Command('gard "x**2" --x 3', shows="AG105", status=2),
        fixes=(Command('grad "x**2" --x 3 --no-tree'),),
    ),
    Entry(
        topic="AG106",
        title="Standard input is asked for twice",
        meaning="A lone - stands for standard input, and only one value or expression can have it.",
        why="Standard input is a stream: once it has been read to the end, nothing is left for a second reader.",
        example=Command('grad "x*y" --x - --y -', stdin="3", shows="AG106", status=2),
        fixes=(Command('grad "x*y" --x - --y 2 --no-tree', stdin="3"),),
        related=("AG622",),
    ),
    Entry(
        topic="AG107",
        title="Nothing is known under this name",
        says={"Python": ("module has no attribute softamx", "AttributeError: module 'torch' has no attribute")},
        meaning="functions and explain look up names of functions, error codes, and messages; this is none of them.",
        why="Names are those of NumPy and PyTorch, without np. or torch. in front. Messages are found by their words.",
        example=Command("functions softamx", shows="AG107", status=1),
        fixes=(Command("functions softmax"),),
        related=("AG604",),
    ),
)
