"""The errors of a command line whose words do not fit together: each says what was read and what was meant."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autograd_cli.hints import PROGRAM, command_line
from autograd_cli.line import Binding, CommandLine, Split
from autograd_cli.messages import MESSAGE_CHARACTERS, cut
from autograd_cli.names import variables_in
from autograd_core.errors import UsageError

_NUMBERS = re.compile(r"[-+0-9.,;eE_]*[0-9][-+0-9.,;eE_]*", re.ASCII)
_ONE_DASH = re.compile(r"(?:-|---+|[\u2010-\u2015\u2212]+)(?=[^\W\d])(\w[\w-]*)(=.*)?", re.DOTALL)


def typed(command: str, words: Sequence[str], otherwise: str) -> str:
    """A whole command to type, or a shorter advice where the command would be too long to show."""
    line = command_line([PROGRAM, *command.split(), *words])
    return line if len(line) < MESSAGE_CHARACTERS and "\n" not in line else otherwise


def quoted(word: str) -> str:
    """A word of the command line inside a sentence."""
    return f"'{cut(word, 60)}'"


def neither(line: CommandLine, word: str, guess: str | None) -> str:
    """The sentence about a name that means nothing on this line."""
    sentence = f"{word} is neither an option of {line.command} nor a variable of the expression"
    return f"{sentence}; did you mean {guess}?" if guess else sentence


def no_value(line: CommandLine, position: int) -> UsageError:
    """A name or option at the end of the line, or right before the next one."""
    word, words = line.words[position], line.words
    flag = line.flag_near(word) if word not in line.options else None
    if flag:
        better = [*words[:position], flag, *words[position + 1 :]]
        return UsageError(neither(line, word, flag), hint=typed(line.command, better, flag))
    following = words[position + 1] if position + 1 < len(words) else None
    return UsageError(
        f"{quoted(word)} needs a value",
        code="AG102",
        why=f"the next word is {quoted(following)}" if following else "it is the last word",
        hint=typed(line.command, [*words[: position + 1], "1", *words[position + 1 :]], f"{word} 1"),
    )


def value_of_flag(line: CommandLine, position: int) -> UsageError:
    """An option that takes no value got one."""
    flag, _, value = line.words[position].partition("=")
    as_variable = f"{flag[2:].replace('-', '_')}={value}"
    better = [*line.words[:position], "--var", as_variable, *line.words[position + 1 :]]
    return UsageError(
        f"{flag} is an option and takes no value",
        code="AG102",
        why="a variable that has the name of an option is bound with --var",
        hint=typed(line.command, better, f"--var {flag[2:]}=VALUE"),
    )


def no_expression(line: CommandLine, bindings: Sequence[Binding]) -> UsageError:
    """No word is left to be the expression; mostly a name has taken it for its value."""
    taken = [one for one in bindings if one.value[:1] not in ("@", "-") and variables_in(one.value)]
    if not taken:
        hint = typed(line.command, ["sum(x**2)", "--x", "1,2,3"], "")
        return UsageError(f"{line.command} needs an expression", code="AG103", hint=hint)
    word, value = taken[-1].word, taken[-1].value
    flag = line.flag_near(word)
    if flag:
        better = [flag if one == word else one for one in line.words]
        return UsageError(neither(line, word, flag), hint=typed(line.command, better, flag))
    return UsageError(
        f"{line.command} needs an expression",
        code="AG103",
        why=f"{quoted(value)} was taken as the value of {word}",
        hint=typed(line.command, [value, word, "1,2,3"], f"put the expression before {word}"),
    )


def many_expressions(line: CommandLine, parts: Split) -> UsageError:
    """Several words are left to be the expression; mostly all but one were meant as something else."""
    why, better, otherwise = _meant(line.words, parts)
    first, second = (quoted(line.words[position]) for position in parts.expressions[:2])
    more = len(parts.expressions) - 2
    return UsageError(
        f"more than one expression: {first}, {second}" + (f" and {more} more" if more else ""),
        code="AG103",
        why=why,
        hint=typed(line.command, better, otherwise) if better else otherwise,
    )


def _meant(words: Sequence[str], parts: Split) -> tuple[str, list[str] | None, str]:
    """Why there are several expressions, the words that were probably meant, and advice without them."""
    left = set(parts.expressions)
    for position in parts.expressions:
        if (match := _ONE_DASH.fullmatch(words[position])) and (match[2] or position + 1 in left):
            name = f"--{match[1]}"
            return (
                f"a variable's name stands behind two dashes: {name}, not {words[position].partition('=')[0]}",
                [*words[:position], name + (match[2] or ""), *words[position + 1 :]],
                f"{name} VALUE",
            )
    for position in parts.expressions:
        end = position
        while end in left and _NUMBERS.fullmatch(words[end]):
            end += 1
        owner = parts.values.get(position - 1)
        if end > position and owner is not None and _NUMBERS.fullmatch(words[position - 1]):
            joined = ",".join(word.strip(",") for word in words[position - 1 : end])
            return (
                f"{words[owner]} takes one word: numbers are separated by commas",
                [*words[: position - 1], joined, *words[end:]],
                f"{words[owner]} 1,2,3",
            )
        if position - 1 in parts.flags:
            flag = words[position - 1]
            name = flag[2:].replace("-", "_")
            return (
                f"{flag} is an option and takes no value; a variable of that name is bound with --var",
                [*words[: position - 1], "--var", f"{name}={words[position]}", *words[position + 1 :]],
                f"--var {name}=VALUE",
            )
    first, last = parts.expressions[0], parts.expressions[-1]
    together = " ".join(words[first : last + 1])
    if last - first + 1 == len(left) and variables_in(together):
        return (
            "the shell splits at blanks: an expression with blanks stands in quotes",
            [*words[:first], together, *words[last + 1 :]],
            "put it in quotes",
        )
    return (
        "every other word is a variable's name, an option, or the value of one",
        None,
        "put the expression in quotes, its statements separated by ';': 'y = 2*x; sum(y)'",
    )
