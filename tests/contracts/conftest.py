"""A store for each test, on each database that Lanewise keeps its record in."""

from __future__ import annotations

import pytest

from lanewise.stores.address import Store


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> Store:
    found: Store = request.getfixturevalue(f"{request.param}_store")
    return found
