"""From the words of a command line to an expression, the text of a value for each variable, and the options.

Nothing here knows a particular command: what is an option comes from the command's own declarations.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING

from autograd_cli.environment import StandardInput
from autograd_cli.hints import PROGRAM
from autograd_cli.limits import MAX_INPUTS
from autograd_cli.line import Binding, CommandLine, Takes
from autograd_cli.misread import neither, typed
from autograd_cli.names import candidates, canonical, listed, nearest
from autograd_cli.reading import read_expression
from autograd_cli.words import VAR, only_expression, split
from autograd_core.errors import AutogradError, LimitError, Span, UsageError
from autograd_core.phases import phase
from autograd_core.records import record

if TYPE_CHECKING:
    from autograd_cli.values import ValueReader
    from autograd_core.expr import Source
    from autograd_core.expr.reader import Reading
    from autograd_core.report import Array


@record(frozen=True, slots=True)
class Given:
    """What a command line gives to a command: the expression, and the text of each value in the order they were typed.

    Every variable of the expression has a value; a name that was bound with ``--var`` need not occur in it.
    ``expression`` is in the language; ``reading`` says what it was read from, ``arrays`` holds what was read for it.
    """

    source: Source
    values: Mapping[str, str]
    expression: str = ""
    reading: Reading | None = None
    arrays: Mapping[str, Array] = field(default_factory=dict)

    @phase("reading the values")
    def read_values(self, reader: ValueReader) -> dict[str, Array]:
        """The array of each value; one that the expression was read for is not read again."""
        return {
            name: self.arrays[name] if name in self.arrays else reader.read(name, text)
            for name, text in self.values.items()
        }

    @property
    def used(self) -> tuple[str, ...]:
        """The names that the expression uses."""
        return tuple(name for name in self.values if name in self.source.variables or name in self.source.constants)


def understood(
    line: CommandLine, text_of: Callable[[str], str], stdin: StandardInput | None = None
) -> tuple[Given | None, list[str]]:
    """The expression with its values, and the options for Typer; no expression where help was asked for.

    ``text_of`` turns the word for the expression into its text: itself, a file's, or standard input's.
    """
    parts = split(line)
    if parts.over:
        return None, parts.options
    word = only_expression(parts, line)
    if len(parts.bindings) > MAX_INPUTS:
        raise LimitError(
            f"{len(parts.bindings):,} variables are given, and {MAX_INPUTS:,} is the limit",
            hint="one array holds many numbers: --x 1,2,3",
        )

    text = text_of(word)
    try:
        asked = read_expression(line, text, parts, stdin or StandardInput(None))
    except AutogradError as error:
        error.text = text if error.text is None else error.text
        raise
    reading = asked.reading
    try:
        found = bound(line, reading.source, asked.bindings)
    except AutogradError as error:
        raise reading.located(error) from None
    return replace(found, expression=reading.expression, reading=reading, arrays=asked.values), parts.options


def bound(line: CommandLine, source: Source, bindings: Sequence[Binding]) -> Given:
    """Every variable of the expression with the text of its value."""
    found: dict[str, Binding] = {}
    for binding in bindings:
        name = binding.name if binding.exact else _meant(line, binding, source, bindings)
        if name in found:
            raise UsageError(
                f"{name} is given twice, by {found[name].word} and by {binding.word}",
                code="AG104",
                hint=f"leave one of them out; {VAR} {name}=VALUE binds exactly {name}",
            )
        found[name] = binding
    missing = [name for name in source.variables if name not in found]
    if missing:
        more = [
            [VAR, f"{name}={_given(line, name)}"] if f"--{name}" in line.options else [f"--{name}", "1"]
            for name in missing
        ]
        raise UsageError(
            f"no value for {listed(missing)}",
            code="AG605",
            span=_place(source, missing[0]),
            text=source.text,
            retry=tuple(word for pair in more for word in pair),
        )
    return Given(source, {name: binding.value for name, binding in found.items()})


def _meant(line: CommandLine, binding: Binding, source: Source, bindings: Sequence[Binding]) -> str:
    """The variable that ``--NAME`` binds."""
    name = canonical(binding.name)
    if name in source.constants:
        return name  # by its exact name only: --E must not silently redefine e
    meant = candidates(name, source.variables)
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise UsageError(
            f"{binding.word} can be {listed(meant, 'or')}",
            why="capital and small letters count where names differ in nothing else",
            hint=_with(line, binding, f"--{meant[0]}"),
        )
    if name in source.names:
        raise UsageError(
            f"{binding.word}: the expression sets {name} itself, by {name} = ...",
            why=_variables(source),
            hint=f"leave out {binding.word}, or the statement that sets it",
        )
    if not source.variables:
        from autograd_core.expr.build import parse

        parse(source, {})  # what is wrong with the expression itself is said first
    others = line.others(binding.word)
    if others:
        raise UsageError(
            f"{binding.word} is an option of {listed(others)}, not of {line.command}",
            why=_variables(source),
            hint="\n".join(typed(other, line.words, "") for other in others[:2]),
        )
    options = [option[2:] for option in line.options if option.startswith("--")]
    guess = nearest(name, [*source.variables, *source.constants, *options])
    if guess is None:
        bound_names = {one for other in bindings for one in candidates(other.name, source.variables)}
        free = [one for one in source.variables if one not in bound_names]
        guess = free[0] if len(free) == 1 else None
    raise UsageError(
        neither(line, binding.word, f"--{guess}" if guess else None),
        why=_variables(source),
        hint=_with(line, binding, f"--{guess}") if guess else f"{PROGRAM} {line.command} --help",
    )


def _given(line: CommandLine, name: str) -> str:
    """What the option of a name was given, which may have been meant for the variable."""
    given = dict(zip(line.words, line.words[1:], strict=False)).get(f"--{name}")
    return given if given is not None and line.options[f"--{name}"] is Takes.VALUE else "1"


def _with(line: CommandLine, binding: Binding, name: str) -> str:
    """The same command with another name for a binding; its value is left out where the name takes none."""
    words = list(line.words)
    place = next(place for place, word in enumerate(words) if word.partition("=")[0] == binding.word)
    inside = "=" in words[place]
    takes_value = line.options.get(name, Takes.VALUE) is Takes.VALUE
    value = [] if not takes_value else [f"{name}={binding.value}"] if inside else [name, binding.value]
    words[place : place + (1 if inside else 2)] = value or [name]
    return typed(line.command, words, f"{name} {binding.value}" if takes_value else name)


def leaves(wrt: Iterable[str], no_grad: Iterable[str], names: Collection[str]) -> frozenset[str] | None:
    """The variables that require grad, from the lists of ``--wrt`` and ``--no-grad``; None means all."""
    wanted, unwanted = named(wrt, "--wrt", names), named(no_grad, "--no-grad", names)
    both = [name for name in names if name in wanted and name in unwanted]
    if both:
        raise UsageError(
            f"{listed(both)}: --wrt asks for the gradient and --no-grad for none",
            code="AG104",
            hint="--wrt alone is enough: all other variables get no gradient",
        )
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
    known = list(names)
    why = (
        f"the variables are {listed(known)}"
        if len(known) > 1
        else f"the only variable is {known[0]}"
        if known
        else None
    )
    guess = meant[0] if meant else nearest(name, known)
    raise UsageError(
        f"{option}: {name!r} is not one of the variables" + (f"; did you mean {guess}?" if guess else ""),
        why=why,
        hint=f"{option} {guess or known[0]}" if known else f"leave out {option}: there are no variables",
    )


def _place(source: Source, name: str) -> Span | None:
    """Where ``name`` first stands in the expression."""
    for statement in source.statements:
        found = [node for node in ast.walk(statement.value) if isinstance(node, ast.Name) and node.id == name]
        if found:
            return min(statement.span(node) for node in found)
    return None


def _variables(source: Source) -> str:
    match source.variables:
        case ():
            return "it is a constant: it has no variables"
        case (name,):
            return f"its only variable is {name}"
        case names:
            return f"its variables are {listed(names)}"
