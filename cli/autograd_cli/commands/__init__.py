"""One module for each command: options in, a request to the core, a report out."""
