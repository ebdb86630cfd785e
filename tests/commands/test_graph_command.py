"""``graph``: the same graph as a tree, as DOT, as Mermaid, as JSON and as a picture; real tools read what is theirs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from functools import partial
from pathlib import Path

import pytest

import command_runs

MAIN = ("sum((Y-W2*W1*X1)**2)", "--x1", "2,3,4,5", "--w1", "1,1,1,1", "--w2", "1,2,3,4", "--y", "1,1,1,1")
SHARED = ("a = x*x; a + a*y", "--x", "2", "--y", "3", "--no-grad", "y")
RNN = (
    "h1 = tanh(Wx@x1 + b); h2 = tanh(Wx@x2 + Wh@h1 + b); h3 = tanh(Wx@x3 + Wh@h2 + b); sum((h3 - y)**2)",
    *("--Wx", "0.5,0.1;0.2,-0.3", "--Wh", "0.1,0.2;0.3,0.4", "--b", "0.1,0.2"),
    *("--x1", "1,0", "--x2", "0,1", "--x3", "1,1", "--y", "0,1"),
)
HOSTILE = (
    'sum(λ[0:2]*é) + end  # "quote" \\N \\" <b>&amp;</b> ]) --> {x} %% `#quot;` |',
    *("--λ", "1,2,3", "--é", "1,2", "--end", "nan"),
)
EVERY = pytest.mark.parametrize("words", [MAIN, SHARED, RNN, HOSTILE], ids=["main", "shared", "rnn", "hostile"])
SVG = "{http://www.w3.org/2000/svg}"


run = partial(command_runs.run, "graph")


def drawn(form: str, *words: str) -> str:
    status, out, err = run(*words, "--format", form)
    assert (status, err) == (0, "")
    return out


def test_the_tree_is_the_one_of_grad() -> None:
    out = drawn("tree", *MAIN)
    assert out == run(*MAIN)[1]
    assert command_runs.run("grad", *MAIN, "--check", "none", "--no-formula").stdout.endswith(out)


def test_every_text_is_whole_at_80_columns() -> None:
    out = drawn("tree", *MAIN, "--width", "80")
    steps = re.findall(r"Backward0 #(\d) +(.+?)  ", out)
    assert steps == [("8", "sum(#7)"), ("7", "#6**2"), ("6", "Y - #5"), ("5", "W2*W1*X1"), ("3", "W2*W1")]
    named = drawn("tree", *RNN, "--width", "80")
    assert "#18  h3 " in named, "the name of a node says enough where its step has no room"
    assert "Wh @ h2" in named, "a name stands for what it names"


def test_json_has_nodes_with_their_numbers_and_edges_in_the_direction_of_the_data() -> None:
    found = json.loads(drawn("json", *SHARED))
    assert (found["schema"], found["ok"], found["gradients"]) == ("autograd-cli/graph/1", True, True)
    nodes = {each["id"]: each for each in found["graph"]["nodes"]}
    names = {each["name"]: each["id"] for each in nodes.values()}
    assert names.keys() == {"x", "a", "y", None}
    assert found["edges"].count([names["x"], names["a"]]) == 2, "x*x uses x twice"
    assert all(start < end for start, end in found["edges"])
    assert nodes[names["a"]]["grad_fn"] == "MulBackward0"
    assert nodes[names["a"]]["data"] == 4
    assert nodes[names["a"]]["grad"] == 4
    assert nodes[names["y"]]["requires_grad"] is False
    assert nodes[names["y"]]["grad"] is None


def test_a_vector_has_values_and_with_a_grad_tensor_gradients() -> None:
    status, out, err = run("x*y", "--x", "1,2", "--y", "3,4")
    assert status == 0
    assert "[3, 8]" in out
    assert err == "note: no gradients: the result has shape (2,); --grad-tensor says how to weigh its entries\n"
    found = json.loads(drawn("json", "x*y", "--x", "1,2", "--y", "3,4"))
    assert (found["gradients"], found["graph"]["nodes"][0]["grad"]) == (False, None)
    assert "--grad-tensor" in found["reason"]
    seeded = json.loads(drawn("json", "x*y", "--x", "1,2", "--y", "3,4", "--grad-tensor", "1,10"))
    assert seeded["graph"]["nodes"][0]["grad"] == [3, 40]


def test_a_result_that_requires_no_grad_has_values_alone() -> None:
    status, out, err = run("x*2", "--x", "1", "--no-grad", "x")
    assert (status, "2" in out) == (0, True)
    assert "does not depend on an input that requires grad" in err


def test_a_constant_has_no_graph() -> None:
    status, out, err = run("1 + 2")
    assert (status, out) == (3, "")
    assert err.startswith("error[AG203]: there is no graph")


@pytest.mark.parametrize("form", ["dot", "mermaid"])
def test_a_box_says_the_dtype_that_is_not_the_usual_one(form: str) -> None:
    assert "float32" in drawn(form, "sum(x*2)", "--x", "1,2", "--dtype", "float32")
    assert "float" not in drawn(form, "sum(x*2)", "--x", "1,2")


@EVERY
def test_dot_tells_leaves_from_others_and_names_each_node_once(words: tuple[str, ...]) -> None:
    text = drawn("dot", *words)
    nodes = [line for line in text.splitlines() if "[label=" in line and line.startswith("  n")]
    ids = [line.split()[0] for line in nodes]
    assert len(ids) == len(set(ids)) == len(json.loads(drawn("json", *words))["graph"]["nodes"])
    assert any("#ddf4ff" in line for line in nodes)


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed: apt install graphviz")
@EVERY
def test_graphviz_draws_the_dot_with_every_letter(words: tuple[str, ...]) -> None:
    text = drawn("dot", *words)
    done = subprocess.run(["dot", "-Tjson"], input=text, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert not [line for line in done.stderr.splitlines() if "rror" in line]
    read = json.loads(done.stdout)
    edges = json.loads(drawn("json", *words))["edges"]
    assert sorted([int(read["objects"][e["tail"]]["name"][1:]), int(read["objects"][e["head"]]["name"][1:])]
                  for e in read["edges"]) == sorted(edges)  # fmt: skip
    picture = subprocess.run(["dot", "-Tsvg"], input=text, capture_output=True, text=True, timeout=60, check=True)
    shown = "".join(ElementTree.fromstring(picture.stdout).itertext()).replace("\xa0", " ")
    assert words[0].split("#")[0].strip()[:20] in shown
    if words is HOSTILE:
        assert words[0] in shown


MERMAID = os.environ.get("AUTOGRAD_CLI_MERMAID")
PARSE = """
import DOMPurify from 'dompurify';
import mermaid from 'mermaid';
// The sanitizer needs a browser; the grammar does not.
DOMPurify.addHook ??= () => {};
DOMPurify.sanitize ??= (text) => text;
let text = '';
for await (const chunk of process.stdin) text += chunk;
await mermaid.parse(text);
const diagram = await mermaid.mermaidAPI.getDiagramFromText(text);
const vertices = [...diagram.db.getVertices().values()].map((each) => [each.id, each.text]);
const edges = diagram.db.getEdges().map((each) => [each.start, each.end]);
console.log(JSON.stringify({ type: diagram.type, vertices, edges }));
"""


@pytest.mark.skipif(
    MERMAID is None or shutil.which("node") is None,
    reason="AUTOGRAD_CLI_MERMAID names no folder in which npm installed mermaid",
)
@EVERY
def test_mermaid_reads_the_flowchart_with_its_edges(words: tuple[str, ...], tmp_path: Path) -> None:
    assert MERMAID is not None
    script = Path(MERMAID) / "autograd_cli_parse.mjs"
    script.write_text(PARSE)
    done = subprocess.run(
        ["node", str(script)], input=drawn("mermaid", *words), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    wanted = json.loads(drawn("json", *words))
    assert found["type"].startswith("flowchart")
    assert len(found["vertices"]) == len(wanted["graph"]["nodes"])
    assert sorted([int(start[1:]), int(end[1:])] for start, end in found["edges"]) == sorted(wanted["edges"])


@EVERY
def test_mermaid_has_no_sign_of_a_user_that_could_mean_something(words: tuple[str, ...]) -> None:
    for line in drawn("mermaid", *words).splitlines():
        if '["' in line:
            inside = line.split('["', 1)[1].rsplit('"]', 1)[0]
            plain = inside.replace("<br/>", "").replace("<b>", "").replace("</b>", "")
            assert not set(plain) & set('"<>[]{}|`*_~\\'), line


@EVERY
def test_the_picture_has_a_box_for_each_node_and_none_over_another(words: tuple[str, ...]) -> None:
    root = ElementTree.fromstring(drawn("svg", *words))
    nodes = json.loads(drawn("json", *words))["graph"]["nodes"]
    boxes = [each for each in root.iter(f"{SVG}rect") if each.get("rx")]
    assert len(boxes) == len(nodes)
    places = [tuple(float(each.attrib[key]) for key in ("x", "y", "width", "height")) for each in boxes]
    for i, (x, y, width, height) in enumerate(places):
        for other_x, other_y, other_width, other_height in places[:i]:
            apart = x >= other_x + other_width or other_x >= x + width
            assert apart or y >= other_y + other_height or other_y >= y + height
    left, top, width, height = map(float, root.attrib["viewBox"].split())
    for x, y, w, h in places:
        assert left <= x
        assert x + w <= left + width
        assert top <= y
        assert y + h <= top + height
    edges = json.loads(drawn("json", *words))["edges"]
    assert len([path for path in root.iter(f"{SVG}path") if path.get("marker-end")]) == len(edges)


@pytest.mark.parametrize(("direction", "axis"), [((), 1), (("--direction", "down"), 1), (("--direction", "right"), 0)])
def test_data_flows_one_way_in_the_picture(direction: tuple[str, ...], axis: int) -> None:
    root = ElementTree.fromstring(drawn("svg", *RNN, *direction))
    for path in root.iter(f"{SVG}path"):
        if path.get("marker-end"):
            numbers = path.attrib["d"].replace("M", "").replace("C", "").replace("L", "").split()
            places = [float(each) for each in numbers[axis::2]]
            assert places == sorted(places)


@pytest.mark.parametrize(("form", "right"), [("dot", "rankdir=LR;"), ("mermaid", "flowchart LR")])
def test_data_flows_to_the_right_also_where_other_programs_draw(form: str, right: str) -> None:
    assert right not in drawn(form, *MAIN)
    assert right in drawn(form, *MAIN, "--direction", "right")


def test_a_graph_too_large_for_a_picture_is_refused_with_what_works() -> None:
    text = "; ".join(["y0 = x", *(f"y{i + 1} = sin(y{i})" for i in range(450)), "y450"])
    status, _, err = run(text, "--x", "1", "--format", "svg")
    assert status == 3
    assert "--format dot" in err
    assert run(text, "--x", "1", "--format", "dot")[0] == 0


@pytest.mark.parametrize(
    ("name", "start"),
    [("g.svg", "<svg"), ("g.dot", "digraph"), ("g.gv", "digraph"), ("g.mmd", "flowchart"), ("g.json", '{"schema"')],
)
def test_a_file_takes_the_form_of_its_name(tmp_path: Path, name: str, start: str) -> None:
    path = tmp_path / name
    status, out, err = run(*MAIN, "--output", str(path))
    assert (status, out, err) == (0, "", f"wrote {path}\n")
    assert path.read_text().startswith(start)


def test_forms_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    assert run(*MAIN, "--format", "dot", "--output", str(tmp_path / "g.svg"))[0] == 2
    assert not list(tmp_path.iterdir())
