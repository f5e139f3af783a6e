"""`make proof`: the tests that need recorded data, where a skip counts as a failure.

The data is in LANEWISE_DATA, by default `../shared/data` beside the repository. The last line is `N passed, N failed, N skipped`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LONGEST_S = 900  # of one test, after which it hangs: a proof of seconds took minutes on a loaded machine


class Counts:
    """Counts outcomes as pytest reports them. An error in a fixture or while collecting is a failure; so is an expected failure."""

    def __init__(self) -> None:
        self.passed = self.failed = self.skipped = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test once: by its call, or by the phase that kept it from being called."""
        if report.failed or hasattr(report, "wasxfail"):
            self.failed += 1
        elif report.skipped:
            self.skipped += 1
        elif report.when == "call":
            self.passed += 1

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Count a file that could not be read, or skipped itself whole."""
        self.failed += report.failed
        self.skipped += report.skipped

    @property
    def proven(self) -> bool:
        """Whether something ran and nothing is missing."""
        return self.passed > 0 and self.failed == 0 and self.skipped == 0

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def main(arguments: list[str]) -> int:
    """Run them; more arguments go to pytest."""
    data = Path(os.environ.get("LANEWISE_DATA") or ROOT.parent / "shared" / "data").resolve()
    counts = Counts()
    if data.is_dir():
        os.environ["LANEWISE_DATA"] = str(data)
        os.chdir(ROOT)
        patience = f"faulthandler_timeout={LONGEST_S}"
        pytest.main(["-m", "data", "-p", "no:cacheprovider", "-o", patience, *arguments], plugins=[counts])
    else:
        print(f"There is no folder {str(data)!r}. Set LANEWISE_DATA to the folder of recorded data.")
    print(counts, flush=True)
    return 0 if counts.proven else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
