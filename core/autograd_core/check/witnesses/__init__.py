"""What each witness says of a question, without the tape: see ``autograd_core.check``."""
