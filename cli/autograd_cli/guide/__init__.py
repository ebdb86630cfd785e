"""The guide: what every function, error code, message and term means, with examples that run.

``catalogue`` finds the entry for what a person typed or pasted; ``functions`` describes the functions of the language
from their declarations alone.
"""
