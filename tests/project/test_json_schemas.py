"""The JSON of every command follows the schema that is shipped with the package."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

from command_runs import Cli

SCHEMAS = Path(__file__).resolve().parents[2] / "cli" / "autograd_cli" / "schemas"
MATRIX, VECTOR = ("--A", "2,1;1,3"), ("--x", "1,2")

ANSWERS = [
    ("grad", "sum((A@x - b)**2)", *MATRIX, *VECTOR, "--b", "0,1"),
    ("grad", "exp(x)*[1, 2]", "--x", "0.5", "--grad-tensor", "1,2", "--grad-tensor", "1", "--zero-grad"),
    ("grad", "x^T A x", *MATRIX, *VECTOR, "--steps", "--show-jacobian", "--assume", "A symmetric"),
    ("grad", "sum(relu(x))", "--x", "0,1", "--check", "all", "--no-tree"),
    ("grad", "sum(log(x))", "--x=-1,0", "--no-formula", "--wrt", "x"),
    ("grad", "cross_entropy(X, y)", "--X", "1,2;3,4", "--y", "0,1", "--no-grad", "y", "--dtype", "float32"),
    ("grad", "x**4", "--x", "2", "--order", "2"),
    ("check", "x@A@x", *MATRIX, *VECTOR, "--claim", "x = 2*A@x"),
    ("check", "x@A@x", *MATRIX, *VECTOR, "--claim", "x = (A + A.T)@x", "--claim", "A = outer(x, x)"),
    ("check", "sum(x**2)", *VECTOR, "--claim", "x = 1,2,3"),
    ("check", "2w^2", "--w", "3", "--claim", "w = 4w = 3w", "--no-answer"),
    ("jacobian", "A@x", *MATRIX, *VECTOR),
    ("jacobian", "x/norm(x)", *VECTOR, "--check", "none"),
    ("jacobian", "w**2", "--w", "1,2", "--product", "1,1"),
    ("hessian", "logsumexp(A@x)", *MATRIX, *VECTOR),
    ("hessian", "sum(w**3)", "--w", "1,2"),
    ("hessian", "sum(x**3)", *VECTOR, "--product", "x=1,0"),
    ("graph", "tanh(A@x)", *MATRIX, *VECTOR),
    ("plot", "abs(x) + 1/x", "--x", "-1:1"),
    ("plot", "x*y", "--x", "0:1", "--y", "0:1", "--points", "4"),
    ("plot", "2x", "--x", "0:1"),
    ("descend", "sum((A@x)**2)", *MATRIX, *VECTOR, "--wrt", "x"),
    ("descend", "x**2", "--x", "1", "--rate", "3"),
    ("formula", "||Ax - b||^2"),
    ("formula", "A@x", "--A", "3,n"),
    ("formula", "w^T w", "--w", "n", "--steps", "--to", "numpy"),
    ("export", "x**2", "--x", "3", "--to", "jax"),
    ("explain",),
    ("explain", "AG302"),
    ("explain", "logsumexp"),
    ("functions", "tanh"),
    ("functions",),
]
ERRORS = [
    ("grad", "sum(x", *VECTOR),
    ("grad", "x + y", *VECTOR),
    ("grad", "A@x", "--A", "1,2,3;4,5,6", *VECTOR),
    ("check", "sum(x)", *VECTOR, "--claim", "z = 1"),
    ("hessian", "x", *VECTOR),
    ("plot", "x**2", *VECTOR),
    ("explain", "nothing of the kind"),
]


READ = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in SCHEMAS.glob("*.json")}
KNOWN: Registry[Any] = Registry().with_resources((name, Resource.from_contents(each)) for name, each in READ.items())


def checked(answer: Any, name: str) -> None:
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": f"{name}.json"}
    jsonschema.Draft202012Validator(schema, registry=KNOWN).validate(answer)


@pytest.mark.parametrize("name", READ)
def test_a_schema_is_one(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(READ[name])


@pytest.mark.parametrize("words", ANSWERS, ids=lambda words: " ".join(words)[:60])
def test_an_answer_follows_its_schema(cli: Cli, words: tuple[str, ...]) -> None:
    answer = cli(*words, "--json").json
    checked(answer, answer["schema"].split("/")[1])


@pytest.mark.parametrize("words", ERRORS, ids=lambda words: " ".join(words)[:60])
def test_an_error_follows_its_schema(cli: Cli, words: tuple[str, ...]) -> None:
    checked(cli(*words, "--json").json, "error")


def test_a_schema_refuses_what_it_should(cli: Cli) -> None:
    answer = cli("grad", "x**2", "--x", "3", "--json").json
    for field in ("result", "variables", "check", "warnings"):
        with pytest.raises(jsonschema.ValidationError):
            checked({key: value for key, value in answer.items() if key != field}, "grad")
    answer["variables"]["x"]["grad"] = "six"
    with pytest.raises(jsonschema.ValidationError):
        checked(answer, "grad")


def test_the_summary_of_a_class_follows_its_schema(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "key.toml").write_text('[[question]]\nid = "q"\nexpr = "x**2"\nvars = { x = 3 }\n', encoding="utf-8")
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "ann.txt").write_text("x = 3*x", encoding="utf-8")
    words = ("--key", str(tmp_path / "key.toml"), str(tmp_path / "answers"), "--jobs", "1")
    assert cli("batch", *words, "--summary", str(tmp_path / "class.json")).status == 1
    found = json.loads((tmp_path / "class.json").read_text(encoding="utf-8"))
    checked(found, "class")
    assert found["questions"]
    assert found["mistakes"]
    with pytest.raises(jsonschema.ValidationError):
        checked({**found, "students": [{"id": "ann"}]}, "class")
