"""A serving process, from its options to the signal that ends it; and what is not loaded before it is needed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from lanewise import bootstrap
from lanewise.bootstrap import ServeOptions, serve
from lanewise.server.process import Bind
from lanewise.stores.control_file import ControlFile
from patience import PATIENCE_S


async def test_it_tells_commands_where_it_is_until_a_signal_ends_it(options: ServeOptions) -> None:
    assert options.store is not None
    control = ControlFile(options.store)
    serving = asyncio.create_task(serve(replace(options, bind=Bind(port=0))))
    try:
        async with asyncio.timeout(PATIENCE_S):
            while control.read() is None:
                await asyncio.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)
        await serving
    finally:
        serving.cancel()
        for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            asyncio.get_running_loop().remove_signal_handler(each)
    assert control.read() is None


def test_whoever_only_reads_a_policy_waits_for_no_web_framework_and_no_database() -> None:
    code = (
        "import sys; from lanewise.bootstrap import explained, load_text, policy_text;"
        "sys.exit(bool({'fastapi', 'sqlalchemy', 'uvicorn'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_composition_root_has_what_it_names_and_nothing_else() -> None:
    assert all(getattr(bootstrap, name) is not None for name in bootstrap.__all__)
    with pytest.raises(AttributeError, match="no attribute 'gateway'"):
        bootstrap.gateway  # type: ignore[attr-defined]  # noqa: B018 - that it is not there
