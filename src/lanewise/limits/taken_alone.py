"""What a process lets in while it can ask nobody: written down, to be told when it can."""

from __future__ import annotations

from typing import NamedTuple

from lanewise.core.protocols.hot_state import Claim
from lanewise.limits.hot_batch import Batch, Whose, by_age
from lanewise.limits.sliding import Window


class _Own(NamedTuple):
    claim: Claim
    requests: Window
    tokens: Window


class TakenAlone:
    """Requests and tokens of the last minute, by tenant and key."""

    def __init__(self) -> None:
        self._owns: dict[Whose, _Own] = {}

    def note(self, claims: tuple[Claim, ...], tokens: int, at: int) -> None:
        """A request was let in."""
        for claim in claims:
            limits = claim.limits
            own = self._of(claim)
            if limits.request_s:
                own.requests.add(at, 1)
            if limits.token_s:
                own.tokens.add(at, min(tokens, limits.tokens_at_once))

    def settle(self, claim: Claim, more: int, *, then: int, now: int) -> None:
        """A request took so many tokens more than were counted then, or fewer."""
        own = self._of(claim)
        if more > 0:
            own.tokens.add(now, more)
        else:
            own.tokens.take_back(then, -more)

    def undo(self, claims: tuple[Claim, ...], tokens: int, at: int) -> None:
        """A request never began."""
        for claim in claims:
            own = self._of(claim)
            own.requests.take_back(at, 1)
            own.tokens.take_back(at, min(tokens, claim.limits.tokens_at_once))

    def tell(self, batch: Batch, now: int) -> None:
        """Say all of it."""
        for own in self._owns.values():
            requests, tokens = (by_age(list(zip(each.at, each.amounts, strict=True)), now) for each in own[1:])
            if requests or tokens:
                batch.add(own.claim, requests, tokens)

    def of(self, whose: Whose) -> dict[int, int]:
        """How many requests of one, by bucket."""
        own = self._owns.get(whose)
        return {} if own is None else dict(zip(own.requests.at, own.requests.amounts, strict=True))

    def tokens_of(self, whose: Whose) -> dict[int, int]:
        """How many tokens of one, by bucket."""
        own = self._owns.get(whose)
        return {} if own is None else dict(zip(own.tokens.at, own.tokens.amounts, strict=True))

    def add(self, other: TakenAlone) -> None:
        """What could not be told after all."""
        for own in other._owns.values():
            mine = self._of(own.claim)
            for into, of in ((mine.requests, own.requests), (mine.tokens, own.tokens)):
                for at, amount in zip(of.at, of.amounts, strict=True):
                    into.add(at, amount)

    def slide(self, now: int) -> None:
        """Let go of what is over a minute old."""
        for whose, own in list(self._owns.items()):
            own.requests.slide(now)
            own.tokens.slide(now)
            if not own.requests.total and not own.tokens.total:
                del self._owns[whose]

    def clock_was_set(self, buckets: int) -> None:
        """The clock is so many buckets later than what was counted by it."""
        for own in self._owns.values():
            own.requests.shift(buckets)
            own.tokens.shift(buckets)

    def _of(self, claim: Claim) -> _Own:
        own = self._owns.get(claim[:2])
        if own is None:
            own = self._owns[claim[:2]] = _Own(claim, Window(), Window())
        return own
