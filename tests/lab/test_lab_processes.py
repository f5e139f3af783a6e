"""Commands of Lanewise as processes: heard when they are ready, stopped however the block ends."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import psutil
import pytest

from lanewise.lab.processes import RehearsalError, lanewise_process

SIMULATE = ("simulate", "--port", "0", "--time-scale", "0", "--json", "--with-parent")


def children() -> set[psutil.Process]:
    """What runs below this process: other tests may have left servers that all of them share."""
    return {each for each in psutil.Process().children(recursive=True) if each.status() != psutil.STATUS_ZOMBIE}


async def test_it_runs_while_the_block_does_and_its_words_are_kept(tmp_path: Path) -> None:
    log, before = tmp_path / "vendors.log", children()
    async with (
        lanewise_process(*SIMULATE, announces="base_url", log=log) as told,
        aiohttp.ClientSession() as session,
        session.get(f"{told['base_url']}/__books__") as response,
    ):
        assert (await response.json())["simulated"] is True
    assert told["base_url"] in log.read_text()
    assert children() <= before


async def test_an_error_in_the_block_stops_it_too(tmp_path: Path) -> None:
    before = children()
    with pytest.raises(ZeroDivisionError):
        async with lanewise_process(*SIMULATE, announces="base_url", log=tmp_path / "vendors.log"):
            raise ZeroDivisionError
    assert children() <= before


async def test_a_process_that_cannot_start_is_told_with_its_last_words(tmp_path: Path) -> None:
    options = ("serve", "--dev", "--port", "0", "--config", str(tmp_path / "absent.yaml"))
    with pytest.raises(RehearsalError, match=r"(?s)'lanewise serve' ended.*absent\.yaml"):
        async with lanewise_process(*options, announces="url", log=tmp_path / "gateway.log"):
            pytest.fail("it cannot be ready")


async def test_processes_of_one_machine_use_no_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "example.org")
    before = children()
    async with lanewise_process(*SIMULATE, announces="base_url", log=tmp_path / "vendors.log"):
        (started, *_) = children() - before
        environment = started.environ()
    assert environment["NO_PROXY"] == environment["no_proxy"] == "example.org,127.0.0.1,localhost,::1"
