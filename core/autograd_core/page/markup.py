"""Text as HTML and SVG show it, letter for letter."""

from __future__ import annotations

from autograd_core.escape import escape_unprintable


def escape(text: str) -> str:
    """The text for HTML and XML: signs of markup escaped, what cannot be seen written as an escape."""
    import html  # with every entity that HTML names; of no use to an answer for programs

    return html.escape("\n".join(map(escape_unprintable, text.split("\n"))))
