"""Batches for the state that processes share, in its own words: what is asked, and what is answered. See `stores/hot_limits.lua`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from lanewise.core.limiting import Limits
from lanewise.core.protocols.hot_state import Claim, Short, Taken
from lanewise.limits.hot_memory import burst_of, most_of, places_of
from lanewise.limits.sliding import LIVES

_TAKE, _SETTLE, _UNDO, _ADD, _RESTORE, _TELL = range(1, 7)
_KINDS = ("", "concurrency", "rate", "token_rate")
_UNBOUNDED = -1
_US = 1e6
AHEAD_S = 5.0
"""For so long requests may be used that were taken ahead of need."""

Whose = tuple[str, str]
"""A tenant and a key of it; without a key, the tenant itself."""


class Answer(NamedTuple):
    """What came back of a batch."""

    processes: int
    word: str  # another one than before: the server has lost its memory
    keys_changed: int
    now_us: int  # by the server's clock
    results: list[list[float]]  # of each operation


class Figures(NamedTuple):
    """How a tenant or key stands, with all processes together."""

    requests: int  # in the last minute
    tokens: int
    requests_ahead_s: float  # of time, where its burst is smaller than its rate
    tokens_ahead_s: float
    held: int  # places
    given: int  # requests, ahead of need


class Asked(NamedTuple):
    """One request that waits for its answer."""

    claims: tuple[Claim, ...]
    tokens: int
    told: asyncio.Future[Taken | Short | None]  # None: there was no answer


class Batch:
    """What a process has to ask and to tell at one moment."""

    def __init__(self) -> None:
        self._subjects: dict[Whose, int] = {}
        self._operations: list[list[Any]] = []
        self._told: set[int] = set()
        self.asked: dict[int, Asked] = {}  # by the place of its operation
        self.mentioned: dict[int, Whose] = {}  # the same for all other operations

    def __len__(self) -> int:
        return len(self._operations)

    @property
    def subjects(self) -> list[str]:
        """Names of tenants and keys, each once. Unambiguous: a tenant's name says how long it is."""
        return [f"{len(tenant)}:{tenant}:{key_id}" for tenant, key_id in self._subjects]

    def take(
        self, claims: tuple[Claim, ...], tokens: int, *, sparing: bool, ahead: tuple[int, ...] = ()
    ) -> asyncio.Future[Taken | Short | None]:
        """Ask for a request's places, its share of rates and its tokens; and for requests ahead of need, of each claim so many."""
        operation: list[Any] = [_TAKE]
        for index, claim in enumerate(claims):
            wanted = _wanted(claim.limits, tokens, sparing=sparing)
            operation += (self._subject(claim[:2]), *wanted, ahead[index] if ahead else 0)
        told: asyncio.Future[Taken | Short | None] = asyncio.get_running_loop().create_future()
        self.asked[len(self._operations)] = Asked(claims, tokens, told)
        self._operations.append(operation)
        return told

    def settle(self, claim: Claim, tokens: int, at: int) -> None:
        """A request took so many tokens more than were counted then, or fewer."""
        self._say(claim[:2], _SETTLE, tokens, tokens * claim.limits.token_s * _US, at)

    def undo(self, claim: Claim, taken: Taken) -> None:
        """A request never began; what was taken ahead of need stays so."""
        limits = claim.limits
        tokens = min(taken.tokens, limits.tokens_at_once) if limits.token_s else 0
        requests = 1 if limits.request_s and not taken.prepaid else 0
        self._say(
            claim[:2],
            _UNDO,
            requests,
            requests * limits.request_s * _US,
            tokens,
            tokens * limits.token_s * _US,
            taken.at,
        )

    def unused(self, whose: Whose, requests: int, at: int) -> None:
        """So many requests were taken ahead of need, and there was none."""
        self._say(whose, _UNDO, requests, 0, 0, 0, at)

    def add(self, claim: Claim, requests: list[int], tokens: list[int]) -> None:
        """So much was taken where nobody could be asked: how many buckets ago, and how much, and so on."""
        limits = claim.limits
        requests_us = sum(requests[1::2]) * limits.request_s * _US
        self._say(claim[:2], _ADD, requests, tokens, requests_us, sum(tokens[1::2]) * limits.token_s * _US)

    def restore(self, whose: Whose, requests: list[int], tokens: list[int], ahead_s: tuple[float, float]) -> None:
        """What is known of the last minute, for a server that has lost its memory."""
        self._say(whose, _RESTORE, requests, tokens, ahead_s[0] * _US, ahead_s[1] * _US)

    def tell(self, whose: Whose) -> None:
        """Say how many places are held here."""
        number = self._subject(whose)
        if number not in self._told:
            self._told.add(number)
            self._say(whose, _TELL)

    def pack(self, process: str, lease_s: float, words: tuple[str, str], held: Callable[[str, str], int]) -> bytes:
        """The whole of it; `held` is how many places a tenant or key holds here now.

        The words are a new one for a server without any, and the one that it had before: where it has another one, nobody is let in.
        """
        before = [held(*each) for each in self._subjects]
        return msgspec.msgpack.encode((process, lease_s * _US, *words, before, self._operations))

    def _subject(self, whose: Whose) -> int:
        return self._subjects.setdefault(whose, len(self._subjects) + 1)

    def _say(self, whose: Whose, *words: Any) -> None:  # noqa: ANN401 - numbers, and lists of them
        self.mentioned[len(self._operations)] = whose
        self._operations.append([words[0], self._subject(whose), *words[1:]])


def read(answer: bytes) -> Answer:
    """An answer in values. Raises msgspec.DecodeError, TypeError where it is none."""
    return Answer(*msgspec.msgpack.decode(answer))


def figures_of(result: list[float], index: int = 0) -> Figures:
    """How the subject stands that an operation names as its first, second …"""
    requests, tokens, requests_us, tokens_us, held, given = result[3 + 6 * index : 9 + 6 * index]
    return Figures(int(requests), int(tokens), requests_us / _US, tokens_us / _US, int(held), int(given))


def short_of(claims: tuple[Claim, ...], result: list[float]) -> Short | None:
    """What was short; None where the request was let in."""
    kind, which, wait_us = result[:3]
    if not kind:
        return None
    return Short(claim=claims[int(which) - 1], kind=_KINDS[int(kind)], retry_after_s=wait_us / _US)


def by_age(pairs: list[tuple[int, int]], now: int) -> list[int]:
    """Buckets and amounts, oldest first, as how many buckets ago and how much."""
    said: list[int] = []
    for at, amount in pairs:
        if amount and at > now - LIVES:
            said += (now - at, amount)
    return said


def _wanted(limits: Limits, tokens: int, *, sparing: bool) -> tuple[float, ...]:
    """Places; a minute's requests, the time of one and the burst; a minute's tokens, those of this request, their time and the burst."""
    places = _UNBOUNDED if limits.concurrency is None else places_of(limits.concurrency, sparing=sparing)
    rate, request_us, burst_us = _UNBOUNDED, 0.0, float(_UNBOUNDED)
    token_rate, taking, tokens_us, tokens_burst_us = _UNBOUNDED, 0, 0.0, 0.0
    if limits.request_s:
        rate = most_of(limits.requests_per_minute or 0, 1, sparing=sparing)
        request_us = limits.request_s * _US
        if limits.smooth or sparing:
            burst_us = burst_of(limits.requests_burst_s, limits.request_s, sparing=sparing) * _US
    if limits.token_s:
        taking = min(tokens, limits.tokens_at_once)
        token_rate = most_of(limits.tokens_per_minute or 0, taking, sparing=sparing)
        tokens_us = taking * limits.token_s * _US
        tokens_burst_us = burst_of(limits.tokens_burst_s, taking * limits.token_s, sparing=sparing) * _US
    return places, rate, request_us, burst_us, token_rate, taking, tokens_us, tokens_burst_us
