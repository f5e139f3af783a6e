"""`python -m scripts.failures`: play the failure table and write what was seen into docs/reference/failures*.md.

It is the tests of these pages, told to write them. What is not as the cases expect still fails, and should be understood before it is
committed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

PAGES = ("tests/end_to_end/test_failure_table.py", "tests/end_to_end/test_failures_by_dialect.py")
ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> int:
    """Play and write; more arguments go to pytest."""
    os.environ["LANEWISE_WRITE_FAILURES"] = "1"
    os.chdir(ROOT)
    return pytest.main(["-q", "-p", "no:cacheprovider", *PAGES, *arguments])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
