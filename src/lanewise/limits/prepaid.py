"""What a process holds of one tenant's or key's limits before anybody asks for it: requests of the rate, counted when taken, and places."""

from __future__ import annotations

from lanewise.core.limiting import Limits

_MOST_AHEAD = 1_000  # requests; more at a time spare next to nothing


class Prepaid:
    """Requests that were taken ahead of need, and places that a request has left and the next one may have."""

    __slots__ = (
        "asking",
        "at",
        "given",
        "good_until_s",
        "held_by_all",
        "kept",
        "least_kept",
        "left",
        "next",
        "request_s",
    )

    def __init__(self) -> None:
        self.left = 0  # requests
        self.given = 0  # as many as there were at first
        self.at = 0  # the bucket in which they are counted
        self.good_until_s = 0.0
        self.next = 0  # requests to ask for, when there are none left
        self.asking = False
        self.kept = 0  # places
        self.least_kept = 0  # since somebody looked last
        self.held_by_all = 0  # places, of all processes, when they were told last

    def serves(self, limits: Limits, now_s: float) -> bool:
        """Whether it holds a request's place and its share of the rate."""
        if limits.request_s and (not self.left or now_s > self.good_until_s):
            return False
        return limits.concurrency is None or self.kept > 0

    def use(self, limits: Limits) -> None:
        """Take a request's part of it."""
        if limits.request_s:
            self.left -= 1
        if limits.concurrency is not None:
            self.kept -= 1
            self.least_kept = min(self.least_kept, self.kept)

    def wants(self, limits: Limits, now_s: float) -> int:
        """How many requests to ask for ahead of need: as many as were used of the last ones, twice that where they lasted not long."""
        if self.asking or not limits.request_s or (self.left and now_s <= self.good_until_s):
            return 0
        self.asking = True
        soon = now_s <= self.good_until_s
        self.next = min(2 * self.next + 2, _MOST_AHEAD) if soon else self.given - self.left
        return self.next

    def receive(self, given: int, at: int, good_until_s: float) -> None:
        """So many were given."""
        self.asking = False
        self.next = min(self.next, given)
        self.left = self.given = given
        self.at = at
        self.good_until_s = good_until_s

    def may_keep(self, limits: Limits) -> bool:
        """Whether a place that was left may wait here for the next request: not where others could be short of it."""
        return limits.concurrency is not None and 2 * self.held_by_all <= limits.concurrency

    def forget(self) -> None:
        """All of it is worth nothing any more."""
        self.left = self.given = self.kept = self.least_kept = self.next = 0
        self.asking = False


def may_be_prepaid(limits: Limits) -> bool:
    """Whether anything of these limits can be had ahead of need: not where it depends on the tokens, or must come evenly."""
    return not limits.unlimited and not limits.token_s and not (limits.request_s and limits.smooth)
