"""The sandbox, where it is present; what to do where it is not."""

from __future__ import annotations

import asyncio

import pytest

from judging import candidate, nobody
from lanewise.bootstrap.workers import Workers
from lanewise.core.clock import SystemClock
from lanewise.verifiers.programs.sandbox import Sandbox
from lanewise.verifiers.python_tests import Options, PythonTestsVerifier


async def sandbox_here(*, slots: int = 2) -> Sandbox:
    """A sandbox; the test is skipped where there is none."""
    sandbox = Sandbox(slots=slots)
    if missing := await sandbox.missing():
        pytest.skip(missing)
    return sandbox


async def judged_programs(programs: dict[str, tuple[str, str]]) -> dict[str, str]:
    """What is said of each program by its tests."""
    await sandbox_here()
    workers = Workers(SystemClock())
    verifier = PythonTestsVerifier(Options(seconds=2), interpret=workers.interpret)
    try:
        said = await asyncio.gather(
            *(
                verifier.verify(candidate(f"```python\n{each}\n```", tests=tests), nobody)
                for each, tests in programs.values()
            )
        )
    finally:
        await workers.close()
    return {name: verdict.word for name, verdict in zip(programs, said, strict=True)}
