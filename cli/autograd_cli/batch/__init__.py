"""Many jobs in one run: lines in, lines out, in order, in processes that can be stopped."""

from __future__ import annotations

from typing import Literal

from autograd_cli.options import CHECK, OUTPUT, Options, option


class Defaults(Options, panel=OUTPUT):
    """What holds for jobs that do not say otherwise, and the form of the answers.

    ``graded`` jobs are made of submissions, some of which cannot be judged.
    """

    form: Literal["json", "csv"] = "json"
    graded: bool = False
    check: Literal["none", "sympy", "numeric", "all"] = option(
        "--check", "Who derives the gradients of grad jobs once more; none if not said.", CHECK, default="none"
    )
    formula: bool = option(
        "--formula/--no-formula", "With or without gradients in closed form; without if not said.", default=False
    )
    tree: bool = option("--tree/--no-tree", "With or without the graph; without if not said.", default=False)
    answer: bool = option(
        "--answer/--no-answer", "With or without what is right, for claims that are wrong.", default=True
    )
