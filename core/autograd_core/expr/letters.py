"""Greek letters and accents: their names, and what they look like."""

_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi "
    "psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
GREEK = dict(zip("αβγδεζηθικλμνξοπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ", _GREEK.split(), strict=True))
"""Greek letters and their names, which are one variable."""

LETTER = {name: letter for letter, name in GREEK.items()}

MARKS = {
    "hat": ("^", "\u0302"), "bar": ("¯", "\u0304"), "tilde": ("~", "\u0303"), "dot": ("˙", "\u0307"),
    "ddot": ("¨", "\u0308"), "grave": ("`", "\u0300"), "acute": ("\u00b4", "\u0301"), "breve": ("\u02d8", "\u0306"),
    "mathring": ("\u02da", "\u030a"), "check": ("\u02c7", "\u030c"), "vec": ("→", "\u20d7"),
}  # fmt: skip
"""Accents of LaTeX: the sign above a formula, and the mark of a letter within a word."""

WIDE = {"widehat": "hat", "overline": "bar", "widetilde": "tilde"}
