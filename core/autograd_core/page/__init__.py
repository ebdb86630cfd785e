"""A report as a page that needs no other file: formulas as MathML, the graph as SVG that can be stepped through.

``graph`` draws a graph in the places that ``layout`` finds, ``steps`` lists what happens in the passes, ``mathml``
writes formulas, ``html`` puts a page together with its style and its script, ``notebook`` what Jupyter shows of a
report. The HTML writer of the command line calls ``html.page``.
"""
