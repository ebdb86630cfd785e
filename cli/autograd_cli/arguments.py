"""From the words of a command line to an expression, the text of a value for each variable, and the options.

What is an option comes from the command's own declarations. Of commands it knows which need no values (``check``), take
ranges (``plot``), or answer for results of every shape.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from autograd_cli.environment import StandardInput
from autograd_cli.errors import usage_errors
from autograd_cli.limits import MAX_INPUTS
from autograd_cli.names import candidates, canonical, is_name, listed, pairs_in
from autograd_cli.options import OR_VALUE, SYNTAX, VAR, CommandLine, Part
from autograd_cli.values.files import expression_text
from autograd_core.errors import AutogradError, LimitError, UsageError
from autograd_core.limits import MAX_ORDER
from autograd_core.phases import phase

if TYPE_CHECKING:
    from autograd_cli.values.reader import ValueReader
    from autograd_core.expr import Source
    from autograd_core.expr.reader import Reading
    from autograd_core.report import Array

RANGE = re.compile(r"\s*([^:@\[\]]+?)(?::|\.\.+)([^:@\[\]]+)\s*")
"""Two numbers in place of a value, through which ``plot`` moves an input."""

_ANY_RESULT = ("jacobian", "graph")  # commands that answer for results of every shape


def split(line: CommandLine, *, strict: bool = True) -> CommandLine:
    """Find the parts, from left to right; without ``strict`` an unfinished line is no error."""
    start = 0
    while start < len(line.words):
        if line.words[start] == "--":
            rest = range(start + line.binds, len(line.words))
            line.parts += [Part("", "", line.words[place], place, place + 1) for place in rest]
            break
        part = _part_at(line, start)
        if part is None:
            if strict:
                raise usage_errors.no_value(line, start)
            start += 1
            continue
        if part.kind is not None and part.kind.over:
            line.parts, line.over = [part], True
            break
        if strict and part.kind is not None and part.kind.flag and "=" in part.word:
            raise usage_errors.flag_with_value(line, part)
        if part.name == "--output" and (first := line.option(part.name)):  # nothing would be in the other file
            raise usage_errors.different(f"--output {first}", f"--output {part.value}", "files")
        line.parts.append(part)
        start = part.end
    if strict and line.binds and (words := _with_dashes(line)):
        return split(replace(line, words=words, parts=[]))
    return line


def _with_dashes(line: CommandLine) -> list[str] | None:
    """The words of ``EXPR x=3 y=2``, ``EXPR --x 3,y=2`` and ``EXPR --at x=3,y=2`` as ``EXPR --x 3 --y 2``.

    Behind the expression of ``check`` the words before values, and at least one, are claims where no option has one.
    None where there are no such words, or others beside them.
    """
    alone, instead = line.alone[1:], dict[int, list[str]]()
    if "--" in line.words or any(part.value[:1] == "-" and is_name(part.value[1:]) for part in alone[:-1]):  # -x 3
        return None
    if "--claim" in line.kinds and not (line.option("--claim") or line.option("--claim-file")):
        rests = (" ".join(part.value for part in alone[place:]) for place in range(1, len(alone)))
        count = next((place for place, rest in enumerate(rests, 1) if pairs_in(rest)[1]), len(alone))
        instead = {part.start: ["--claim", part.value] for part in alone[:count]}
        alone = alone[count:]
    for parts, name in [(alone, ""), *(([part], part.name) for part in line.bindings if not part.exact)]:
        before, pairs = pairs_in(" ".join(part.value for part in parts))
        if before and not name:
            return None
        if not pairs or [name] == [other for other, _ in pairs]:
            continue
        pairs = [(name, before), *pairs] if before else pairs
        made = [(VAR, f"{one}={value}") if f"--{one}" in line.kinds else (f"--{one}", value) for one, value in pairs]
        instead |= {place: [] for part in parts for place in range(part.start, part.end)}
        instead[parts[0].start] = [word for pair in made for word in pair]
    written = [word for place, typed in enumerate(line.words) for word in instead.get(place, [typed])]
    return written if instead else None


def _part_at(line: CommandLine, start: int) -> Part | None:
    """The part that begins with a word; None for a name whose value is missing."""
    word, end = line.words[start], start + 1
    name, equals, value = word.partition("=")
    kind = line.kinds.get(name)
    if kind is None and not (line.binds and name.startswith("--") and (name == "--" or is_name(name[2:]))):
        return Part("", "", word, start, end)
    if kind is not None and kind.flag:
        return Part(word, name, "", start, end, kind)
    if not equals:
        value = line.words[end] if end < len(line.words) else "--"
        if value.startswith("--") and (value == "--" or is_name(value[2:].partition("=")[0])):
            return None
        end += 1
    if name == VAR:
        return Part(name, *_exact(value), start, end, exact=True)
    if kind is not None:
        return Part(name, "--output" if name == "-o" else name, value, start, end, kind)
    if name == "--":
        raise UsageError(f"{name}={value}: a name is missing before =", hint="--x=3")
    return Part(name, name[2:], value, start, end)


def only_expression(line: CommandLine) -> str:
    """The one word that is the expression."""
    if not line.alone:
        raise usage_errors.no_expression(line)
    if len(line.alone) > 1:
        raise usage_errors.many_expressions(line)
    return line.alone[0].value


def _exact(pair: str) -> tuple[str, str]:
    """The name and the value of ``NAME=VALUE``."""
    from autograd_core.expr.parser import is_name as is_variable

    name, equals, value = pair.partition("=")
    name = unicodedata.normalize("NFKC", name.strip())
    if not equals or not is_variable(name):
        raise UsageError(
            f"{VAR} {pair}: this is not NAME=VALUE",
            code="AG102",
            why=f"{name!r} cannot be the name of a variable" if equals else "there is no = in it",
            hint=f"{VAR} x=1,2,3",
        )
    return name, value


class Given(Mapping[str, "Array"]):
    """What a command line gives to a command: the expression, and the arrays by name, each read when it is asked for.

    ``reading`` says what was read of the expression, ``texts`` has the text of each value in the order they were typed.
    Every variable of the expression has a value; a name that was bound with ``--var`` need not occur in it.
    """

    reading: Reading

    def __init__(self, reader: ValueReader, *, ranges: bool = False) -> None:
        self.reader = reader
        self.texts: dict[str, str] = {}
        self.ranges = ranges
        self.arrays: dict[str, Array | AutogradError] = {}

    def __getitem__(self, name: str) -> Array:
        if self.ranges and RANGE.fullmatch(self.texts[name]):
            import numpy as np

            return np.zeros(())
        if name not in self.arrays:
            try:
                self.arrays[name] = self.reader.read(name, self.texts[name])
            except AutogradError as error:  # what was wrong once is told again: standard input is read once
                self.arrays[name] = error
        found = self.arrays[name]
        if isinstance(found, AutogradError):
            raise found
        return found

    def __contains__(self, name: object) -> bool:
        return name in self.texts

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def expression(self) -> str:
        """The expression in the language, with what is to be said of it and of the values that were read."""
        if not self.reader.notes:
            return self.reading.expression
        from autograd_core.expr.reader.reading import Note

        notes = (Note("AG419", each) for each in self.reader.notes.values())
        return replace(self.reading, notes=(*self.reading.notes, *notes)).expression

    @property
    def used(self) -> tuple[str, ...]:
        """The names that the expression uses."""
        source = self.reading.source
        return tuple(name for name in self.texts if name in source.variables or name in source.constants)

    @phase("reading the values")
    def read_values(self) -> dict[str, Array]:
        """The array of each value."""
        return dict(self)


def parse_arguments(line: CommandLine, stdin: StandardInput) -> Given:
    """The expression with its values; code that ends in ``z.backward(v)`` adds an option to the line."""
    text = expression_text(only_expression(line), stdin)
    if len(line.bindings) > MAX_INPUTS:
        raise LimitError(
            f"{len(line.bindings):,} variables are given, and {MAX_INPUTS:,} is the limit",
            hint="one array holds many numbers: --x 1,2,3",
        )

    from autograd_cli.values.reader import ValueReader

    reader = ValueReader(stdin, int(line.option("--seed", "0")))
    try:
        return _given(line, text, reader)
    except AutogradError as error:
        drawn = _drawn(line, text, reader) if error.code == "AG605" and line.command == "check" else []
        if not drawn:
            raise
        line.parts += drawn
    return _given(line, text, reader)


def _drawn(line: CommandLine, text: str, reader: ValueReader) -> list[Part]:
    """Random values for the variables of a claim that have none; none for numbers, and where shapes are not certain."""
    from autograd_core.report import shape_text
    from autograd_core.shapes.formulas import drawn_values

    claims = [part.value.rpartition("=")[2] for part in line.parts if part.name == "--claim"]
    if any(pairs_in(f"claim={claim}")[1] for claim in claims):
        return []
    try:
        shapes = {canonical(each.name): reader.read(each.name, each.value).shape for each in line.bindings}
        assumed = [part.value for part in line.parts if part.name == "--assume"]
        found = drawn_values(text, shapes, assumed, line.option(SYNTAX, "auto"))
    except AutogradError:
        return []
    kinds = [f"{name} of shape {shape_text(x.shape)}" if x.shape else f"{name} = {x:.6g}" for name, x in found.items()]
    missing = "has no value" if len(found) == 1 else "have no values"
    reader.notes[next(iter(found))] = f"{listed([*found])} {missing}: random numbers were taken, {', '.join(kinds)}"
    return [Part(VAR, name, json.dumps(array.tolist()), exact=True) for name, array in found.items()]


def _given(line: CommandLine, text: str, reader: ValueReader) -> Given:
    """What the words of a line say, once every variable has a value."""
    given = Given(reader, ranges=line.command == "plot")
    try:
        reading, bindings = _read(line, text, given)
    except AutogradError as error:
        error.text = text if error.text is None else error.text
        if os.path.isfile(text):  # noqa: PTH113  # not Path.is_file, which raises for a text that is no path
            error.rewrites = (f"@{text}",)
        raise
    bindings += [Part(VAR, name, value, exact=True) for name, value in reading.values.items()]
    said = {"--grad-tensor": reading.seed}
    if reading.order > 1 and "--order" in line.kinds:
        if reading.order == 2 and len(reading.source.variables) > 1 and not (reading.by or line.option("--wrt")):
            raise usage_errors.whole_hessian(line)
        said |= {"--order": str(reading.order), "--wrt": ",".join(reading.by)}
    for option, value in said.items():
        if value and option in line.kinds and not line.option(option):
            line.parts.append(Part(option, option, value, kind=line.kinds[option]))
    try:
        found = bound(line, reading.source, [each for each in bindings if each.name not in reading.counts])
        if missing := [name for name in reading.source.variables if name not in found]:
            raise usage_errors.no_values(line, reading.source, missing, given)
    except AutogradError as error:
        raise reading.located(error) from None
    given.texts = {name: binding.value for name, binding in found.items()}
    given.reading = reading
    return given


def _read(line: CommandLine, text: str, given: Given) -> tuple[Reading, list[Part]]:
    """The expression, read for the values beside it, and the bindings by the names of the variables they mean.

    Raises AutogradError pointing into the text.
    """
    from autograd_core.expr.parser import read
    from autograd_core.expr.reader import interpret
    from autograd_core.expr.reader.reading import Wanted

    syntax = line.option(SYNTAX, "auto")
    variables: tuple[str, ...] = ()
    if syntax != "math":
        with suppress(AutogradError):  # it is mathematics, or code
            variables = read(text).variables
    bindings = _renamed(line.bindings, variables)
    orders = (1, 2) if line.command == "hessian" else range(1, MAX_ORDER + 1) if "--order" in line.kinds else (1,)
    wanted = Wanted(anything=True, orders=orders)
    if line.command not in _ANY_RESULT and OR_VALUE not in line.options:
        seeds = [part.value for part in line.parts if part.name == "--grad-tensor" and part.value not in ("-", "@-")]
        with suppress(AutogradError):
            wanted.seeds = [given.reader.read("--grad-tensor", each).shape for each in seeds]
            wanted.anything = False
    for again in (True, False):
        given.texts = {each.name: each.value for each in bindings}
        try:
            reading = interpret(text, given, syntax=syntax, wanted=wanted, value_of=given.reader.read)
            return reading, bindings
        except AutogradError as error:
            wrong = [each for each in given.arrays.values() if isinstance(each, AutogradError)]
            if wrong:  # a value that cannot be read is told first
                raise wrong[0] from None
            missing = error.message.removeprefix("no value for ") if error.code == "AG605" else ""
            renamed = _renamed(bindings, [name.strip() for name in missing.split(",")])
            if not again or [each.name for each in renamed] == [each.name for each in bindings]:
                numbers = given and not any(array.ndim for array in given.values())
                fitting = {} if numbers or not missing else usage_errors.fitting_arrays(text, given, syntax)
                values = {name: fitting.get(name, value) for name, value in error.retry.items()}
                error.retry = {f"var {n}" if f"--{n}" in line.kinds else n: value for n, value in values.items()}
                raise
            bindings = renamed
    raise AssertionError("the second time raises")


def _renamed(bindings: Iterable[Part], names: Sequence[str]) -> list[Part]:
    """The bindings by the ones of ``names`` that they mean; a name that is given as it is has no other spelling."""
    given = [canonical(each.name) for each in bindings]
    others = [name for name in names if name not in given]
    found = []
    for each, own in zip(bindings, given, strict=True):
        meant = [] if each.exact or own in names else candidates(each.name, others)
        found.append(replace(each, name=meant[0] if len(meant) == 1 else own))
    return found


def bound(line: CommandLine, source: Source, bindings: Sequence[Part]) -> dict[str, Part]:
    """The bindings by the variables that they mean; a constant by its exact name only: --E must not redefine e."""
    found: dict[str, Part] = {}
    for binding in bindings:
        name = binding.name if binding.exact else canonical(binding.name)
        if not binding.exact and name not in source.constants:
            meant = candidates(name, source.variables)
            if not meant and not source.variables and name not in source.names:
                from autograd_core.expr.build import parse

                parse(source, {})  # what is wrong with the expression itself is said first
            if len(meant) != 1:
                raise usage_errors.unknown_name(line, binding, source, meant)
            name = meant[0]
        if name in found:
            raise usage_errors.given_twice(name, found[name].word, binding.word)
        found[name] = binding
    return found


def leaves(wrt: Iterable[str], no_grad: Iterable[str], names: Collection[str]) -> frozenset[str] | None:
    """The variables that require grad, from the lists of ``--wrt`` and ``--no-grad``; None means all."""
    wanted, unwanted = named(wrt, "wrt", names), named(no_grad, "no-grad", names)
    if both := [name for name in names if name in wanted and name in unwanted]:
        words = f"{listed(both)}: `wrt` asks for the gradient and `no-grad` for none"
        raise UsageError(words, code="AG104", hint="`wrt` alone is enough: all other variables get no gradient")
    kept = wanted or [name for name in names if name not in unwanted]
    return frozenset(kept) if wanted or unwanted else None


def named(lists: Iterable[str], option: str, names: Collection[str]) -> list[str]:
    """The variables that an option names, separated by commas, matched like the names of bindings."""
    return [one_named(name.strip(), option, names) for words in lists for name in words.split(",")]


def one_named(name: str, option: str, names: Collection[str], value: str = "") -> str:
    """The variable that an option names; a ``value`` may stand behind the name."""
    meant = candidates(name, names)
    if len(meant) == 1:
        return meant[0]
    if not meant and not name.isidentifier():
        from autograd_core.expr.reader.names import variable

        spelt = variable(name, list(names))
        if spelt is not None:
            return spelt
    raise usage_errors.no_variable(name, option, list(names), meant, value)
