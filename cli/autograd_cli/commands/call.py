"""What every command does: it asks the engine what its options say, and answers in the form that was asked for."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from io import BytesIO, TextIOWrapper
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from autograd_cli.arguments import Given, leaves, named, one_named
from autograd_cli.command import KEY, environment_of
from autograd_cli.environment import is_terminal
from autograd_cli.errors.usage_errors import different
from autograd_cli.names import listed
from autograd_cli.options import Checks, Gradients, Outputs, Parts, Values
from autograd_cli.output import DRAWN, display_of, form_of, page, replacing, say, write_text
from autograd_core.deadline import suspended
from autograd_core.errors import LimitError, UsageError
from autograd_core.limits import MAX_ORDER
from autograd_core.phases import phase

if TYPE_CHECKING:
    from autograd_cli.document import Answer, Block
    from autograd_core.matrices.report import OrdersReport
    from autograd_core.report import Array, Report, Warning
    from autograd_core.request import Request

PART = 1 << 20  # characters of an answer that are shown at once
EACH = {"json": 375.0, "plain": 400.0, "table": 5_000.0, "latex": 3_000.0, "program": 3_500.0}
"""Nanoseconds that it takes to write a number in the forms that can have millions of them, measured."""

WITHOUT_READING = ("npz", "csv", "dot", "mermaid")  # forms in which an answer does not say how the text was read
FEW = 5_000  # numbers that are written at once in every form
VALUE = "value"  # what ``--get`` calls the result, where no variable has that name


class Call:
    """A command as it was called, and where its answer goes, in the one form that the options ask for.

    Raises UsageError where they ask for several forms, or for a file that cannot be written.
    """

    def __init__(self, context: typer.Context, outputs: Outputs) -> None:
        self.context = context
        self.outputs = outputs
        self.environment = environment_of(context)
        asked, file = outputs, outputs.output
        named = {f"--format {asked.format}": asked.format, "--json": asked.json, "--get": asked.get}
        several = [name for name, given in {**named, f"--output {file}": asked.get and file}.items() if given]
        if len(several) > 1 and several != ["--format json", "--json"]:
            raise different(several[0], several[1])
        form = "json" if asked.json else "table" if asked.format == "tree" else asked.format
        usual = asked.DEFAULT if file is None else form_of(file, asked.FORMS)
        self.form = form or usual
        if file is not None and form not in (None, usual) and (form, usual) != ("plain", "table"):
            raise different(f"--output {file}", several[0], "forms", f"by the end of its name it is written as {usual}")

    @property
    def given(self) -> Given:
        """The expression and the values."""
        found: Given = self.context.meta[KEY]
        return found

    def respond(
        self,
        answer: Answer,
        warned: Iterable[Warning] = (),
        *,
        status: int = 0,
        note: str | None = None,
        paged: bool = False,
        **choices: Any,
    ) -> NoReturn:
        """Write the warnings and the ``note`` on an answer, and the answer where it was asked for, and end.

        ``paged`` answers are shown by the pager where they are longer than the terminal. ``choices`` are fields of the
        display.
        """
        from autograd_cli.writers import write, write_bytes

        self.warn(warned)
        if note is not None:
            self.note(note)
        form, file, stdout = self.form, self.outputs.output, self.environment.stdout
        if form in WITHOUT_READING:
            self.note_reading()
        display = display_of(self.outputs, self.environment, **choices)
        if file is None:
            instead = "--output r.npz holds all numbers" if "npz" in self.outputs.FORMS.values() else ""
            # Half an answer would be worse than none: it is whole, as bytes, before any of it is shown.
            text = TextIOWrapper(BytesIO(), "utf-8", errors="backslashreplace", newline="")
            with phase("writing the answer", instead):
                write(answer, form, display, text)
            text.seek(0)
            with suspended():
                if paged and is_terminal(stdout):
                    page(text.read())
                for part in iter(lambda: text.read(PART), ""):
                    stdout.write(part)
        elif form == "npz":
            with phase(f"writing {file}"), replacing(file) as stream:
                write_bytes(answer, stream)
            say(file, self.environment)
        else:
            width = display.width or (DRAWN if form in ("svg", "html") else None)
            wide = replace(display, width=width)
            write_text(file, lambda stream: write(answer, form, wide, stream), self.environment)
        raise typer.Exit(status)

    def foresee_writing(self, asked: Collection[str], with_grad: Collection[str] | None, *, tree: bool) -> None:
        """Raise LimitError for gradients of too many numbers to be written in the time of the command.

        ``asked`` are the ones of ``--get``, ``with_grad`` the inputs that have one, all when None.
        """
        form = "plain" if asked else self.form
        if form not in EACH or not (asked or self.outputs.full or form in ("json", "plain")):
            return  # large arrays are summarised

        from autograd_core.expr.cache import program_of
        from autograd_core.expr.nodes import topological
        from autograd_core.preflight import refuse_writing

        inputs = {name: array.size for name, array in self.given.read_values().items()}
        count = sum(size for name, size in inputs.items() if name in (asked or with_grad or inputs))
        if count < FEW:
            return
        count += sum(inputs.values()) if form != "plain" else 0
        nodes = topological([program_of(self.given.expression, self.given).result])
        sizes = [math.prod(node.shape) for node in nodes]
        count += sizes[-1] if not asked or VALUE in asked else 0
        count += 2 * sum(sizes) if tree and form == "json" else 0
        fewer = "; without --full arrays are summarised" if form not in ("json", "plain") else ""
        fewer += "; --no-tree has fewer" if form == "json" and tree else ""
        refuse_writing(count, EACH[form], f"--output r.npz holds all numbers{fewer}")

    def warn(self, warned: Iterable[Warning]) -> None:
        """Write warnings where they do not mix with an answer."""
        for one in warned:
            self.note(one.message, f"warning[{one.code}]")

    def note(self, text: str, label: str = "note") -> None:
        """Write a sentence about an answer where it does not mix with it."""
        from autograd_cli.errors.messages import WARNING, labelled

        look = self.environment.look(self.environment.stderr, self.outputs.color, self.outputs.width)
        self.environment.remark(labelled(label, "1" if label == "note" else f"1;{WARNING}", text, **look))

    def note_reading(self) -> None:
        """Say how the expression was read, where the answer itself does not show it."""
        from autograd_core.expr.read_text import read_text

        if (read := read_text(self.given.expression)) is not None:
            self.note(f"read as  {read}")

    def wanted(self, names: Collection[str]) -> list[str]:
        """What ``--get`` asks for: variables, and ``value``. Raises UsageError for other names."""
        asked = self.outputs.get or ()
        return [name if name == VALUE and VALUE not in names else one_named(name, "get", names) for name in asked]

    def give(
        self,
        wanted: Iterable[str],
        known: Mapping[str, Array | float],
        warned: Iterable[Warning],
        status: int,
        verdict: Callable[[], Block],
    ) -> NoReturn:
        """Write what ``--get`` asks for as values to type back in, a line each, and end.

        Beside a ``status`` that is not 0 stands the ``verdict`` that makes it so.
        """
        import numpy as np

        from autograd_cli.document import Display, value_text

        self.warn(warned)
        self.note_reading()
        if status:
            from autograd_cli.writers.terminal import drawn

            self.note(" ".join(map(str.strip, drawn(verdict(), Display(ascii=True)))))
        self.environment.stdout.writelines(f"{value_text(np.asarray(known[name]))}\n" for name in wanted)
        raise typer.Exit(status)


def request_of(
    found: Given,
    gradients: Gradients,
    values: Values,
    parts: Parts | None = None,
    checks: Checks | None = None,
    seeds: Sequence[Array | None] | None = None,
    **settings: Any,
) -> Request:
    """The request for an expression with its values; ``seeds`` are what is propagated back where it is read already.

    ``settings`` are fields of the request as they are.
    """
    from autograd_core.request import Request

    wanted = leaves(gradients.wrt or (), gradients.no_grad or (), found.used)  # what is wrong with them is said first
    arrays = found.read_values()
    if seeds is None:
        texts = enumerate(gradients.grad_tensor or (), 1)
        seeds = [found.reader.read("--grad-tensor", text, f"--grad-tensor {turn}") for turn, text in texts]
    if parts is not None:
        usual = {"formula": parts.formula, "graph": parts.tree, "steps": parts.steps, "jacobian": parts.show_jacobian}
        settings = {**usual, "assume": tuple(parts.assume or ()), **settings}
    if checks is not None:
        settings |= {name: getattr(checks, name) for name in ("check", "check_budget", "rtol", "atol")}
    return Request(
        found.expression,
        arrays,
        grad_tensors=tuple(seeds) or (None,),
        requires_grad=wanted,
        zero_grad=gradients.zero_grad,
        dtype=values.dtype,
        **settings,
    )


def gradients_of(
    found: Given,
    gradients: Gradients,
    parts: Parts,
    checks: Checks,
    values: Values,
    seeds: Sequence[Array | None] | None = None,
    get: Sequence[str] | None = None,
    **settings: Any,
) -> tuple[Report | OrdersReport, Answer]:
    """The gradients, or the derivatives of higher orders that ``--order N`` or a name repeated in ``--wrt`` asks for.

    Raises UsageError for an option that means nothing for the latter, ``get`` among them.
    """
    if not (path := path_of(parts.order, gradients.wrt or (), found.used)):
        from autograd_cli.views.gradient import gradient_answer
        from autograd_core.calculate import calculate

        calculated = calculate(request_of(found, gradients, values, parts, checks, seeds, **settings))
        return calculated, gradient_answer(calculated)
    more = {"grad_tensor": gradients.grad_tensor, "no_grad": gradients.no_grad, "get": get}
    for name, value in (more | {"steps": parts.steps, "show_jacobian": parts.show_jacobian}).items():
        if value:
            option = f"`{name.replace('_', '-')}`"
            raise UsageError(
                f"{option} is for gradients, and `order` and a repeated name in `wrt` ask for a higher derivative",
                code="AG104",
                hint=f"leave out {option}",
            )

    from autograd_cli.views.derivatives import derivatives_answer
    from autograd_core.matrices import derivatives

    assume = parts.assume or ()
    request = request_of(found, Gradients(), values, checks=checks, formula=parts.formula, assume=assume)
    report = derivatives(request, path)
    return report, derivatives_answer(report)


def path_of(order: int | None, wrt: Sequence[str], used: Sequence[str]) -> tuple[str, ...]:
    """The inputs to differentiate by, one after the other; nothing where an ordinary gradient is meant.

    Raises UsageError where ``--order`` and ``--wrt`` do not go together.
    """
    names = named(wrt, "wrt", used)
    if order is None:
        return tuple(names) if len(set(names)) < len(names) else ()
    if order > MAX_ORDER:  # before there is a name for each
        raise LimitError(f"`order {order}` is too high; the limit is {MAX_ORDER}", hint=f"`order {MAX_ORDER}`")
    names = names or list(used)
    if len(names) not in (1, order) or (not wrt and len(names) > 1):
        raise UsageError(
            f"`order {order}` needs one name in `wrt`, or {order}",
            code="AG104",
            why=f"the names are {listed(names)}" if names else "there are no variables",
            hint=f"`order {order}` `wrt {names[0]}`" if names else "leave out `order`",
        )
    return tuple(names * order if len(names) == 1 else names)
