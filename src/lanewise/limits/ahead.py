"""Requests that are let in without asking anybody: from what this process took ahead of need, far below all limits."""

from __future__ import annotations

from lanewise.core.clock import Clock
from lanewise.core.protocols.hot_state import Claim, Standing, Taken
from lanewise.limits.hot_batch import AHEAD_S, Batch, Figures, Whose
from lanewise.limits.hot_standing import narrower, standing_of
from lanewise.limits.mirror import Mirror
from lanewise.limits.prepaid import Prepaid, may_be_prepaid
from lanewise.limits.sliding import BUCKET_S, PER_S
from lanewise.limits.subject import Subject

LOOK_S = 0.5  # a place that nobody wanted in all of this time is given back


class Ahead:
    """What one process holds ahead of need."""

    def __init__(self, clock: Clock, mirror: Mirror) -> None:
        self._clock = clock
        self._time = mirror.time
        self._mine = mirror.mine
        self._open: dict[Whose, Subject] = {}  # of which something is held

    @property
    def empty(self) -> bool:
        """Whether nothing is held."""
        return not self._open

    def take(self, claims: tuple[Claim, ...], tokens: int) -> Taken | None:
        """Let a request in; None where somebody has to be asked."""
        now_s = self._clock.monotonic_s()
        found: list[Subject] = []
        for claim in claims:
            subject = self._mine.subject(claim.tenant, claim.key_id)
            found.append(subject)
            if not claim.limits.unlimited:
                prepaid = subject.prepaid
                if prepaid is None or claim.limits.token_s or not prepaid.serves(claim.limits, now_s):
                    return None
        standing: Standing | None = None
        for claim, subject in zip(claims, found):  # noqa: B905 - of equal length, and asked for every request
            subject.running += 1
            limits = claim.limits
            if not limits.unlimited and subject.prepaid is not None:
                subject.prepaid.use(limits)
                if limits.request_s:
                    server_s = self._time.monotonic_s()
                    subject.requests.slide(int(server_s * PER_S))
                    standing = narrower(standing, standing_of(limits, subject, server_s))
        return Taken(claims, tokens, standing, prepaid=True)

    def ask(self, claims: tuple[Claim, ...], batch: Batch, *, sparing: bool) -> tuple[int, ...]:
        """Before a request asks: how many more to ask for, of each claim. What was not used goes back, and a kept place for this one."""
        now_s = self._clock.monotonic_s()
        wanted = []
        for claim in claims:
            prepaid = self._mine.subject(claim.tenant, claim.key_id).prepaid
            if prepaid is None or not may_be_prepaid(claim.limits):
                wanted.append(0)
                continue
            if prepaid.kept:
                prepaid.kept -= 1
                prepaid.least_kept = min(prepaid.least_kept, prepaid.kept)
            more = 0 if sparing else prepaid.wants(claim.limits, now_s)
            if prepaid.asking and prepaid.left:
                self._return_unused(claim[:2], prepaid, batch)
            wanted.append(more)
        return tuple(wanted)

    def receive(self, claim: Claim, figures: Figures, now_us: int, asked_s: float) -> None:
        """A request was let in by the shared state; `asked_s` is a time before that."""
        if not may_be_prepaid(claim.limits):
            return
        subject = self._mine.subject(claim.tenant, claim.key_id)
        if subject.prepaid is None:
            subject.prepaid = Prepaid()
            subject.prepaid.good_until_s = asked_s + AHEAD_S
            subject.prepaid.held_by_all = figures.held
        elif subject.prepaid.asking:
            at = int((now_us + AHEAD_S * 1e6) // (BUCKET_S * 1e6))
            subject.prepaid.receive(figures.given, at, asked_s + AHEAD_S)
            if figures.given:
                self._open[claim[:2]] = subject

    def refused(self, claims: tuple[Claim, ...]) -> None:
        """A request was not let in, and nothing given ahead."""
        for claim in claims:
            prepaid = self._mine.subject(claim.tenant, claim.key_id).prepaid
            if prepaid is not None:
                prepaid.asking = False

    def keep(self, claim: Claim) -> bool:
        """A request has left its place: whether it is kept for the next one."""
        subject = self._mine.subject(claim.tenant, claim.key_id)
        prepaid = subject.prepaid
        if prepaid is None or not prepaid.may_keep(claim.limits):
            return False
        prepaid.kept += 1
        self._open[claim[:2]] = subject
        return True

    def undo(self, claim: Claim) -> None:
        """A request from what was held never began."""
        prepaid = self._mine.subject(claim.tenant, claim.key_id).prepaid
        if prepaid is not None and claim.limits.request_s and prepaid.left < prepaid.given:
            prepaid.left += 1

    def look(self, batch: Batch, *, last: bool = False) -> None:
        """Give back what nobody wanted for a while; at last, all of it."""
        now_s = self._clock.monotonic_s()
        for whose, subject in list(self._open.items()):
            prepaid = subject.prepaid
            assert prepaid is not None
            if prepaid.left and (last or now_s > prepaid.good_until_s):
                self._return_unused(whose, prepaid, batch)
            unused = prepaid.kept if last else prepaid.least_kept
            if unused:
                prepaid.kept -= unused
                batch.tell(whose)
            prepaid.least_kept = prepaid.kept
            if not prepaid.left and not prepaid.kept:
                del self._open[whose]

    def forget(self) -> None:
        """Nobody can be asked: what is held is not used, and counts as taken."""
        for subject in self._open.values():
            if subject.prepaid is not None:
                subject.prepaid.forget()
        self._open.clear()

    def _return_unused(self, whose: Whose, prepaid: Prepaid, batch: Batch) -> None:
        batch.unused(whose, prepaid.left, prepaid.at)
        self._mine.subject(*whose).requests.take_back(prepaid.at, prepaid.left)
        prepaid.given -= prepaid.left
        prepaid.left = 0
