"""Every entry of the guide, and the search for the one that a code, a word or a pasted message means."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Mapping

from autograd_cli.guide import wording
from autograd_cli.guide.entry import Entry, all_entries
from autograd_core.expr.reader.notation import FUNCTIONS as WRITTEN
from autograd_core.ops.registry import find, functions, spellings
from autograd_core.ops.spec import Function, OpSpec

OPERATORS = dict(
    pair.split()
    for pair in (
        *("+ add", "- sub", "* mul", "/ div", "// floor_divide", "% remainder", "** pow", "^ pow", "@ matmul"),
        *("< less", "<= less_equal", "> greater", ">= greater_equal", "== equal", "!= not_equal"),
        *(".T transpose", ".mT swapaxes", "[] index"),
    )
)
"""What an operator is called as a function."""

_CODE = re.compile(r"\bAG\d{3}\b", re.IGNORECASE)
_CALL = re.compile(r"(?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*)\s*(?:\(.*\))?", re.ASCII | re.DOTALL)
_NODE = re.compile(r"[A-Za-z]\w*Backward\d*", re.ASCII)


@functools.cache
def entries() -> Mapping[str, Entry]:
    """Every entry by its topic: error codes in order, then words."""
    found = {entry.topic: entry for entry in all_entries()}
    return dict(sorted(found.items(), key=lambda item: (not item[0].startswith("AG"), item[0])))


def find_function(name: str) -> Function | None:
    """The function that a name, an operator, a call, or PyTorch's name of a node means.

    Examples are ``np.exp``, ``@``, ``x.sum()`` and ``ExpBackward0``.
    """
    name = OPERATORS.get(name, name)
    found = find(name) or find(name.lower()) or find(WRITTEN.get(name, name))
    if found is None and (call := _CALL.fullmatch(name)):
        found = find(call[1]) or find(call[1].lower())
    if found is None and _NODE.fullmatch(name):
        found = _of_node(name)
    return found


def find_topic(text: str) -> Entry | Function | None:
    """What a person means by a word, a code, or a message that was pasted; None when nothing is like it."""
    text = text.strip()
    known = entries()
    if code := _CODE.fullmatch(text):
        return known.get(code[0].upper())
    if (function := find_function(text)) is not None:
        return function
    word = text.lower().replace(" ", "-").replace("_", "-")
    for entry in known.values():
        if word in (entry.topic, *(name.lower().replace(" ", "-").replace("_", "-") for name in entry.names)):
            return entry
    for code in _CODE.findall(text):
        if code.upper() in known:
            return known[code.upper()]
    return _by_words(text)


def nearest_topics(text: str, count: int = 3) -> list[str]:
    """The topics and functions most like a word that is none of them; error codes for an unknown code."""
    if _CODE.fullmatch(text.strip()):
        wanted = int(text.strip()[2:])
        codes = [int(topic[2:]) for topic in entries() if topic.startswith("AG")]
        codes.sort(key=lambda code: (code // 100 != wanted // 100, abs(code - wanted)))
        return [f"AG{code:03}" for code in codes[:count]]
    names = [name for entry in entries().values() for name in (entry.topic, *entry.names)]
    known = {name.lower(): name for name in [*spellings(), *names]}
    return [known[name] for name in difflib.get_close_matches(text.strip().lower(), known, n=count, cutoff=0.6)]


def _of_node(name: str) -> Function | None:
    """The operation that PyTorch shows as a node of this name, with or without its number."""
    for function in functions():
        node = function.node.lower() if isinstance(function, OpSpec) and isinstance(function.node, str) else ""
        if node and name.lower() in (node, node.rstrip("0123456789")):
            return function
    return None


def _by_words(text: str) -> Entry | None:
    topic = wording.best(text, _phrases())
    return None if topic is None else entries()[topic]


@functools.cache
def _phrases() -> tuple[tuple[str, str], ...]:
    """Every wording with the topic that it leads to; the titles are wordings too."""
    return tuple(
        (entry.topic, said)
        for entry in entries().values()
        for said in (*(one for some in entry.says.values() for one in some), entry.title)
    )
