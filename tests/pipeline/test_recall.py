"""What is given again, to whom, and what of it stands in the books."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import pytest

from lanewise.core.answer import Content, Finish, Meter, ToolCall
from lanewise.core.caching import UNTIL_CORRECTED, Caching
from lanewise.core.events import Deltas, Routed
from lanewise.core.failure import FailureKind
from lanewise.core.policy import Check, TenantPolicy
from lanewise.core.protocols.provider import Call, DeltaSink
from lanewise.core.protocols.router import Ask
from lanewise.core.protocols.verifier import Candidate, Verifier, VerifierDown
from lanewise.core.request import Caller, Dialect, Earlier, Hints, Request
from lanewise.core.verdict import Verdict
from lanewise.pipeline.gateway import Answer
from pipeline.runs import ONE, TWO, a_walk, shown
from pipeline.weighed import always, proof
from walking import CALLER, Script, Walk, answers, fails, lane, request

EXACT = Caching(exact=True)


def cached(caching: Caching = EXACT, **changes: Any) -> dict[str, Any]:
    tenant = TenantPolicy(name="acme", daily_cap_nanousd=50_000_000_000, caching=caching)
    return {"tenant": tenant, "default_tenant": dataclasses.replace(tenant, name="*"), **changes}


async def asked(walk: Walk, of: Request | None = None, caller: Caller = CALLER) -> str:
    """What the caller is told of the cache."""
    await walk.gateway.answer(of or request(), caller, walk.emit)
    return [event.cache for event in walk.events if isinstance(event, Routed)][-1]


def changed(**of_generation: Any) -> Script:
    """An answer that is something else than whole words."""

    async def script(call: Call, meter: Meter, on_deltas: DeltaSink) -> Any:
        return msgspec.structs.replace(await answers()(call, meter, on_deltas), **of_generation)

    return script


async def test_the_second_time_nobody_is_asked_and_the_books_say_what_it_saves() -> None:
    walk = a_walk(**cached())
    assert await asked(walk) == "miss"
    walk.clock.time_s += 90
    again = await walk.gateway.answer(request(), CALLER, walk.emit)

    assert len(walk.provider.calls) == 1
    first, second = walk.ledger.records
    assert again.generation.body == b"Eight."
    assert (second.recalled, second.saved_nanousd) == ("exact", first.cost_nanousd)
    assert (second.cost_nanousd, second.calls, second.outcome) == (0, 0, "success")
    assert (second.lane, second.deployment, second.served_model) == (first.lane, first.deployment, first.served_model)
    recalled = second.trace.recalled
    assert recalled is not None
    assert (recalled.run_id, recalled.age_us) == (first.run_id, 90_000_000)


async def test_a_stream_is_shown_again_as_it_was() -> None:
    walk = a_walk(**cached())
    await asked(walk, request(stream=True))
    before = shown(walk)
    walk.events.clear()
    assert await asked(walk, request(stream=True)) == "hit"
    assert shown(walk) == before
    assert [event.deltas[-1].text for event in walk.events if isinstance(event, Deltas)] == ["Eight."]
    assert len(walk.provider.calls) == 1


async def test_without_the_policy_s_word_every_request_is_asked() -> None:
    walk = a_walk()
    assert [await asked(walk), await asked(walk)] == ["", ""]
    assert len(walk.provider.calls) == 2
    assert walk.cache.answers == {}


@pytest.mark.parametrize(
    "script",
    [
        fails(FailureKind.BAD_REQUEST),
        changed(finish=Finish.LENGTH),
        changed(finish=Finish.TOOL_CALLS),
        changed(finish=Finish.CONTENT_FILTER),
        changed(finish=None),
        changed(empty=True),
        changed(content=Content(text="", refusal="I cannot help with that.")),
        changed(body=b'{"refusal": "I cannot help with that."}'),
        changed(content=Content(tool_calls=(ToolCall(id="1", name="pay", arguments="{}"),))),
        answers(served="known-other-model"),
    ],
    ids=[
        "failure",
        "cut off",
        "tool call",
        "filtered",
        "no end",
        "empty",
        "refusal",
        "refusing body",
        "tools",
        "model",
    ],
)
async def test_what_is_no_whole_answer_is_never_given_again(script: Script) -> None:
    walk = a_walk(scripts={"alpha/small": [script]}, **cached())
    assert [await asked(walk), await asked(walk)] == ["miss", "miss"]
    assert walk.cache.answers == {}


async def test_an_answer_that_is_less_than_was_asked_for_is_not_kept() -> None:
    down = {"alpha/small": [fails(FailureKind.OVERLOADED)]}
    walk = a_walk(TWO, scripts=down, **cached())
    await asked(walk)
    assert walk.ledger.records[0].outcome == "fallback"
    assert walk.cache.answers == {}


@pytest.mark.parametrize(
    ("verdict", "word"),
    [
        (proof(), "hit"),
        (proof(changed=("a comma was added",)), "miss"),
        (proof("reject"), "miss"),
        (proof("unverifiable"), "miss"),
    ],
    ids=["accepted", "mended", "rejected", "unverifiable"],
)
async def test_of_checked_answers_only_accepted_ones_are_given_again(verdict: Verdict, word: str) -> None:
    check = Check(verifier="math_answer", why="verify[0]")
    spoken = {"alpha/small": [changed(content=Content(text="Eight."))]}
    walk = a_walk(lane("standard", "alpha/small", checks=(check,), repairs=0), spoken, **cached())
    walk.verifiers[check] = always(verdict)
    await asked(walk)
    assert await asked(walk) == word
    if word == "hit":
        assert (walk.ledger.records[1].verdict, walk.ledger.records[1].verdict_kind) == ("accept", "proof")


class Gone:
    """A verifier that nobody can reach."""

    async def verify(self, candidate: Candidate, ask: Ask) -> Verdict:
        raise VerifierDown("connection refused")


@pytest.mark.parametrize(
    "absent", [Gone(), always(proof("unverifiable", deferred="sha256:0"))], ids=["down", "answers later"]
)
async def test_an_answer_on_which_a_check_has_still_to_say_its_word_is_not_given_again(absent: Verifier) -> None:
    form, other = Check(verifier="json_schema"), Check(verifier="webhook")
    spoken = {"alpha/small": [changed(content=Content(text="Eight."))]}
    walk = a_walk(lane("standard", "alpha/small", checks=(form, other), repairs=0), spoken, **cached())
    walk.verifiers[form], walk.verifiers[other] = always(proof()), absent
    await asked(walk)
    assert walk.ledger.records[0].verdict == "accept"
    assert await asked(walk) == "miss"


@pytest.mark.parametrize(
    "asking",
    [
        request(hints=Hints(cache="off")),
        request(vendor_tools=True),
        request(choices=2),
        request(earlier=Earlier()),
        request(dialect=Dialect.OPENAI_RESPONSES),
        request(hints=Hints(task="news")),
    ],
    ids=["off", "vendor's tools", "several answers", "goes on", "stored", "task"],
)
async def test_what_cannot_be_asked_twice_is_not_looked_for(asking: Request) -> None:
    walk = a_walk(**cached(Caching(exact=True, tasks_ttl_s={"news": 0.0})))
    assert [await asked(walk, asking), await asked(walk, asking)] == ["bypass", "bypass"]


async def test_whoever_wants_it_anew_gets_it_anew_and_so_does_the_next() -> None:
    walk = a_walk(scripts={"alpha/small": [answers("Eight."), answers("Still eight.")]}, **cached())
    await asked(walk)
    assert await asked(walk, request(hints=Hints(cache="refresh"))) == "miss"
    again = await walk.gateway.answer(request(), CALLER, walk.emit)
    assert (again.record.recalled, again.generation.body) == ("exact", b"Still eight.")


@pytest.mark.parametrize(("task", "seconds"), [(None, 60), ("chat", 60), ("proof", None)])
async def test_an_answer_is_kept_as_long_as_its_kind_of_work_says(task: str | None, seconds: int | None) -> None:
    walk = a_walk(**cached(Caching(exact=True, ttl_s=60.0, tasks_ttl_s={"proof": UNTIL_CORRECTED})))
    await asked(walk, request(hints=Hints(task=task)))
    (kept,) = walk.cache.answers.values()
    lasts_us = kept.expires_us - kept.created_us
    assert lasts_us == seconds * 1_000_000 if seconds is not None else lasts_us > 100 * 365 * 86_400_000_000


async def test_another_tenant_s_identical_request_is_asked() -> None:
    walk = a_walk(ONE, **cached())
    await asked(walk)
    assert await asked(walk, caller=Caller(tenant="globex", key_id="key-1")) == "miss"
    assert await asked(walk, caller=Caller(tenant="acme", key_id="key-2")) == "hit"


@pytest.mark.parametrize(("shared", "word"), [(False, "miss"), (True, "hit")])
async def test_another_user_s_answer_is_given_only_where_the_policy_says_so(shared: bool, word: str) -> None:
    walk = a_walk(**cached(Caching(exact=True, shared_between_users=shared)))
    await asked(walk, request(hints=Hints(user="alice")))
    assert await asked(walk, request(hints=Hints(user="bob"))) == word
    assert await asked(walk, request(hints=Hints(user="alice"))) == "hit"


async def test_an_answer_that_is_kept_for_an_idempotency_key_says_that_it_was_given_again() -> None:
    walk, told = a_walk(**cached()), []

    async def keep(answer: Answer) -> None:
        told.append(answer.record)

    await asked(walk)
    again = await walk.gateway.answer(request(), CALLER, walk.emit, keep=keep)
    assert told == [again.record] == walk.ledger.records[1:]
    assert again.record.recalled == "exact"


async def test_a_tenant_with_nothing_left_to_spend_is_given_what_is_cached() -> None:
    walk = a_walk(**cached())
    await asked(walk)
    poor = dataclasses.replace(walk.gateway.policy.default_tenant, daily_cap_nanousd=1)
    walk.gateway.policy = dataclasses.replace(walk.gateway.policy, tenants={"acme": poor}, default_tenant=poor)
    refused = await walk.gateway.answer(request(text="Another question?"), CALLER, walk.emit)
    assert refused.record.outcome == "refused"
    assert await asked(walk) == "hit"
