"""Numbers of a judgement that a person may change or read about: they stand here so that help can say them unloaded."""

from __future__ import annotations

LEAST = 5
"""Points besides the given one without which nothing is called right."""

POINTS = 8
"""Points besides the given one, unless the request says otherwise."""

MOST = 1_000
"""Points that can be asked for."""

BRANCHES = 12
"""How many times as many points are tried where branches could be missed, as far as they cost little."""

RTOL = 1e-13
"""Relative difference up to which an entry is right, unless the request says otherwise; what rounding may do, as far as
it is estimated, and the digits that were left out of typed numbers are allowed besides.
"""

BUDGET, CLAIM_BUDGET = 2.0, 1.5
"""Seconds of the process's own time for all diagnoses of a request together, and for that of one claim."""
