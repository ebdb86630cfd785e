"""A define-by-run automatic differentiation engine on NumPy, with PyTorch's meaning."""
