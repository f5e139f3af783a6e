from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cli.shells import Shell
from lanewise.stores.cache_rows import CacheRows
from stores.opening import database_of
from stores.test_cache_rows import a_row


@pytest.fixture(autouse=True)
def _filled(shell: Shell) -> None:
    assert shell("migrate").code == 0

    async def write() -> None:
        async with database_of(Path("lanewise.db")) as database:
            await CacheRows(database).write([a_row(b"a"), a_row(b"b", tenant="globex")], 0)

    asyncio.run(write())


def test_what_is_kept_is_told_and_forgotten(shell: Shell) -> None:
    assert {row["tenant"]: row["answers"] for row in shell("cache", "stats", "--json").json} == {"acme": 1, "globex": 1}
    assert "globex" not in shell("cache", "stats", "--tenant", "acme", "--since", "1h").out
    assert shell("cache", "forget", "--tenant", "acme").out == "Forgot 1 cached answers.\n"
    assert shell("cache", "forget", "--run", "run_b", "--json").json == {"forgotten": 1}
    assert shell("cache", "forget", "--all", "--json").json == {"forgotten": 0}


def test_nothing_is_forgotten_where_nobody_says_what(shell: Shell) -> None:
    said = shell("cache", "forget")
    assert said.code == 2
    assert "--tenant NAME, --run RUN, or --all" in said.err


def test_warming_says_what_is_wrong(shell: Shell) -> None:
    Path("questions.jsonl").write_text('{"messages": []}\n')
    said = shell("cache", "warm", "questions.jsonl", "--url", "http://127.0.0.1:1", "--json")
    assert said.code == 1
    assert "question 1:" in said.err
    Path("questions.jsonl").write_text("hello\n")
    assert "Line 1 is no JSON" in shell("cache", "warm", "questions.jsonl").err
