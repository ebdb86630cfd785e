"""Charts drawn from numbers: described once, then drawn in dots for a terminal or as SVG.

``chart`` describes axes and lines, ``braille`` draws them in characters, ``curve_svg`` as a picture, ``contours`` finds
the level lines of a field. The commands ``plot`` and ``descend`` call them, and the heat map of a matrix.
"""
