"""Where PyTorch is: the Python that ``AUTOGRAD_CLI_LIBRARIES`` names, or the one that runs the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache

import pytest

PYTHON = os.environ.get("AUTOGRAD_CLI_LIBRARIES", sys.executable)


@cache
def python_with_pytorch() -> str:
    """The Python that has PyTorch 2.13; the test is skipped where there is none."""
    program = "import torch; assert torch.__version__.startswith('2.13')"
    if subprocess.run([PYTHON, "-c", program], capture_output=True, check=False).returncode:
        pytest.skip("PyTorch 2.13 is not here; AUTOGRAD_CLI_LIBRARIES names a Python that has it")
    return PYTHON
