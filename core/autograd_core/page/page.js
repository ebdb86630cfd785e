"use strict";
(() => {
  const stage = document.querySelector(".stage");
  if (!stage) return;
  const svg = stage.querySelector("svg");
  const items = [...document.querySelectorAll("ol.steps > li")];
  const slider = document.querySelector(".controls input");
  const said = document.querySelector(".said");
  const detail = document.querySelector(".detail");
  const nodes = new Map([...svg.querySelectorAll(".node")].map((node) => [node.dataset.node, node]));
  const edges = [...svg.querySelectorAll(".edge")];
  const whole = svg.getAttribute("viewBox").split(" ").map(Number);
  document.body.classList.add("scripted");
  let at = -1; // -1: everything is shown

  function show(step, move) {
    at = Math.max(-1, Math.min(items.length, step));
    stage.classList.toggle("stepping", at >= 0);
    for (const node of nodes.values()) node.classList.remove("now", "has-value", "has-grad");
    for (const edge of edges) edge.classList.remove("now");
    for (const item of items) item.classList.remove("now");
    for (const node of nodes.values()) if (!node.classList.contains("inner")) node.classList.add("has-value");
    for (const item of items.slice(0, Math.max(at, 0))) {
      nodes.get(item.dataset.node).classList.add(item.dataset.phase === "forward" ? "has-value" : "has-grad");
    }
    slider.value = Math.max(at, 0);
    if (at < 0) { said.textContent = "All values and gradients."; location.hash && history.replaceState(null, "", "#"); return; }
    history.replaceState(null, "", "#step=" + at);
    if (at === 0) { said.textContent = "Step 0: only the inputs are known."; return; }
    const item = items[at - 1], node = nodes.get(item.dataset.node);
    item.classList.add("now");
    node.classList.add("now");
    for (const edge of edges) {
      if (edge.dataset.to === item.dataset.node) edge.classList.add("now");
    }
    said.replaceChildren("Step " + at + " of " + items.length + ", " + item.dataset.phase + ": ",
      ...[...item.childNodes].map((child) => child.cloneNode(true)));
    if (move) node.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function tell(node) {
    const about = [node.getAttribute("aria-label")];
    const rules = items.filter((item) => item.dataset.node === node.dataset.node);
    detail.replaceChildren(...about, ...rules.flatMap((item) => [document.createElement("br"),
      item.dataset.phase + ": ", ...[...item.childNodes].map((child) => child.cloneNode(true))]));
  }

  for (const node of nodes.values()) {
    node.addEventListener("focus", () => tell(node));
    node.addEventListener("pointerenter", () => tell(node));
    const go = () => {
      const own = items.findIndex((item) => item.dataset.node === node.dataset.node && item.dataset.phase === "backward");
      if (own >= 0) show(own + 1, false);
    };
    node.addEventListener("click", go);
    node.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); go(); } });
  }

  let box = [...whole];
  function zoom(factor, x, y) {
    const width = Math.min(whole[2] * 2, Math.max(whole[2] / 20, box[2] * factor)), height = width * whole[3] / whole[2];
    box = [x - (x - box[0]) * width / box[2], y - (y - box[1]) * height / box[3], width, height];
    svg.setAttribute("viewBox", box.join(" "));
  }
  function place(event) {
    const frame = svg.getBoundingClientRect();
    return [box[0] + (event.clientX - frame.left) / frame.width * box[2], box[1] + (event.clientY - frame.top) / frame.height * box[3]];
  }
  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // the page scrolls as always
    event.preventDefault();
    zoom(event.deltaY > 0 ? 1.15 : 1 / 1.15, ...place(event));
  }, { passive: false });
  let held = null;
  svg.addEventListener("pointerdown", (event) => { if (event.pointerType === "mouse") held = place(event); });
  svg.addEventListener("pointermove", (event) => {
    if (!held || !event.buttons) { held = null; return; }
    const now = place(event);
    box[0] += held[0] - now[0];
    box[1] += held[1] - now[1];
    svg.setAttribute("viewBox", box.join(" "));
  });
  svg.addEventListener("pointerup", () => { held = null; });

  const middle = () => [box[0] + box[2] / 2, box[1] + box[3] / 2];
  const does = {
    first: () => show(0, true), back: () => show(Math.max(0, at - 1), true), next: () => show(at + 1, true),
    last: () => show(items.length, true), all: () => show(-1), closer: () => zoom(1 / 1.25, ...middle()),
    wider: () => zoom(1.25, ...middle()), fit: () => { box = [...whole]; svg.setAttribute("viewBox", box.join(" ")); },
  };
  for (const button of document.querySelectorAll(".controls button")) {
    button.addEventListener("click", () => does[button.dataset.does]());
  }
  slider.max = items.length;
  slider.addEventListener("input", () => show(Number(slider.value), true));
  document.addEventListener("keydown", (event) => {
    if (event.target === slider || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = { ArrowRight: "next", ArrowLeft: "back", Home: "first", End: "last", Escape: "all" }[event.key];
    if (key && (key !== "Home" && key !== "End" || stage.contains(event.target))) { event.preventDefault(); does[key](); }
  });
  const linked = /^#step=(\d+)$/.exec(location.hash);
  if (linked) show(Number(linked[1]), false); else said.textContent = "Step through the passes with the buttons or the arrow keys.";
})();
