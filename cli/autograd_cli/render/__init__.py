"""Reports that are no documents yet."""
