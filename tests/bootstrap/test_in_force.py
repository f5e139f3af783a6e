"""The policy in force: replaced whole, or not at all."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bootstrap.openings import POLICY
from lanewise import bootstrap
from lanewise.bootstrap import ServeOptions
from lanewise.core.acts import COMMAND_LINE
from lanewise.core.errors import PolicyError
from patience import PATIENCE_S


async def test_a_reload_swaps_the_policy_and_keeps_everything_else(options: ServeOptions, tmp_path: Path) -> None:
    async with bootstrap.opened(options) as application:
        parts = application.gateway.parts
        (tmp_path / "lanewise.yaml").write_text(POLICY.replace("5s", "6s"))
        version = await application.in_force.reload(COMMAND_LINE)

        assert application.gateway.policy.version == version
        assert application.gateway.policy.lanes["standard"].timeout_s == 6.0
        assert application.gateway.parts is parts


async def test_tenants_that_a_reload_leaves_out_are_told_since_their_keys_lose_their_limits(
    options: ServeOptions, tmp_path: Path
) -> None:
    file = tmp_path / "lanewise.yaml"
    async with bootstrap.opened(options) as application:
        for tenants in ("acme: {}, globex: {}", "acme-eu: {}, globex: {}"):
            file.write_text(f"{POLICY}\ntenants: {{{tenants}}}\n")
            with capture_logs() as logs:
                await application.in_force.reload(COMMAND_LINE)
            told = [line["tenants"] for line in logs if "tenants" in line]
            last = (await application.in_force.audit.acts(since_us=0, tenant=None, act="policy.reload", count=9))[-1]
            assert (told, last["detail"].get("tenants_gone")) == (
                ([["acme"]], ["acme"]) if "eu" in tenants else ([], None)
            )


async def test_a_wrong_file_leaves_the_policy_in_force(options: ServeOptions, tmp_path: Path) -> None:
    async with bootstrap.opened(options) as application:
        before = application.gateway.policy
        for text in ("lanes: [", POLICY.replace("standard:", "standard: &"), ""):
            (tmp_path / "lanewise.yaml").write_text(text)
            await application.in_force.try_reload(COMMAND_LINE)
            with pytest.raises(PolicyError):
                await application.in_force.reload(COMMAND_LINE)
        (tmp_path / "lanewise.yaml").unlink()
        with pytest.raises(PolicyError, match="Cannot read the policy file"):
            await application.in_force.reload(COMMAND_LINE)
        assert application.gateway.policy is before


async def test_a_file_that_is_deleted_is_told_in_the_log(options: ServeOptions, tmp_path: Path) -> None:
    async with bootstrap.opened(options) as application:
        before, stop = application.gateway.policy, asyncio.Event()
        with capture_logs() as logged:
            following = asyncio.create_task(application.in_force.follow(stop))

            async with asyncio.timeout(PATIENCE_S):
                while not any("gone" in each["event"] for each in logged):  # the system's watch begins at its own time
                    (tmp_path / "lanewise.yaml").write_text(POLICY)
                    await asyncio.sleep(0.3)
                    (tmp_path / "lanewise.yaml").unlink()
                    await asyncio.sleep(0.5)
            stop.set()
            await following
        assert application.gateway.policy is before
