"""The sandbox, where it is present; what to do where it is not."""

from __future__ import annotations

import pytest

from lanewise.verifiers.programs.sandbox import Sandbox


async def sandbox_here(*, slots: int = 2) -> Sandbox:
    """A sandbox; the test is skipped where there is none."""
    sandbox = Sandbox(slots=slots)
    if missing := await sandbox.missing():
        pytest.skip(missing)
    return sandbox
