"""What is found, for whom, and what ends it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from random import Random

import pytest

from lanewise.core.similar import Audit, Semantic
from lanewise.operations.similar import wishes_of
from lanewise.similarity.watch import Watch
from operations.similar_made import SEMANTIC, Held, a_policy, asked, held_at, held_in
from similarity.pairs_made_up import ANOTHER, QUESTION, SAME
from stores.opening import new_store, sql


async def audit(held: Held, threshold_id: str, *, correct: bool | None, tenant: str = "acme", number: int = 0) -> None:
    told = Audit(
        run_id=f"audit_{tenant}_{number}",
        given_run_id="run_2",
        tenant=tenant,
        threshold_id=threshold_id,
        correct=correct,
        told_by="judge",
    )
    await held.similar.audited(tenant, told)


async def test_a_question_that_wants_the_same_answer_is_found_and_says_how_sure_that_is(tmp_path: Path) -> None:
    async with held_in(tmp_path) as held:
        held.keep(QUESTION)
        alike = await held.similar.find("acme", SEMANTIC, asked(SAME))
        assert alike is not None
        assert alike.name == b"name"
        told = alike.told
        assert told.score >= told.threshold
        assert (told.alpha, told.confidence, told.audited) == (0.1, 0.9, 0)
        assert 0 < told.bound < 0.1
        assert (told.wrong_low, told.wrong_high) == (0.0, 1.0)


@pytest.mark.parametrize(
    "text",
    [ANOTHER, "how can i not change my invoice", "how can i change my 2 invoice", "how can i change my Berlin invoice"],
    ids=["other", "negation", "number", "name"],
)
async def test_what_differs_in_what_matters_is_not(tmp_path: Path, text: str) -> None:
    async with held_in(tmp_path) as held:
        held.keep(QUESTION)
        assert await held.found(text) is None
        assert await held.found(SAME, place=b"another place") is None
        assert await held.found(SAME) == b"name"


async def test_without_anything_learned_nothing_is_found(tmp_path: Path) -> None:
    async with held_at(await new_store(tmp_path)) as held:
        assert held.similar.longest("acme", SEMANTIC) == 0
        assert not held.similar.certified("acme", SEMANTIC)
        held.keep(QUESTION)
        assert await held.found(QUESTION) is None
        await held.learn("globex")
        assert not held.similar.certified("acme", SEMANTIC)
        assert held.similar.certified("globex", SEMANTIC)


@pytest.mark.parametrize(
    ("semantic", "does"),
    [
        (Semantic(alpha=0.2, confidence=0.8), True),
        (Semantic(alpha=0.05, confidence=0.9), False),
        (Semantic(alpha=0.1, confidence=0.95), False),
        (Semantic(alpha=0.1, confidence=0.9, embedding="openai/text-embedding-3-small"), False),
    ],
    ids=["looser", "smaller share", "surer", "another embedding"],
)
async def test_only_what_promises_as_much_does(tmp_path: Path, semantic: Semantic, does: bool) -> None:
    async with held_in(tmp_path) as held:
        assert held.similar.certified("acme", semantic) is does


async def test_audits_that_break_the_bound_end_it_for_that_tenant_until_something_is_learned_again(
    tmp_path: Path,
) -> None:
    async with held_in(tmp_path) as held:
        held.keep(QUESTION)
        threshold_id = held.similar.standings()[0].threshold_id
        expected, number = Watch(alpha=0.1, delta=0.1), 0
        while not expected.broken:
            assert await held.found(SAME) is not None
            expected.note(right=False)
            await audit(held, threshold_id, correct=False, number=number)
            number += 1
        assert await held.found(SAME) is None
        assert await held.found(SAME, tenant="globex") is not None, "what breaks for one tenant may hold for another"
        (act,) = held.acts
        assert (act.name, act.tenant, act.subject, act.detail["wrong"]) == ("similar.end", "acme", threshold_id, number)
        (acme, everyone) = sorted(held.similar.standings(), key=lambda each: each.tenant, reverse=True)
        assert (acme.on, acme.audited, acme.wrong, everyone.on) == (False, number, number, True)
        await audit(held, threshold_id, correct=True, number=number)
        assert len(held.acts) == 1
    async with held_at(tmp_path / "lanewise.db") as later:
        assert await later.found(SAME) is None
        assert later.similar.certified("acme", SEMANTIC), "a policy is not refused for what audits have ended"
        later.clock.time_s += 60
        await later.learn()
        later.keep(QUESTION)
        assert await later.found(SAME) is not None


TRIED = dataclasses.replace(SEMANTIC, audit_share=0.5)


async def tell(held: Held, threshold_id: str, number: int, *, score: float, correct: bool) -> None:
    told = Audit(
        run_id=f"audit_{number:04}",
        given_run_id="run_2",
        tenant="acme",
        threshold_id=threshold_id,
        correct=correct,
        told_by="judge",
        score=score,
        pair=Random(number).randbytes(32),
        share=0.5,
    )
    await held.similar.audited("acme", told)


async def test_what_audits_have_ended_is_tried_and_begins_again_where_they_speak_for_a_stricter_threshold(
    tmp_path: Path,
) -> None:
    async with held_in(tmp_path, of=a_policy(TRIED)) as held:
        held.keep(QUESTION)
        sure = await held.similar.find("acme", TRIED, asked(SAME))
        assert sure is not None
        assert not sure.trial
        threshold_id, least = sure.threshold_id, sure.told.threshold
        number = 0
        while (found := await held.similar.find("acme", TRIED, asked(SAME))) is not None and not found.trial:
            await tell(held, threshold_id, number := number + 1, score=least, correct=False)
        assert found is not None, "what would have been given is known, so that it can be audited"
        assert (found.name, found.pair, found.score) == (sure.name, sure.pair, sure.score)
        assert held.similar.longest("acme", TRIED) > 0
        assert await held.similar.find("acme", SEMANTIC, asked(SAME)) is None, (
            "where nothing is audited nothing is tried"
        )
        while number < 400:
            await tell(held, threshold_id, number := number + 1, score=least + (sure.score - least) * 0.9, correct=True)
        await held.similar.refresh()
        again = await held.similar.find("acme", TRIED, asked(SAME))
        assert again is not None
        assert not again.trial
        assert again.threshold_id != threshold_id
        end, learn = held.acts
        assert (end.name, learn.name, learn.tenant) == ("similar.end", "similar.learn", "acme")
        assert (learn.subject, learn.detail["refit_of"]) == (again.threshold_id, threshold_id)
        others = await held.similar.find("globex", TRIED, asked(SAME))
        assert others is None or others.threshold_id == threshold_id, "another tenant's audits are its own"
        held.clock.time_s += 60
        later = await held.learn()
        found = await held.similar.find("acme", TRIED, asked(SAME))
        assert found is not None
        assert found.threshold_id == later, (
            "what is learned of pairs later is in the place of what audits made of the earlier"
        )


async def test_what_nobody_could_tell_and_what_was_not_asked_counts_for_nothing(tmp_path: Path) -> None:
    async with held_in(tmp_path) as held:
        threshold_id = held.similar.standings()[0].threshold_id
        for number in range(40):
            await audit(held, threshold_id, correct=None, number=number)
        await held.similar.audited("acme", None)
        (acme, *_) = [each for each in held.similar.standings() if each.tenant == "acme"]
        assert (acme.on, acme.audited, acme.unknown) == (True, 0, 40)
        events = held.similar.state().events
        assert (events["acme", "audit_unknown"], events["acme", "audit_skipped"]) == (40, 1)


async def test_a_store_that_takes_no_writes_ends_nothing_and_fails_nobody(tmp_path: Path) -> None:
    async with held_in(tmp_path) as held:
        threshold_id = held.similar.standings()[0].threshold_id
        with sql(tmp_path / "lanewise.db") as connection:
            connection.execute("DROP TABLE similar_audits")
        await audit(held, threshold_id, correct=False)
        assert held.similar.standings()[0].on


def test_by_a_policy_its_tenants_want_it_and_everybody_else() -> None:
    assert [tenant for tenant, _ in wishes_of(a_policy())] == ["acme", "*"]


def ended_after(random: Random, wrong_share: float, audits: int) -> bool:
    watch = Watch(alpha=0.1, delta=0.1)
    for _ in range(audits):
        right = random.random() >= wrong_share
        watch.note(right=right)
        if not right and watch.broken:  # a right one wins nothing
            return True
    return False


@pytest.mark.parametrize(
    ("share", "least", "most"), [(0.05, 0.0, 0.1), (0.1, 0.0, 0.1), (0.2, 0.8, 1.0), (0.3, 0.99, 1.0)]
)
def test_it_ends_as_often_as_promised_where_the_true_share_is_above_alpha_and_rarely_below(
    share: float, least: float, most: float
) -> None:
    """By 400 audits: at most delta of the tenants within their bound are ended, most of those at twice it, all at three times."""
    random = Random(17)
    ended = sum(ended_after(random, share, 400) for _ in range(150)) / 150
    assert least <= ended <= most
