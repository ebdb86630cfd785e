"""``explain`` knows every code the program uses, finds what people paste, and shows examples that do what it says."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from autograd_cli.errors.messages import as_autograd_error, for_people
from autograd_cli.guide.catalogue import Command, Entry, Example, Script, entries, find_topic
from autograd_cli.views.guide import run_example
from autograd_core import ops
from autograd_core.engine.dtypes import get_default_dtype, set_default_dtype
from command_runs import Cli

ROOT = Path(__file__).resolve().parents[2]
EVERY = list(entries().values())
EXAMPLES = [
    pytest.param(one, id=f"{entry.topic}-{place}")
    for entry in EVERY
    for place, one in enumerate((entry.example, *entry.fixes))
]
UNUSED = {"AG000"}
"""The code of the base of all errors, which none of them keeps."""

Answer = Callable[..., tuple[int, str, str]]


@pytest.fixture
def answer(cli: Cli) -> Answer:
    """Runs ``explain``."""
    return partial(cli, "explain")


@pytest.fixture
def double() -> Iterator[None]:
    """The default dtype of a new process, whatever the tests before have imported."""
    before = get_default_dtype()
    set_default_dtype(np.float64)
    yield
    set_default_dtype(before)


def codes_in_use() -> set[str]:
    sources = [*(ROOT / "core").rglob("*.py"), *(ROOT / "cli").rglob("*.py")]
    texts = [path.read_text(encoding="utf-8") for path in sources if "guide" not in path.parts]
    return {code for text in texts for code in re.findall(r'"(AG\d{3})"', text)} - UNUSED


def test_every_code_in_use_is_explained_and_every_code_that_is_explained_is_in_use() -> None:
    explained = {entry.topic for entry in EVERY if entry.topic.startswith("AG")}
    assert explained == codes_in_use()


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_does_what_it_is_there_for(example: Example, double: None) -> None:
    output, status = typed(example) if isinstance(example, Script) else run_example(example)
    shown = re.findall(r"(?:\[|\"code\": \")(AG\d{3})[\]\"]", output)
    assert shown == ([example.shows] if example.shows else []), f"{example.text}\n{output}"
    assert status == example.status, output
    assert output
    if isinstance(example, Script):
        assert output == example.output


def typed(script: Script) -> tuple[str, int]:
    """What lines of Python write where they are typed one after the other, and the exit status of their error."""
    *before, last = ast.parse(script.text).body
    names: dict[str, object] = {}
    try:
        exec(compile(ast.Module(before, []), "script", "exec"), names)
        if isinstance(last, ast.Expr):
            return f"{eval(compile(ast.Expression(last.value), 'script', 'eval'), names)!r}\n", 0
        exec(compile(ast.Module([last], []), "script", "exec"), names)
    except Exception as error:
        known = as_autograd_error(error)
        return for_people(known), known.exit_status
    return "", 0


@pytest.mark.parametrize("topic", ["AG101", "AG201", "AG302", "AG601", "accumulation", "vjp"])
def test_what_is_shown_is_what_the_command_gives(topic: str, cli: Cli) -> None:
    entry = entries()[topic]
    for one in (entry.example, *entry.fixes):
        assert isinstance(one, Command)
        status, out, err = cli(*one.words)
        assert run_example(one) == (err + out, status)


@pytest.mark.parametrize("entry", EVERY, ids=lambda entry: entry.topic)
def test_an_entry_has_a_failing_example_and_a_way_that_works(entry: Entry) -> None:
    assert entry.fixes
    assert not any(fix.shows for fix in entry.fixes)
    assert any(isinstance(fix, Command) for fix in entry.fixes) or entry.topic == "AG001"
    if entry.topic.startswith("AG"):
        assert entry.example.shows == entry.topic
    for text in (entry.title, entry.meaning, entry.why):
        assert text.isascii()
        assert "  " not in text
    assert all(isinstance(find_topic(topic), Entry) for topic in entry.related), entry.related


def test_no_two_entries_share_a_name_and_none_hides_a_function() -> None:
    names = [name.lower() for entry in EVERY for name in (entry.topic, *entry.names)]
    assert len(names) == len(set(names))
    assert not [name for name in names if ops.find(name)]


@pytest.mark.parametrize("entry", EVERY, ids=lambda entry: entry.topic)
def test_every_message_an_entry_quotes_leads_to_it(entry: Entry) -> None:
    for said in (one for some in entry.says.values() for one in some):
        assert find_topic(said) is entry, said


@pytest.mark.parametrize(
    ("message", "topic"),
    [
        ("grad can be implicitly created only for scalar outputs", "AG201"),
        ("RuntimeError: grad can be implicitly created only for scalar outputs", "AG201"),
        ("grad can be implicity created only for scaler outputs", "AG201"),
        ("Gradient only defined for scalar-output functions. Output had shape: (5, 4).", "AG201"),
        (
            "Mismatch in shape: grad_output[0] has a shape of torch.Size([7]) and output[0] has a shape of "
            "torch.Size([3, 4]).",
            "AG202",
        ),
        ("element 0 of tensors does not require grad and does not have a grad_fn", "AG203"),
        ("element 0 of tensors does not require grad", "AG203"),
        ("Trying to backward through the graph a second time", "AG204"),
        ("backward a second time", "AG204"),
        ("retain_graph=True", "AG204"),
        ("The .grad attribute of a Tensor that is not a leaf Tensor is being accessed", "AG205"),
        ("AttributeError: 'NoneType' object has no attribute 'zero_'", "AG205"),
        ("Only Tensors of floating point and complex dtype can require gradients", "AG206"),
        ("a leaf Variable that requires grad is being used in an in-place operation", "AG207"),
        ("a view of a leaf Variable that requires grad is being used in an in-place operation.", "AG207"),
        ("you can only change requires_grad flags of leaf variables", "AG210"),
        ("One of the differentiated Tensors appears to not have been used in the graph", "AG211"),
        ("allow_unused", "AG211"),
        ("mat1 and mat2 shapes cannot be multiplied (64x512 and 256x10)", "AG301"),
        (
            "matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature "
            "(n?,k),(k,m?)->(n?,m?) (size 7 is different from 4)",
            "AG301",
        ),
        ("Sizes of tensors must match except in dimension 1. Expected size 3 but got size 2", "AG301"),
        ("The size of tensor a (7) must match the size of tensor b (4) at non-singleton dimension 0", "AG302"),
        ("ValueError: operands could not be broadcast together with shapes (12,3) (12,) ", "AG302"),
        ("IndexError: Dimension out of range (expected to be in range of [-1, 0], but got 1)", "AG303"),
        ("shape '[4, 2]' is invalid for input of size 6", "AG304"),
        ("index 5 is out of bounds for dimension 0 with size 3", "AG305"),
        ("1D tensors expected, but got 2D and 1D tensors", "AG306"),
        ("zero-size array to reduction operation maximum which has no identity", "AG307"),
        ("a Tensor with 64 elements cannot be converted to Scalar", "AG308"),
        (
            "linalg.inv: The diagonal element 2 is zero, the inversion could not be completed because the input "
            "matrix is singular.",
            "AG404",
        ),
        ("numpy.linalg.LinAlgError: Singular matrix", "AG404"),
        ("could not convert string to float: 'abc'", "AG606"),
        ("one of the variables needed for gradient computation has been modified by an inplace operation", "AG610"),
        ("sum() got an unexpected keyword argument 'axs'", "AG612"),
        ("grad can be implicitly created only for real scalar outputs but got torch.complex64", "complex"),
        ("grad can be computed only for real scalar outputs", "complex"),
        ("Can't call numpy() on Tensor that requires grad", "numpy"),
        ("The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()", "truth"),
        ("Function 'SqrtBackward0' returned nan values in its 0th output", "AG401"),
        ("Function 'PowBackward0' returned nan values in its 1th output.", "AG401"),
        ("RuntimeWarning: invalid value encountered in log", "AG401"),
        ("nan", "AG401"),
        ("kink", "AG402"),
        ("Jacobian mismatch for output 0 with respect to input 0", "cross-check"),
        ("gradcheck", "cross-check"),
        ("expected scalar type Long but found Float", "dtype"),
        ("Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!", "device"),
        ("error[AG302]: the shapes of X (2,3) and b (2,) do not fit", "AG302"),
        ("ag201", "AG201"),
        ("zero_grad", "zero-grad"),
        ("zero grad", "zero-grad"),
        ("Leaf", "leaf"),
    ],
)
def test_what_people_paste_is_found(message: str, topic: str) -> None:
    found = find_topic(message)
    assert isinstance(found, Entry)
    assert found.topic == topic


def test_a_whole_traceback_can_be_pasted() -> None:
    pasted = """Traceback (most recent call last):
  File "/home/ada/train.py", line 81, in <module>
    loss.backward()
  File "/usr/lib/python3/site-packages/torch/_tensor.py", line 521, in backward
    torch.autograd.backward(self, gradient, retain_graph, create_graph, inputs=inputs)
RuntimeError: Trying to backward through the graph a second time (or directly access saved tensors after they have"""
    found = find_topic(pasted)
    assert isinstance(found, Entry)
    assert found.topic == "AG204"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cross entropy", "cross_entropy("),
        ("softmax gradient", "softmax("),
        ("numerator layout", "layout  "),
        ("why is my gradient nan", "AG401  "),
        ("what is a cotangent", "vjp  "),
    ],
)
def test_a_short_question_finds_what_its_words_name(text: str, found: str, answer: Answer) -> None:
    assert answer(text)[1].startswith(found)


@pytest.mark.parametrize("text", ["how do I bake bread", "the weather is nice in the graph today", "hello", "??", "42"])
def test_what_has_nothing_to_do_with_it_finds_nothing(text: str, answer: Answer) -> None:
    status, out, err = answer(text)
    assert (status, out) == (1, "")
    assert "error[AG107]" in err


def test_a_page_has_the_words_the_cause_an_example_and_what_works(answer: Answer) -> None:
    status, out, err = answer("element", "0", "of", "tensors", "does", "not", "require", "grad")
    assert (status, err) == (0, "")
    for part in (
        "AG203  Nothing to differentiate",
        "PyTorch says",
        "element 0 of tensors does not require grad and does not have a grad_fn",
        '$ autograd-cli grad "sum(x**2)" --x 1,2,3 --no-grad x',
        "error[AG203]: nothing to differentiate",
        '$ autograd-cli grad "sum(x**2)" --x 1,2,3 --no-tree',
        "[2, 4, 6]",
    ):
        assert part in out


def test_a_function_has_the_same_door(answer: Answer, cli: Cli) -> None:
    assert answer("softmax") == cli("functions", "softmax")


def test_without_a_topic_all_are_listed(answer: Answer) -> None:
    status, out, _ = answer()
    assert status == 0
    assert all(re.search(rf"^  {entry.topic} +{re.escape(entry.title)}$", out, re.MULTILINE) for entry in EVERY)
    found = json.loads(answer("--json")[1])
    assert [one["topic"] for one in found["topics"]] == [entry.topic for entry in EVERY]


def test_json_holds_the_page(answer: Answer) -> None:
    status, out, _ = answer("AG201", "--json")
    found = json.loads(out)
    assert (status, found["schema"], found["ok"]) == (0, "autograd-cli/explain/1", True)
    entry = found["entry"]
    assert entry["topic"] == "AG201"
    assert entry["says"]["PyTorch"][0] == "grad can be implicitly created only for scalar outputs"
    assert (entry["example"]["shows"], entry["example"]["exit"]) == ("AG201", 3)
    assert "error[AG201]" in entry["example"]["output"]
    assert [fix["exit"] for fix in entry["fixes"]] == [0, 0, 0]
    assert json.loads(answer("tanh", "--json")[1])["functions"][0]["name"] == "tanh"


@pytest.mark.parametrize(("asked", "near"), [("acumulation", "accumulation"), ("softamx", "softmax"), ("AG299", "AG")])
def test_an_unknown_topic_is_answered_with_the_nearest(asked: str, near: str, answer: Answer) -> None:
    status, out, err = answer(asked)
    assert (status, out) == (1, "")
    assert f"no topic is called '{asked}'; did you mean {near}" in err
    status, out, _ = answer("--json", asked)
    assert (status, json.loads(out)["error"]["code"]) == (1, "AG107")


@pytest.mark.parametrize("command", ["explain", "functions"])
@pytest.mark.parametrize(
    ("asked", "why", "offered"),
    [
        ("factorial", "factorial(a) is read as gamma(a + 1)", " gamma"),
        ("csch", "csch(a) is read as 1/sinh(a)", " sinh"),
        ("abs2", "abs2(a) is read as a**2", ""),
    ],
)
def test_a_function_that_is_written_out_is_answered_with_what_is_in_it(
    command: str, asked: str, why: str, offered: str, cli: Cli
) -> None:
    status, out, err = cli(command, asked)
    assert (status, out) == (1, "")
    assert err.endswith(f" is called '{asked}'\nwhy: {why}\ntry: autograd-cli {command}{offered}\n")


def test_a_misspelt_option_is_no_topic(answer: Answer) -> None:
    status, _, err = answer("AG201", "--jsno")
    assert status == 2
    assert "error[AG101]: --jsno is not an option of explain" in err


def test_a_message_may_begin_with_dashes_and_hold_anything(answer: Answer) -> None:
    assert answer("--x is not singular [/] [bold] \x1b[31m matrix")[0] in (0, 1)
    assert "\x1b" not in "".join(map(str, answer("[i] \x1b[31m nothing known")))


@pytest.mark.parametrize("width", [40, 80])
def test_pages_wrap_to_the_width(width: int, answer: Answer) -> None:
    out = answer("AG204", "--width", str(width))[1]
    text = out.split("Example")[0]
    assert max(map(len, text.splitlines())) <= width
    assert "\x1b" not in out


def test_a_topic_is_explained_without_loading_sympy() -> None:
    program = "import sys; from autograd_cli.main import main; main(['explain']); assert 'sympy' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_nothing_of_the_files_is_left_out() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "cli/autograd_cli/guide/entries").glob("*.md"))
    shown = sum(1 + len(entry.fixes) for entry in EVERY)
    assert len(EVERY) == text.count("\n## What it means\n")
    assert shown == text.count("\n```console") + text.count("\n```python")
