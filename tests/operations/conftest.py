"""A store for each test: a copy of one that was really migrated."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from stores.opening import new_store


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(new_store(tmp_path_factory.mktemp("template")))


@pytest.fixture
def store(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(template, tmp_path / "lanewise.db"))
