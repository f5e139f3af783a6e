"""A share of the answers that were given to similar questions is asked for again: what that costs, whom, and what it tells."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

import pytest

from lanewise.core.failure import FailureKind
from lanewise.core.limiting import Limits
from lanewise.core.similar import Audit, Semantic, SimilarStanding
from pipeline.similar_walks import SimilarWalk, question, says, similar_walk
from similarity.pairs_made_up import QUESTION, SAME
from stores.opening import sql
from walking import Script, deployment, fails

ALL = Semantic(alpha=0.1, confidence=0.9, audit_share=1.0)
JUDGED = Semantic(alpha=0.1, confidence=0.9, audit_share=1.0, judge="judge/model")
JUDGE = deployment("judge/model")
LONG = "To change it, open the settings, choose the second tab, and save what you have written there."
OTHER = "Nobody can do that by themselves: write to those who sent it and ask them for a new one."


async def audited(similar: SimilarWalk) -> SimilarStanding:
    """How the tenant stands once nothing is asked again any more."""
    await asyncio.gather(*_audits())
    return similar.held.similar.standings()[-1]  # of everyone, where the tenant has no audits


def _audits() -> set[asyncio.Task[object]]:
    return {task for task in asyncio.all_tasks() if task.get_name() == "audit"}


@pytest.mark.parametrize(
    ("now", "counted"),
    [("Eight.", (1, 0, 0)), ("Nine.", (1, 1, 0)), (LONG, (0, 0, 1))],
    ids=["right", "wrong", "nobody can tell"],
)
async def test_an_audit_is_a_run_of_its_own_that_says_what_it_is(
    tmp_path: Path, now: str, counted: tuple[int, int, int]
) -> None:
    async with similar_walk(tmp_path, ALL, {"alpha/small": [says("Eight."), says(now)]}) as similar:
        await similar.ask(QUESTION)
        assert await similar.word(SAME) == "similar"
        standing = await audited(similar)
        assert (standing.audited, standing.wrong, standing.unknown) == counted
        _, given, again = similar.walk.ledger.records
        assert again.trace.audited is not None
        assert again.trace.audited.run_id == given.run_id
        assert again.cost_nanousd > 0
        assert (again.tenant, again.key_id, again.recalled) == (given.tenant, given.key_id, "")
        answer = await similar.ask(SAME)
        assert (answer.record.recalled, answer.generation.body) == ("exact", now.encode()), "the new answer is kept"


async def test_what_too_many_were_wrong_of_is_given_to_nobody_and_audited_all_the_same(tmp_path: Path) -> None:
    scripts = {"alpha/small": [says("Eight."), says("Eight legs."), says("Eight.")]}
    async with similar_walk(tmp_path, ALL, scripts) as similar:
        await similar.ask(QUESTION)
        threshold_id = similar.held.similar.standings()[-1].threshold_id
        tenant = similar.walk.ledger.records[0].tenant
        for number in range(20):
            told = Audit(
                run_id=f"a{number}",
                given_run_id="r",
                tenant=tenant,
                threshold_id=threshold_id,
                correct=False,
                told_by="words",
            )
            await similar.held.similar.audited(tenant, told)
        assert await similar.word(SAME) == "miss"
        standing = await audited(similar)
        *_, own, again = similar.walk.ledger.records
        assert (own.recalled, len(similar.walk.provider.calls)) == ("", 3)
        assert again.trace.audited is not None
        assert (again.trace.audited.run_id, again.trace.audited.correct) == (own.run_id, True)
        assert similar.held.similar.state().events[tenant, "trial"] == 1
        with sql(tmp_path / "lanewise.db") as connection:
            score, share = connection.execute(
                "SELECT score, share FROM similar_audits WHERE run_id = ?", (again.run_id,)
            ).fetchone()
        assert (score > 0.5, share) == (True, 1.0)
        assert standing is not None


async def test_without_its_share_nothing_is_asked_again(tmp_path: Path) -> None:
    async with similar_walk(tmp_path) as similar:
        await similar.ask(QUESTION)
        await similar.ask(SAME)
        await audited(similar)
        assert len(similar.walk.provider.calls) == 1


@pytest.mark.parametrize(
    ("verdicts", "counted", "told_by"),
    [
        (['{"same": true}', '{"same": true}'], (1, 0, 0), "judge"),
        (['{"same": false}', '{"same": false}'], (1, 1, 0), "judge"),
        (['{"same": true}', '{"same": false}'], (0, 0, 1), ""),
        (["I cannot say."], (0, 0, 1), ""),
    ],
    ids=["same", "different", "by the order", "nothing"],
)
async def test_of_open_answers_a_judge_tells_and_its_calls_are_the_audit_s(
    tmp_path: Path, verdicts: list[str], counted: tuple[int, int, int], told_by: str
) -> None:
    scripts: dict[str, list[Script]] = {
        "alpha/small": [says(LONG), says(OTHER)],
        "judge/model": [says(each) for each in verdicts],
    }
    async with similar_walk(tmp_path, JUDGED, scripts, deployments={"judge/model": JUDGE}) as similar:
        await similar.ask(QUESTION)
        await similar.ask(SAME)
        standing = await audited(similar)
        assert (standing.audited, standing.wrong, standing.unknown) == counted
        again = similar.walk.ledger.records[-1]
        assert again.trace.audited is not None
        assert again.trace.audited.told_by == told_by
        assert [call.deployment for call in again.trace.calls].count("judge/model") == len(verdicts)


async def test_where_no_answer_came_nothing_is_counted(tmp_path: Path) -> None:
    scripts = {"alpha/small": [says("Eight."), fails(FailureKind.BAD_REQUEST)]}
    async with similar_walk(tmp_path, ALL, scripts) as similar:
        await similar.ask(QUESTION)
        await similar.ask(SAME)
        standing = await audited(similar)
        assert (standing.audited, standing.unknown) == (0, 0)
        assert similar.held.similar.state().events["acme", "audit_skipped"] == 1


async def test_a_tenant_near_its_stop_pays_for_no_audit(tmp_path: Path) -> None:
    async with similar_walk(tmp_path, ALL) as similar:
        paid = await similar.ask(QUESTION)
        of = similar.walk.gateway.policy
        cap = int(paid.record.cost_nanousd * 1.05)
        poor = dataclasses.replace(of.default_tenant, daily_cap_nanousd=cap)
        similar.walk.gateway.policy = dataclasses.replace(of, default_tenant=poor)
        assert await similar.word(SAME) == "similar"
        await audited(similar)
        assert len(similar.walk.provider.calls) == 1
        assert similar.held.similar.state().events["acme", "audit_skipped"] == 1


async def test_an_audit_counts_towards_the_tenant_s_rate_and_is_left_out_at_it(tmp_path: Path) -> None:
    async with similar_walk(tmp_path, ALL) as similar:
        of = similar.walk.gateway.policy
        slow = dataclasses.replace(of.default_tenant, limits=Limits(requests_per_minute=2))
        similar.walk.gateway.policy = dataclasses.replace(of, default_tenant=slow)
        await similar.ask(QUESTION)
        await similar.ask(SAME)
        await audited(similar)
        assert len(similar.walk.provider.calls) == 1
        assert similar.held.similar.state().events["acme", "audit_skipped"] == 1


async def test_wrong_answers_end_it(tmp_path: Path) -> None:
    wrong = {"alpha/small": [says("Eight."), says("Nine.")]}
    async with similar_walk(tmp_path, ALL, wrong) as similar:
        words = []
        for number in range(12):
            system = f"Case {number}."
            similar.walk.provider.scripts["alpha/small"] = [says("Eight."), says("Nine.")]
            await similar.ask(question(QUESTION, system=system))
            words.append(await similar.word(question(SAME, system=system)))
            await audited(similar)
        assert words[0] == "similar"
        assert words[-1] == "miss"
        assert words == sorted(words, reverse=True), "once it is off it stays off"
        assert [act.name for act in similar.held.acts] == ["similar.end"]
