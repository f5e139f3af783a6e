"""Every line of docs/reference/failures-by-dialect.md is seen here: four official SDKs, vendors of four dialects that fail."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from end_to_end.dialect_page import NAMES
from end_to_end.failures_by_dialect import COMMAND, PAGE, ROWS, SHAPES, Cell, Seen, cells, edition, page, told
from end_to_end.sdks_that_fail import Sdks
from processes import gateway

# Google's SDK's own.
pytestmark = pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning")
AT_ONCE = 12


async def play(url: str) -> dict[Cell, str]:
    room, sdks = asyncio.Semaphore(AT_ONCE), Sdks(url)

    async def one(cell: Cell) -> tuple[Cell, str]:
        async with room:
            return cell, await sdks.sees(cell.caller, f"lane:{cell.lane}", stream=SHAPES[cell.shape])

    try:
        return dict(await asyncio.gather(*map(one, cells())))
    finally:
        await sdks.close()


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory, simulator_url: str) -> Seen:
    """All cells, played once beside each other."""
    folder: Path = tmp_path_factory.mktemp("failures_by_dialect")
    (folder / "lanewise.yaml").write_text(edition(simulator_url))
    with gateway("--dev", "--config", "lanewise.yaml", cwd=folder) as process:
        return asyncio.run(play(process.url))


@pytest.mark.parametrize("number", range(len(ROWS)), ids=[row.words for row in ROWS])
def test_who_fails_makes_no_difference_and_nothing_broken_passes_for_an_answer(seen: Seen, number: int) -> None:
    row = ROWS[number]
    for shape in row.shapes:
        for caller in NAMES:
            words = told(seen, number, shape, caller)
            assert " / " not in words
            assert (words == "the answer") is row.behind
            assert words.startswith("its first words, then") is ("after words" in row.words)


def test_the_page_says_what_was_seen(seen: Seen) -> None:
    text = page(seen)
    if os.environ.get("LANEWISE_WRITE_FAILURES"):
        PAGE.write_text(text)
    assert PAGE.read_text() == text, f"{PAGE.name} is not what was seen; write it anew with: {COMMAND}"
