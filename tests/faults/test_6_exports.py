"""FAULTS section 6, exports: what another library has no counterpart of is refused in words."""

from __future__ import annotations

from command_runs import Cli


def test_positions_so_far_are_refused_for_sympy_in_words(cli: Cli) -> None:
    words = ("--q", "1,3,2", "--x", "1,2,3", "--to", "sympy")
    refused = cli("export", "sum(running_argmax(q, axis=0)*x)", *words)
    assert (refused.status, refused.stdout) == (3, "")
    assert refused.stderr.startswith("error[AG630]: running_argmax has no counterpart in sympy\n")
