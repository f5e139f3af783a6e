"""What one tenant or one key has taken of its limits."""

from __future__ import annotations

from lanewise.core.limiting import Limits
from lanewise.core.protocols.hot_state import Taken
from lanewise.limits.prepaid import Prepaid
from lanewise.limits.sliding import BUCKET_S, PER_S, Window

_GRAIN_S = 1e-9


class Subject:
    """Windows of requests and tokens, when the next of each would come if all came evenly, and how many requests are running."""

    __slots__ = ("prepaid", "requests", "requests_s", "running", "tokens", "tokens_s")

    def __init__(self) -> None:
        self.requests = Window()
        self.tokens = Window()
        self.requests_s = 0.0  # GCRA's theoretical arrival time; asked for where requests are to come evenly
        self.tokens_s = 0.0  # the same; and a debt may be larger than a minute
        self.running = 0
        self.prepaid: Prepaid | None = None  # where several processes share limits

    @property
    def held(self) -> int:
        """Places that this process holds."""
        return self.running if self.prepaid is None else self.running + self.prepaid.kept

    def fits(self, limits: Limits, tokens: int, at: int, now_s: float) -> bool:
        """Whether a request is within these limits, that takes so many tokens. What else it lacks, `hot_memory.lacking` says."""
        if limits.concurrency is not None and self.running >= limits.concurrency:
            return False
        if limits.request_s:
            window = self.requests
            if at >= window.expires:
                window.slide(at)
            if window.total >= limits.requests_per_minute:  # type: ignore[operator]  # it has a rate
                return False
            if limits.smooth and self.requests_s - now_s + limits.request_s > limits.requests_burst_s + _GRAIN_S:
                return False
        if limits.token_s:
            window = self.tokens
            if at >= window.expires:
                window.slide(at)
            taking = tokens if tokens < limits.tokens_at_once else limits.tokens_at_once  # noqa: FURB136 - a call less
            if window.total + taking > limits.tokens_per_minute:  # type: ignore[operator]  # it has one
                return False
            if self.tokens_s - now_s + taking * limits.token_s > limits.tokens_burst_s + _GRAIN_S:
                return False
        return True

    def count(self, limits: Limits, tokens: int, at: int, now_s: float) -> None:
        """A request was let in."""
        self.running += 1
        if limits.request_s:
            window = self.requests
            if window.newest == at:
                window.amounts[-1] += 1
                window.total += 1
            else:
                window.add(at, 1)
            from_s = self.requests_s if self.requests_s > now_s else now_s  # noqa: FURB136 - a call less
            self.requests_s = from_s + limits.request_s
        if limits.token_s:
            taking = tokens if tokens < limits.tokens_at_once else limits.tokens_at_once  # noqa: FURB136 - a call less
            window = self.tokens
            if window.newest == at:
                window.amounts[-1] += taking
                window.total += taking
            else:
                window.add(at, taking)
            from_s = self.tokens_s if self.tokens_s > now_s else now_s  # noqa: FURB136 - a call less
            self.tokens_s = from_s + taking * limits.token_s

    def count_for_all(self, limits: Limits, tokens: int, at: int, now_s: float, *, weight: int) -> None:
        """A request was let in where nobody could be asked: it counts for each of so many processes."""
        self.running += 1
        if limits.request_s:
            self.requests.add(at, min(weight, limits.requests_per_minute or 0))
            self.requests_s = max(self.requests_s, now_s) + limits.request_s * weight
        if limits.token_s:
            taking = min(tokens, limits.tokens_at_once) * weight
            self.tokens.add(at, min(taking, limits.tokens_per_minute or 0))
            self.tokens_s = max(self.tokens_s, now_s) + taking * limits.token_s

    def settle(self, limits: Limits, at: int, now_s: float, more: int) -> None:
        """So many tokens more were taken than were counted in this bucket; below zero, fewer."""
        if more > 0:
            self.tokens.add(int(now_s * PER_S), more)
            self.tokens_s = max(self.tokens_s, now_s) + more * limits.token_s
        elif more < 0:
            self.tokens.take_back(at, -more)
            self.tokens_s += more * limits.token_s

    def uncount(self, limits: Limits, taken: Taken) -> None:
        """A request never began; what it had of a prepaid share is not counted here."""
        if taken.prepaid:
            return
        weight = taken.weight
        if limits.request_s:
            self.requests.take_back(taken.at, weight)
            self.requests_s -= limits.request_s * weight
        if limits.token_s:
            tokens = min(taken.tokens, limits.tokens_at_once) * weight
            self.tokens.take_back(taken.at, tokens)
            self.tokens_s -= tokens * limits.token_s

    def shift(self, buckets: int) -> None:
        """The clock was set: everything is so many buckets later."""
        self.requests.shift(buckets)
        self.tokens.shift(buckets)
        self.requests_s += buckets * BUCKET_S
        self.tokens_s += buckets * BUCKET_S

    def agree(self, requests: int, tokens: int, at: int, *, requests_at: int) -> None:
        """So many are in the windows of all processes: what this one did not know of came now at the latest, or may come by then."""
        for window, counted, then in ((self.requests, requests, requests_at), (self.tokens, tokens, at)):
            if at >= window.expires:
                window.slide(at)
            more = counted - window.total
            if more > 0:
                window.add(then, more)
            elif more < 0:
                window.drop_oldest(-more)

    def is_idle(self, now_s: float) -> bool:
        """Whether nothing would be forgotten with it."""
        at = int(now_s * PER_S)
        self.requests.slide(at)
        self.tokens.slide(at)
        return (
            not (self.held or self.requests.total or self.tokens.total) and max(self.requests_s, self.tokens_s) <= now_s
        )
