"""Every cell of docs/reference/dialects.md is seen here: callers and vendors of every dialect, whole and streamed."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from end_to_end.dialect_features import FEATURES, Feature
from end_to_end.dialect_page import COMMAND, PAGE, PASS, Cell, cells, page
from end_to_end.four_vendors import ASKED, SPOKEN, settings
from end_to_end.speakers import SPEAKERS, Speaker, Told
from end_to_end.stage import PATIENT
from processes import gateway

BY_NAME = {feature.name: feature for feature in FEATURES}
VERSION = {"anthropic-version": "2023-06-01"}
AT_ONCE = 8


class Client:
    """Asks as one cell asks."""

    def __init__(self, http: aiohttp.ClientSession, url: str, cell: Cell) -> None:
        self._http = http
        self._url = url
        self._stream = cell.shape == "stream"
        self._model = ASKED[cell.vendor][BY_NAME[cell.feature].thinks]

    async def __call__(self, speaker: Speaker) -> Told:
        path = speaker.path(self._model, stream=self._stream)
        body = speaker.body(self._model, stream=self._stream)
        async with self._http.post(self._url + path, json=body, headers=VERSION) as response:
            raw = await response.read()
        assert response.status == 200, raw[:400].decode("utf-8", "replace")
        return speaker.hear(speaker.gathered(events(raw)) if self._stream else json.loads(raw))


def events(raw: bytes) -> list[dict[str, Any]]:
    lines = (line[5:].strip() for line in raw.decode().split("\n") if line.startswith("data:"))
    return [json.loads(line) for line in lines if line.startswith("{")]


async def outcome(http: aiohttp.ClientSession, url: str, cell: Cell) -> str:
    feature: Feature = BY_NAME[cell.feature]
    try:
        await feature.play(Client(http, url, cell), SPEAKERS[cell.caller])
    except (AssertionError, KeyError, IndexError, ValueError, TypeError) as error:
        limit = feature.limits.get((cell.caller, cell.vendor))
        return limit or f"{type(error).__name__}: {error}"
    return PASS


async def play(url: str) -> dict[Cell, str]:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(http: aiohttp.ClientSession, cell: Cell) -> tuple[Cell, str]:
        async with room:
            return cell, await outcome(http, url, cell)

    async with aiohttp.ClientSession(timeout=PATIENT) as http:
        return dict(await asyncio.gather(*(one(http, cell) for cell in cells())))


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory, simulator_url: str) -> Mapping[Cell, str]:
    """All cells, played once."""
    folder: Path = tmp_path_factory.mktemp("dialects")
    (folder / "lanewise.yaml").write_text(settings(simulator_url))
    with gateway("--dev", "--config", "lanewise.yaml", cwd=folder) as process:
        return asyncio.run(play(process.url))


@pytest.mark.parametrize("feature", BY_NAME)
def test_it_comes_through_between_all_dialects_or_a_vendor_s_limit_says_why_not(
    seen: Mapping[Cell, str], feature: str
) -> None:
    limits = set(BY_NAME[feature].limits.values())
    assert {cell: word for cell, word in seen.items() if cell.feature == feature and word not in {PASS, *limits}} == {}


def test_no_limit_stands_between_a_caller_and_a_vendor_of_one_dialect_and_few_elsewhere(
    seen: Mapping[Cell, str],
) -> None:
    limited = [cell for cell, word in seen.items() if word != PASS]
    assert [cell for cell in limited if cell.caller is cell.vendor] == []
    assert len(limited) <= 0.1 * len(seen)
    assert {cell.vendor for cell in seen} == set(SPOKEN)


def test_the_page_says_what_was_seen(seen: Mapping[Cell, str]) -> None:
    text = page(seen)
    if os.environ.get("LANEWISE_WRITE_DIALECTS"):
        PAGE.write_text(text)
    assert PAGE.read_text() == text, f"docs/reference/dialects.md is not what was seen; write it anew with: {COMMAND}"
