"""Many jobs in one run: lines in, lines out, in order, in processes that can be stopped."""
