"""Values and files: what cannot be read as numbers, and what is too large."""

from __future__ import annotations

from autograd_cli.guide.entry import Command, Entry, Script


def _rule_of_the_wrong_shape() -> object:
    import numpy as np

    from autograd_core import Tensor, ops
    from autograd_core.ops.spec import OpSpec

    total = OpSpec(
        name="total",
        doc="Sum.",
        group="own",
        forward=np.sum,
        shape=lambda x: (),
        vjps=(lambda g, y, x: ops.zeros((2,)),),
    )
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    return total(x).backward()


def _rule_of_the_right_shape() -> object:
    import numpy as np

    from autograd_core import Tensor
    from autograd_core.ops.spec import OpSpec

    total = OpSpec(name="total", doc="Sum.", group="own", forward=np.sum, shape=lambda x: (), vjps=(lambda g, y, x: g,))
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    total(x).backward()
    return x.grad


def _mistake() -> object:
    raise RuntimeError("something that nobody thought of")


ENTRIES = (
    Entry(
        topic="AG606",
        title="A value that is not an array of numbers",
        says={
            "PyTorch": (
                "too many dimensions 'str'",
                "expected sequence of length 2 at dim 1 (got 1)",
                "can't convert np.ndarray of type numpy.object_. The only supported types are: float64, float32, "
                "float16",
            ),
            "NumPy": (
                "could not convert string to float: 'a'",
                "setting an array element with a sequence. The requested array has an inhomogeneous shape after 1 "
                "dimensions. The detected shape was (2,) + inhomogeneous part.",
            ),
            "HIPS autograd": ("Field elements must be 2- or 3-tuples, got '1'",),
        },
        meaning="An entry is text, a boolean or a complex number, the value is empty, or its rows differ in length.",
        why="1,2,3 is a vector and 1,2;3,4 a matrix: commas stand between entries and semicolons between rows, which "
        "must be equally long. JSON, [[1,2],[3,4]], works to any depth.",
        example=Command('grad "sum(A)" --A "1,2;3"', shows="AG606", status=3),
        fixes=(
            Command('grad "sum(A)" --A "1,2;3,4" --no-tree'),
            Command('grad "sum(A)" --A "[[1,2],[3,4]]" --no-tree'),
        ),
        names=("ragged", "values"),
        related=("AG621", "AG623", "AG206"),
    ),
    Entry(
        topic="AG621",
        title="A file that cannot be read",
        says={
            "Python": ("No such file or directory", "Permission denied", "Is a directory"),
            "NumPy": (
                "Object arrays cannot be loaded when allow_pickle=False",
                "Failed to interpret file as a pickle",
                "the magic string is not correct; expected",
            ),
        },
        meaning="The file behind @ does not exist, may not be read, or does not hold what its ending says.",
        why="Paths are taken from the folder you are in. Pickles are never loaded: reading one can run a program.",
        example=Command('grad "sum(x**2)" --x @no-such-file.csv', shows="AG621", status=3),
        fixes=(Command('grad "sum(x**2)" --x - --no-tree', stdin="1,2,3"),),
        names=("file", "pickle"),
        related=("AG623", "AG606"),
    ),
    Entry(
        topic="AG622",
        title="Standard input cannot be read",
        meaning="- stands for standard input, and it is closed or broken.",
        why="A program in front of the pipe has failed, or the shell was told to close the stream.",
        example=Command('grad "sum(x**2)" --x -', without="stdin", shows="AG622", status=3),
        fixes=(Command('grad "sum(x**2)" --x - --no-tree', stdin="1,2,3"),),
        names=("standard-input",),
        related=("AG106",),
    ),
    Entry(
        topic="AG623",
        title="A file of a kind that is not known",
        meaning="The kind of a file is told by the end of its name: .npy, .npz:key, .csv, .tsv, .txt or .json.",
        why="Guessing the kind from what a file holds would read some of them wrongly.",
        example=Command('grad "sum(x**2)" --x @data.xlsx', shows="AG623", status=3),
        fixes=(Command('grad "sum(x**2)" --x - --no-tree', stdin="1,2,3"),),
        names=("file-kinds",),
        related=("AG621",),
    ),
    Entry(
        topic="AG624",
        title="The answer cannot be written",
        says={"Python": ("OSError: [Errno 28] No space left on device",)},
        meaning="The disk is full, or the file or the stream that the answer goes to refuses it.",
        why="The answer was computed, but nothing was kept: run the command again with another place to write to.",
        example=Command('grad "sum(x**2)" --x 1,2,3', without="stdout", shows="AG624", status=3),
        fixes=(Command('grad "sum(x**2)" --x 1,2,3 --no-tree'),),
        names=("output",),
    ),
    Entry(
        topic="AG630",
        title="An operation that another library has no word for",
        meaning="export writes a program for PyTorch, JAX, NumPy or SymPy that computes the same numbers, and the "
        "library asked for has no function for one of the operations.",
        why="NumPy, for one, has no special functions such as erfinv or digamma; they are in SciPy. A program that "
        "computed something else in their place would fail its own asserts.",
        example=Command('export "sum(erfinv(x))" --x 0.1,0.5 --to numpy', shows="AG630", status=3),
        fixes=(Command('export "sum(erfinv(x))" --x 0.1,0.5 --to torch'),),
        names=("export",),
        related=("AG624",),
    ),
    Entry(
        topic="AG801",
        title="An array, or a number of things, that is too large",
        meaning="A value, an intermediate result or the result would have more entries or axes than the limit.",
        why="The limit is checked before anything is computed, so that no expression can fill the memory. It is 10 "
        "million entries, 80 MB in float64; --max-elements raises it. Mostly broadcasting or outer() made a matrix "
        "where a vector was meant.",
        example=Command('grad "sum(outer(x, x))" --x "arange(1000000)"', shows="AG801", status=3),
        fixes=(Command('grad "sum(x)**2" --x "arange(1000)" --no-tree --no-formula'),),
        names=("limits", "max-elements"),
        related=("broadcasting", "AG802", "AG804"),
    ),
    Entry(
        topic="AG802",
        title="An expression that is too long",
        meaning="The text has more characters, statements or parts than the limit, or a name is too long.",
        why="Limits keep a slip of a program that writes expressions from hanging this one. Arrays belong into values, "
        "not into the expression: --x @x.npy.",
        example=Command(f'grad "{"x" * 201}" --{"x" * 201} 1', shows="AG802", status=3),
        fixes=(Command('grad "sum(x)" --x "ones(100000)" --no-tree'),),
        related=("AG801", "AG803"),
    ),
    Entry(
        topic="AG803",
        title="An expression that is nested too deep",
        says={"Python": ("RecursionError: maximum recursion depth exceeded", "too many nested parentheses")},
        meaning="Brackets stand inside brackets more often than the limit, or one operation follows another for too "
        "long.",
        why="x + x + x nests three deep, because it is (x + x) + x. A long sum is better written as sum(...) over an "
        "array, and a long chain as statements.",
        example=Command(f'grad "{"(" * 181}x{")" * 181}" --x 1', shows="AG803", status=3),
        fixes=(Command('grad "y = sin(x); z = sin(y); sin(z)" --x 1 --no-tree'),),
        related=("AG802",),
    ),
    Entry(
        topic="AG804",
        title="A run that would need too much memory",
        says={
            "PyTorch": (
                "RuntimeError: [enforce fail at alloc_cpu.cpp:114] data. DefaultCPUAllocator: not enough memory",
                "DefaultCPUAllocator: can't allocate memory: you tried to allocate",
                "CUDA out of memory. Tried to allocate",
            ),
            "NumPy": ("Unable to allocate 74.5 GiB for an array with shape (100000, 100000) and data type float64",),
            "Python": ("MemoryError",),
        },
        meaning="Values, gradients and what the cross-check and the formulas hold would together take more memory than "
        "the limit, which is half of the machine's and in a batch 1 GiB, or the system has no more to give.",
        why="The memory is counted from the shapes before anything is computed. Without the check, the formulas and "
        "the tree a run holds its inputs, their gradients and what the rules of the backward pass read, and no more.",
        example=Command('grad "sum(sin(x)*exp(x))" --x "arange(9000000)" --max-memory 1', shows="AG804", status=3),
        fixes=(
            Command(
                'grad "sum(sin(x)*exp(x))" --x "linspace(0,1,90000)" --check none --no-formula --no-tree',
            ),
        ),
        names=("memory", "max-memory"),
        related=("AG801",),
    ),
    Entry(
        topic="AG805",
        title="A run or a job of a batch that was given up",
        meaning="It took longer than its time limit, or the process that ran a job ended twice, mostly because the "
        "system had no memory left. The other jobs of a batch went on.",
        why="What was not foreseen is stopped: a command by --max-seconds, 60 if not said, a job of a batch by "
        "--time-limit, 10 if not said. Processor time is counted, not that of a clock.",
        example=Command(
            "batch --time-limit 0.01",
            stdin='{"expr": "sum(X @ X @ X)", "vars": {"X": "rand(900,900)"}}',
            shows="AG805",
            status=1,
        ),
        fixes=(Command("batch", stdin='{"expr": "sum(X @ X @ X)", "vars": {"X": "eye(2)"}}'),),
        names=("time-limit", "timeout"),
        related=("AG801", "AG804", "AG806"),
    ),
    Entry(
        topic="AG806",
        title="A run that would take too long",
        meaning="The passes forward and back, and writing the answer, would take longer than the limit, which is 60 "
        "seconds of one core and in a batch 3.",
        why="The time is foreseen from the shapes before anything is computed: a product of matrices takes the product "
        "of three lengths, a determinant the cube of one, and a number takes longer to write than to compute. Smaller "
        "arrays take less, and --max-seconds raises the limit. The cross-check has a limit of its own, --check-budget.",
        example=Command('grad "det(A)" --A "randn(2500,2500)" --no-tree --max-seconds 3', shows="AG806", status=3),
        fixes=(Command('grad "det(A)" --A "randn(3,3)" --no-tree'),),
        names=("seconds", "max-seconds", "slow"),
        related=("AG801", "AG804", "AG805"),
    ),
    Entry(
        topic="AG001",
        title="An operation is declared wrongly: a rule gives another shape, or is missing",
        says={
            "PyTorch": (
                "Function MyFunctionBackward returned an invalid gradient at index 0 - got [3] but expected shape "
                "compatible with [2]",
                "function MyFunctionBackward returned an incorrect number of gradients (expected 1, got 2)",
            ),
        },
        meaning="A vector-Jacobian product gives each operand a gradient of that operand's shape, or one that "
        "broadcasts to it. You see this while you declare an operation of your own.",
        why="Sums over broadcast axes are undone for you; anything else the rule has to do. With an operation of the "
        "language this is a mistake of the program: please report it.",
        example=Script(_rule_of_the_wrong_shape, shows="AG001"),
        fixes=(Script(_rule_of_the_right_shape),),
        names=("custom-function",),
        related=("vjp",),
    ),
    Entry(
        topic="AG999",
        title="A mistake of this program",
        meaning="Something happened that was not foreseen. It is not your expression that is wrong: whatever you type "
        "should give an answer, or an error that says what to change.",
        why="Please report it with the command. With AUTOGRAD_CLI_DEBUG=1 in the environment the same command shows "
        "where it happened; the version belongs to the report.",
        example=Script(_mistake, shows="AG999"),
        fixes=(Command("--version"),),
        names=("bug", "internal-error"),
    ),
)
