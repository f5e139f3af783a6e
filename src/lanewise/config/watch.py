"""Tells when the policy file changed, so that it can be loaded anew while requests go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from watchfiles import Change, awatch

DEBOUNCE_MS = 200  # an editor writes, renames and sets times in one save: that is one change


async def changes(file: Path, *, stop: asyncio.Event, debounce_ms: int = DEBOUNCE_MS) -> AsyncIterator[str | None]:
    """The file's text each time it has become another one, or None where it is gone or cannot be read any more, until `stop` is set.

    The folder is watched, not the file: editors save by renaming a new file over it, and a mounted volume swaps a link. While the file is
    still being written, or its text is the same as before, nothing is told. Raises OSError where the folder cannot be watched.
    """

    def concerns(_: Change, path: str) -> bool:
        return Path(path).name == file.name or Path(path).name.startswith("..")  # `..data`: a mounted volume's link

    seen = _read(file)
    watched = awatch(file.parent, watch_filter=concerns, debounce=debounce_ms, stop_event=stop, recursive=False)
    async for _ in watched:
        text = await _settled(file, debounce_ms / 1_000)
        if text != seen:
            seen = text
            yield text


async def _settled(file: Path, pause_s: float) -> str | None:
    """The text once it stays the same for a moment: who writes a file in place empties it first, and half a policy is no policy."""
    text = _read(file)
    while True:
        await asyncio.sleep(pause_s)
        again = _read(file)
        if again == text:
            return text
        text = again


def _read(file: Path) -> str | None:
    """The text, or None while there is no readable one."""
    try:
        return file.read_text(encoding="utf-8-sig", errors="replace")  # what is not text is the loader's to name
    except OSError:
        return None
