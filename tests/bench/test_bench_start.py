from __future__ import annotations

import os
from pathlib import Path

from bench.start import cpu_s, least


def test_a_command_s_whole_cpu_is_measured(tmp_path: Path) -> None:
    assert 0.0 < cpu_s("--help", environment=dict(os.environ), folder=tmp_path) < 60.0


def test_the_least_of_several_counts() -> None:
    figures = iter((3.0, 1.0, 2.0))
    assert least(lambda: next(figures)) == 1.0
