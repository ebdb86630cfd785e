"""One function for each report, which builds the answer that the writers write."""
