"""What pages are made of: the graph as SVG that can be stepped through, formulas as MathML, the frame of a page.

``graph`` draws a graph in the places that ``layout`` finds, ``mathml`` writes formulas, ``html`` has the frame with its
style and its script, and what Jupyter shows of a report. The HTML writer of the command line fills the frame.
"""
