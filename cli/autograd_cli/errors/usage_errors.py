"""The errors of a command line whose words do not fit together: each says what was read and what was meant."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from autograd_cli import PROGRAM
from autograd_cli.errors import COMMAND_CHARACTERS, quoted
from autograd_cli.names import candidates, did_you_mean, listed, nearest, variables_in
from autograd_core.errors import AutogradError, UsageError

if TYPE_CHECKING:
    from autograd_cli.options import Binding, CommandLine
    from autograd_core.expr import Source

_NUMBERS = r"[-+0-9.,;eE_]*[0-9][-+0-9.,;eE_]*"
_ONE_DASH = r"(?:-|---+|[\u2010-\u2015\u2212]+)(?=[^\W\d])(\w[\w-]*)(=.*)?"
_SAID_ELSEWHERE = {
    "grad": ("backward", "derivative", "derive", "diff", "differentiate", "gradient"),
    "check": ("verify", "gradcheck"),
    "graph": ("draw", "tree"),
}
"""What other programs call what a command does."""

_SAID_OF_OPTIONS = {
    **dict.fromkeys(("eta", "alpha", "step-size", "stepsize", "gamma"), "rate"),
    **dict.fromkeys(("optimizer", "algorithm"), "method"),
    **dict.fromkeys(("tol", "tolerance", "eps"), "until"),
    **dict.fromkeys(("iter", "iters", "n", "max-iter", "maxiter"), "steps"),
    **dict.fromkeys(("respect-to", "by", "variable", "vars"), "wrt"),
    **dict.fromkeys(("timeout", "time", "max-time"), "max-seconds"),
    **dict.fromkeys(("digits", "decimals"), "precision"),
}
"""What other programs and books call an option."""


def typed(command: str, words: Sequence[str], otherwise: str) -> str:
    """A whole command to type, or a shorter advice where the command would be too long to show."""
    from autograd_cli.errors.hints import command_line

    line = command_line([PROGRAM, *command.split(), *words])
    return line if len(line) < COMMAND_CHARACTERS and "\n" not in line else otherwise


def instead(line: CommandLine, place: int, count: int, *new: str) -> str:
    """The command with ``count`` words from a place on replaced by ``new`` ones; these alone where it is too long."""
    return typed(line.command, [*line.words[:place], *new, *line.words[place + count :]], " ".join(new))


def no_command(words: Sequence[str], options: Sequence[str], commands: Sequence[str]) -> UsageError:
    """The first word is neither a command nor one of the program's own ``options``."""
    first, rest = words[0], list(words[1:])
    short = first.casefold()
    like = (n for n in commands if (len(short) > 2 and n.startswith(short)) or short in _SAID_ELSEWHERE.get(n, ()))
    message, guess, hint = f"{quoted(first)} is not a command", None, f"{PROGRAM} --help"
    if first.startswith("--"):
        message = f"{quoted(first)} stands where a command should be"
        command = next((word for word in words if word in commands), None)
        if command:
            others = [word for place, word in enumerate(words) if place != words.index(command)]
            hint = typed(command, others, f"{PROGRAM} {command} ...")
        elif guess := nearest(first, options):
            hint = f"{PROGRAM} {guess}"
    elif first.isidentifier() and (guess := next(like, None) or nearest(first, commands)):
        hint = typed(guess, rest, f"{PROGRAM} {guess} ...")
    elif rest and not rest[0].startswith("--"):
        hint = typed("grad", rest, f"{PROGRAM} grad 'sum(x**2)' --x 1,2,3")
    return UsageError(
        message + did_you_mean(guess), code="AG105", why=f"the commands are {listed(commands)}", hint=hint
    )


def _flag_near(line: CommandLine, name: str) -> str | None:
    """The option without a value that ``--NAME`` may be a misspelling of, unless it may be a variable."""
    if any(candidates(name[2:], variables_in(word)) for word in line.words if not word.startswith("--")):
        return None
    return nearest(name, [option for option, kind in line.kinds.items() if kind.flag])


def _neither(line: CommandLine, word: str, guess: str | None) -> str:
    """The sentence about a name that means nothing on this line."""
    return f"{word} is neither an option of {line.command} nor a variable of the expression{did_you_mean(guess)}"


def _other_option(line: CommandLine, position: int, why: str | None = None) -> UsageError | None:
    """The error of an option that only other commands have."""
    word = line.words[position].partition("=")[0]
    if not (others := line.others(word)):
        return None
    message = f"{word} is an option of {listed(others)}, not of {line.command}"
    return UsageError(message, why=why, hint="\n".join(typed(other, line.words, "") for other in others[:2]))


def no_value(line: CommandLine, position: int) -> UsageError:
    """A name or option at the end of the line, or right before the next one."""
    word, following, works = line.words[position], "".join(line.words[position + 1 : position + 2]), "1"
    if word in line.kinds:
        works = line.kinds[word].works
    elif error := _other_option(line, position):
        return error
    elif flag := _flag_near(line, word):
        return UsageError(_neither(line, word, flag), hint=instead(line, position, 1, flag))
    return UsageError(
        f"{quoted(word)} needs a value",
        code="AG102",
        why=f"the next word is {quoted(following)}" if following else "it is the last word",
        hint=instead(line, position, 1, word, works),
    )


def unknown_option(line: CommandLine, position: int) -> UsageError:
    """An option that a command without variables does not have."""
    name, equals, value = line.words[position].partition("=")
    guess = nearest(name, list(line.kinds))
    hint = instead(line, position, 1, f"{guess}{equals}{value}") if guess else f"{PROGRAM} {line.command} --help"
    message = f"{name} is not an option of {line.command}{did_you_mean(guess)}"
    error = UsageError(message, why="what begins like an option and is none goes into quotes", hint=hint)
    return _other_option(line, position) or error


def value_of_flag(line: CommandLine, position: int) -> UsageError:
    """An option that takes no value got one."""
    flag, _, value = line.words[position].partition("=")
    why, better = None, [flag]
    if line.binds:
        why = "a variable that has the name of an option is bound with --var"
        better = ["--var", f"{flag[2:].replace('-', '_')}={value}"]
    words = f"{flag} is an option and takes no value"
    return UsageError(words, code="AG102", why=why, hint=instead(line, position, 1, *better))


def no_expression(line: CommandLine) -> UsageError:
    """No word is left to be the expression; mostly a name has taken it for its value."""
    needed = f"{line.command} needs an expression"
    taken = [one for one in line.bindings if one.value[:1] not in ("@", "-") and variables_in(one.value)]
    if not taken:
        return UsageError(needed, code="AG103", hint=typed(line.command, ["sum(x**2)", "--x", "1,2,3"], ""))
    word, value = taken[-1].word, taken[-1].value
    if flag := _flag_near(line, word):
        better = [flag if one == word else one for one in line.words]
        return UsageError(_neither(line, word, flag), hint=typed(line.command, better, flag))
    hint = typed(line.command, [value, word, "1,2,3"], f"put the expression before {word}")
    return UsageError(needed, code="AG103", why=f"{quoted(value)} was taken as the value of {word}", hint=hint)


def many_expressions(line: CommandLine) -> UsageError:
    """Several words are left to be the expression; mostly all but one were meant as something else."""
    why, hint = _several_meant(line)
    first, second = (quoted(line.words[position]) for position in line.expressions[:2])
    more = f" and {len(line.expressions) - 2} more" if len(line.expressions) > 2 else ""
    return UsageError(f"more than one expression: {first}, {second}{more}", code="AG103", why=why, hint=hint)


def _several_meant(line: CommandLine) -> tuple[str, str]:
    """Why there are several expressions, and what was probably meant."""
    words, left = line.words, set(line.expressions)
    for position in line.expressions:
        if (match := re.fullmatch(_ONE_DASH, words[position], re.DOTALL)) and (match[2] or position + 1 in left):
            name = f"--{match[1]}"
            why = f"a variable's name stands behind two dashes: {name}, not {words[position].partition('=')[0]}"
            return why, instead(line, position, 1, name + (match[2] or ""))
    for position in line.expressions:
        if prime := re.fullmatch(r"--(\w+)['′’]+", words[position]):
            name = f"{prime[1]}_prime"
            better = [re.sub(rf"(?<!\w){prime[1]}['′’]+", name, word) for word in words]
            return "a prime transposes, and is no part of a name", typed(line.command, better, f"--{name} VALUE")
    for position in line.expressions:
        end = position
        while end in left and re.fullmatch(_NUMBERS, words[end], re.ASCII):
            end += 1
        owner, before = line.values.get(position - 1), position - 1
        if end > position and owner is not None and re.fullmatch(_NUMBERS, words[before], re.ASCII):
            joined = ",".join(word.strip(",") for word in words[before:end])
            why = f"{words[owner]} takes one word: numbers are separated by commas"
            return why, instead(line, before, end - before, joined)
        if before in line.flags:
            flag = words[before]
            why = f"{flag} is an option and takes no value; a variable of that name is bound with --var"
            return why, instead(line, before, 2, "--var", f"{flag[2:].replace('-', '_')}={words[position]}")
    rest = line.expressions[1:]
    if line.command == "check" and all(_names_in(words[place].rpartition("=")[2]) for place in rest):
        claimed = [part for place, word in enumerate(words) for part in (["--claim"] * (place in rest) + [word])]
        return "a gradient that is to be checked stands behind --claim", typed("check", claimed, "--claim GRADIENT")
    if pairs := _values_alone(line):
        return "the value of a variable stands behind its name", typed(line.command, pairs, "--NAME VALUE")
    first, last = line.expressions[0], line.expressions[-1]
    together = " ".join(words[first : last + 1])
    if last - first + 1 == len(left) and variables_in(together):
        why = "the shell splits at blanks: an expression with blanks stands in quotes"
        return why, instead(line, first, last + 1 - first, together)
    why = "every other word is a variable's name, an option, or the value of one"
    return why, "put the expression in quotes, its statements separated by ';': 'y = 2*x; sum(y)'"


def _values_alone(line: CommandLine) -> list[str]:
    """The words with ``--x 3`` in the place of ``x=3``, or of a number for the one variable that has none."""
    words = list(line.words)
    wholes = {p: re.fullmatch(rf"(?:(\w+)\s*=\s*)?({_NUMBERS}|.*)", words[p], re.DOTALL) for p in line.expressions}
    found = {p: match for p, match in wholes.items() if match and (match[1] or re.fullmatch(_NUMBERS, match[2]))}
    (subject, *others) = [p for p in line.expressions if p not in found] or (-1,)
    names = _names_in(words[subject]) if subject >= 0 and not others else ()
    given = [one for each in line.bindings for one in candidates(each.name, names)]
    for place, match in sorted(found.items(), reverse=True):
        meant = candidates(match[1], names) if match[1] else [name for name in names if name not in given]
        if len(meant) != 1:
            return []
        claimed = line.command == "check" and _names_in(match[2])
        words[place : place + 1] = ["--claim", words[place]] if claimed else [f"--{meant[0]}", match[2]]
    return words if found and names else []


def _names_in(text: str) -> Sequence[str]:
    """The variables of an expression, or of mathematics that reads without their shapes."""
    from autograd_core.expr.reader.interpret import interpret

    try:
        return variables_in(text) or interpret(text, {}).source.variables
    except AutogradError as error:
        return list(error.retry) if error.code == "AG605" else ()


def given_twice(name: str, first: str, second: str) -> UsageError:
    """Two words bind one variable, or name the file of one answer."""
    hint = "leave one of them out" + f"; --var {name}=VALUE binds exactly {name}" * (not name.startswith("-"))
    return UsageError(f"{name} is given twice, by {first} and by {second}", code="AG104", hint=hint)


def no_values(line: CommandLine, source: Source, missing: Sequence[str]) -> UsageError:
    """Variables without a value; an option of that name may have taken it."""
    given = dict(zip(line.words, line.words[1:], strict=False))
    more: dict[str, str] = {}
    for name in missing:
        kind = line.kinds.get(f"--{name}")
        free = "-5:5" if line.command == "plot" and not more and ":" not in "".join(given.values()) else "1"
        value = free if kind is None or kind.flag else given.get(f"--{name}", free)
        more[name if kind is None else f"var {name}"] = value
    nodes = ((each, node) for each in source.statements for node in ast.walk(each.value))
    spans = [each.span(node) for each, node in nodes if isinstance(node, ast.Name) and node.id == missing[0]]
    words, span = f"no value for {listed(missing)}", min(spans, default=None)
    return UsageError(words, code="AG605", span=span, text=source.text, retry=more)


def unknown_name(
    line: CommandLine, binding: Binding, source: Source, meant: Sequence[str], bindings: Sequence[Binding]
) -> UsageError:
    """A name that is none, or several, of the variables."""
    word, variables = binding.word, source.variables
    if meant:
        return UsageError(
            f"{word} can be {listed(meant, 'or')}",
            why="capital and small letters count where names differ in nothing else",
            hint=_with(line, binding, f"--{meant[0]}"),
        )
    why = _variables("its", variables) or "it is a constant: it has no variables"
    if binding.name in source.names:
        return UsageError(
            f"{word}: the expression sets {binding.name} itself, by {binding.name} = ...",
            why=why,
            hint=f"leave out {word}, or the statement that sets it",
        )
    place = next(place for place, one in enumerate(line.words) if one.partition("=")[0] == word)
    if error := _other_option(line, place, why):
        return error
    name, equals, value = binding.value.partition("=")
    if equals and name.strip() in variables:
        pair = f"--{name.strip()}"
        hint = _with(line, replace(binding, value=value), pair)
        return UsageError(_neither(line, word, pair), why=why, hint=hint)
    options = [option[2:] for option in line.kinds if option.startswith("--")]
    elsewhere = _SAID_OF_OPTIONS.get(binding.name.casefold().replace("_", "-"))
    guess = elsewhere if elsewhere in options else nearest(binding.name, [*variables, *source.constants, *options])
    if guess is None:
        bound = {one for other in bindings for one in candidates(other.name, variables)}
        free = [one for one in variables if one not in bound]
        guess = free[0] if len(free) == 1 else None
    hint = _with(line, binding, f"--{guess}") if guess else f"{PROGRAM} {line.command} --help"
    return UsageError(_neither(line, word, f"--{guess}" if guess else None), why=why, hint=hint)


def _with(line: CommandLine, binding: Binding, name: str) -> str:
    """The same command with another name for a binding; its value is left out where the name takes none."""
    place = next(place for place, word in enumerate(line.words) if word.partition("=")[0] == binding.word)
    inside, kind = "=" in line.words[place], line.kinds.get(name)
    if kind is not None and kind.flag:
        return instead(line, place, 1 if inside else 2, name)
    new = [f"{name}={binding.value}"] if inside else [name, binding.value]
    return instead(line, place, len(new), *new)


def _variables(whose: str, names: Sequence[str]) -> str | None:
    """Which variables there are."""
    if len(names) > 1:
        return f"{whose} variables are {listed(names)}"
    return f"{whose} only variable is {names[0]}" if names else None


def no_variable(name: str, option: str, known: Sequence[str], meant: Sequence[str]) -> UsageError:
    """An option names what is no variable, or several."""
    guess = meant[0] if meant else nearest(name, known)
    return UsageError(
        f"{option}: {name!r} is not one of the variables{did_you_mean(guess)}",
        why=_variables("the", known),
        hint=f"{option} {guess or known[0]}" if known else f"leave out {option}: there are no variables",
    )


def different(first: str, second: str, what: str = "answers") -> UsageError:
    """Two options that ask for different things."""
    words = f"{first} and {second} ask for different {what}"
    return UsageError(words, code="AG104", hint=f"leave out {second}")
