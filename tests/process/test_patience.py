"""What a run may take: 60 s and half of the machine, in batch 3 s and 1 GiB, or what is asked for; nothing hangs."""

from __future__ import annotations

import ctypes
import json
import time

import pytest

from autograd_cli.limits import asked_limits, half_of_memory
from autograd_core import deadline
from command_runs import Cli


def test_what_holds_where_nobody_says_anything() -> None:
    alone, batch = asked_limits("grad", [], {}), asked_limits("batch", [], {})
    assert (alone.seconds, alone.memory) == (60.0, half_of_memory())
    assert (batch.seconds, batch.memory) == (3.0, 1 << 30)


def test_a_course_says_what_holds_and_an_option_is_stronger() -> None:
    course = {"AUTOGRAD_CLI_MAX_SECONDS": "7", "AUTOGRAD_CLI_MAX_MEMORY": "0.5"}
    for command in ("grad", "batch"):
        found = asked_limits(command, [], course)
        assert (found.seconds, found.memory) == (7.0, 1 << 29)
    assert asked_limits("grad", ["--max-seconds", "8", "--max-memory=2"], course).seconds == 8.0


def test_a_variable_that_is_no_number_is_named(cli: Cli) -> None:
    done = cli("grad", "x", "--x", "1", env={"AUTOGRAD_CLI_MAX_SECONDS": "soon"})
    assert (done.status, done.stderr.startswith("error[AG102]: AUTOGRAD_CLI_MAX_SECONDS takes a number")) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        ("hessian", "logsumexp(x)", "--x", "randn(1500)", "--check", "none"),
        ("grad", "sum(x**2)", "--x", "ones(10000000)", "--no-tree"),
    ],
)
def test_what_takes_some_seconds_is_done(cli: Cli, words: tuple[str, ...]) -> None:
    patient = {"AUTOGRAD_CLI_MAX_SECONDS": "60", "AUTOGRAD_CLI_MAX_MEMORY": "4"}
    assert cli(*words, env=patient).status == 0


def spin(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        try:
            sum(range(100))
        except Exception:
            pytest.fail("a deadline was taken for an error")


@pytest.fixture(params=["timer", "thread"])
def _means(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "thread":  # as on a system that has no timer
        monkeypatch.setattr(deadline, "_has_timer", lambda: False)
        monkeypatch.setattr(deadline, "ctypes", ctypes, raising=False)  # imported there alone


@pytest.mark.usefixtures("_means")
def test_a_deadline_ends_what_runs_inside_and_nothing_else() -> None:
    with pytest.raises(deadline.DeadlineError, match="are over"), deadline.within(0.2):
        spin(20)
    with deadline.within(0.1):
        time.sleep(0.3)  # waiting is no time of its own
    spin(0.3)


@pytest.mark.usefixtures("_means")
def test_a_deadline_that_comes_in_a_destructor_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[object] = []
    monkeypatch.setattr("sys.unraisablehook", said.append)

    class Slow:
        def __del__(self) -> None:
            spin(0.4)

    def both() -> None:
        Slow()  # the exception is swallowed here, as Python does in destructors
        spin(20)

    with pytest.raises(deadline.DeadlineError), deadline.within(0.1):
        both()
    assert said == []


@pytest.mark.usefixtures("_means")
@pytest.mark.parametrize(("outer", "inner"), [(20, 0.2), (0.2, 20)])
def test_of_two_deadlines_the_one_that_comes_first_ends_what_is_its_own(outer: float, inner: float) -> None:
    ended = []
    try:
        with deadline.within(outer):
            try:
                with deadline.within(inner):
                    spin(20)
            except deadline.DeadlineError as over:
                ended.append(over.seconds)
                raise
    except deadline.DeadlineError as over:
        ended.append(over.seconds)
    assert ended == [0.2, 0.2]


def test_without_processes_a_job_still_has_its_time(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise BlockingIOError("Resource temporarily unavailable")

    monkeypatch.setattr("os.fork", refused)
    slow = {
        "id": "slow",
        "expr": " + ".join(f"sum(polygamma(2, x + {i}))" for i in range(200)),
        "vars": {"x": "rand(300,300)"},
    }
    jobs = [{"id": 1, "expr": "x**2", "vars": {"x": 3}}, slow, {"id": 3, "expr": "x**2", "vars": {"x": 4}}]
    cli("batch", stdin=json.dumps(jobs[0]))  # what the first job of a process loads is not what is bounded here
    done = cli("batch", "--time-limit", "0.5", stdin="\n".join(map(json.dumps, jobs)))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [1, "slow", 3]
    assert answers[1]["error"]["code"] == "AG805"
    assert [answers[0]["variables"]["x"]["grad"], answers[2]["variables"]["x"]["grad"]] == [6, 8]
    checked = cli("grad", "x**2", "--x", "3", "--json")
    assert (checked.status, checked.json["check"]["status"]) == (0, "agree")


def test_an_array_of_many_short_axes_is_summarised(cli: Cli) -> None:
    twos = ",".join("2" * 20)
    for form in ("table", "markdown", "latex"):
        done = cli("grad", "sum(x)", "--x", f"zeros({twos})", "--check", "none", "--format", form)
        assert (done.status, len(done.stdout) < 3000) == (0, True)
