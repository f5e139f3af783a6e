"""A policy that wants answers for similar questions, and what must have been learned before."""

from __future__ import annotations

from pathlib import Path

import pytest

from bootstrap.openings import POLICY
from lanewise import bootstrap
from lanewise.bootstrap import ServeOptions
from lanewise.bootstrap.similar import content_of
from lanewise.core.acts import COMMAND_LINE
from lanewise.core.answer import Content, Generation
from lanewise.core.clock import SystemClock
from lanewise.core.errors import PolicyError
from lanewise.core.ids import RandomIds
from lanewise.core.request import Dialect
from lanewise.operations.learning import keep_learned
from lanewise.stores.sealing import seal_for
from similarity.pairs_made_up import learned
from stores.opening import database_of

WANTED = "cache: {exact: true}\ntenants: {acme: {cache: {semantic: {alpha: 10%}}}}\n"


async def learn(options: ServeOptions) -> None:
    assert options.store is not None
    async with database_of(options.store) as database:
        seal = seal_for(options.store, {})
        await keep_learned(database, seal, learned(), tenant="", clock=SystemClock(), ids=RandomIds())


async def test_a_policy_that_nothing_was_certified_for_is_refused_with_what_to_do(
    options: ServeOptions, tmp_path: Path
) -> None:
    (tmp_path / "lanewise.yaml").write_text(POLICY + WANTED)
    with pytest.raises(PolicyError, match=r"lanewise cache learn PAIRS --alpha 0\.1 --confidence 0\.9 --tenant acme"):
        async with bootstrap.opened(options):
            pass
    await learn(options)
    async with bootstrap.opened(options) as application:
        (standing, *_) = application.gateway.parts.similar.standings()  # type: ignore[attr-defined]
        assert (standing.tenant, standing.on) == ("acme", True)
        (tmp_path / "lanewise.yaml").write_text(POLICY + WANTED.replace("10%", "1%"))
        with pytest.raises(PolicyError, match="nothing is certified"):
            await application.in_force.reload(COMMAND_LINE)


async def test_an_embedding_whose_model_is_not_installed_is_refused_with_what_to_install(
    options: ServeOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = WANTED.replace("alpha: 10%", "alpha: 10%, embedding: minilm-l6-v2")
    (tmp_path / "lanewise.yaml").write_text(POLICY + wanted)
    monkeypatch.setattr("lanewise.bootstrap.similar.installed", lambda: True)
    with pytest.raises(PolicyError, match=r"cache learn PAIRS .* --tenant acme --embedding minilm-l6-v2"):
        async with bootstrap.opened(options):
            pass
    monkeypatch.setattr("lanewise.bootstrap.similar.installed", lambda: False)
    with pytest.raises(PolicyError, match=r"pip install 'lanewise\[minilm\]'"):
        async with bootstrap.opened(options):
            pass


async def test_what_is_learned_while_the_gateway_runs_makes_the_policy_good(
    options: ServeOptions, tmp_path: Path
) -> None:
    async with bootstrap.opened(options) as application:
        (tmp_path / "lanewise.yaml").write_text(POLICY + WANTED)
        with pytest.raises(PolicyError, match="nothing is certified"):
            await application.in_force.reload(COMMAND_LINE)
        await learn(options)
        await application.in_force.reload(COMMAND_LINE)
        assert application.gateway.policy.tenant("acme").caching.semantic is not None


def test_what_an_answer_says_is_read_where_nobody_has_read_it() -> None:
    body = b'{"choices": [{"message": {"role": "assistant", "content": "Eight."}, "finish_reason": "stop"}]}'
    read = content_of(Generation(dialect=Dialect.OPENAI_CHAT, body=body))
    assert read is not None
    assert read.text == "Eight."
    known = Content(text="Nine.")
    assert content_of(Generation(dialect=Dialect.OPENAI_CHAT, body=body, content=known)) is known


async def test_an_index_that_the_store_cannot_have_is_refused_at_start_and_at_a_reload(
    options: ServeOptions, tmp_path: Path
) -> None:
    in_database = WANTED.replace("exact: true", "exact: true, semantic_index: pgvector")
    (tmp_path / "lanewise.yaml").write_text(POLICY + in_database)
    refused = r"cache\.semantic_index: pgvector needs a PostgreSQL store, .* write `memory`"
    with pytest.raises(PolicyError, match=refused):
        async with bootstrap.opened(options):
            pass
    await learn(options)
    (tmp_path / "lanewise.yaml").write_text(POLICY + WANTED)
    async with bootstrap.opened(options) as application:
        (tmp_path / "lanewise.yaml").write_text(POLICY + in_database)
        with pytest.raises(PolicyError, match=refused):
            await application.in_force.reload(COMMAND_LINE)
