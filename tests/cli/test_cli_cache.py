from __future__ import annotations

import asyncio
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import msgspec
import pytest

from cli.shells import Shell
from lanewise.stores.cache_rows import CacheRows
from similarity.pairs_made_up import made_up
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
    told = shell("cache", "stats", "--json").json
    assert {row["tenant"]: row["answers"] for row in told["tenants"]} == {"acme": 1, "globex": 1}
    assert told["similar"] == []
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
    assert "line 1:" in said.err
    Path("questions.jsonl").write_text("hello\n")
    assert "Line 1 is no JSON" in shell("cache", "warm", "questions.jsonl").err


class Uncached(BaseHTTPRequestHandler):
    """A gateway whose policy caches nothing."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("x-lanewise-cache", "bypass")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def test_warming_a_gateway_that_caches_nothing_fails_with_what_to_write(shell: Shell) -> None:
    Path("questions.jsonl").write_text('{"messages": []}\n')
    with ThreadingHTTPServer(("127.0.0.1", 0), Uncached) as gateway:
        Thread(target=gateway.serve_forever, daemon=True).start()
        said = shell("cache", "warm", "questions.jsonl", "--url", f"http://127.0.0.1:{gateway.server_port}")
        gateway.shutdown()
    assert said.code == 1
    assert "1 never cached" in said.out
    assert "write `cache: {exact: true}`" in said.err


def test_what_can_be_certified_is_learned_and_told_and_what_cannot_is_not(shell: Shell) -> None:
    def written(noise: float) -> str:
        lines = (msgspec.json.encode(pair).decode() for pair in made_up(noise=noise))
        Path("pairs.jsonl").write_text("\n".join(lines))
        return "pairs.jsonl"

    refused = shell("cache", "learn", written(0.4), "--alpha", "5%")
    assert refused.code == 1
    assert "Nothing can be certified for at most 5.0% wrong at 90% confidence: of 250 pairs" in refused.err
    assert "Label noise" in refused.err
    assert shell("cache", "stats", "--json").json["similar"] == []

    assert "Certified: at most 10.0% wrong" in shell("cache", "learn", written(0.0), "--alpha", "10%").out
    made = shell("cache", "learn", written(0.0), "--alpha", "5%", "--tenant", "acme", "--json").json
    assert 0.0 < made["threshold"] < 1.0
    assert made["wrong"] < 0.05 * made["hits"]
    told = shell("cache", "stats", "--json").json["similar"]
    assert [(each["tenant"], each["alpha"], each["on"]) for each in told] == [("acme", 0.05, True), ("*", 0.1, True)]
    assert "≤ 10.0% at 90%" in shell("cache", "stats").out


def test_learning_says_what_is_wrong(shell: Shell) -> None:
    Path("pairs.csv").write_text("one,other,same\na,b,1\n")
    assert "at least 50 are needed" in shell("cache", "learn", "pairs.csv", "--alpha", "10%").err
    assert shell("cache", "learn", "pairs.csv", "--alpha", "0").code == 2
    Path("pairs.jsonl").write_text("hello\n")
    assert "Line 1" in shell("cache", "learn", "pairs.jsonl", "--alpha", "10%").err


def test_an_embedding_that_is_none_is_told_before_anybody_is_asked(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "pairs.jsonl").write_text('{"one": "a?", "other": "b?", "same": true}\n')
    assert shell("migrate").code == 0
    said = shell("cache", "learn", str(tmp_path / "pairs.jsonl"), "--alpha", "10%", "--embedding", "minilm")
    assert said.code == 2
    assert (
        "--embedding 'minilm' is none: write minilm-l6-v2, hashed-ngrams-3-5, or a deployment as provider/model"
        in " ".join(said.err.split())
    )
