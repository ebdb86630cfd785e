"""What the guide says about error codes, messages of frameworks and terms, and the search for the entry that is meant.

The files in ``entries`` hold it as Markdown. An entry begins with ``# TOPIC: TITLE``; lines with ``names:`` and
``related:`` may follow, then a section for each framework (``## PyTorch says``), ``## What it means``, ``## Why``,
``## Example`` and ``## What works``. Examples are blocks of code: ``console`` holds a command, ``python`` a program,
whose output is in the block of ``text`` behind it. After these words stand the code of the error or warning that the
example shows, if any, and its exit status, if that is not 0.
"""

from __future__ import annotations

import functools
import math
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from autograd_cli import PROGRAM
from autograd_core.dataclass import dataclass
from autograd_core.expr.reader.notation import DEFINED
from autograd_core.expr.reader.notation import FUNCTIONS as WRITTEN
from autograd_core.ops.registry import find, functions
from autograd_core.ops.spec import Function, OpSpec

_HEAD = re.compile(r"^# (?=\S)", re.MULTILINE)
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_BLOCK = re.compile(
    r"^```(console|python) ?(AG\d+)? ?(\d*)\n(.*?)\n```$(?:\n\n```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL
)
_COMMAND = re.compile(rf"\$ (?:echo (.*) \| )?{PROGRAM} ?(.*?)", re.DOTALL)
_CODE = re.compile(r"\bAG\d{3}\b", re.IGNORECASE)
_CALL = re.compile(r"(?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*)\s*(?:\(.*\))?", re.ASCII | re.DOTALL)
_NODE = re.compile(r"[A-Za-z]\w*Backward\d*", re.ASCII)
_CALLED = re.compile(r"\w+(?=\()")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")

ENOUGH = 0.45  # the share of what two texts say that must be common before one is taken for the other
FEW_WORDS = 5  # words of a question that are looked up by themselves
LONGEST = 20_000  # characters of a pasted text that are looked at: a traceback ends with what matters

OPERATORS = dict(
    pair.split()
    for pair in (
        *("+ add", "- sub", "* mul", "/ div", "// floor_divide", "% remainder", "** pow", "^ pow", "@ matmul"),
        *("< less", "<= less_equal", "> greater", ">= greater_equal", "== equal", "!= not_equal"),
        *(".T transpose", ".mT swapaxes", "[] index"),
    )
)
"""What an operator is called as a function."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command to type: ``line`` is what stands behind the program's name, as a shell reads it.

    ``shows`` is the code of the error or warning that it gives, empty when it gives an answer. ``stdin`` is what comes
    through a pipe; ``<&-`` at the end closes standard input.
    """

    line: str
    shows: str = ""
    status: int = 0
    stdin: str | None = None

    @property
    def words(self) -> list[str]:
        """The words behind the program's name."""
        return shlex.split(self.line.removesuffix(" <&-"))

    @property
    def text(self) -> str:
        """The whole line, as it is typed in a shell."""
        piped = "" if self.stdin is None else f"echo {shlex.quote(self.stdin)} | "
        return f"{piped}{PROGRAM} {self.line}".rstrip()


@dataclass(frozen=True, slots=True)
class Script:
    """A few lines of Python, and what they write where they are typed one after the other.

    ``shows`` is the code of the error that they raise, empty when the last line has a value.
    """

    text: str
    output: str
    shows: str = ""
    status: int = 0


Example = Command | Script


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An explanation.

    ``topic`` is an error code or a word; ``names`` are other words for it. ``says`` holds, by framework, the messages
    that people meet it by. ``meaning`` says what such a message tells, ``why`` where it comes from. ``example`` shows
    it, and each of ``fixes`` is a way that works. ``related`` are other topics.
    """

    topic: str
    title: str
    meaning: str
    why: str
    example: Example
    fixes: tuple[Example, ...]
    says: Mapping[str, tuple[str, ...]]
    names: tuple[str, ...]
    related: tuple[str, ...]


@functools.cache
def entries() -> Mapping[str, Entry]:
    """Every entry by its topic: error codes in order, then words."""
    texts = (path.read_text(encoding="utf-8") for path in (Path(__file__).parent / "entries").glob("*.md"))
    found = {entry.topic: entry for text in texts for entry in map(read_entry, _HEAD.split(text)[1:])}
    return dict(sorted(found.items(), key=lambda item: (not item[0].startswith("AG"), item[0])))


def read_entry(text: str) -> Entry:
    """An entry, whose text begins with its topic."""
    head, *rest = _SECTION.split(text)
    first, *fields = [line for line in head.splitlines() if line]
    topic, title = first.split(": ", 1)
    listed = {name: tuple(words.split(", ")) for name, words in (line.split(": ", 1) for line in fields)}
    sections = dict(zip(rest[::2], rest[1::2], strict=True))
    (example,) = examples(sections["Example"])
    return Entry(
        topic=topic,
        title=title,
        meaning=_paragraph(sections["What it means"]),
        why=_paragraph(sections["Why"]),
        example=example,
        fixes=tuple(examples(sections["What works"])),
        says={
            name.removesuffix(" says"): tuple(map(_paragraph, re.split(r"^- ", content, flags=re.MULTILINE)[1:]))
            for name, content in sections.items()
            if name.endswith(" says")
        },
        names=listed.get("names", ()),
        related=listed.get("related", ()),
    )


def examples(text: str) -> Iterator[Example]:
    """The examples in the blocks of code of a section."""
    for kind, shows, status, body, output in _BLOCK.findall(text):
        if kind == "python":
            yield Script(body, output, shows, int(status or 0))
        elif (command := _COMMAND.fullmatch(body)) is not None:
            stdin, line = command.groups()
            piped = None if stdin is None else shlex.split(stdin)[0]
            yield Command(line, shows, int(status or 0), piped)


def _paragraph(text: str) -> str:
    return " ".join(text.split())


def find_function(name: str) -> Function | None:
    """The function that a name, an operator, a call, or PyTorch's name of a node means.

    Examples are ``np.exp``, ``@``, ``x.sum()`` and ``ExpBackward0``.
    """
    name = OPERATORS.get(name, name)
    found = find(name) or find(name.lower()) or find(WRITTEN.get(name, name))
    if found is None and (call := _CALL.fullmatch(name)):
        found = find(call[1]) or find(call[1].lower())
    if found is None and _NODE.fullmatch(name):  # what PyTorch shows as a node, with or without its number
        for function in functions():
            node = function.node.lower() if isinstance(function, OpSpec) and isinstance(function.node, str) else ""
            if node and name.lower() in (node, node.rstrip("0123456789")):
                return function
    return found


def find_topic(text: str) -> Entry | Function | None:
    """What a person means by a word, a code, or a message that was pasted; None when nothing is like it."""
    text = text.strip()
    known = entries()
    if code := _CODE.fullmatch(text):
        return known.get(code[0].upper())
    if (named := _named(text)) is not None:
        return named
    for code in _CODE.findall(text):
        if code.upper() in known:
            return known[code.upper()]
    phrases = [
        (entry.topic, said)
        for entry in known.values()
        for said in (*(one for some in entry.says.values() for one in some), entry.title)
    ]
    topic = best(text, phrases)
    return _within(text) if topic is None else known[topic]


def _named(text: str) -> Entry | Function | None:
    """What has this name; blanks, ``-`` and ``_`` are the same."""
    if (function := find_function(text) or find_function(text.replace(" ", "_"))) is not None:
        return function
    word = text.lower().replace(" ", "-").replace("_", "-")
    for entry in entries().values():
        if word in (entry.topic, *(name.lower().replace(" ", "-").replace("_", "-") for name in entry.names)):
            return entry
    return None


def _within(text: str) -> Entry | Function | None:
    """What some words of a short question name, the most of them, and of two the one that fewer titles have."""
    asked = words(text)
    if len(asked) > FEW_WORDS:
        return None
    titles = Counter(word for entry in entries().values() for word in words(entry.title))
    runs = [asked[start:end] for start in range(len(asked)) for end in range(start + 1, len(asked) + 1)]
    runs.sort(key=lambda run: (-len(run), sum(titles[word] for word in run)))
    return next((found for run in runs if (found := _named(" ".join(run))) is not None), None)


def written_out(name: str) -> tuple[str, list[str]] | None:
    """How the reader writes a function that is none of the language, and the functions that are called there."""
    if (known := DEFINED.get(WRITTEN.get(name, name))) is None:
        return None
    arguments, meaning = known[0]
    meaning = re.sub(r"\.(?=[*/^])", "", meaning).replace("^", "**")
    return f"{name}({arguments}) is read as {meaning}", [word for word in _CALLED.findall(meaning) if find(word)]


def words(text: str) -> tuple[str, ...]:
    """The words of a text in small letters: no numbers, no names with digits in them, no punctuation."""
    found = _WORD.findall(text[-LONGEST:].lower())
    return tuple(word.replace("'", "").replace("’", "") for word in found if not any(map(str.isdigit, word)))


def best(text: str, phrases: Sequence[tuple[str, str]]) -> str | None:
    """The label of the phrase that ``text`` is or holds, or is most like; None where it is like none.

    ``phrases`` are pairs of a label and a text. A phrase that occurs in the text word for word is taken first, the
    longest of several; else the one with most in common by weight, where rare words count for more. A part of a message
    counts like the message.
    """
    asked = words(text)
    known = [(label, words(phrase)) for label, phrase in phrases]
    counts = Counter(word for _, said in known for word in set(said))

    def weight(found: Iterable[str]) -> float:
        return sum(math.log(1 + len(known) / max(counts[word], 1)) for word in set(found))

    def holds(whole: Sequence[str], part: Sequence[str]) -> bool:
        return f" {' '.join(part)} " in f" {' '.join(whole)} "

    def likeness(said: Sequence[str]) -> float:
        if said == asked or (len(said) > 2 and holds(asked, said)):
            return 1.0 + len(said)
        common = set(asked) & set(said)
        if len(common) < 2:
            return 0.0
        part = 0.9 if holds(said, asked) else 0.6 if len(common) > 2 else 0.0
        return max(2 * weight(common) / (weight(asked) + weight(said)), part * weight(common) / weight(asked))

    score, label = max(((likeness(said), label) for label, said in known), default=(0.0, ""))
    return label if score >= ENOUGH else None
