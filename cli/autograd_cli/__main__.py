"""``python -m autograd_cli``."""

import sys

from autograd_cli.main import main

if __name__ == "__main__":
    sys.exit(main())
