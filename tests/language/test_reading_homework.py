"""Questions that people ask about gradients, typed as they type them: right, or told; never misread in silence."""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from command_runs import Cli

CASES = json.loads((Path(__file__).parents[1] / "cases" / "homework.json").read_text(encoding="utf-8"))["cases"]
QUIET = ("--json", "--no-tree", "--check", "none", "--no-formula")


def asked(cli: Cli, case: Mapping[str, Any], text: str, names: Mapping[str, str]) -> Any:
    """The answer to one form, its variables under the names that it has for them."""
    words = ["grad", text, *QUIET]
    for name, value in case["inputs"].items():
        words += ["--var", f"{names.get(name, name)}={value}"]
    if case["grad_tensor"] is not None:
        words.append(f"--grad-tensor={case['grad_tensor']}")
    return cli(*words).json


def same(found: Any, want: Any, names: Mapping[str, str]) -> bool:
    """Whether an answer has the value and every gradient that is wanted."""
    if not found["ok"] or not np.allclose(
        numbers(found["result"]["data"]), numbers(want["result"]["data"]), rtol=1e-9, equal_nan=True
    ):
        return False
    gradients = {name: each["grad"] for name, each in found["variables"].items()}
    for name, each in want["variables"].items():
        own = gradients.get(names.get(name, name))
        if each["grad"] is not None and (
            own is None or not np.allclose(numbers(own), numbers(each["grad"]), rtol=1e-9, equal_nan=True)
        ):
            return False
    return True


def numbers(data: Any) -> Any:
    """The numbers of a JSON array."""
    return np.array(json.loads(json.dumps(data).replace('"', "")), dtype=float).ravel()


def verdict(cli: Cli, case: Mapping[str, Any], form: Mapping[str, Any], want: Any) -> str:
    """What became of a form: right, said (read otherwise, with a word), told (by a hint), refused, misread."""
    names = dict(form.get("names", {}))
    found = asked(cli, case, form["text"], names)
    message = "" if found["ok"] else found["error"]["message"]
    if match := re.fullmatch(r"(?:there is )?no value for (\w+)", message):
        left = [name for name in case["inputs"] if not re.search(rf"(?<!\w){name}(?!\w)", form["text"])]
        if not names and len(left) == 1:
            names = {left[0]: match[1]}
            found = asked(cli, case, form["text"], names)
    if same(found, want, names):
        return "right"
    if found["ok"]:
        said = found["read"] or any(each["code"].startswith("AG41") for each in found["warnings"])
        return "said" if said else "misread"
    return "told" if told(cli, found["error"]["hint"] or "", want, names) else "refused"


def told(cli: Cli, hint: str, want: Any, names: Mapping[str, str]) -> bool:
    """Whether a command in the hint gives what is wanted."""
    commands = [shlex.split(line)[1:] for line in hint.split("\n") if line.startswith("autograd-cli grad")]
    return any(same(cli(*words).json, want, names) for words in commands if set(QUIET) <= set(words))


def test_what_people_type_is_read_or_refused_with_what_works(cli: Cli) -> None:
    verdicts: list[Sequence[str]] = []
    for case in CASES:
        want = asked(cli, case, case["form"], {})
        assert want["ok"], case["form"]
        verdicts.append([verdict(cli, case, form, want) for form in case["typed"]])
    found = Counter(each for case in verdicts for each in case)
    assert found["misread"] == 0
    assert found["right"] >= 122, found
    assert sum(case[0] == "right" for case in verdicts) >= 42


def test_claims_as_people_write_them_are_judged(cli: Cli) -> None:
    right = 0
    for case in CASES:
        for claim in case["theirs"]:
            words = [word for name, value in case["inputs"].items() for word in ("--var", f"{name}={value}")]
            if case["grad_tensor"]:
                words.append(f"--grad-tensor={case['grad_tensor']}")
            right += cli("check", case["form"], "--claim", claim, "--json", *words).status in (0, 1)
    assert right >= 23
