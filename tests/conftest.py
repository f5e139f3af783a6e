"""What every test may use."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Mapping

import pytest
from hypothesis import HealthCheck, settings

import loops

# A busy machine is no failure, and a minute of examples is no better than a second of them.
settings.register_profile("house", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

# Started in the background, a shell's children ignore Ctrl-C, and so would the processes that tests stop with it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Tests marked so run on every event loop that the gateway runs on, all others on asyncio's."""
    return loops.EVERY if item.get_closest_marker("every_loop") else loops.ONE
