"""`python -m scripts.dialects`: play every pair of dialects and write what was seen into docs/reference/dialects.md.

It is the test of that page, told to write it. What does not come through still fails, and should be understood before it is committed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> int:
    """Play and write; more arguments go to pytest."""
    os.environ["LANEWISE_WRITE_DIALECTS"] = "1"
    os.chdir(ROOT)
    return pytest.main(["-q", "-p", "no:cacheprovider", "tests/end_to_end/test_dialect_matrix.py", *arguments])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
