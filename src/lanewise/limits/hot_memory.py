"""Hot state in this process's memory: rates by the generic cell rate algorithm, concurrency by counting."""

from __future__ import annotations

from lanewise.core.clock import Clock
from lanewise.core.limiting import Limits
from lanewise.core.protocols.hot_state import Allowed, Claim, HotStanding, Short, Standing, Taken

SPARED = 0.1
"""The share of a limit that sparing requests leave to others."""

CONCURRENCY_RETRY_S = 1.0  # nobody knows when a place is given back
_GRAIN_S = 1e-9
_FEW = 1_024  # subjects, below which nothing is swept


class Subject:
    """What one tenant or key has taken. The times are those at which its next request, or token, would come if all came evenly."""

    __slots__ = ("requests_s", "running", "tokens_s")

    def __init__(self) -> None:
        self.requests_s = 0.0
        self.tokens_s = 0.0
        self.running = 0


class MemoryHotState:
    """GCRA (ITU-T I.371, as a virtual schedule): two floats and a count for each tenant and each key that has limits."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._subjects: dict[tuple[str, str], Subject] = {}
        self._sweep_at = _FEW

    async def take(self, claims: tuple[Claim, ...], tokens: int, *, sparing: bool = False) -> Taken | Short:
        """Take what is claimed, or nothing."""
        return self.take_now(claims, tokens, sparing=sparing)

    def take_now(self, claims: tuple[Claim, ...], tokens: int, *, sparing: bool = False) -> Taken | Short:
        """The same, for those who hold limits of their own."""
        now_s = self._clock.monotonic_s()
        found: list[Subject] = []
        short: Short | None = None
        for claim in claims:
            subject = self._subjects.get(claim[:2]) or self._new_subject(claim, now_s)
            found.append(subject)
            if not claim.limits.unlimited:
                lacking = _lacking(claim, subject, tokens, now_s, sparing=sparing)
                if lacking is not None and (short is None or lacking.retry_after_s > short.retry_after_s):
                    short = lacking
        if short is not None:
            return short
        standing = None
        for claim, subject in zip(claims, found):  # noqa: B905 - of equal length, and asked for every request
            subject.running += 1
            limits = claim.limits
            if limits.request_s:
                subject.requests_s = max(subject.requests_s, now_s) + limits.request_s
            if limits.token_s:
                subject.tokens_s = max(subject.tokens_s, now_s) + cost_s(limits, tokens)
            if limits.request_s or limits.token_s:
                standing = narrower(standing, standing_of(limits, subject, now_s))
        return Taken(claims, tokens, standing)

    def note(self, claims: tuple[Claim, ...], tokens: int) -> Taken:
        """Write down what was let in elsewhere; no rate is ever further ahead of time than its burst."""
        now_s = self._clock.monotonic_s()
        for claim in claims:
            subject = self._subjects.get(claim[:2]) or self._new_subject(claim, now_s)
            subject.running += 1
            limits = claim.limits
            if limits.request_s:
                ahead_s = max(subject.requests_s - now_s, 0.0) + limits.request_s
                subject.requests_s = now_s + min(ahead_s, limits.requests_burst_s)
            if limits.token_s:
                ahead_s = max(subject.tokens_s - now_s, 0.0) + cost_s(limits, tokens)
                subject.tokens_s = now_s + min(ahead_s, limits.tokens_burst_s)
        return Taken(claims, tokens)

    def give_back(self, taken: Taken, tokens: int) -> None:
        """Give places back; the tokens that were taken too many, or too few, are settled."""
        for claim in taken.claims:
            subject = self._subjects[claim.tenant, claim.key_id]
            subject.running -= 1
            limits = claim.limits
            if limits.token_s and tokens != taken.tokens:
                more_s = tokens * limits.token_s - cost_s(limits, taken.tokens)
                from_s = max(subject.tokens_s, self._clock.monotonic_s()) if more_s > 0 else subject.tokens_s
                subject.tokens_s = from_s + more_s

    def undo(self, taken: Taken) -> None:
        """Give everything back."""
        for claim in taken.claims:
            subject = self._subjects[claim.tenant, claim.key_id]
            subject.running -= 1
            subject.requests_s -= claim.limits.request_s
            subject.tokens_s -= cost_s(claim.limits, taken.tokens)

    def stands(self) -> HotStanding:
        """Nobody else is asked."""
        return HotStanding(shared=False, alone=False, processes=1)

    def running(self, tenant: str, key_id: str = "") -> int:
        """How many requests of a tenant or key are running."""
        subject = self._subjects.get((tenant, key_id))
        return 0 if subject is None else subject.running

    def ahead_s(self, tenant: str, key_id: str = "") -> tuple[float, float]:
        """How far ahead of time requests and tokens are."""
        subject, now_s = self._subjects.get((tenant, key_id)), self._clock.monotonic_s()
        return (0.0, 0.0) if subject is None else (max(subject.requests_s - now_s, 0), max(subject.tokens_s - now_s, 0))

    def _new_subject(self, claim: Claim, now_s: float) -> Subject:
        if len(self._subjects) >= self._sweep_at:
            self._sweep(now_s)
        subject = self._subjects[claim[:2]] = Subject()
        return subject

    def _sweep(self, now_s: float) -> None:
        """Forget who has nothing running and all of its burst again; each sweep pays for itself by as many newcomers."""
        kept = {
            whose: each
            for whose, each in self._subjects.items()
            if each.running or each.requests_s > now_s or each.tokens_s > now_s
        }
        self._subjects = kept
        self._sweep_at = max(_FEW, 2 * len(kept))


def cost_s(limits: Limits, tokens: int) -> float:
    """Of the rate's time, what so many tokens take when a request begins: more than the whole burst could never begin."""
    return min(tokens * limits.token_s, limits.tokens_burst_s)


def _lacking(claim: Claim, subject: Subject, tokens: int, now_s: float, *, sparing: bool) -> Short | None:
    """What of one claim is short, that takes longest to come back."""
    limits = claim.limits
    kind, wait_s = "", 0.0
    if limits.concurrency is not None and subject.running >= places_of(limits.concurrency, sparing=sparing):
        kind, wait_s = "concurrency", CONCURRENCY_RETRY_S
    if limits.request_s:
        burst_s = burst_of(limits.requests_burst_s, limits.request_s, sparing=sparing)
        late_s = max(subject.requests_s, now_s) + limits.request_s - burst_s - now_s
        if late_s > max(wait_s, _GRAIN_S):
            kind, wait_s = "rate", late_s
    if limits.token_s:
        taking_s = cost_s(limits, tokens)
        burst_s = burst_of(limits.tokens_burst_s, taking_s, sparing=sparing)
        late_s = max(subject.tokens_s, now_s) + taking_s - burst_s - now_s
        if late_s > max(wait_s, _GRAIN_S):
            kind, wait_s = "token_rate", late_s
    if not kind:
        return None
    return Short(claim=claim, kind=kind, retry_after_s=wait_s, standing=standing_of(limits, subject, now_s))


def places_of(concurrency: int, *, sparing: bool) -> int:
    """The places there are for a request."""
    return concurrency - max(1, int(concurrency * SPARED)) if sparing and concurrency > 1 else concurrency


def burst_of(burst_s: float, taking_s: float, *, sparing: bool) -> float:
    """How far ahead of time a request may come, that takes so much of it."""
    spared_s = burst_s * (1.0 - SPARED)
    return spared_s if sparing and taking_s <= spared_s else burst_s


def standing_of(limits: Limits, subject: Subject, now_s: float) -> Standing:
    """What is left of one tenant's or key's rates."""
    requests = tokens = None
    if limits.request_s:
        requests = _allowed(
            limits.requests_per_minute, limits.request_s, limits.requests_burst_s, subject.requests_s - now_s
        )
    if limits.token_s:
        tokens = _allowed(limits.tokens_per_minute, limits.token_s, limits.tokens_burst_s, subject.tokens_s - now_s)
    return Standing(requests=requests, tokens=tokens)


def _allowed(per_minute: float | None, one_s: float, burst_s: float, ahead_s: float) -> Allowed:
    ahead_s = max(ahead_s, 0.0)
    remaining = max(0, int((burst_s - ahead_s) / one_s + _GRAIN_S))
    return Allowed(int(per_minute or 0), remaining, ahead_s)


def narrower(one: Standing | None, other: Standing) -> Standing:
    """Of two standings, the fewer of each that remain."""
    if one is None:
        return other
    return Standing(requests=_fewer(one.requests, other.requests), tokens=_fewer(one.tokens, other.tokens))


def _fewer(one: Allowed | None, other: Allowed | None) -> Allowed | None:
    if one is None or other is None:
        return one or other
    return min(one, other, key=lambda each: each.remaining)
