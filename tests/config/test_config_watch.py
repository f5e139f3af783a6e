from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lanewise.config.watch import changes
from patience import PATIENCE_S


class Watching:
    """The watch of a file, with its answers in a queue."""

    debounce_s = 0.1

    def __init__(self, file: Path) -> None:
        self.stop = asyncio.Event()
        self.told: asyncio.Queue[str | None] = asyncio.Queue()
        self._task = asyncio.create_task(self._collect(file))

    async def _collect(self, file: Path) -> None:
        async for text in changes(file, stop=self.stop, debounce_ms=int(self.debounce_s * 1_000)):
            await self.told.put(text)

    async def next(self) -> str | None:
        return await asyncio.wait_for(self.told.get(), timeout=PATIENCE_S)

    async def end(self) -> None:
        self.stop.set()
        await asyncio.wait_for(self._task, timeout=PATIENCE_S)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "lanewise.yaml"
    file.write_text("v0")
    return file


@pytest.fixture
async def watching(file: Path) -> AsyncIterator[Watching]:
    watching = Watching(file)
    probe = file.with_name("lanewise.yaml")
    for turn in range(200):  # the system's watch begins at its own time: write until it has
        probe.write_text(f"begin {turn}")
        try:
            await asyncio.wait_for(watching.told.get(), timeout=5 * watching.debounce_s)
            break
        except TimeoutError:
            continue
    yield watching
    await watching.end()


async def until(watching: Watching, text: str) -> None:
    while await watching.next() != text:
        pass  # a late word of the beginning


async def test_a_write_in_place_is_told(watching: Watching, file: Path) -> None:
    file.write_text("v1")
    await until(watching, "v1")


async def test_a_save_by_renaming_is_told_again_and_again(watching: Watching, file: Path) -> None:
    for text in ("v1", "v2", "v3"):
        new = file.with_name("lanewise.yaml.tmp")
        new.write_text(text)
        new.replace(file)
        await until(watching, text)


async def test_a_file_is_not_read_in_the_middle_of_a_write(watching: Watching, file: Path) -> None:
    with file.open("w") as writing:
        for piece in ("one ", "two ", "three"):
            await asyncio.sleep(watching.debounce_s / 2)
            writing.write(piece)
            writing.flush()

    told = await watching.next()
    while told is not None and told.startswith("begin"):
        told = await watching.next()
    assert told == "one two three"


async def test_being_gone_is_told_once_and_coming_back_too(watching: Watching, file: Path) -> None:
    file.write_text("v1")
    await until(watching, "v1")
    file.unlink()
    assert await watching.next() is None
    file.with_name("lanewise.yaml.tmp").write_text("v1")
    file.with_name("lanewise.yaml.tmp").replace(file)
    assert await watching.next() == "v1"


async def test_a_mounted_volume_s_swapped_link_is_told(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "lanewise.yaml").write_text(name)
    (tmp_path / "..data").symlink_to("one")
    (tmp_path / "lanewise.yaml").symlink_to("..data/lanewise.yaml")
    watching = Watching(tmp_path / "lanewise.yaml")
    for turn in range(400):
        (tmp_path / "..new").symlink_to("two" if turn % 2 == 0 else "one")
        (tmp_path / "..new").replace(tmp_path / "..data")
        try:
            assert await asyncio.wait_for(watching.told.get(), timeout=1) in ("one", "two")
            break
        except TimeoutError:
            continue
    else:
        pytest.fail("the swap was never told")
    await watching.end()


async def test_the_same_text_and_other_files_are_not_told(watching: Watching, file: Path) -> None:
    file.with_name("other.yaml").write_text("x")
    file.write_text("v1")
    await until(watching, "v1")
    file.write_text("v1")
    file.write_text("v2")
    assert await watching.next() == "v2"
