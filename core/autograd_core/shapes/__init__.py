"""Formulas for shapes alone: sizes are letters or numbers, and nothing else is known of the inputs.

``kinds`` reads the sizes and infers those that are not given, ``formulas`` derives and proves at several sizes and
writes a formula as a function of another library. The command ``formula`` calls ``formulas``.
"""
