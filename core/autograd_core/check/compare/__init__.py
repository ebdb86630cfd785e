"""From what a witness says to what is reported: compared entry by entry, with an allowance for rounding."""
