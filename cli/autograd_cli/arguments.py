"""From the words of a command line to an expression, the text of a value for each variable, and the options.

Nothing here knows a particular command: what is an option comes from the command's own declarations.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from autograd_cli.environment import StandardInput
from autograd_cli.errors import usage_errors
from autograd_cli.limits import MAX_INPUTS
from autograd_cli.names import candidates, canonical, is_name, listed
from autograd_cli.options import SYNTAX, VAR, Binding, CommandLine
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
    words = line.words
    position = 0
    while position < len(words):
        word = words[position]
        here = position
        position += 1
        if word == "--":
            line.expressions += range(position if line.binds else here, len(words))
            break
        name, equals, value = word.partition("=")
        takes = line.kinds.get(name)
        named = line.binds and name.startswith("--") and (is_name(name[2:]) or name == "--")
        if takes is None and not named:
            line.expressions.append(here)
            continue
        if takes is not None and takes.flag:
            if takes.over:
                line.options, line.over = [word], True
                break
            line.options.append(word)
            line.flags.add(here)
            continue
        if not equals:
            value = words[position] if position < len(words) else "--"
            if value.startswith("--") and (value == "--" or is_name(value[2:].partition("=")[0])):
                if strict:
                    raise usage_errors.no_value(line, here)
                continue
            line.values[position] = here
            position += 1
        if name == VAR:
            line.bindings.append(_exact(value))
        elif takes is not None:
            name = "--output" if name == "-o" else name
            if name == "--output" and (first := line.option(name)):
                raise usage_errors.given_twice(name, first, value)
            line.options.append(f"{name}={value}")
        elif name == "--":
            raise UsageError(f"{name}={value}: a name is missing before =", hint="--x=3")
        else:
            line.bindings.append(Binding(name, name[2:], value))
    return line


def only_expression(line: CommandLine) -> str:
    """The one word that is the expression."""
    if not line.expressions:
        raise usage_errors.no_expression(line)
    if len(line.expressions) > 1:
        raise usage_errors.many_expressions(line)
    return line.words[line.expressions[0]]


def _exact(pair: str) -> Binding:
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
    return Binding(VAR, name, value, exact=True)


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
        """The expression in the language."""
        return self.reading.expression

    @property
    def used(self) -> tuple[str, ...]:
        """The names that the expression uses."""
        source = self.reading.source
        return tuple(name for name in self.texts if name in source.variables or name in source.constants)

    @phase("reading the values")
    def read_values(self) -> dict[str, Array]:
        """The array of each value."""
        return dict(self)


def parse_arguments(line: CommandLine, text_of: Callable[[str], str], stdin: StandardInput | None = None) -> Given:
    """The expression with its values.

    ``text_of`` turns the word for the expression into its text: itself, a file's, or standard input's. Code that ends
    in ``z.backward(v)`` adds an option to the line.
    """
    text = text_of(only_expression(line))
    if len(line.bindings) > MAX_INPUTS:
        raise LimitError(
            f"{len(line.bindings):,} variables are given, and {MAX_INPUTS:,} is the limit",
            hint="one array holds many numbers: --x 1,2,3",
        )

    from autograd_cli.values.reader import ValueReader

    reader = ValueReader(stdin or StandardInput(None), int(line.option("--seed", "0")))
    given = Given(reader, ranges=line.command == "plot")
    try:
        reading, bindings = _read(line, text, given)
    except AutogradError as error:
        error.text = text if error.text is None else error.text
        raise
    bindings += [Binding(VAR, name, value, exact=True) for name, value in reading.values.items()]
    said = {"--grad-tensor": reading.seed}
    if reading.order > 1 and "--order" in line.kinds:
        said |= {"--order": str(reading.order), "--wrt": ",".join(reading.by)}
    for option, value in said.items():
        if value and option in line.kinds and not line.option(option):
            line.options.append(f"{option}={value}")
    try:
        found = bound(line, reading.source, [each for each in bindings if each.name not in reading.counts])
        if missing := [name for name in reading.source.variables if name not in found]:
            raise usage_errors.no_values(line, reading.source, missing)
    except AutogradError as error:
        raise reading.located(error) from None
    given.texts = {name: binding.value for name, binding in found.items()}
    given.reading = reading
    return given


def _read(line: CommandLine, text: str, given: Given) -> tuple[Reading, list[Binding]]:
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
    if line.command not in _ANY_RESULT:
        seeds = [option.partition("=")[2] for option in line.options if option.startswith("--grad-tensor=")]
        with suppress(AutogradError):
            read_seeds = [given.reader.read("--grad-tensor", each) for each in seeds if each not in ("-", "@-")]
            wanted.seeds, wanted.anything = [each.shape for each in read_seeds], False
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
            if not again or all(old.name == new.name for old, new in zip(bindings, renamed, strict=True)):
                options = {name for name in error.retry if f"--{name}" in line.kinds}
                error.retry = {f"var {n}" if n in options else n: value for n, value in error.retry.items()}
                raise
            bindings = renamed
    raise AssertionError("the second time raises")


def _renamed(bindings: Iterable[Binding], names: Sequence[str]) -> list[Binding]:
    """The bindings by the ones of ``names`` that they mean; a name that is given as it is has no other spelling."""
    given = [canonical(each.name) for each in bindings]
    others = [name for name in names if name not in given]
    found = []
    for each, own in zip(bindings, given, strict=True):
        meant = [] if each.exact or own in names else candidates(each.name, others)
        name = meant[0] if len(meant) == 1 else own
        found.append(Binding(each.word, name, each.value, each.exact))
    return found


def bound(line: CommandLine, source: Source, bindings: Sequence[Binding]) -> dict[str, Binding]:
    """The bindings by the variables that they mean; a constant by its exact name only: --E must not redefine e."""
    found: dict[str, Binding] = {}
    for binding in bindings:
        name = binding.name if binding.exact else canonical(binding.name)
        if not binding.exact and name not in source.constants:
            meant = candidates(name, source.variables)
            if not meant and not source.variables and name not in source.names:
                from autograd_core.expr.build import parse

                parse(source, {})  # what is wrong with the expression itself is said first
            if len(meant) != 1:
                raise usage_errors.unknown_name(line, binding, source, meant, bindings)
            name = meant[0]
        if name in found:
            raise usage_errors.given_twice(name, found[name].word, binding.word)
        found[name] = binding
    return found


def leaves(wrt: Iterable[str], no_grad: Iterable[str], names: Collection[str]) -> frozenset[str] | None:
    """The variables that require grad, from the lists of ``--wrt`` and ``--no-grad``; None means all."""
    wanted, unwanted = named(wrt, "wrt", names), named(no_grad, "no-grad", names)
    both = [name for name in names if name in wanted and name in unwanted]
    if both:
        words = f"{listed(both)}: `wrt` asks for the gradient and `no-grad` for none"
        raise UsageError(words, code="AG104", hint="`wrt` alone is enough: all other variables get no gradient")
    if wanted:
        return wanted
    return frozenset(names) - unwanted if unwanted else None


def named(lists: Iterable[str], option: str, names: Collection[str]) -> frozenset[str]:
    """The variables that an option names, separated by commas, matched like the names of bindings."""
    return frozenset(one_named(name.strip(), option, names) for words in lists for name in words.split(","))


def one_named(name: str, option: str, names: Collection[str]) -> str:
    """The variable that an option names."""
    meant = candidates(name, names)
    if len(meant) == 1:
        return meant[0]
    if not meant and not name.isidentifier():
        from autograd_core.expr.reader.names import variable

        spelt = variable(name, list(names))
        if spelt is not None:
            return spelt
    raise usage_errors.no_variable(name, option, list(names), meant)
