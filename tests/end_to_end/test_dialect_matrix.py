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

from end_to_end.dialect_features import FEATURES, LIMITS, Feature
from end_to_end.dialect_page import COMMAND, PAGE, PASS, Cell, cells, page
from end_to_end.four_vendors import ASKED, SPOKEN, settings
from end_to_end.speaker import Speaker, Told
from end_to_end.speakers import SPEAKERS
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
        feature = BY_NAME[cell.feature]
        self._model = feature.models.get(cell.vendor) or ASKED[cell.vendor][feature.thinks]
        self.dropped: set[str] = set()  # what answers said was left out: the names before the reasons

    async def __call__(self, speaker: Speaker) -> Told:
        path = speaker.path(self._model, stream=self._stream)
        body = speaker.body(self._model, stream=self._stream)
        async with self._http.post(self._url + path, json=body, headers=VERSION) as response:
            raw = await response.read()
        assert response.status == 200, raw[:400].decode("utf-8", "replace")
        self.dropped |= {each.partition(":")[0] for each in record_in(raw, stream=self._stream).get("dropped", ())}
        return speaker.hear(speaker.gathered(events(raw)) if self._stream else json.loads(raw))


def record_in(raw: bytes, *, stream: bool) -> dict[str, Any]:
    """What Lanewise says beside an answer: under its key, in a comment, or in the last chunk."""
    comments = [line for line in raw.split(b"\n") if line.startswith(b": lanewise ")]
    if comments:
        record = json.loads(comments[-1].removeprefix(b": lanewise "))
    else:
        record = (events(raw)[-1] if stream else json.loads(raw))["lanewise"]
    return dict(record)


def events(raw: bytes) -> list[dict[str, Any]]:
    lines = (line[5:].strip() for line in raw.decode().split("\n") if line.startswith("data:"))
    return [json.loads(line) for line in lines if line.startswith("{")]


async def outcome(http: aiohttp.ClientSession, url: str, cell: Cell) -> str:
    feature: Feature = BY_NAME[cell.feature]
    client = Client(http, url, cell)
    try:
        await feature.play(client, SPEAKERS[cell.caller])
    except (AssertionError, KeyError, IndexError, ValueError, TypeError) as error:
        limit = feature.limits.get((cell.caller, cell.vendor))
        if limit is None:
            return f"{type(error).__name__}: {error}"
        return limit if LIMITS[limit].told_as in client.dropped else f"not told as dropped: {limit}"
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
