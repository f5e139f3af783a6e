"""Where conversations begin in a lane with weights: those that share a long prefix at one deployment, as far as the weights allow.

Vendors keep the beginning of a prompt (tools, instructions, documents) for some minutes, and bill it at a tenth or a half when it comes
again; but only the vendor that has seen it. So a prefix has its own order of the lane's deployments, by weighted rendezvous hashing
(Thaler and Ravishankar 1998; weights by Schindelhauer and Schomaker 2005): every process works it out alike without a word to the others,
and only what must moves when a deployment comes or goes. A prefix that everybody shares would be one deployment's alone: so each may take
at most a quarter more than its weight's part of what began in the lane lately, and what is beyond goes to the next in the prefix's order
(consistent hashing with bounded loads; Mirrokni, Thorup and Zadimoghaddam 2018).

How long is a prefix? Documents behind the same instructions shall be told apart, a name behind them not. Beginnings of three lengths are
looked at, and the longest counts that has been seen before.
"""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from random import Random

from lanewise.core.policy import Lane
from lanewise.core.request import Request
from lanewise.wire.splice import members

LENGTHS = (4_096, 16_384, 65_536)
"""Bytes of beginnings that are told apart; no vendor keeps one of less than a thousand tokens."""

MORE_THAN_ITS_PART = 0.25
"""By which a deployment may have more conversations than its weight's part."""

SPARE = 4
"""By which it may have more beside that: of few conversations none is sent away from its prefix."""

_LATELY = 400.0  # conversations of a lane, after which those before count half
_MOST_SEEN = 50_000  # beginnings
_SEEN_S = 3_600.0  # longer than any vendor keeps one
_MOST_LANES = 1_000
_TO_ONE = 2.0**-64
#: In the order in which vendors read them, whatever their dialect's names are.
_MEMBERS = (
    "tools",
    "system",
    "instructions",
    "systemInstruction",
    "system_instruction",
    "messages",
    "input",
    "contents",
)


class Prefixes:
    """Counts what begins where. Its memory is bounded; what is forgotten costs a vendor's cache at worst."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._seen: OrderedDict[bytes, float] = OrderedDict()  # by the digest of a beginning: when it was last
        self._began: dict[str, dict[str, float]] = {}  # by lane: how many began at each deployment lately

    def begin(self, request: Request, lane: Lane, chance: Random) -> int:
        """The place of the deployment that a conversation begins at, by its prefix, else by chance; it is counted there."""
        began = self._lately(lane.name)
        prefix = None if request.embeds else self._longest_known(beginnings(request))
        if prefix is None:
            drawn = chance.choices(range(len(lane.deployments)), lane.weights)[0]
            order: Iterator[int] = iter((drawn, *_least_loaded_first(lane, began)))
        else:
            order = iter(ranked(prefix, lane))
        bounds = _bounds(lane, began)
        place = next(place for place in order if began.get(lane.deployments[place].name, 0.0) + 1 <= bounds[place])
        name = lane.deployments[place].name
        began[name] = began.get(name, 0.0) + 1
        return place

    def _lately(self, lane: str) -> dict[str, float]:
        began = self._began.get(lane)
        if began is None:
            if len(self._began) >= _MOST_LANES:
                self._began.clear()
            began = self._began[lane] = {}
        if sum(began.values()) >= _LATELY:
            for name in list(began):
                began[name] /= 2
        return began

    def _longest_known(self, found: Sequence[bytes]) -> bytes | None:
        """The longest beginning that has been seen lately, else the shortest there is; all of them are seen now."""
        now_s, seen = self._now_s(), self._seen
        known = found[0] if found else None
        for digest in found:
            seen_s = seen.get(digest)
            if seen_s is not None and now_s - seen_s < _SEEN_S:
                known = digest
            seen[digest] = now_s
            seen.move_to_end(digest)
        while len(seen) > _MOST_SEEN:
            seen.popitem(last=False)
        return known


def beginnings(request: Request) -> list[bytes]:
    """Digests of how a request's prompt begins, the shortest first; none of one that is too short for any cache."""
    body = request.body
    if len(body) < LENGTHS[0]:
        return []
    whole = memoryview(body)
    found = members(body) if request.members is None else request.members
    state, at = hashlib.blake2b(digest_size=8), 0
    digests: list[bytes] = []
    for name in _MEMBERS:
        if name not in found:
            continue
        _, start, end = found[name]
        while start < end and len(digests) < len(LENGTHS):
            until = min(end, start + LENGTHS[len(digests)] - at)
            state.update(whole[start:until])
            at, start = at + until - start, until
            if at == LENGTHS[len(digests)]:
                digests.append(state.digest())
    return digests


def ranked(prefix: bytes, lane: Lane) -> list[int]:
    """A lane's places in a prefix's order: each is first for as large a part of all prefixes as its weight is of all weights."""

    def score(place: int) -> float:
        weight = lane.weights[place]
        name = lane.deployments[place].name.encode()
        drawn = int.from_bytes(hashlib.blake2b(prefix + name, digest_size=8).digest()) + 0.5
        return math.log(drawn * _TO_ONE) / weight if weight else -math.inf

    return sorted(range(len(lane.deployments)), key=score, reverse=True)


def _least_loaded_first(lane: Lane, began: dict[str, float]) -> list[int]:
    def load(place: int) -> float:
        weight = lane.weights[place]
        return began.get(lane.deployments[place].name, 0.0) / weight if weight else math.inf

    return sorted(range(len(lane.deployments)), key=load)


def _bounds(lane: Lane, began: dict[str, float]) -> list[int]:
    """The most that may have begun at each place, this conversation counted."""
    in_all = sum(began.get(each.name, 0.0) for each in lane.deployments) + 1
    weights = sum(lane.weights)
    parts = [weight / weights for weight in lane.weights]
    return [math.ceil((1 + MORE_THAN_ITS_PART) * in_all * part) + SPARE if part else 0 for part in parts]
