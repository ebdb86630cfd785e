"""From the text of a value to an array: numbers, lists, generators, files and standard input."""

from __future__ import annotations

import io
import json
import os
import re
from typing import TYPE_CHECKING

from autograd_cli.environment import StandardInput
from autograd_cli.limits import MAX_ARRAY_FILE, MAX_TEXT_FILE, MAX_WRITTEN
from autograd_cli.values import entries, files, tables
from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError, ExpressionError, ValueTextError
from autograd_core.limits import limits

if TYPE_CHECKING:
    from autograd_core.report import Array

_RANDOM = re.compile(r"(?<![\w.])(randn?)\s*\(\s*\(?\s*((?:\d+\s*,\s*)*\d*)\s*\)?\s*\)", re.ASCII)


@dataclass(frozen=True, slots=True)
class ValueReader:
    """Reads the values of one command; ``seed`` decides what ``rand`` and ``randn`` give."""

    stdin: StandardInput
    seed: int = 0

    def read(self, owner: str, text: str, key: str | None = None) -> Array:
        """The array that ``text`` means for ``owner``, a variable or an option; its errors name it.

        What ``rand`` draws depends on ``key``, which is the owner's name unless it is given.
        """
        text = text.strip()
        if not text:
            raise ValueTextError(f"{owner}: the value is empty", hint="3, or 1,2,3, or '1,2;3,4', or @file.csv")
        if text in ("-", "@-"):
            return self._from_stdin(owner)
        if text.startswith("@"):
            return self._from_file(owner, text[1:].strip())
        return self._inline(owner, text, key)

    def _inline(self, owner: str, text: str, key: str | None = None) -> Array:
        """A value written out, as here or as another program writes it."""
        tables.check_count(text, owner)
        try:
            return _plain(text)
        except ValueError:
            pass
        try:
            return self._written(owner, text, key)
        except (ValueTextError, ExpressionError):
            from autograd_cli.values.pasted import rewritten

            other = rewritten(text, owner)
            if other is None or other == text:
                raise
        return self._inline(owner, other, key)

    def _written(self, owner: str, text: str, key: str | None) -> Array:
        """A value in the notation of the command line."""
        import numpy as np

        if text.startswith("["):
            tables.check_nesting(text, owner)
            try:
                return tables.from_json(text, owner)
            except json.JSONDecodeError:
                nested = entries.nested(text)
            if nested is not None:
                return entries.array(nested, owner, text)
        else:
            rows = entries.rows(text)
            if len(rows) > 1 or len(rows[0]) > 1:
                several = len(rows) > 1 or text.endswith(";")
                return entries.array(rows if several else rows[0], owner, text)
        if _RANDOM.search(text):
            return self._random(owner, text, key or owner)
        try:
            return np.array(entries.constant(entries.Entry(text, 0), owner, text, ""), dtype=np.float64)
        except AutogradError as error:
            if error.code == "AG603" and text.startswith("[") and entries.nested(f"[{text}]") is not None:
                error.hint = f"'[{text}]'"
            elif error.code == "AG603" and text[0] + text[-1] in ("()", "{}"):
                error.hint = text[1:-1]
            raise

    def _random(self, owner: str, text: str, key: str) -> Array:
        """The value of an expression with ``rand`` or ``randn`` in it."""
        import numpy as np

        from autograd_core.expr.build import parse
        from autograd_core.expr.parser import read
        from autograd_core.expr.run import evaluate

        # From the seed and the name: the same numbers whatever other variables there are, in whatever order.
        generator = np.random.default_rng([self.seed, *key.encode()])
        drawn: dict[str, Array] = {}

        def draw(match: re.Match[str]) -> str:
            shape = tuple(int(length) for length in match[2].split(",") if length.strip())
            count = 1
            for length in shape:
                count *= length
            if count > limits().elements:
                raise tables.too_many(f"{owner}: {match[0]} has")
            name = f"random_{len(drawn)}"
            draw_from = generator.random if match[1] == "rand" else generator.standard_normal
            drawn[name] = np.asarray(draw_from(shape))
            return name

        program = _RANDOM.sub(draw, text)
        if program in drawn:
            return drawn[program]
        try:
            unknown = [name for name in read(program).variables if name not in drawn]
            if unknown:
                raise tables.wrong_entry(unknown[0], owner, "")
            result = parse(program, drawn).result
            return np.asarray(evaluate([result], drawn)[result])
        except AutogradError as error:
            error.message = error.message if error.message.startswith(owner) else f"{owner}: {error.message}"
            error.span = None  # it points into the text with the drawn arrays
            raise

    def _from_stdin(self, owner: str) -> Array:
        content = self.stdin.read(owner, MAX_TEXT_FILE)
        if content.startswith(files.NPY_MAGIC):
            return files.read_npy(io.BytesIO(content), len(content), owner, "standard input")
        return self._from_text(files.decoded(content, owner, "standard input"), owner, "standard input")

    def _from_file(self, owner: str, path: str) -> Array:
        path, kind, key = files.kind_of(path, owner)
        name = files.shown(path)
        limit = MAX_ARRAY_FILE if kind in (".npy", ".npz") else MAX_TEXT_FILE
        with files.opened(path, owner, limit) as stream:
            if kind == ".npz":
                return files.read_npz(stream, key, owner, name)
            if kind == ".npy":
                return files.read_npy(stream, os.fstat(stream.fileno()).st_size, owner, name)
            text = files.decoded(stream.read(limit), owner, name)
        if kind == ".txt":
            return self._from_text(text, owner, name)
        return self._from_json(text, owner, name) if kind == ".json" else tables.from_table(text, kind, owner, name)

    def _from_text(self, text: str, owner: str, name: str) -> Array:
        """Text that may be a table, or a value as on the command line."""
        value = text.strip()
        if not value:
            raise ValueTextError(f"{owner}: {name} is empty")
        if not value.startswith("[") and ("\n" in value or "\r" in value or len(value) > MAX_WRITTEN):
            return tables.from_table(text, ".txt", owner, name)
        if len(value) > MAX_WRITTEN:
            return self._from_json(value, owner, name)
        try:
            return self._inline(owner, value)
        except AutogradError as error:
            error.span = error.text = None  # what a file holds is not shown
            raise

    def _from_json(self, text: str, owner: str, name: str) -> Array:
        try:
            return tables.from_json(text, owner)
        except json.JSONDecodeError as error:
            reason = f"{error.msg[:1].lower()}{error.msg[1:]} (line {error.lineno}, column {error.colno})"
            raise ValueTextError(f"{owner}: {name} is not JSON: {reason}") from None


def _plain(text: str) -> Array:
    """Numbers without arithmetic and brackets, quickly; ValueError for anything else."""
    import numpy as np

    if not text.isascii():  # float() would read the digits of every script
        raise ValueError
    if ";" not in text:
        if "," not in text:
            return np.array(float(text))
        return np.array(list(map(float, text.removesuffix(",").split(","))))
    rows = [row.rstrip().removesuffix(",") for row in text.removesuffix(";").split(";")]
    width = rows[0].count(",") + 1
    if any(row.count(",") + 1 != width for row in rows):
        raise ValueError
    return np.array(list(map(float, ",".join(rows).split(",")))).reshape(len(rows), width)
