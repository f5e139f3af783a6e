from __future__ import annotations

import dataclasses
from pathlib import Path

import msgspec
import pytest

from lanewise.core.ids import RandomIds
from lanewise.core.similar import Semantic
from lanewise.operations.learning import keep_learned
from lanewise.operations.similar_stats import similar_stats
from lanewise.operations.thresholds import Thresholds
from lanewise.similarity.learned import Learned
from lanewise.stores.database import Database
from lanewise.stores.sealing import Seal
from lanewise.stores.similar_rows import AuditRow, SimilarRows
from operations.similar_made import SEAL
from similarity.pairs_made_up import learned
from stores.opening import database_of, new_store
from walking import SetClock

WISH = Semantic(alpha=0.2, confidence=0.8)
CLOCK = SetClock()


async def keep(database: Database, made: Learned | None = None, tenant: str = "", seal: Seal = SEAL) -> str:
    CLOCK.time_s += 1
    kept = await keep_learned(database, seal, made or learned(), tenant=tenant, clock=CLOCK, ids=RandomIds())
    return kept.threshold_id


async def followed(database: Database) -> Thresholds:
    rows = SimilarRows(database)
    thresholds = Thresholds(rows, SEAL)
    await thresholds.follow((await rows.revisions())[0])
    return thresholds


async def test_a_tenant_s_own_wins_over_everyone_s_and_a_later_one_over_an_earlier(tmp_path: Path) -> None:
    async with database_of(await new_store(tmp_path)) as database:
        everyone = await keep(database)
        earlier, own = await keep(database, tenant="acme"), await keep(database, tenant="acme")
        latest = await keep(database)
        thresholds = await followed(database)
        chosen = {name: thresholds.in_force(name, WISH) for name in ("acme", "globex")}
        assert {name: each and each.threshold_id for name, each in chosen.items()} == {"acme": own, "globex": latest}
        assert len({everyone, earlier, own, latest}) == 4


async def test_what_was_sealed_with_another_key_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with database_of(await new_store(tmp_path)) as database:
        await keep(database, seal=Seal(b"k" * 32))
        assert (await followed(database)).of("acme", WISH) is None
    assert "another key" in capsys.readouterr().out


async def test_what_was_learned_by_other_rules_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = learned()
    certified = msgspec.structs.replace(made.certified, rules=made.certified.rules - 1)
    async with database_of(await new_store(tmp_path)) as database:
        await keep(database, dataclasses.replace(made, certified=certified))
        assert (await followed(database)).of("acme", WISH) is None
        assert await similar_stats(database) == ()
    assert "learn it again" in capsys.readouterr().out


async def test_the_store_is_read_again_only_where_something_has_changed(tmp_path: Path) -> None:
    async with database_of(await new_store(tmp_path)) as database:
        await keep(database)
        thresholds = await followed(database)
        before = thresholds.of("acme", WISH)
        await keep(database)
        await thresholds.follow(1)
        assert thresholds.of("acme", WISH) is before
        await thresholds.follow(2)
        assert thresholds.of("acme", WISH) is not before


async def test_two_processes_that_see_a_bound_break_end_it_once(tmp_path: Path) -> None:
    async with database_of(await new_store(tmp_path)) as database:
        threshold_id = await keep(database)
        one, other = await followed(database), await followed(database)
        ended = []
        for number in range(20):
            row = AuditRow(
                run_id=f"audit_{number}",
                given_run_id="run",
                tenant="acme",
                threshold_id=threshold_id,
                correct=0,
                told_by="judge",
                at_us=number,
            )
            ended.append(await (one, other)[number % 2].audited(row))
        (standing,) = [each for each in ended if each is not None]
        assert not standing.on
        assert standing.audited == standing.wrong
        assert one.in_force("acme", WISH) is other.in_force("acme", WISH) is None
