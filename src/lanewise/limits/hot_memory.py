"""Hot state in this process's memory: rates by sliding windows, smoothed where a burst is set, concurrency by counting."""

from __future__ import annotations

from lanewise.core.clock import Clock
from lanewise.core.limiting import MINUTE_S, Limits
from lanewise.core.protocols.hot_state import Claim, HotStanding, Short, Standing, Taken
from lanewise.limits.hot_standing import narrower, standing_of
from lanewise.limits.sliding import PER_S
from lanewise.limits.subject import Subject

SPARED = 0.1
"""The share of a limit that sparing requests leave to others."""

CONCURRENCY_RETRY_S = 1.0  # nobody knows when a place is given back
_GRAIN_S = 1e-9
_FEW = 1_024  # subjects, below which nothing is swept


class MemoryHotState:
    """A window of requests and one of tokens for each tenant and each key that has such limits, and a count of what is running.

    Beside the windows GCRA (ITU-T I.371, as a virtual schedule) smooths requests where not all of a minute's may come at once, and keeps
    what tokens were estimated too low for longer than a minute.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._subjects: dict[tuple[str, str], Subject] = {}
        self._sweep_at = _FEW

    async def take(self, claims: tuple[Claim, ...], tokens: int, *, sparing: bool = False) -> Taken | Short:
        """Take what is claimed, or nothing."""
        return self.take_now(claims, tokens, sparing=sparing)

    def take_now(
        self, claims: tuple[Claim, ...], tokens: int, *, sparing: bool = False, weight: int = 1
    ) -> Taken | Short:
        """The same, for those who hold limits of their own. Each of `weight` processes that cannot ask one another counts for all."""
        now_s = self._clock.monotonic_s()
        at = int(now_s * PER_S)
        usual = weight == 1 and not sparing
        found: list[Subject] = []
        short: Short | None = None
        for claim in claims:
            subject = self._subjects.get(claim[:2]) or self._new_subject(claim[:2], now_s)
            found.append(subject)
            limits = claim.limits
            if not limits.unlimited and not (usual and subject.fits(limits, tokens, at, now_s)):
                kind, wait_s = lacking(limits, subject, tokens, now_s, sparing=sparing, weight=weight)
                if kind and (short is None or wait_s > short.retry_after_s):
                    standing = standing_of(limits, subject, now_s, weight)
                    short = Short(claim=claim, kind=kind, retry_after_s=wait_s, standing=standing)
        if short is not None:
            return short
        left: Standing | None = None
        for claim, subject in zip(claims, found):  # noqa: B905 - of equal length, and asked for every request
            limits = claim.limits
            if weight == 1:
                subject.count(limits, tokens, at, now_s)
            else:
                subject.count_for_all(limits, tokens, at, now_s, weight=weight)
            if limits.request_s or limits.token_s:
                standing = standing_of(limits, subject, now_s, weight)
                left = standing if left is None else narrower(left, standing)
        return Taken(claims, tokens, left, at, weight)

    def give_back(self, taken: Taken, tokens: int) -> None:
        """Give places back; the tokens that were taken too many, or too few, are settled."""
        for claim in taken.claims:
            subject = self._subjects[claim.tenant, claim.key_id]
            subject.running -= 1
            limits = claim.limits
            if limits.token_s and tokens != taken.tokens:
                more = tokens - min(taken.tokens, limits.tokens_at_once)
                subject.settle(limits, taken.at, self._clock.monotonic_s(), more * taken.weight)

    def undo(self, taken: Taken) -> None:
        """Give everything back."""
        for claim in taken.claims:
            subject = self._subjects[claim.tenant, claim.key_id]
            subject.running -= 1
            subject.uncount(claim.limits, taken)

    def stands(self) -> HotStanding:
        """Nobody else is asked."""
        return HotStanding(shared=False, alone=False, processes=1)

    def subject(self, tenant: str, key_id: str = "") -> Subject:
        """What one tenant or key has taken."""
        whose = (tenant, key_id)
        return self._subjects.get(whose) or self._new_subject(whose, self._clock.monotonic_s())

    def clock_was_set(self, buckets: int) -> None:
        """The clock is so many buckets later than what was counted by it."""
        for each in self._subjects.values():
            each.shift(buckets)

    def _new_subject(self, whose: tuple[str, str], now_s: float) -> Subject:
        if len(self._subjects) >= self._sweep_at:
            self._sweep(now_s)
        subject = self._subjects[whose] = Subject()
        return subject

    def _sweep(self, now_s: float) -> None:
        """Forget who has nothing running and has taken nothing lately; each sweep pays for itself by as many newcomers."""
        self._subjects = {whose: each for whose, each in self._subjects.items() if not each.is_idle(now_s)}
        self._sweep_at = max(_FEW, 2 * len(self._subjects))


def lacking(
    limits: Limits, subject: Subject, tokens: int, now_s: float, *, sparing: bool, weight: int
) -> tuple[str, float]:
    """What is short of one claim, that takes longest to come back, and how long that is; empty where nothing is."""
    kind, wait_s = "", 0.0
    if limits.concurrency is not None and subject.running >= places_of(limits.concurrency, weight, sparing=sparing):
        kind, wait_s = "concurrency", CONCURRENCY_RETRY_S
    if limits.request_s:
        late_s = _late_requests_s(limits, subject, now_s, weight, sparing=sparing)
        if late_s > max(wait_s, _GRAIN_S):
            kind, wait_s = "rate", late_s
    if limits.token_s:
        taking = min(tokens, limits.tokens_at_once) * weight
        late_s = _late_tokens_s(limits, subject, now_s, taking, sparing=sparing)
        if late_s > max(wait_s, _GRAIN_S):
            kind, wait_s = "token_rate", late_s
    return kind, wait_s


def _late_requests_s(limits: Limits, subject: Subject, now_s: float, weight: int, *, sparing: bool) -> float:
    most = limits.requests_per_minute or 0
    window, at = subject.requests, int(now_s * PER_S)
    if at >= window.expires:
        window.slide(at)
    over = window.total + min(weight, most) - most_of(most, weight, sparing=sparing)
    late_s = window.free_in_s(over, now_s) if over > 0 else 0.0
    if limits.smooth or sparing:
        taking_s = limits.request_s * weight
        burst_s = burst_of(max(limits.requests_burst_s, taking_s), taking_s, sparing=sparing)
        late_s = max(late_s, max(subject.requests_s, now_s) + taking_s - burst_s - now_s)
    return late_s


def _late_tokens_s(limits: Limits, subject: Subject, now_s: float, taking: int, *, sparing: bool) -> float:
    most = limits.tokens_per_minute or 0
    window, at = subject.tokens, int(now_s * PER_S)
    if at >= window.expires:
        window.slide(at)
    over = window.total + min(taking, most) - most_of(most, taking, sparing=sparing)
    late_s = window.free_in_s(over, now_s) if over > 0 else 0.0
    taking_s = taking * limits.token_s
    burst_s = burst_of(max(limits.tokens_burst_s, taking_s), taking_s, sparing=sparing)
    return max(late_s, max(subject.tokens_s, now_s) + taking_s - burst_s - now_s)


def places_of(concurrency: int, weight: int = 1, *, sparing: bool) -> int:
    """The places there are for a request; of each of `weight` processes, one at least."""
    places = concurrency if weight == 1 else max(1, concurrency // weight)
    return places - max(1, int(places * SPARED)) if sparing and places > 1 else places


def most_of(most: int, taking: int, *, sparing: bool) -> int:
    """How much a minute may hold when a request is let in that takes so much of it."""
    if not sparing:
        return most
    spared = int(most * (1.0 - SPARED))
    return spared if taking <= spared else most


def burst_of(burst_s: float, taking_s: float, *, sparing: bool) -> float:
    """How far ahead of time a request may come, that takes so much of it. Sparing ones come evenly, so that what they leave lasts."""
    return max(min(burst_s, SPARED * MINUTE_S), taking_s) if sparing else burst_s
