"""A policy of one local vendor, in a folder without anybody's keys."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bootstrap.openings import POLICY
from lanewise.bootstrap import ServeOptions
from processes import clean_environment


@pytest.fixture(autouse=True)
def nobody_s_vendors(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No key of this machine's owner, and an empty folder."""
    kept = clean_environment()
    for name in set(os.environ) - set(kept):
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def options(tmp_path: Path) -> ServeOptions:
    (tmp_path / "lanewise.yaml").write_text(POLICY)
    return ServeOptions(store=tmp_path / "lanewise.db", dev=True)
