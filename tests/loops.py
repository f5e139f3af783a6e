"""The event loops that the gateway runs on: what speaks to sockets itself is tried on each."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
from collections.abc import Callable

ONE: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
EVERY = dict(ONE)
if importlib.util.find_spec("uvloop") is not None:  # not on every platform
    EVERY["uvloop"] = importlib.import_module("uvloop").new_event_loop
