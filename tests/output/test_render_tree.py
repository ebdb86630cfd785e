"""The graph: every node once, whatever its size and depth, in lines and work that grow with the graph."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_cli.document import Display, Tree
from autograd_cli.views.gradient import gradient_answer
from autograd_cli.writers import write
from autograd_cli.writers.terminal import drawn
from autograd_cli.writers.tree import FIRST_NODES, draw
from autograd_core.report import Graph
from cases.render_reports import balanced, chain, main_job, node, report, shared, straight_chain
from command_runs import Cli


def tree(graph: Graph, **view: Any) -> list[str]:
    return drawn(Tree(graph), Display(**view))


def graph_of(report: Any) -> Graph:
    assert report.graph is not None
    graph: Graph = report.graph
    return graph


def test_each_node_is_drawn_once_and_referred_to_after_that() -> None:
    lines = tree(graph_of(shared()))
    for number in range(9):
        assert len([line for line in lines if re.search(rf"(?<!see )#{number}\b", line)]) == 1
    assert len([line for line in lines if "↩ see #3" in line]) == 3
    assert "↩ see #0  x" in "\n".join(lines)


def test_leaves_constants_and_what_has_no_gradient_are_told_apart() -> None:
    text = "\n".join(tree(graph_of(shared())))
    assert re.search(r"x #0 +leaf .*\[72.25, 193.25\]$", text, re.MULTILINE)
    assert re.search(r"c #1 +leaf .*no grad$", text, re.MULTILINE)
    assert re.search(r"constant #2 .* 2 +no grad$", text, re.MULTILINE)
    assert re.search(r"detach #5 +detach\(y\) .*no grad$", text, re.MULTILINE)
    assert "PowBackward0 #3  y = x**2" in text


def test_a_text_without_room_is_written_with_the_numbers_of_nodes() -> None:
    wide, narrow = "\n".join(tree(graph_of(main_job()))), "\n".join(tree(graph_of(main_job()), width=80))
    assert "SubBackward0 #6  Y - W2*W1*X1 " in wide
    assert "SubBackward0 #6  Y - #5 " in narrow
    assert "MulBackward0 #5  W2*W1*X1 " in narrow, "there is room for this one"


def test_a_shared_graph_with_a_million_paths_has_forty_lines() -> None:
    graph = balanced(20)
    assert len(tree(graph)) == 3 + 21 + 20


@pytest.mark.parametrize("make", [chain, straight_chain])
@pytest.mark.parametrize("width", [20, 80, None])
def test_lines_and_letters_grow_with_the_graph(make: Any, width: int | None) -> None:
    sizes = {}
    for length in (500, 5_000):
        lines = tree(make(length), full=True, width=width)
        assert {int(each) for line in lines for each in re.findall(r"#(\d+)", line)} == set(range(length))
        sizes[length] = (len(lines), sum(map(len, lines)))
    assert sizes[5_000][0] <= 10.1 * sizes[500][0]
    assert sizes[5_000][1] <= 12 * sizes[500][1]


@pytest.mark.parametrize("length", [1_000, 10_000])
def test_every_edge_is_met_once(length: int) -> None:
    graph = chain(length)
    drawing = draw(graph, Display(full=True))
    edges = sum(len(each.inputs) for each in graph.nodes)
    assert len(drawing.rows) == edges + 1
    assert len([row for row in drawing.rows if not row.again]) == length
    assert max(len(row.lead) for row in drawing.rows) <= 4


def test_a_hundred_thousand_nodes_do_not_recurse() -> None:
    lines = tree(straight_chain(100_000))
    assert len(lines) < 2 * FIRST_NODES
    assert lines[-1].startswith(f"… {100_000 - FIRST_NODES} of 100000 nodes left out ({100_000 - FIRST_NODES - 1} Sin")
    assert lines[-1].endswith("1 leaf); --full shows all of them")
    assert lines[0].startswith("graph, 100000 levels deep")


def test_a_node_with_many_inputs_says_how_many_are_left_out() -> None:
    nodes = [node(k, f"x{k}", k, 1, name=f"x{k}") for k in range(500)]
    graph = Graph(500, (*nodes, node(500, "stack", 1, 1, "stack", tuple(range(500)))))
    lines = tree(graph)
    assert len(lines) == 3 + 39 + 1
    assert lines[-1] == "… 461 of 501 nodes left out (461 leaf); --full shows all of them"
    assert len(tree(graph, full=True)) == 503


def test_what_the_result_does_not_depend_on_is_not_drawn() -> None:
    graph = Graph(0, (node(0, "x", 1, 1, name="x"), node(1, "y", 2, 1, name="y")))
    assert tree(graph)[2:] == ["x #0  leaf  ()     1      1"]


def test_a_comb_of_deep_branches_stays_near_the_margin() -> None:
    nodes = [node(0, "x", 1, 1, name="x")]
    tip = 0
    for size in range(30):  # what was built so far is always the shorter of two inputs
        start = 0
        for _ in range(2 * size + 2):
            nodes.append(node(len(nodes), "s", 1, 1, "sin", (start,)))
            start = len(nodes) - 1
        nodes.append(node(len(nodes), "p", 1, 1, "mul", (tip, start)))
        tip = len(nodes) - 1
    graph = Graph(tip, tuple(nodes))
    rows = draw(graph, Display(full=True, width=80)).rows
    assert max(len(row.lead) for row in rows) <= 2 * 13 + 4
    assert len({row.node.id for row in rows if not row.again}) == len(nodes)
    assert any(line.startswith("…29 ") for line in tree(graph, full=True, width=80))


@st.composite
def graphs(draw_: Any) -> Graph:
    count = draw_(st.integers(1, 40))
    nodes = [node(0, "x", 1, 1, name="x")]
    for number in range(1, count):
        inputs = draw_(st.lists(st.integers(max(0, number - 6), number - 1), max_size=3))
        op = "op" if inputs else None
        nodes.append(node(number, f"n{number}", number, 1, op, tuple(inputs), name=None if op else f"x{number}"))
    return Graph(count - 1, tuple(nodes))


@given(graphs(), st.sampled_from([None, 12, 20, 80]), st.booleans())
def test_any_graph_is_drawn_whole(graph: Graph, width: int | None, ascii: bool) -> None:
    reached, pending = {graph.root}, [graph.root]
    while pending:
        for each in graph.nodes[pending.pop()].inputs:
            if each not in reached:
                reached.add(each)
                pending.append(each)
    drawing = draw(graph, Display(width=width, ascii=ascii))
    found = [row.node.id for row in drawing.rows if not row.again]
    assert sorted(found) == sorted(reached)
    assert len(drawing.rows) == 1 + sum(len(graph.nodes[each].inputs) for each in reached)
    seen: set[int] = set()
    for row in drawing.rows:
        if row.again:
            assert row.node.id in seen
        seen.add(row.node.id)
    lines = tree(graph, width=width, ascii=ascii)
    assert all(f"#{number}" in "\n".join(lines) for number in reached)
    assert all(line.isascii() for line in lines) or not ascii


def test_numbers_are_whole_in_a_tree_of_any_width() -> None:
    known = {"508", "1", "25", "121", "361", "-1", "-5", "-11", "-19", "-2", "-10", "-22", "-38", "2", "6", "12", "20"}
    known |= {"10", "22", "38", "3", "4", "30", "88", "190", "60", "264", "760", "5", "66", "152"}
    for width in range(8, 120):
        for line in tree(graph_of(main_job()), width=width):
            shown = re.sub(r"#\d+|[^\W\d]\w*|\*+\d|\(\d,\)", " ", line)
            assert set(re.findall(r"-?[\d.]+", shown)) <= known, (width, line)
            assert "…" not in re.sub(r"#\d.*?  |…\d+", "", line) or width < 40, (width, line)


def test_the_tree_follows_the_table() -> None:
    stream = io.StringIO()
    write(gradient_answer(report("x", 1, graph=chain(5))), "table", Display(), stream)
    assert "\n\ngraph " in stream.getvalue()


def test_the_range_of_a_large_array_stands_on_two_lines_where_one_is_too_short(cli: Cli) -> None:
    words = ("sum(sin(x))", "--x", "linspace(-3,3,2000)", "--check", "none", "--width")
    assert (
        cli(*words, "110").stdout.splitlines()[-1].endswith(" min -3, max 3              min -0.989992, max 0.999999")
    )
    *_, first, second = cli(*words, "80").stdout.splitlines()
    assert first.endswith(" min -3, max 3  min -0.989992")
    assert second.split() == ["max", "0.999999"]
