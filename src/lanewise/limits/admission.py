"""Who is let in: within the limits of tenant and key first, then to a place of the process; who can wait waits for both.

A request that waits for limits holds nothing, one that waits for a place of the process has its tenant's. Interactive requests do not wait
for limits; so, as long as a tenant has some, its requests that can wait leave a tenth of each limit to them. One that has waited half of
what it may spares nothing, and is next after four interactive ones.
"""

from __future__ import annotations

import asyncio
from collections import Counter

import msgspec

from lanewise.core.clock import Clock
from lanewise.core.digits import in_digits
from lanewise.core.errors import LimitReached
from lanewise.core.plurals import counted
from lanewise.core.policy import Policy
from lanewise.core.protocols.admission import CrowdState, Entrant, Place
from lanewise.core.protocols.hot_state import Claim, HotState, Short, Taken
from lanewise.limits.lately import LatelyInteractive
from lanewise.limits.lines import Lines
from lanewise.limits.turns import CAN_WAIT, IN_A_ROW, INTERACTIVE, Full, Turn, Turns
from lanewise.limits.usual_output import UsualOutput

_LEAST_WAIT_S = 0.005  # less is not worth asking again
_LOOK_AGAIN_S = 0.25  # for a place that another process may give back unseen
_PLACE_RETRY_S = 1.0
_SHARE_OF_ROOM = 2  # one tenant's requests may take one of so many parts of the room to wait in


class _Held(msgspec.Struct, frozen=True, gc=False):
    """What a place is given back with."""

    taken: Taken
    turn: Turn
    counts_tokens: bool


class FairLimiter:
    """Lets requests in, over the hot state of one process or of several."""

    def __init__(self, clock: Clock, hot: HotState) -> None:
        self._clock = clock
        self._hot = hot
        self._turns = Turns(clock)
        self._usual = UsualOutput()
        self._lines = Lines()
        self._interactive = LatelyInteractive(clock)
        self._refused: Counter[str] = Counter()
        self._waited: Counter[str] = Counter()

    async def enter(self, entrant: Entrant, policy: Policy) -> Place:
        """Let a request in. Raises LimitReached."""
        tenant, places = entrant.tenant, policy.crowd.places
        claims = claims_of(entrant)
        counts_tokens = bool(claims[0].limits.token_s or claims[-1].limits.token_s)
        tokens = 0
        if counts_tokens:
            tokens = self._usual.estimate(tenant.name, entrant.input_tokens, entrant.most_output_tokens)
        may_wait = entrant.can_wait or places is not None
        began_s = self._clock.monotonic_s() if may_wait else 0.0
        if entrant.can_wait:
            taken = await self._take_in_time(entrant, claims, tokens, policy)
        else:
            taken = await self._take_now(entrant, claims, tokens)
        if isinstance(taken, Short):
            raise self._refusal(taken, waited=may_wait and self._clock.monotonic_s() > began_s + _LEAST_WAIT_S)
        turn = self._turns.take(tenant.name, tenant.weight, places)
        if turn is None:
            turn = await self._wait_for_turn(entrant, taken, policy, began_s)
        waited_s = self._clock.monotonic_s() - began_s if may_wait else 0.0
        if waited_s > _LEAST_WAIT_S:
            self._waited["entered"] += 1
        return Place(entrant, taken.standing, waited_s, _Held(taken, turn, counts_tokens))

    def leave(self, place: Place, tokens: int) -> None:
        """Give the place back."""
        held, entrant = place.held, place.entrant
        assert isinstance(held, _Held)
        name = entrant.tenant.name
        self._hot.give_back(held.taken, tokens)
        if held.counts_tokens and tokens:
            self._usual.learn(name, tokens - entrant.input_tokens)
        if self._lines.waiting:
            self._lines.wake(name)
        self._turns.give_back(held.turn)

    def state(self) -> CrowdState:
        """The door as it stands."""
        return CrowdState(
            running=self._turns.running,
            queued=self._turns.waiting + self._lines.waiting,
            refused=self._refused,
            waited=self._waited,
            hot=self._hot.stands(),
        )

    async def _take_now(self, entrant: Entrant, claims: tuple[Claim, ...], tokens: int) -> Taken | Short:
        """What is claimed, at once or not at all; now and then one that waits goes first."""
        name = entrant.tenant.name
        if not claims[-1].limits.unlimited:
            self._interactive.note(name)
        late = self._lines.overdue(name, entrant.key_id) if self._lines.waiting else None
        if late is None:
            return await self._hot.take(claims, tokens)
        if late.passed_by >= IN_A_ROW:
            return late.short
        taken = await self._hot.take(claims, tokens)
        late.passed_by += isinstance(taken, Taken)
        return taken

    async def _take_in_time(
        self, entrant: Entrant, claims: tuple[Claim, ...], tokens: int, policy: Policy
    ) -> Taken | Short:
        """What is claimed, after a wait where others of the key wait already or a limit is short."""
        name, key_id = entrant.tenant.name, entrant.key_id
        line = self._lines.find(name, key_id)
        room = policy.waiting.places
        has_room = self._lines.waiting < room and self._lines.of_tenant(name) < max(1, room // _SHARE_OF_ROOM)
        if line is None or not has_room:
            told = await self._hot.take(claims, tokens, sparing=has_room and self._interactive.of(name))
            if isinstance(told, Taken) or not has_room:
                return told
        else:
            told = line.short
        line, word = self._lines.join(name, key_id, told)
        try:
            began_s, most_s = self._clock.monotonic_s(), _most_wait_s(entrant, policy.waiting.max_wait_s)
            while True:
                waited_s = self._clock.monotonic_s() - began_s
                wait_s = most_s - waited_s
                if line.waiting[0] is word:
                    sparing = waited_s < most_s / 2 and self._interactive.of(name)
                    told = await self._hot.take(claims, tokens, sparing=sparing)
                    if isinstance(told, Taken):
                        return told
                    line.short, line.overdue = told, waited_s >= most_s / 2
                    if told.retry_after_s > wait_s and not sparing and told.kind != "concurrency":
                        return told
                    soon_s = _LOOK_AGAIN_S if told.kind == "concurrency" else told.retry_after_s
                    if sparing:  # from then on it spares nothing, and may be let in
                        soon_s = min(soon_s, most_s / 2 - waited_s)
                    wait_s = min(wait_s, max(soon_s, _LEAST_WAIT_S))
                if most_s - waited_s < _LEAST_WAIT_S:
                    return line.short
                await _hear(word, wait_s)
        finally:
            self._lines.leave(name, key_id, word)

    async def _wait_for_turn(self, entrant: Entrant, taken: Taken, policy: Policy, began_s: float) -> Turn:
        tenant, crowd = entrant.tenant, policy.crowd
        usual_s = policy.waiting.max_wait_s if entrant.can_wait else crowd.interactive_wait_s
        left_s = _most_wait_s(entrant, usual_s) - (self._clock.monotonic_s() - began_s)
        urgency = CAN_WAIT if entrant.can_wait else INTERACTIVE
        try:
            return await self._turns.wait(
                tenant.name, tenant.weight, urgency, room=policy.waiting.places, wait_s=max(left_s, 0.0)
            )
        except Full:
            self._hot.undo(taken)
            self._refused["process.concurrency"] += 1
            self._waited["refused"] += 1
            raise LimitReached(
                f"{counted(crowd.places or 0, 'request is', 'requests are')} being answered, which is all that this gateway "
                "takes at once (limits.concurrency)",
                retry_after_s=_PLACE_RETRY_S,
                limit="process.concurrency",
                standing=taken.standing,
            ) from None
        except BaseException:
            self._hot.undo(taken)
            raise

    def _refusal(self, short: Short, *, waited: bool) -> LimitReached:
        whose = "key" if short.claim.key_id else "tenant"
        limit = f"{whose}.{short.kind}"
        self._refused[limit] += 1
        if waited:
            self._waited["refused"] += 1
        return LimitReached(in_words(short), retry_after_s=short.retry_after_s, limit=limit, standing=short.standing)


def claims_of(entrant: Entrant) -> tuple[Claim, ...]:
    """What a request claims: of its tenant always, so that it counts when limits are written later; of its key where it has any."""
    tenant = entrant.tenant
    of_tenant = Claim(tenant.name, "", tenant.limits)
    of_key = tenant.key_limits.of(entrant.key_id)
    return (of_tenant,) if of_key.unlimited else (of_tenant, Claim(tenant.name, entrant.key_id, of_key))


def in_words(short: Short) -> str:
    """What a refused caller is told, and the key of the policy that says so."""
    tenant, key_id, limits = short.claim
    who = f"Tenant {tenant!r}" if not key_id else f"The key {key_id} of tenant {tenant!r}"
    where = f"tenants.{tenant}.{short.kind}" if not key_id else f"tenants.{tenant}.per_key.{short.kind}, or in keys"
    if short.kind == "concurrency":
        return f"{who} has {counted(limits.concurrency or 0, 'request')} running, which is its limit ({where})"
    amount, of = limits.requests_per_minute, "request"
    if short.kind == "token_rate":
        amount, of = limits.tokens_per_minute, "token"
    rate = round(amount or 0.0, 2)
    return f"{who} is over its rate of {in_digits(rate)} {of if rate == 1 else f'{of}s'} a minute ({where})"


def _most_wait_s(entrant: Entrant, usual_s: float) -> float:
    return usual_s if entrant.deadline_s is None else min(usual_s, entrant.deadline_s)


async def _hear(word: asyncio.Event, most_s: float) -> None:
    """Wait until somebody says that it is worth looking again, or so long."""
    try:
        async with asyncio.timeout(most_s):
            await word.wait()
    except TimeoutError:
        pass
    word.clear()
