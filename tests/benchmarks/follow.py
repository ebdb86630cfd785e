"""Run the program in this process with a clock around its parts: ``python follow.py SECONDS WORD...``.

SECONDS is the monotonic time at which the process was started. What was spent where is written to standard error as
JSON. Only what the interpreter has loaded already is imported before the program.
"""

import builtins
import sys
import time

START, REST = "interpreter: start", "our own code besides"
PACKAGES = {"typer": "import typer", "numpy": "import numpy", "rich": "import rich", "sympy": "import sympy"}

PARTS = {
    "autograd_cli.main": {"prepare": "fork the process for SymPy"},
    "autograd_cli.app": {"program": "build the command", "command": "build the command"},
    "autograd_cli.command": {"parse_arguments": "read the words"},
    "autograd_cli.values.reader": {"ValueReader.read": "read the values"},
    "autograd_core.run": {
        "read": "parse",
        "parse": "parse",
        "preflight": "foresee memory and time",
        "evaluate": "forward",
        "run_backward": "backward",
    },
    "autograd_core.calculate": {
        "explain_nonfinite": "look for what is not finite",
        "find_kinks": "look for kinks",
        "check": "check, without waiting",
        "_formulas": "formula",
        "describe": "graph as data",
    },
    "autograd_core.symbolic.worker": {
        "Worker.wait": "wait for SymPy's import",
        "Worker.ask": "wait for SymPy's answers",
    },
    "autograd_cli.commands.call": {"respond": "lay out and print", "show_warnings": "lay out and print"},
}
"""The parts by the module in which their names are looked up when the program runs."""


class Timeline:
    """A clock that gives the time since its last reading to the part that was running."""

    def __init__(self, part, since):
        self.spent: dict[str, float] = {}
        self.parts = [part]
        self.last = since

    def read(self):
        """Give the time that has passed to the innermost part."""
        now = time.monotonic()
        part = self.parts[-1]
        self.spent[part] = self.spent.get(part, 0.0) + now - self.last
        self.last = now

    def around(self, part, run):
        """The same function, whose time counts for ``part``."""

        def timed(*arguments, **settings):
            self.read()
            self.parts.append(part)
            try:
                return run(*arguments, **settings)
            finally:
                self.read()
                self.parts.pop()

        return timed

    def watch(self):
        """From here on give the time of imports to what is imported, and that of the parts to them."""
        whole, watched = builtins.__import__, set()
        of_package = {name: self.around(part, whole) for name, part in PACKAGES.items()}
        ours = self.around("import our own modules", whole)

        def imported(name, *rest, **settings):
            if name in sys.modules:
                found = whole(name, *rest, **settings)
            else:
                head = name.partition(".")[0]
                run = ours if head.startswith("autograd_") else of_package.get(head, whole)
                found = run(name, *rest, **settings)
            for module in PARTS.keys() - watched:
                if module in sys.modules and not getattr(sys.modules[module].__spec__, "_initializing", False):
                    watched.add(module)
                    self.wrap(sys.modules[module], PARTS[module])
            return found

        builtins.__import__ = imported

    def wrap(self, module, parts):
        """Put a clock around the parts that are looked up in a module."""
        for path, part in parts.items():
            *owners, name = path.split(".")
            owner = module
            for each in owners:
                owner = getattr(owner, each)
            setattr(owner, name, self.around(part, getattr(owner, name)))


def follow(since, words):
    """Run the program in this process, which was started at ``since``, and write what was spent where."""
    import atexit

    timeline = Timeline(START, since)
    timeline.read()
    timeline.parts.append(REST)
    timeline.watch()

    @atexit.register
    def tell():
        import json

        timeline.read()
        print(json.dumps({"spent": timeline.spent, "end": time.monotonic()}), file=sys.stderr)

    sys.argv = ["autograd-cli", *words]
    from autograd_cli.main import main

    main()


if __name__ == "__main__":
    sys.path.pop(0)  # nothing in this folder may stand for a module of the program
    follow(float(sys.argv[1]), sys.argv[2:])
