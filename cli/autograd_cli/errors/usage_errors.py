"""The errors of a command line whose words do not fit together: each says what was read and what was meant.

What is offered is an edit of the words that were typed; ``hints.checked`` shows only what runs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from autograd_cli import PROGRAM
from autograd_cli.commands import WITHOUT_VALUES
from autograd_cli.errors import quoted
from autograd_cli.names import candidates, did_you_mean, listed, meant_by, nearest, variables_in
from autograd_cli.options import Part
from autograd_core.errors import AutogradError, UsageError

if TYPE_CHECKING:
    from autograd_cli.options import CommandLine
    from autograd_core.expr import Source
    from autograd_core.report import Array

_NUMBERS = r"[-+0-9.,;eE_]*[0-9][-+0-9.,;eE_]*"
_NAME = r"(-|---+|[\u2010-\u2015\u2212]+)?(?=[^\W\d])(\w[\w-]*)\s*(=.*)?"
"""A name of a variable, behind what is not two dashes, and the value that stands with it."""


def offer(command: str, words: Sequence[str]) -> str | None:
    """A command to type, None where it has several lines."""
    from autograd_cli.errors.hints import command_line

    line = command_line([PROGRAM, command, *words])
    return None if "\n" in line else line


def edited(line: CommandLine, start: int, end: int, *new: str) -> str | None:
    """The command with other words in the place of some."""
    return offer(line.command, [*line.words[:start], *new, *line.words[end:]])


def no_command(words: Sequence[str], options: Sequence[str], commands: Sequence[str]) -> UsageError:
    """The first word is neither a command nor one of the program's own ``options``."""
    first, guess, rest = words[0], None, list(words[1:])
    command = next((word for word in rest if word in commands), None)
    hint: str | None = f"{PROGRAM} --help"
    option = f"--{first.removeprefix('--')}"
    if command and (option == first or option in options):  # help grad
        rest.remove(command)
        hint = offer(command, [option, *rest])
    elif guess := meant_by(first, options if option == first else [*commands, *options]):
        hint = offer(guess, rest)
    message = f"{quoted(first)} is not a command{did_you_mean(guess)}"
    return UsageError(message, code="AG105", why=f"the commands are {listed(commands)}", hint=hint)


def no_value(line: CommandLine, place: int) -> UsageError:
    """A name or option at the end of the line, or right before the next one."""
    word, following = line.words[place], "".join(line.words[place + 1 : place + 2])
    kind = line.kinds.get(word)
    named = sorted({name for part in line.alone for name in variables_in(part.value)})
    error = no_option(line, Part(word, word[2:], "", place, place + 1), named)
    if kind is None and not candidates(word[2:], named) and (named or error.hint is not None):
        return error
    why = f"the next word is {quoted(following)}" if following else "it is the last word"
    hint = edited(line, place, place + 1, word, "1" if kind is None else kind.works or "".join(named[:1]))
    return UsageError(f"{quoted(word)} needs a value", code="AG102", why=why, hint=hint)


def no_option(
    line: CommandLine, part: Part, variables: Sequence[str] = (), others: Sequence[str] = (), why: str | None = None
) -> UsageError:
    """A ``--NAME`` that is no option of the command, and none of the ``variables`` of its expression.

    It may be one of ``others``, or the only variable that has no value yet.
    """
    name = part.word.partition("=")[0]
    if commands := line.others(name):
        alike = [each for each in commands[:2] if each not in WITHOUT_VALUES or not line.bindings]
        offers = [offer(each, line.words) for each in alike] if line.binds else [f"{PROGRAM} {commands[0]} --help"]
        offers = [edited(line, part.start, part.end)] if name.startswith("--no-") else offers
        words = f"{name} is an option of {listed(commands)}, not of {line.command}"
        return UsageError(words, hint="\n".join(filter(None, offers)))
    options = [option[2:] for option in line.kinds if option.startswith("--")]
    given = {one for each in line.bindings for one in candidates(each.name, variables)}
    free = [one for one in variables if one not in given] if part.value else []
    guess = meant_by(part.name, [*variables, *others, *options]) or (free[0] if len(free) == 1 else None)
    hint: str | None = f"{PROGRAM} {line.command} --help"
    if guess:
        hint = _with(line, part, f"--{guess}")
    elif variables and not part.value:
        hint = edited(line, part.start, part.end)
    nor = f"neither an option of {line.command} nor a variable of the expression"
    words = f"{name} is {nor if variables or why else f'not an option of {line.command}'}"
    guessed = did_you_mean(guess and f"--{guess}")
    return UsageError(words + guessed, why=why or _variables("its", variables), hint=hint)


def no_expression(line: CommandLine) -> UsageError:
    """No word is left to be the expression; mostly a name has taken it for its value."""
    taken = [each for each in line.bindings if each.value[:1] not in ("@", "-") and variables_in(each.value)]
    words, why = ["sum(x**2)", "--x", "1,2,3"], None
    if taken:
        value = taken[-1].value
        words = [value, *("1,2,3" if one == value else one for one in line.words)]
        why = f"{quoted(value)} was taken as the value of {taken[-1].word}"
    message = f"{line.command} needs an expression"
    return UsageError(message, code="AG103", why=why, hint=offer(line.command, words))


def many_expressions(line: CommandLine) -> UsageError:
    """Several words are left to be the expression; mostly all but one were meant as something else."""
    first, second, *others = (quoted(part.value) for part in line.alone)
    more = f" and {len(others)} more" if others else ""
    why, hint = _several_meant(line)
    return UsageError(f"more than one expression: {first}, {second}{more}", code="AG103", why=why, hint=hint)


def _numeric(word: str) -> bool:
    return re.fullmatch(_NUMBERS, word, re.ASCII) is not None


def _several_meant(line: CommandLine) -> tuple[str, str | None]:
    """Why there are several expressions, and what was probably meant."""
    alone, ends = line.alone, {part.end: part for part in line.parts}
    starts = {part.start for part in alone}
    every = variables_in(alone[0].value)
    bound = {name for each in line.bindings for name in candidates(each.name, every)}
    names = [name for name in every if name not in bound]
    if "--" in line.words:
        why = "behind -- no word is an option or the name of a variable"
        return why, offer(line.command, [word for word in line.words if word != "--"])
    for part in alone:
        word, start, before = part.value, part.start, ends.get(part.start)
        named = re.fullmatch(_NAME, word, re.DOTALL)
        if before is not None and before.apart and _numeric(word) and _numeric(before.value):
            end = start
            while end in starts and _numeric(line.words[end]):
                end += 1
            joined = ",".join(each.strip(",") for each in line.words[start - 1 : end])
            why = f"{before.word} takes one word: numbers are separated by commas"
            return why, edited(line, start - 1, end, joined)
        if before is not None and before.kind is not None and before.kind.flag:
            why = f"{before.word} is an option and takes no value; a variable of that name is bound with --var"
            return why, edited(line, before.start, part.end, "--var", f"{before.name[2:].replace('-', '_')}={word}")
        if named and named[1]:
            name, known = f"--{named[2]}", [*every, *(each.name for each in line.bindings)]
            kind = "an option" if name in line.kinds else "a variable's name"
            if named[3] or part.end in starts or name in line.kinds:
                why = f"{kind} stands behind two dashes: {name}, not {word.partition('=')[0]}"
                return why, edited(line, start, part.end, name + (named[3] or ""))
            if named[2] not in known:
                return f"there is no option {word}", edited(line, start, part.end)
        value, end = word, part.end
        if part is alone[0]:
            continue
        if named and not named[3] and end in starts and _numeric(line.words[end]):  # x 3
            value, end = line.words[end], end + 1
        meant = candidates(named[2], names) if named and value != word else names if _numeric(value) else ()
        if len(meant) == 1:
            why = "the value of a variable stands behind its name"
            return why, edited(line, start, end, f"--{meant[0]}", value)
    together = " ".join(line.words[alone[0].start : alone[-1].end])
    if alone[-1].end - alone[0].start == len(alone) and variables_in(together):
        why = "the shell splits at blanks: an expression with blanks stands in quotes"
        return why, edited(line, alone[0].start, alone[-1].end, together)
    why = "every other word is a variable's name, an option, or the value of one"
    return why, "put the expression in quotes, its statements separated by ';': 'y = 2*x; sum(y)'"


def whole_hessian(line: CommandLine) -> UsageError:
    """A text that asks for second derivatives by several inputs."""
    return UsageError(
        f"{line.command} takes second derivatives by one input; by several they are a Hessian",
        code="AG104",
        hint=offer("hessian", line.words),
    )


def given_twice(name: str, first: str, second: str) -> UsageError:
    """Two words bind one variable."""
    hint = f"leave one of them out; --var {name}=VALUE binds exactly {name}"
    return UsageError(f"{name} is given twice, by {first} and by {second}", code="AG104", hint=hint)


def flag_with_value(line: CommandLine, part: Part) -> UsageError:
    """``--tree=1``: an option that takes no value, or a variable of its name."""
    name, _, value = part.word.partition("=")
    opposite = name.replace("--no-", "--", 1) if name.startswith("--no-") else f"--no-{name[2:]}"
    without: tuple[str, ...] = (name,)
    if value.lower() in ("no", "false", "off", "0"):
        without = (opposite,) if opposite in line.kinds else ()
    variable = name[2:].replace("-", "_")
    meant = variable in (each for part in line.parts if part.kind is None for each in variables_in(part.value))
    new = ("--var", f"{variable}={value}") if meant else without
    hint = edited(line, part.start, part.end, *new)
    why = "a variable that has the name of an option is bound with --var" if meant else None
    return UsageError(f"{name} is an option and takes no value", code="AG102", why=why, hint=hint)


def no_values(line: CommandLine, source: Source, missing: Sequence[str], given: Mapping[str, Array]) -> UsageError:
    """Variables without a value; an option may have the name of one."""
    fitting = fitting_arrays(source.text, given, "python") if "@" in source.text else {}
    taken = {name: line.option(f"--{name}") or fitting.get(name, "1") for name in missing}
    more = {f"var {name}" if f"--{name}" in line.kinds else name: value for name, value in taken.items()}
    if line.command == "plot" and not any(":" in each.value for each in line.bindings):
        more |= {next(iter(more)): "-5:5"}
    found = re.search(rf"(?<![\w.]){missing[0]}(?!\w)", source.text)
    words, span = f"no value for {listed(missing)}", found and found.span()
    return UsageError(words, code="AG605", span=span, text=source.text, retry=more)


def fitting_arrays(text: str, given: Mapping[str, Array], syntax: str) -> dict[str, str]:
    """Arrays for the variables of products of matrices, of sizes that fit each other; none where these are open."""
    from autograd_core.shapes.kinds import find_kinds

    try:
        kinds = find_kinds(text, {name: array.shape for name, array in given.items()}, syntax)
    except AutogradError:
        return {}
    lengths = {letter: str(2 + place) for place, letter in enumerate(kinds.letters)}
    shapes = {name: [lengths.get(str(each), str(each)) for each in sizes] for name, sizes in kinds.sizes.items()}
    return {name: f"ones({','.join(shape)})" for name, shape in shapes.items() if shape}


def unknown_name(line: CommandLine, binding: Part, source: Source, meant: Sequence[str]) -> UsageError:
    """A name that is none, or several, of the variables."""
    word, variables = binding.word, source.variables
    if meant:
        why = "capital and small letters count where names differ in nothing else"
        return UsageError(f"{word} can be {listed(meant, 'or')}", why=why, hint=_with(line, binding, f"--{meant[0]}"))
    why = _variables("its", variables) or "it is a constant: it has no variables"
    if binding.name in source.names:
        message = f"{word}: the expression sets {binding.name} itself, by {binding.name} = ..."
        return UsageError(message, why=why, hint=f"leave out {word}, or the statement that sets it")
    return no_option(line, binding, variables, list(source.constants), why)


def _with(line: CommandLine, part: Part, name: str) -> str | None:
    """The same command with another name in a part; its value is left out where the name takes none."""
    kind = line.kinds.get(name)
    new = [name, part.value] if part.apart else [f"{name}={part.value}"]
    if kind is not None and kind.flag:
        new = [name]
    elif not part.value:  # the next word is it, or there is none
        last = "".join(line.words[part.end : part.end + 1])[:2] in ("", "--")
        works = "1" if kind is None else "none" if "none" in kind.choices and part.name[:3] == "no-" else kind.works
        new = [name, *[works] * last]
    return edited(line, part.start, part.end, *new)


def _variables(whose: str, names: Sequence[str]) -> str | None:
    """Which variables there are."""
    if len(names) > 1:
        return f"{whose} variables are {listed(names)}"
    return f"{whose} only variable is {names[0]}" if names else None


def no_variable(name: str, option: str, known: Sequence[str], meant: Sequence[str], value: str) -> UsageError:
    """An option names what is no variable, or several; a ``value`` may stand behind the name."""
    guess = meant[0] if meant else nearest(name, known)
    return UsageError(
        f"`{option}`: {name!r} is not one of the variables{did_you_mean(guess)}",
        why=_variables("the", known),
        hint=f"`{option} {guess or known[0]}{value}`" if known else f"leave out `{option}`: there are no variables",
    )


def different(first: str, second: str, what: str = "answers", why: str | None = None) -> UsageError:
    """Two options that ask for different things."""
    words = f"{first} and {second} ask for different {what}"
    return UsageError(words, code="AG104", why=why, hint=f"leave out {second}")
