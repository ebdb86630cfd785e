"""A report as one HTML file that needs no other: formulas as MathML, the graph as SVG that can be stepped through.

``graph`` draws the graph, ``steps`` lists what happens in the passes, ``mathml`` writes formulas, ``html`` puts the
page together with ``page.css`` and ``page.js``. The HTML writer calls ``html.page``.
"""
