"""What a process knows of the state that it shares with others: of everybody's windows, as the last answer said, and of its own requests.

While nobody can be asked, each of N processes counts what it lets in N times in here: so all of them together let in no more than was left
of each rate, as far as they knew, whoever had taken the rest. What each took is written down by itself and told when that can be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from lanewise.core.clock import Clock
from lanewise.core.protocols.hot_state import Claim, Short, Standing, Taken
from lanewise.limits.hot_batch import AHEAD_S, Batch, Figures, Whose, by_age
from lanewise.limits.hot_memory import MemoryHotState
from lanewise.limits.hot_standing import narrower, standing_of
from lanewise.limits.server_time import ServerTime
from lanewise.limits.sliding import BUCKET_S, PER_S, Window
from lanewise.limits.taken_alone import TakenAlone

AHEAD_BUCKETS = int(AHEAD_S / BUCKET_S) + 1
_MOST_ASKED = 64  # with each beat, of those that have nothing running


class Mirror:
    """The windows of all, by the server's clock, and the places of this process."""

    def __init__(self, clock: Clock) -> None:
        self.time = ServerTime(clock)
        self.mine = MemoryHotState(self.time)
        self._held: dict[Whose, Claim] = {}  # of whom the shared state is to know
        self._alone = TakenAlone()
        self._telling = TakenAlone()  # what is under way
        self._weighed = TakenAlone()  # all that counts for several processes in here
        self._weight = 1
        self._asking: Counter[Whose] = Counter()  # places of requests that the shared state is asked for too

    @property
    def now(self) -> int:
        """The bucket that is filling."""
        return int(self.time.monotonic_s() * PER_S)

    def held(self, tenant: str, key_id: str) -> int:
        """Places that this process holds, without those that are just being asked for: the shared state counts these by itself."""
        return self.mine.subject(tenant, key_id).held - self._asking[tenant, key_id]

    @contextmanager
    def asking(self, claims: tuple[Claim, ...]) -> Iterator[None]:
        """A request that has its places of this process's share is asked for meanwhile."""
        whose = [claim[:2] for claim in claims]
        self._asking.update(whose)
        try:
            yield
        finally:
            self._asking.subtract(whose)
            for each in whose:
                if not self._asking[each]:
                    del self._asking[each]

    def set_clock(self, now_us: int) -> int:
        """An answer has just come that was given at this time. By how many buckets the server's clock was set since the one before."""
        later = self.time.learn(now_us / 1e6)
        if later:
            self.mine.clock_was_set(later)
            self._alone.clock_was_set(later)
            self._telling.clock_was_set(later)
            self._weighed.clock_was_set(later)
        return later

    def agree(self, whose: Whose, figures: Figures, *, let_in: bool = False) -> None:
        """One stands like this, with all processes together; a request of this one was let in just now."""
        subject, now_s = self.mine.subject(*whose), self.time.monotonic_s()
        at = requests_at = int(now_s * PER_S)
        subject.requests.slide(at)
        claim = self._held.get(whose)
        if claim is None or 2 * subject.requests.total <= (claim.limits.requests_per_minute or 0):
            requests_at += AHEAD_BUCKETS  # others may have taken some ahead of need, and use them until then
        if let_in and figures.requests > subject.requests.total:
            subject.requests.add(at, 1)
        subject.agree(figures.requests, figures.tokens, at, requests_at=requests_at)
        subject.requests_s = now_s + figures.requests_ahead_s
        subject.tokens_s = now_s + figures.tokens_ahead_s
        if subject.prepaid is not None:
            subject.prepaid.held_by_all = figures.held

    def hold(self, claim: Claim) -> None:
        """Somebody asked for this one: how it stands is worth knowing for a while, let in or not."""
        self._held[claim[:2]] = claim

    def note(self, claims: tuple[Claim, ...], tokens: int, standing: Standing | None) -> Taken:
        """A request was let in by the shared state, which has counted it."""
        for claim in claims:
            self._held[claim[:2]] = claim
            self.mine.subject(claim.tenant, claim.key_id).running += 1
        return Taken(claims, tokens, standing, self.now)

    def standing(self, claims: tuple[Claim, ...]) -> Standing | None:
        """What is left of the narrower of these limits; None where there is no rate."""
        standing, now_s = None, self.time.monotonic_s()
        for claim in claims:
            if claim.limits.request_s or claim.limits.token_s:
                of_claim = standing_of(claim.limits, self.mine.subject(claim.tenant, claim.key_id), now_s)
                standing = narrower(standing, of_claim)
        return standing

    def take_alone(self, claims: tuple[Claim, ...], tokens: int, *, sparing: bool, processes: int) -> Taken | Short:
        """Let a request in, at this process's share of what is left; or say what is short."""
        self._weight = processes
        taken = self.mine.take_now(claims, tokens, sparing=sparing, weight=processes)
        if isinstance(taken, Taken):
            for claim in claims:
                self._held[claim[:2]] = claim
            self._alone.note(claims, tokens, taken.at)
            self._weighed.note(claims, tokens, taken.at)
        return taken

    def share_again(self) -> None:
        """The others have told what they took: this process counts for itself again, and what they took as it is learned."""
        for whose in self._held:
            subject = self.mine.subject(*whose)
            for window, own in (
                (subject.requests, self._weighed.of(whose)),
                (subject.tokens, self._weighed.tokens_of(whose)),
            ):
                for at, amount in own.items():
                    window.take_back(at, amount * (self._weight - 1))
        self._weighed = TakenAlone()

    def take_back_alone(self, taken: Taken) -> None:
        """The shared state is to decide of this one too: its share is used, and nothing is to be told."""
        for claim in taken.claims:
            self.mine.subject(claim.tenant, claim.key_id).running -= 1
        self._alone.undo(taken.claims, taken.tokens, taken.at)

    def settle_alone(self, claim: Claim, more: int, *, then: int) -> None:
        """A request took so many tokens more than were counted then, or fewer, and that cannot be told now."""
        self._alone.settle(claim, more, then=then, now=self.now)

    def undo_alone(self, taken: Taken) -> None:
        """A request never began, and that cannot be told now."""
        if taken.standing is not None and taken.standing.alone:
            self._alone.undo(taken.claims, taken.tokens, taken.at)

    def tell(self, batch: Batch) -> None:
        """Say what is held, and what was taken alone; `told` says what came of it."""
        now = self.now
        asked = 0
        for whose, claim in list(self._held.items()):
            subject = self.mine.subject(*whose)
            if subject.held:
                batch.tell(whose)
            elif subject.is_idle(self.time.monotonic_s()):
                del self._held[whose]
            # How it stands, in case that soon nobody can be asked: these, and next time others.
            elif asked < _MOST_ASKED:
                asked += 1
                batch.tell(whose)
                self._held[whose] = self._held.pop(whose, claim)
        self._alone.slide(now)
        self._weighed.slide(now)
        self._telling, self._alone = self._alone, TakenAlone()
        self._telling.tell(batch, now)

    def told(self, *, reached: bool) -> None:
        """What was to be told has been, or not."""
        if not reached:
            self._alone.add(self._telling)
        self._telling = TakenAlone()

    def restore(self, batch: Batch) -> None:
        """The shared state has lost its memory: say what is known of the last minute, but what was taken alone, which is told by itself."""
        now, now_s = self.now, self.time.monotonic_s()
        for whose in self._held:
            subject = self.mine.subject(*whose)
            requests = self._known(subject.requests, [self._telling.of(whose), self._alone.of(whose)], now)
            tokens = self._known(subject.tokens, [self._telling.tokens_of(whose), self._alone.tokens_of(whose)], now)
            ahead_s = max(subject.requests_s - now_s, 0.0), max(subject.tokens_s - now_s, 0.0)
            if requests or tokens or any(ahead_s):
                batch.restore(whose, requests, tokens, ahead_s)

    def _known(self, window: Window, alone: list[dict[int, int]], now: int) -> list[int]:
        pairs = []
        for at, amount in zip(window.at, window.amounts, strict=True):
            own = sum(each.get(at, 0) for each in alone) * self._weight
            pairs.append((at, max(0, amount - own)))
        return by_age(pairs, now)
