"""From the words of a command line to an expression, the text of a value for each variable, and the options.

Nothing here knows a particular command: what is an option comes from the command's own declarations.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograd_cli.limits import MAX_INPUTS
from autograd_cli.misread import PROGRAM, typed
from autograd_cli.names import candidates, canonical, listed, nearest
from autograd_cli.words import VAR, Binding, Takes, only_expression, split
from autograd_core.errors import AutogradError, LimitError, Span, UsageError

if TYPE_CHECKING:
    from autograd_core.expr import Source


@dataclass(frozen=True, slots=True)
class Given:
    """What a command line gives to a command: the expression, and the text of each value in the order they were typed.

    Every variable of the expression has a value; a name that was bound with ``--var`` need not occur in it.
    """

    source: Source
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CommandLine:
    """The words behind a command's name, and which options that command has."""

    command: str
    words: Sequence[str]
    options: Mapping[str, Takes]

    def understood(self, text_of: Callable[[str], str]) -> tuple[Given | None, list[str]]:
        """The expression with its values, and the options for Typer; no expression where help was asked for.

        ``text_of`` turns the word for the expression into its text: itself, a file's, or standard input's.
        """
        parts = split(self.words, self.options, self.command)
        if parts.over:
            return None, parts.options
        word = only_expression(parts, self.words, self.command, reads)
        if len(parts.bindings) > MAX_INPUTS:
            raise LimitError(f"{len(parts.bindings):,} variables are given, and {MAX_INPUTS:,} is the limit")
        return self.bound(source_of(text_of(word)), parts.bindings), parts.options

    def bound(self, source: Source, bindings: Sequence[Binding]) -> Given:
        """Every variable of the expression with the text of its value."""
        found: dict[str, Binding] = {}
        for binding in bindings:
            name = binding.name if binding.exact else self._meant(binding, source, bindings)
            if name in found:
                raise UsageError(
                    f"{name} is given twice, by {found[name].word} and by {binding.word}",
                    code="AG104",
                    hint=f"leave one of them out; {VAR} {name}=VALUE binds exactly {name}",
                )
            found[name] = binding
        missing = [name for name in source.variables if name not in found]
        if missing:
            raise self._without_value(source, missing)
        return Given(source, {name: binding.value for name, binding in found.items()})

    def _meant(self, binding: Binding, source: Source, bindings: Sequence[Binding]) -> str:
        """The variable that ``--NAME`` binds."""
        if canonical(binding.name) in source.constants:
            return canonical(binding.name)  # by its exact name only: --E must not silently redefine e
        meant = candidates(binding.name, source.variables)
        if len(meant) == 1:
            return meant[0]
        if canonical(binding.name) in source.names:
            raise UsageError(
                f"{binding.word}: the expression sets {canonical(binding.name)} itself",
                why=_variables(source),
                hint=f"leave out {binding.word}, or the statement that sets it",
            )
        if meant:
            raise UsageError(
                f"{binding.word} can be {listed(meant, 'or')}",
                why="capital and small letters count where names differ in nothing else",
                hint=self._with(binding.word, f"--{meant[0]}", binding.value),
            )
        names = [*source.variables, *source.constants, *(name[2:] for name in self.options if name.startswith("--"))]
        bound = {name for one in bindings for name in candidates(one.name, source.variables)}
        free = [name for name in source.variables if name not in bound]
        guess = nearest(binding.name, names) or (free[0] if len(free) == 1 else None)
        wrong = f"{binding.word} is neither an option of {self.command} nor a variable of the expression"
        if guess is None:
            hint = f"{PROGRAM} {self.command} --help lists the options"
            raise UsageError(wrong, why=_variables(source), hint=hint)
        hint = self._with(binding.word, f"--{guess}", binding.value)
        raise UsageError(f"{wrong}; did you mean --{guess}?", why=_variables(source), hint=hint)

    def _with(self, old: str, new: str, value: str) -> str:
        """The same command with the name ``new`` in place of ``old``."""
        words = [new + word[len(old) :] if word.partition("=")[0] == old else word for word in self.words]
        return typed(self.command, words, f"{new} {value}")

    def _without_value(self, source: Source, missing: Sequence[str]) -> UsageError:
        """The error that names every variable that has no value."""
        more: list[str] = []
        for name in missing:
            more += [VAR, f"{name}=1"] if f"--{name}" in self.options else [f"--{name}", "1"]
        return UsageError(
            f"no value for {listed(missing)}",
            code="AG605",
            span=_place(source, missing[0]),
            text=source.text,
            retry=tuple(more),
        )


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
    why = f"the variables are {listed(known)}" if known else "there are no variables"
    guess = meant[0] if meant else nearest(name, known)
    raise UsageError(
        f"{option}: {name!r} is not one of the variables" + (f"; did you mean {guess}?" if guess else ""),
        why=why,
        hint=f"{option} {guess or known[0]}" if known else None,
    )


def source_of(expression: str) -> Source:
    """The expression, read; an error points into its text."""
    from autograd_core.expr import read

    try:
        return read(expression)
    except AutogradError as error:
        if error.text is None:
            error.text = expression
        raise


def reads(text: str) -> bool:
    """Whether ``text`` is an expression with a variable, so that an error may call it one."""
    try:
        return len(text) < 1_000 and bool(source_of(text).variables)
    except AutogradError:
        return False


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
            return "it has no variables"
        case (name,):
            return f"its only variable is {name}"
        case names:
            return f"its variables are {listed(names)}"
