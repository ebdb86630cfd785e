"""Reverse-mode automatic differentiation: tensors, the graph that operations record, and the backward pass.

``node`` is what is recorded, ``backprop`` pulls gradients back, ``tensor`` is what users hold, ``operators`` what all
values of the language share, ``vmap`` carries batches. Used by expressions, formulas, checks and the command line.
"""
