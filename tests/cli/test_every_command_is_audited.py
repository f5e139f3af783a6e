"""Every command that changes a store leaves a row in its audit log."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
import pytest

from cli.shells import Shell
from lanewise.cli import COMMANDS
from lanewise.stores.cache_rows import CacheRows
from similarity.pairs_made_up import made_up
from stores.opening import database_of, fill
from stores.samples import a_record
from stores.test_cache_rows import a_row

#: Commands that change no store: they read one, write a file beside it, or ask a gateway like any caller.
READING = {
    *("serve", "simulate", "demo", "drill", "check", "trace", "budgets", "report", "backup", "processes"),
    *("keys list", "audit", "audit verify", "cache stats", "cache warm", "eval strategies", "eval judge", "eval cache"),
}
#: All others: how each is called, and the act it is.
ACTS: dict[str, tuple[tuple[str, ...], str]] = {
    "keys create": (("--tenant", "acme"), "key.create"),
    "keys rotate": (("{key_id}",), "key.rotate"),
    "keys revoke": (("{key_id}",), "key.revoke"),
    "cache forget": (("--tenant", "acme"), "cache.forget"),
    "cache learn": (("pairs.jsonl", "--alpha", "10%"), "similar.learn"),
    "forget": (("--user", "anna", "--yes"), "user.forget"),
    "migrate": ((), "store.migrate"),
}


def commands() -> Iterator[str]:
    for name in COMMANDS:
        command = importlib.import_module(f"lanewise.cli.{name}").command
        if isinstance(command, click.Group):
            yield from (f"{name} {each}" for each in command.commands)
            if command.invoke_without_command:
                yield name
        else:
            yield name


def test_every_command_is_known_here() -> None:
    assert set(commands()) == READING | set(ACTS), "a new command: tell its act, or that it only reads"


@pytest.mark.parametrize("name", ACTS)
def test_it_leaves_a_row(shell: Shell, name: str) -> None:
    asked, act = ACTS[name]
    key = ""
    if name != "migrate":
        assert shell("migrate").code == 0
        key = shell("keys", "create", "--tenant", "acme", "--json").json[0]["key_id"]
        asyncio.run(_something_to_forget(Path("lanewise.db")))
    Path("pairs.jsonl").write_text("\n".join(msgspec.json.encode(pair).decode() for pair in made_up(noise=0.0)))
    before = 0 if name == "migrate" else len(_acts(shell))
    assert shell(*name.split(), *(word.format(key_id=key) for word in asked)).code == 0
    (told,) = _acts(shell)[before:]
    assert (told["act"], told["who"], told["from"]) == (act, "command line", "this machine")


def test_a_store_that_is_as_it_should_be_is_not_migrated(shell: Shell) -> None:
    for _ in range(2):
        assert shell("migrate").code == 0
    assert [each["act"] for each in _acts(shell)] == ["store.migrate"]


def _acts(shell: Shell) -> list[dict[str, str]]:
    told: list[dict[str, str]] = shell("audit", "--json").json
    return told


async def _something_to_forget(store: Path) -> None:
    await asyncio.to_thread(fill, store, a_record("run_1", tenant="acme", user="anna"))
    async with database_of(store) as database:
        await CacheRows(database).write([a_row(b"a")], 0)
