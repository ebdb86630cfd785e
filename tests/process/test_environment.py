"""The program fits into what surrounds it: terminals, pipes, encodings, closed streams, signals, settings of others."""

from __future__ import annotations

import contextlib
import ctypes
import io
import os
import platform
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from autograd_cli.environment import Environment, StandardInput, hold_freed_memory
from autograd_cli.main import main

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-m", "autograd_cli"]
WRONG = ["grad", "x*α", "--x", "1"]
RIGHT = ["grad", "sum(x**2)", "--x", "1,2,3", "--check", "none"]


def surroundings(**changes: str | None) -> dict[str, str]:
    """This process's environment variables without those that matter here, and with ``changes``."""
    ours = {
        "COLUMNS",
        "NO_COLOR",
        "FORCE_COLOR",
        "TERM",
        "PYTHONWARNINGS",
        "OPENBLAS_NUM_THREADS",
        "AUTOGRAD_CLI_DEBUG",
    }
    variables = {name: value for name, value in os.environ.items() if name not in ours}
    variables["PYTHONPATH"] = os.pathsep.join([str(ROOT / "core"), str(ROOT / "cli")])
    variables.update({name: value for name, value in changes.items() if value is not None})
    return variables


def run(*words: str, env: Mapping[str, str] | None = None, **settings: Any) -> subprocess.CompletedProcess[str]:
    """Run the program as a user does."""
    settings = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **settings}
    return subprocess.run(
        [*PROGRAM, *words], env=env or surroundings(), encoding="utf-8", timeout=60, check=False, **settings
    )


class Terminal(io.StringIO):
    """A stream that a person sees."""

    encoding = "utf-8"  # type: ignore[assignment]

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return 10**6  # no terminal behind it: its size cannot be asked


def environment(stream: io.StringIO, **variables: str) -> Environment:
    return Environment(StandardInput(None), stream, stream, variables)


@pytest.mark.parametrize(
    ("variables", "choice", "terminal", "expected"),
    [
        ({}, "auto", True, True),
        ({}, "auto", False, False),
        ({}, "always", False, True),
        ({}, "never", True, False),
        ({"NO_COLOR": "1"}, "auto", True, False),
        ({"NO_COLOR": ""}, "auto", True, True),
        ({"NO_COLOR": "1"}, "always", True, True),
        ({"FORCE_COLOR": "1"}, "auto", False, True),
        ({"FORCE_COLOR": "0"}, "auto", False, False),
        ({"FORCE_COLOR": ""}, "auto", True, True),
        ({"FORCE_COLOR": "1"}, "never", True, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, "auto", True, False),
        ({"TERM": "dumb"}, "auto", True, False),
        ({"TERM": "xterm"}, "auto", True, True),
    ],
)
def test_colour_follows_the_option_then_the_customs(
    variables: dict[str, str], choice: str, terminal: bool, expected: bool
) -> None:
    stream = Terminal() if terminal else io.StringIO()
    assert environment(stream, **variables).color(stream, choice) is expected


@pytest.mark.parametrize(
    ("columns", "asked", "terminal", "expected"),
    [
        (None, None, False, None),
        (None, None, True, 80),
        (None, 50, False, 50),
        ("60", None, False, 60),
        ("60", None, True, 60),
        ("60", 50, True, 50),
        ("100000", None, False, 10_000),
        ("-5", None, False, None),
        ("0", None, False, None),
        ("0", None, True, 80),
        ("wide", None, False, None),
        ("\u0662\u0660", None, False, None),
        ("9" * 5000, None, False, None),
    ],
)
def test_the_width_is_asked_or_set_or_that_of_a_terminal(
    columns: str | None, asked: int | None, terminal: bool, expected: int | None
) -> None:
    stream = Terminal() if terminal else io.StringIO()
    variables = {} if columns is None else {"COLUMNS": columns}
    assert environment(stream, **variables).width(asked) == expected


@pytest.mark.parametrize(
    ("encoding", "expected"), [("utf-8", False), ("UTF8", False), ("ascii", True), ("latin-1", True), ("utf-16", True)]
)
def test_only_a_unicode_stream_gets_unicode(encoding: str, expected: bool) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding)
    around = Environment(StandardInput(None), stream, stream)
    assert around.ascii(stream) is expected
    assert around.ascii(stream, asked=True) is True


def test_a_closed_stream_swallows_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert main(["grad", "x**2", "--x", "3", "--check", "none"]) == 0
    assert main(["grad", "x**2", "--x"]) == 2


@pytest.mark.parametrize(
    "words", [[], ["--help"], ["-h"], ["--version"], ["grad", "--help"], ["grad", "-h"], ["grad", "--version"]]
)
def test_help_is_everywhere_and_loads_nothing_heavy(words: list[str]) -> None:
    program = (
        "import sys; from autograd_cli.main import main; status = main(sys.argv[1:]);"
        "print(status, sorted({'numpy', 'sympy', 'rich', 'mpmath', 'pygments'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words], env=surroundings(), capture_output=True, encoding="utf-8", check=False
    )
    assert done.stderr == ""
    assert done.stdout.endswith("\n0 []\n")
    if "--version" in words:
        assert done.stdout.startswith("autograd-cli 0.")
    else:
        assert "autograd-cli grad" in done.stdout


def test_a_usage_error_loads_no_sympy() -> None:
    """NumPy is loaded, because what the error offers is tried first."""
    program = (
        "import sys; from autograd_cli.main import main; status = main(['grad', 'sum(x*y)', '--x', '1']);"
        "print(status, sorted({'sympy'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=surroundings(), capture_output=True, encoding="utf-8", check=False
    )
    assert done.stdout == "2 []\n"


def test_help_shows_examples_first_and_every_option_with_a_sentence() -> None:
    text = run("grad", "--help", env=surroundings(COLUMNS="80")).stdout
    lines = text.splitlines()
    assert lines[0] == "Usage: autograd-cli grad EXPR [--NAME VALUE]... [OPTIONS]"
    assert text.index('autograd-cli grad "sum(') < text.index("Gradient:") < text.index("--grad-tensor VALUE")
    assert max(map(len, lines)) <= 80
    for line in lines[lines.index("Gradient:") :]:
        assert not line.startswith("  -") or line[31].isupper(), line


def test_python_m_is_the_program_too() -> None:
    assert run("--version").stdout == run("grad", "--version").stdout


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_errors_can_be_shown_in_every_encoding(encoding: str) -> None:
    done = run(*WRONG, env=surroundings(PYTHONIOENCODING=encoding, PYTHONUTF8="0", LC_ALL="C", PYTHONCOERCECLOCALE="0"))
    name = "α" if encoding == "utf-8" else "\\u03b1"
    assert done.returncode == 2
    assert done.stderr.split("\n")[:3] == [
        f"error[AG605]: no value for {name}",
        f"  x*{name}",
        "    " + "^" * len(name),
    ]


def test_a_pipe_that_nobody_reads_ends_the_program_quietly() -> None:
    for words in (["--help"], RIGHT):
        reading, writing = os.pipe()
        os.close(reading)
        done = run(*words, stdout=writing)
        os.close(writing)
        assert (done.returncode, done.stderr) == (141, "")


def test_no_part_of_an_answer_is_lost_without_a_buffer_of_python() -> None:
    words = ["grad", "sum(x)", "--x", "ones(200000)", "--check", "none", "--get", "x"]  # more than a pipe holds at once
    with subprocess.Popen(
        [*PROGRAM, *words], env=surroundings(PYTHONUNBUFFERED="1"), stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.read(2) == b"1,"
        process.stdout.close()
        assert process.wait(60) == 141  # it wrote on after its first part


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("words", [["--help"], RIGHT, [*RIGHT, "--json"]])
def test_a_full_disk_is_an_error(words: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = run(*words, stdout=full)
    assert done.returncode == 3
    assert done.stderr == "error[AG624]: the result cannot be written: no space left on device\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("words", [["grad", "sum(log(x))", "--x", "0,1"], ["graph", "x**2", "--x", "1,2"]])
def test_a_result_is_there_where_its_warning_cannot_be_written(words: list[str], tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = run(*words, stderr=full)
        saved = run(*words, "--output", "r.json", stderr=full, cwd=tmp_path)
    assert (done.returncode, saved.returncode) == (0, 0)
    assert "x" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]


@pytest.mark.parametrize("words", [["--help"], RIGHT, WRONG, ["grad", "x", "--x", "-"]])
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_do_no_harm(closed: str, words: list[str]) -> None:
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", *PROGRAM, *words],
        env=surroundings(),
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == (2 if words == WRONG else 3 if "-" in words else 0)
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    if "-" in words and closed == "<&-":
        assert done.stderr == "error[AG622]: x: standard input is closed\nhint: echo 1,2,3 | autograd-cli ...\n"


def test_an_interrupt_while_waiting_for_data_is_quiet() -> None:
    process = subprocess.Popen(
        [*PROGRAM, "grad", "sum(x)", "--x", "-"],
        env=surroundings(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    wait_until_it_reads(process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"")


def wait_until_it_reads(process: subprocess.Popen[bytes]) -> None:
    """Wait until ``process`` takes from its standard input, which is filled until nothing more fits."""
    assert process.stdin is not None
    end = process.stdin.fileno()
    os.set_blocking(end, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(end, b"1," * 2048)
    assert select.select([], [end], [], 120)[1]


def test_standard_input_is_left_alone_unless_a_value_asks_for_it() -> None:
    reading, writing = os.pipe()  # never written to and never closed: whoever reads it waits for ever
    assert run(*RIGHT, stdin=reading).returncode == 0
    os.close(reading)
    os.close(writing)


def test_values_and_expressions_can_come_from_standard_input_and_files(tmp_path: Path) -> None:
    words = ("--x", "-", "--get", "x")
    assert run("grad", "sum(x**2)", *words, stdin=None, input="1,2,3\n").stdout == "2,4,6\n"
    (tmp_path / "loss.txt").write_text("# the loss\ny = 2*x\nsum(y**2)\n", encoding="utf-8-sig")
    assert run("grad", "@loss.txt", *words, stdin=None, input="1 2\n3 4\n", cwd=tmp_path).stdout == "8,16;24,32\n"
    assert run("grad", "-", "--x", "3", "--get", "x", stdin=None, input="x**2\n").stdout == "6\n"
    refused = run("grad", "-", *words, stdin=None, input="x**2\n")
    assert refused.returncode == 2
    assert refused.stderr.startswith("error[AG106]: x: standard input was read already, for the expression\n")


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONWARNINGS": "error"},
        {"PYTHONOPTIMIZE": "2"},
        {"TERM": "dumb"},
        {"COLUMNS": "20"},
        {"COLUMNS": "-5"},
        {"HOME": ""},
        {"PATH": ""},
        {"TMPDIR": "/nonexistent"},
        {"OMP_NUM_THREADS": "abc"},
        {"OPENBLAS_NUM_THREADS": "abc"},
        {"LC_ALL": "C"},
    ],
    ids=lambda variables: "=".join(next(iter(variables.items()))),
)
def test_the_settings_of_others_do_no_harm(variables: dict[str, str]) -> None:
    done = run(*RIGHT, env=surroundings(**variables))
    assert (done.returncode, done.stderr) == (0, "")
    assert "14" in done.stdout


def test_a_folder_that_is_gone_does_no_harm(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    script = 'cd "$1" && rmdir "$1" && shift && exec "$@"'
    for words, status in ((RIGHT, 0), (["grad", "x", "--x", "@x.csv"], 3)):
        folder.mkdir(exist_ok=True)
        done = subprocess.run(
            ["sh", "-c", script, "sh", str(folder), *PROGRAM, *words],
            env=surroundings(),
            capture_output=True,
            check=False,
        )
        assert (done.returncode, b"Traceback" in done.stderr) == (status, False)


def test_a_terminal_gets_its_own_width_and_colour() -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*PROGRAM, *WRONG], env=surroundings(TERM="xterm"), stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs
    ) as process:
        process.wait(60)
        os.close(theirs)
    assert os.read(ours, 100).startswith(b"\x1b[1;38;5;131merror[AG605]\x1b[0m: ")
    os.close(ours)


def test_a_shell_completes_the_variables_that_have_no_value_yet() -> None:
    typed = "autograd-cli grad 'sum(weight*x)' --x 1 --we"
    done = run(env=surroundings(_AUTOGRAD_CLI_COMPLETE="complete_bash", COMP_WORDS=typed, COMP_CWORD="5"))
    assert done.stdout.split() == ["--weight"]
    typed = "autograd-cli grad --x 1 'sum(weight*x)' --"
    done = run(env=surroundings(_AUTOGRAD_CLI_COMPLETE="complete_bash", COMP_WORDS=typed, COMP_CWORD="5"))
    assert done.stdout.split()[0] == "--weight"
    assert "--grad-tensor" in done.stdout.split()
    assert "--x" not in done.stdout.split()


def touched_again(before: str) -> int:
    """How many pages a fresh process is given while it fills 40 MB eight times over, one array after the other."""
    program = (
        "import resource, numpy\n"
        f"{before}\n"
        "numpy.ones(5_000_000)\n"
        "start = resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "for _ in range(8): numpy.ones(5_000_000)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - start)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=surroundings(), capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="mallopt is glibc's")
def test_memory_that_is_freed_is_used_again() -> None:
    held = touched_again("from autograd_cli.environment import hold_freed_memory; hold_freed_memory()")
    assert held * 10 < touched_again("")


@pytest.mark.parametrize("library", [object(), None])
def test_another_c_library_is_left_alone(library: object, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(_name: None) -> object:
        if library is None:
            raise OSError("no such library")
        return library

    monkeypatch.setattr(ctypes, "CDLL", load)
    hold_freed_memory()
