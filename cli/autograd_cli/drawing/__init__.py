"""Charts and graphs drawn from numbers: described in ``chart``, drawn in dots or as SVG; graphs for other programs."""
