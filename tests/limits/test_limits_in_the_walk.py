"""What vendors say of their limits decides where the next request goes."""

from __future__ import annotations

import msgspec
import pytest

from lanewise.core.answer import Generation, Meter
from lanewise.core.failure import FailureKind
from lanewise.core.protocols.pace import Quota
from lanewise.core.protocols.provider import Call, DeltaSink
from walking import CALLER, Script, Walk, answers, fails, lane, policy, request


def answers_with(quota: Quota) -> Script:
    """A vendor that answers, and says what is left."""

    async def script(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        meter.quota = quota
        return await answers()(call, meter, on_deltas)

    return script


def walk(first: Script) -> Walk:
    of = policy(lane("standard", "alpha/small", "beta/small"))
    return Walk(of, {"alpha/small": [first, answers()], "beta/small": [answers()]})


async def test_a_vendor_with_nothing_left_is_passed_over_until_some_of_it_is_back() -> None:
    at = walk(answers_with(Quota(requests_left=0, requests_reset_s=60.0)))
    for wait_s in (0.0, 2.9, 0.2):
        at.clock.time_s += wait_s
        await at.gateway.answer(request(), CALLER, at.emit)
    assert at.provider.asked() == ["alpha/small", "beta/small", "alpha/small"]


async def test_a_vendor_that_says_when_to_come_back_is_not_asked_before() -> None:
    at = walk(fails(FailureKind.RATE_LIMITED, retry_after_s=20.0))
    for wait_s in (0.0, 19.0, 2.0):
        at.clock.time_s += wait_s
        await at.gateway.answer(request(), CALLER, at.emit)
    assert at.provider.asked() == ["alpha/small", "beta/small", "beta/small", "alpha/small"]


@pytest.mark.parametrize(("continues", "asked_last"), [(True, "beta/small"), (False, "alpha/small")])
async def test_a_conversation_stays_where_it_was_answered_when_the_first_choice_is_back(
    *, continues: bool, asked_last: str
) -> None:
    at = walk(fails(FailureKind.RATE_LIMITED, retry_after_s=20.0))
    asks = request(opening="\nHow many legs has a spider?")
    await at.gateway.answer(asks, CALLER, at.emit)
    at.clock.time_s += 60.0
    await at.gateway.answer(msgspec.structs.replace(asks, continues=continues), CALLER, at.emit)
    assert at.provider.asked()[-1] == asked_last
