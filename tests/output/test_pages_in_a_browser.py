"""Pages in a real browser: nothing leaves them, nothing fails, stepping reaches every node, what was typed is text.

They need Chromium, from the system or from Playwright, and are skipped with a word where there is none.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import html5lib
import pytest

from command_runs import Cli

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
EXAMPLE = ("sum((Y-W2*W1*X1)**2)", "--x1", "2,3,4,5", "--w1", "1,1,1,1", "--w2", "1,2,3,4", "--y", "1,1,1,1")
NETWORK = ("h = tanh(W@x + b); mean((h - t)**2)", "--W", "1,0.5;0.25,-1", "--x", "1,2", "--b", "0,1", "--t", "1,0")
SHARED = ("y = x*x; z = y*y; z + y*x", "--x", "3")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        try:
            found = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        except playwright.Error as error:
            pytest.skip(f"no Chromium can be started: {str(error).splitlines()[0]}")
        yield found
        found.close()


class Opened:
    """A page in the browser, with what it complained about and what it asked for."""

    def __init__(self, browser: Any, file: Path, **settings: Any) -> None:
        self.context = browser.new_context(**settings)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.goto(file.as_uri())

    def shown(self, role: str) -> int:
        """How many boxes show their value, or their gradient."""
        script = (
            "role => [...document.querySelectorAll('.node')].filter(n => { const t = n.querySelector('text.' + role);"
        )
        return int(
            self.page.evaluate(script + " return t && getComputedStyle(t).visibility === 'visible'; }).length", role)
        )


@pytest.fixture
def opened(cli: Cli, browser: Any, tmp_path: Path) -> Iterator[Any]:
    made: list[Opened] = []

    def show(*words: str, address: str = "", **settings: Any) -> Opened:
        file = tmp_path / "page.html"
        # Without the check, which forks: the child would hold the pipes to the browser open.
        checked = ["--check", "none"] if words[0] in ("grad", "hessian") else []
        done = cli(*words, *checked, "--output", str(file))
        assert done.status in (0, 1), done.stderr
        found = Opened(browser, file, **settings)
        if address:
            found.page.goto(file.as_uri() + address)
            found.page.reload()
        made.append(found)
        return found

    yield show
    for one in made:
        one.context.close()


@pytest.mark.parametrize("words", [EXAMPLE, NETWORK, SHARED], ids=["example", "network", "shared"])
def test_stepping_reaches_every_node_and_nothing_leaves_the_page(opened: Any, words: tuple[str, ...]) -> None:
    seen = opened("grad", *words)
    nodes = seen.page.locator(".node").count()
    steps = seen.page.locator("ol.steps > li").count()
    visited = {"forward": [], "backward": []}  # type: dict[str, list[str]]
    seen.page.get_by_role("button", name="Start").click()
    assert (seen.shown("value"), seen.shown("grad")) == (seen.page.locator(".node:not(.inner)").count(), 0)
    for _ in range(steps):
        seen.page.keyboard.press("ArrowRight")
        now = seen.page.locator("ol.steps > li.now")
        assert now.count() == 1
        visited[now.get_attribute("data-phase")].append(now.get_attribute("data-node"))
    assert len(visited["backward"]) == len(set(visited["backward"])) == nodes
    assert len(visited["forward"]) == seen.page.locator(".node.inner").count()
    assert (seen.shown("value"), seen.shown("grad")) == (nodes, nodes)
    for _ in range(steps):
        seen.page.keyboard.press("ArrowLeft")
    assert seen.shown("grad") == 0
    seen.page.keyboard.press("Escape")
    assert seen.shown("grad") == nodes
    assert seen.complaints == []
    assert [address for address in seen.requests if not address.startswith("file:")] == []


def test_a_link_leads_to_a_step(opened: Any) -> None:
    seen = opened("grad", *EXAMPLE, address="#step=6")
    assert seen.page.locator(".said").inner_text().startswith("Step 6 of 14, backward")


def test_a_node_tells_its_whole_value_and_rule_on_focus(opened: Any) -> None:
    seen = opened("grad", *EXAMPLE)
    seen.page.locator("#n7").focus()
    words = seen.page.locator(".detail").inner_text()
    assert "1, 25, 121, 361" in words
    assert "-2, -10, -22, -38" in words


def test_an_edge_says_its_local_derivative(opened: Any) -> None:
    seen = opened("grad", *EXAMPLE)
    edges = seen.page.locator(".edge")
    words = {e.get_attribute("data-from"): e.text_content() for e in edges.all()}
    assert words["6"] == "local derivative 2*v3"
    assert words["0"] == "local derivative 1"


def test_contributions_are_added_at_a_fork(opened: Any) -> None:
    seen = opened("grad", *SHARED)
    assert "the sum over the ways" in seen.page.locator("ol.steps").last.inner_text()


def test_the_focus_goes_from_button_to_button_and_then_through_the_nodes(opened: Any) -> None:
    seen = opened("grad", *EXAMPLE)
    order: list[str] = []
    script = """() => { const e = document.activeElement;
      return e.id || e.dataset.does || (e.type === "range" ? "slider" : ""); }"""
    for _ in range(30):  # what scrolls takes the focus between them
        seen.page.keyboard.press("Tab")
        order += filter(None, [seen.page.evaluate(script)])
    assert order[:9] == ["first", "back", "next", "last", "all", "slider", "wider", "closer", "fit"]
    assert sorted(order[9:18]) == [f"n{i}" for i in range(9)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(opened: Any, scheme: str) -> None:
    """WCAG 2.2, 1.4.3: at least 4.5 to 1."""
    script = """() => {
      const light = c => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(x => x / 255)
        .map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
        return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
      const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
        return (x + 0.05) / (y + 0.05); };
      const back = getComputedStyle(document.body).backgroundColor;
      const found = [];
      for (const e of document.querySelectorAll("h1, td, .good, .soft, p, footer, button"))
        found.push(ratio(getComputedStyle(e).color,
          e.tagName === "BUTTON" ? getComputedStyle(e).backgroundColor : back));
      for (const node of document.querySelectorAll(".node")) for (const text of node.querySelectorAll("text"))
        found.push(ratio(getComputedStyle(text).fill, getComputedStyle(node.querySelector("rect")).fill));
      for (const cell of document.querySelectorAll("rect[fill-opacity]")) {
        const [own, below] = [getComputedStyle(cell).fill, back].map(c => c.match(/\\d+/g).map(Number));
        const part = Number(cell.getAttribute("fill-opacity"));
        const mixed = own.map((x, i) => part * x + (1 - part) * below[i]).join(" ");
        found.push(ratio(getComputedStyle(cell.nextElementSibling).fill, mixed)); }
      return Math.min(...found); }"""
    assert opened("grad", *EXAMPLE, color_scheme=scheme).page.evaluate(script) >= 4.5
    assert opened("jacobian", "sqrt(x)*x", "--x", "4,-4,9", color_scheme=scheme).page.evaluate(script) >= 4.5
    assert opened("hessian", "x**2 - 3*y**2", "--x", "4", "--y", "2", color_scheme=scheme).page.evaluate(script) >= 4.5


def test_a_matrix_is_read_on_a_phone(opened: Any) -> None:
    seen = opened("hessian", "sum(x**3)*x[0]", "--x", "1,2,3,4,5,6,7,8", viewport={"width": 360, "height": 740})
    heights = "[...document.querySelectorAll('svg text')].map(e => e.getBoundingClientRect().height)"
    assert min(seen.page.evaluate(heights)) > 10
    assert seen.page.locator("svg.chart").get_attribute("role") == "group"


@pytest.mark.parametrize("command", ["grad", "hessian", "plot", "descend"])
def test_a_phone_shows_it_without_scrolling_sideways(opened: Any, command: str) -> None:
    words = {
        "grad": NETWORK, "hessian": ("sum(x**3)*x[0]", "--x", "1,2,3,4,5,6,7,8"),
        "plot": ("x**2", "--x", "-1:1"), "descend": ("sum(w**2)", "--w", "1,2"),
    }[command]  # fmt: skip
    seen = opened(command, *words, viewport={"width": 360, "height": 740})
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 360
    assert seen.complaints == []


def test_on_paper_there_are_no_buttons_and_every_number(opened: Any) -> None:
    seen = opened("grad", *EXAMPLE, address="#step=0")
    seen.page.emulate_media(media="print")
    assert not seen.page.get_by_role("button", name="Start").is_visible()
    assert seen.shown("grad") == 9


def test_without_scripts_all_of_it_is_there(opened: Any) -> None:
    seen = opened("grad", *EXAMPLE, java_script_enabled=False)
    assert not seen.page.get_by_role("button", name="Start").is_visible()
    assert seen.page.locator("ol.steps > li").count() == 14
    assert seen.page.locator("text.grad").first.is_visible()


HOSTILE = "x = 1 # </title></script><script>alert(1)</script><img src=x onerror=alert(2)>\nx**2*k"


@pytest.mark.parametrize("command", ["grad", "plot"])
def test_what_was_typed_is_text(opened: Any, command: str) -> None:
    value = "-1:1" if command == "plot" else "3"
    seen = opened(command, HOSTILE, "--k", value)
    assert seen.page.locator("script").count() == 1
    assert seen.page.locator("img").count() == 0
    assert "onerror=alert(2)" in seen.page.locator("h1, title").first.text_content()
    assert seen.complaints == []


def test_a_script_that_gets_in_does_not_run(opened: Any, tmp_path: Path, browser: Any) -> None:
    opened("grad", *SHARED)
    file = tmp_path / "page.html"
    file.write_text(file.read_text().replace("</main>", "<script>document.title = 'run'</script></main>"))
    seen = Opened(browser, file)
    assert seen.page.title() != "run"
    seen.context.close()


VALIDATED = [
    ("grad", *EXAMPLE), ("check", "x@A@x", "--A", "1,2;3,4", "--x", "1,2", "--claim", "x = 2*A@x"),
    ("hessian", "sum(x**3)", "--x", "1,2"), ("jacobian", "x*flip(x)", "--x", "1,2"), ("graph", "tanh(x)", "--x", "1"),
    ("plot", "abs(x)", "--x", "-1:1"), ("descend", "sum(w**2)", "--w", "1,2"), ("formula", "x^T A x"),
    ("explain", "AG201"), ("functions", "tanh"),
]  # fmt: skip


@pytest.mark.parametrize("words", VALIDATED, ids=[words[0] for words in VALIDATED])
def test_a_page_is_valid_html(cli: Cli, tmp_path: Path, words: tuple[str, ...]) -> None:
    file = tmp_path / "page.html"
    cli(*words, "--output", str(file))
    parser = html5lib.HTMLParser()
    parser.parse(file.read_text(encoding="utf-8"))
    assert parser.errors == []


def test_a_curve_says_its_numbers_under_the_pointer(opened: Any) -> None:
    seen = opened("plot", "x**2", "--x", "0:2", "--points", "3")
    words = seen.page.locator(".chart .hint title").all_text_contents()
    assert "x = 1, f = 1" in words
    assert "x = 1, df/dx = 2" in words
    stroke = "getComputedStyle(document.querySelector('.chart path.value')).stroke"
    assert seen.page.evaluate(stroke) == "rgb(26, 95, 180)"


def test_a_wrong_claim_is_marked_beside_the_right_one(opened: Any) -> None:
    seen = opened("check", "sum(x**2)*pi", "--x", "1,2", "--claim", "x = 2*x")
    words = seen.page.locator("main").inner_text()
    assert "wrong" in words
    assert "multiply by pi" in words
    assert "2*pi*x" in words
    assert "^^^" in words
