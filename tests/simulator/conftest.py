from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from simulator.simulated import Vendors, vendors


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at() -> AsyncIterator[Vendors]:
    """One simulator for a file's tests: building official clients is what takes the time."""
    async with vendors() as running:
        yield running
