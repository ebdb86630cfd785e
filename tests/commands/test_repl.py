"""Sessions: values and expressions stay, commands go by their names, and a terminal edits, completes and interrupts."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from command_runs import Cli, Result

ROOT = Path(__file__).resolve().parents[2]


def session(cli: Cli, *lines: str) -> Result:
    return cli("repl", stdin="".join(f"{line}\n" for line in lines))


def test_a_value_stays_and_an_expression_has_its_gradient(cli: Cli) -> None:
    done = session(cli, "x = 1,2", "sum(x**2)")
    assert done.status == 0
    assert done.stdout.startswith("sum(x**2) = 5\n")
    assert "[2, 4]" in done.stdout


def test_a_command_as_in_the_shell_is_taken_as_errors_offer_it(cli: Cli) -> None:
    offered = session(cli, "x = 0,0", "softmx(x)").stderr.partition("try: ")[2].splitlines()[0]
    done = session(cli, offered)
    assert (done.status, done.stderr) == (0, "")
    assert done.stdout.startswith("softmax(x) = [0.5, 0.5]\n")


def test_an_assignment_says_nothing(cli: Cli) -> None:
    done = session(cli, "x = 1,2", "f = sum(x)")
    assert (done.stdout, done.stderr, done.status) == ("", "", 0)


def test_a_kept_expression_follows_its_values(cli: Cli) -> None:
    done = session(cli, "x = 3", "f = x**2", "g = f + x", "g --get x", "x = 5", "g --get x")
    assert done.stdout == "7\n11\n"


def test_a_function_is_called_and_not_multiplied(cli: Cli) -> None:
    done = session(cli, "f(x) = x^3 - 2x", "x = 2", "f --get x", "f(3) --get x", "g(t) = f(t)^2", "g(x) --get x")
    assert done.stdout == "10\n25\n80\n"


def test_a_named_expression_is_the_one_that_commands_take(cli: Cli) -> None:
    done = session(cli, "w = 0", "f = (w-3)^2", "descend --rate 0.1 --steps 3 --get w", "check w = 2(w-3)")
    assert done.stdout.startswith("1.464\n")
    assert "w: right" in done.stdout


def test_a_value_follows_from_itself_and_matrices_are_inverted(cli: Cli) -> None:
    done = session(
        cli, "w = 1", "f = (w-3)^2", "w = w - 0.1*2*(w-3)", "f --get value", "A = 2,0;0,4", "A^-1", "A^T [1,0]"
    )
    assert done.stdout == "2.5600000000000005\n[[0.5, 0], [0, 0.25]]\n[2, 0]\n"


@pytest.mark.parametrize(("line", "value"), [("formula sum(x**2)", "14"), ("sum(x) --x 4,5", "9")])
def test_the_last_result_is_that_of_the_values_that_were_there(cli: Cli, line: str, value: str) -> None:
    assert session(cli, "x = 1,2,3", line, "_").stdout.splitlines()[-1] == value


def test_several_statements_stand_on_a_line(cli: Cli) -> None:
    done = session(cli, "x = 2; let y = 3", "import numpy as np", "-x*y --get x")
    assert done.stdout == "-3\n"
    assert "left out" in done.stderr


def test_a_formula_is_of_the_sizes_of_the_values(cli: Cli) -> None:
    done = session(cli, "x = 2", "A = 1,2;3,4", "formula x^2*sum(A)")
    assert "number" in done.stdout
    assert "matrix 2,2" in done.stdout


def test_a_range_stands_behind_the_expression_that_is_drawn(cli: Cli) -> None:
    done = session(cli, "plot z^2 -2:2 --json")
    assert done.json["ranges"] == [{"name": "z", "index": [], "low": -2.0, "high": 2.0}]


@pytest.mark.parametrize(
    ("lines", "shown"),
    [(["2+3"], "5\n"), (["x = 1,2,3", "x*2"], "[2, 4, 6]\n"), (["2+3", "_*10"], "5\n50\n"), (["# nothing", ""], "")],
)
def test_what_has_no_gradient_shows_its_value(cli: Cli, lines: list[str], shown: str) -> None:
    done = session(cli, *lines)
    assert (done.stdout, done.status) == (shown, 0)


def test_the_last_result_is_a_number_whose_gradient_nobody_wants(cli: Cli) -> None:
    done = session(cli, "x = 1,2", "sum(x**2)", "_*sum(x) --get x")
    assert done.stdout.endswith("\n5,5\n")


def test_a_claim_is_about_the_last_expression(cli: Cli) -> None:
    done = session(cli, "x = 1,2", "sum(x**2)", "check x = 2*x")
    assert done.status == 0
    assert "x: right" in done.stdout
    assert session(cli, "x = 1,2", "sum(x**2)", "check x = x").status == 1


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("tree", "PowBackward0"),
        ("steps", "PowBackward0"),
        ("hessian", "positive definite"),
        ("export --to numpy", "import numpy"),
        ("jacobian --json", '"autograd-cli/jacobian/1"'),
        ("vars", "x = 1,2"),
        ("explain AG201", "AG201"),
        ("functions tanh", "tanh(x)"),
        ("help", "the last result"),
    ],
)
def test_commands_go_by_their_names(cli: Cli, command: str, shown: str) -> None:
    done = session(cli, "x = 1,2", "sum(x**2)", command)
    assert done.status == 0
    assert shown in done.stdout


def test_a_name_of_a_command_can_be_a_value(cli: Cli) -> None:
    assert session(cli, "plot = 4", "plot**2 --get plot").stdout == "8\n"


def test_errors_are_those_of_the_shell_and_the_last_one_is_the_status(cli: Cli) -> None:
    done = session(cli, "x = 1,2", "sum(x[7])", "1+1")
    assert done.status == 3
    assert "error[" in done.stderr
    assert "^" in done.stderr
    assert done.stdout == "2\n"
    assert session(cli, "check").status == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [("y = 1,a", "'a' is not a number"), ("forget y", "nothing is called y"), ("hessian", "no expression yet"),
     ("save", "save needs a file"), ("load /nowhere/x", "error[AG621]: load: '/nowhere/x' cannot be read"),
     ("sum([1]) --get 'x", "No closing quotation")],
)  # fmt: skip
def test_what_cannot_be_done_is_said(cli: Cli, line: str, said: str) -> None:
    done = session(cli, line)
    assert done.status in (2, 3)
    assert said in done.stderr


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        (["A = 1,2;3,4", "x = 1,2", "b = 1,1", "||Ax - b||^2 --get x"], "68,96\n"),
        (["A = 1,2;3,4", "x = 1,2", "x^T A x --get x"], "12,21\n"),
        (["x = 3", "f(x) = x^2", "f --get x"], "6\n"),
        (["x = 1,2", "x/3 --precision 3"], "[0.333, 0.667]\n"),
        (
            ["2*3", "_ + 1", "tree --format plain"],
            "6\n7\nvalue\t7\nnode\t0\t_\t_\t\t()\t6\t1\nnode\t1\tAddBackward0\t_ + 1\t0\t()\t7\t1\n",
        ),
    ],
)
def test_lines_are_read_as_the_command_line_reads_them(cli: Cli, lines: list[str], shown: str) -> None:
    assert session(cli, *lines).stdout == shown


def test_a_plot_goes_through_an_entry(cli: Cli) -> None:
    done = session(cli, "x = 1,2", "sum(x**2)", "plot x[0] -1:1 --json")
    assert done.status == 0
    assert '"index": [0]' in done.stdout


def test_an_open_bracket_goes_on_in_the_next_line(cli: Cli) -> None:
    assert session(cli, "x = 1,2", "sum(", "x**2", ") --get x").stdout == "2,4\n"


def test_a_saved_session_is_read_and_typed_again(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "session.txt"
    session(cli, "A = 1,2;3,4", "x = 1,1", "f = x @ A @ x", f"save {file}")
    assert file.read_text() == "# autograd-cli session\nA = 1,2;3,4\nx = 1,1\nf = x @ A @ x\n"
    assert session(cli, f"load {file}", "f --get x").stdout == "7,13\n"
    assert cli("repl", stdin=file.read_text() + "f --get x\n").stdout == "7,13\n"
    session(cli, "x = 9", f"save {file}")
    assert "x = 9" in file.read_text()


def test_save_replaces_no_other_file(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "thesis.txt"
    file.write_text("only copy")
    done = session(cli, "x = 1", f"save {file}")
    assert done.status != 0
    assert "is not a saved session" in done.stderr
    assert file.read_text() == "only copy"


def test_what_a_line_asks_for_holds_in_place_of_what_the_session_asks_for(cli: Cli) -> None:
    lines = "x = 1,2,3\nsum(x**2)\nsum(x**2) --max-nodes 100 --get value\n"
    done = cli("repl", "--max-nodes", "2", stdin=lines)
    assert (done.stdout, done.stderr.count("error[")) == ("14\n", 1)
    assert "graph" in session(cli, "x = 3", "steps x**2 --tree").stdout


def test_a_value_has_the_warnings_of_every_answer(cli: Cli) -> None:
    done = session(cli, "A = 1,2;3,4", "A^2")
    assert done.stdout == "[[1, 4], [9, 16]]\n"
    assert done.stderr.startswith("warning[AG41")
    assert "note: shape (2,2): jacobian shows its derivatives" in done.stderr
    assert session(cli, "y*2").stderr.endswith("try: autograd-cli grad 'y*2' --no-tree --y 1\n")


def test_forgotten_values_are_gone(cli: Cli) -> None:
    assert session(cli, "x = 1", "del x", ":vars", ":q", "nonsense(").stdout == "nothing is kept\n"
    done = session(cli, "x = 1", "forget x", "x**2")
    assert done.status == 2 or done.status == 3
    assert "no value for x" in done.stderr


class Terminal:
    """A session in a pseudo-terminal."""

    def __init__(self, home: Path) -> None:
        self.master, child = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "autograd_cli", "repl"],
            stdin=child, stdout=child, stderr=child, close_fds=True, start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "XDG_DATA_HOME": str(home), "TERM": "xterm",
                 "NO_COLOR": "1", "COLUMNS": "100", "INPUTRC": "/dev/null", "PYTHONIOENCODING": "utf-8"},
            preexec_fn=lambda: __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(child)
        self.seen = ""

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def until(self, text: str, seconds: float = 60) -> str:
        """What was written up to a text, which has to come; the limit is for a program that hangs."""
        end = time.monotonic() + seconds
        while text not in self.seen:
            assert select.select([self.master], [], [], max(0.0, end - time.monotonic()))[0], self.seen
            try:
                self.seen += os.read(self.master, 65536).decode(errors="replace")
            except OSError:
                raise AssertionError(f"the session ended: {self.seen}") from None
        before, _, self.seen = self.seen.partition(text)
        return before + text

    def interrupt(self) -> None:
        """Press Ctrl-C when the session waits for a key.

        While the line editor still deals with the last key Python only notes an interrupt, and acts at the next key: it
        looks for interrupts where its wait for keys is broken off.
        """
        state = Path(f"/proc/{self.process.pid}/stat")
        while state.exists() and state.read_text().rpartition(") ")[2][0] != "S":
            time.sleep(0.001)
        self.type("\x03")

    def close(self) -> int:
        try:
            return self.process.wait(60)
        finally:
            os.close(self.master)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path)
    yield made
    made.process.kill()
    made.process.wait()


def test_a_terminal_answers_and_ends_with_control_d(terminal: Terminal, tmp_path: Path) -> None:
    terminal.until("> ")
    terminal.type("x = 1,2\r")
    terminal.until("> ")
    terminal.type("sum(x**2)\r")
    assert "[2, 4]" in terminal.until("SymPy agrees")
    terminal.until("> ")
    terminal.type("\x04")
    assert terminal.close() == 0
    assert (tmp_path / "autograd-cli" / "history").read_text().splitlines()[-2:] == ["x = 1,2", "sum(x**2)"]


def test_tab_completes_functions_values_and_commands(terminal: Terminal) -> None:
    pytest.importorskip("readline")
    terminal.until("> ")
    terminal.type("quality = 3\r")
    terminal.until("> ")
    terminal.type("softpl\t")
    terminal.until("softplus(")
    terminal.type("qual\t")
    terminal.until("quality")
    terminal.type(") --get quality\r")
    terminal.until("0.95257412")
    terminal.until("> ")
    terminal.type("\x04")
    terminal.close()


@pytest.mark.parametrize("goes_on", [False, True], ids=["", "in its second line"])
def test_control_c_ends_the_line_and_not_the_session(terminal: Terminal, *, goes_on: bool) -> None:
    terminal.until("> ")
    terminal.type("sum(x**")
    terminal.until("sum(x**")
    if goes_on:
        terminal.type("\r")
        terminal.until(". ")
    terminal.interrupt()
    terminal.until("> ")
    terminal.type("2+3\r")
    terminal.until("\n5")
    terminal.type("exit\r")
    assert terminal.close() == 0
