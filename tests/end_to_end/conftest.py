from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from end_to_end.stage import Vendors, vendors_at
from processes import simulator


@pytest.fixture(scope="module")
def simulator_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Simulated vendors in a process of their own, so that a test can reach their faults, log and books."""
    with simulator(tmp_path_factory.mktemp("vendors")) as url:
        yield url


@pytest_asyncio.fixture
async def vendors(simulator_url: str) -> AsyncIterator[Vendors]:
    """The vendors' control pages, with no fault in force and nothing in the books."""
    async with vendors_at(simulator_url) as at:
        yield at
