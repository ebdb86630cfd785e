"""A session: values and expressions that stay, and every command by its name.

``state`` keeps them and turns a line into the words of a command, ``prompt`` reads lines from a terminal or a pipe with
history and completion. The command ``repl`` calls both.
"""
