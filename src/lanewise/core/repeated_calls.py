"""Tool calls made again and again, as models make them that are stuck: many of the same in one answer, or round after round.

A round is what one answer calls, with what that gave. The same rounds that gave the same are a loop soon; where they give something else
each time, as whoever waits for a job sees it, only after many.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

import msgspec

MOST_ROUNDS_APART = 4
"""Rounds that may lie between a round and its repetition: more than so many different ones in turn are not looked for."""

MOST_IN_ONE_ANSWER = 8
"""Times that one answer may make the same call; several of them are asked for at once with reason, such as dice."""


class Round(msgspec.Struct, frozen=True):
    """The calls of one answer, and what they gave: digests, so that long arguments and results cost nothing to keep."""

    calls: tuple[bytes, ...]
    gave: tuple[bytes, ...] = ()


def call_digest(name: str, arguments: str) -> bytes:
    """What a call comes to: the same for arguments that are the same JSON."""
    try:
        arguments = msgspec.json.encode(msgspec.json.decode(arguments), order="sorted").decode()
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        arguments = arguments.strip()
    return digest(name, arguments)


def digest(*texts: str) -> bytes:
    """Of texts, told apart from any others."""
    told = hashlib.blake2b(digest_size=16)
    for text in texts:
        encoded = text.encode("utf-8", "surrogatepass")
        told.update(b"%d:" % len(encoded) + encoded)
    return told.digest()


def most_in_one(calls: Sequence[bytes]) -> int:
    """How often the call is made that one answer makes most often."""
    return max(Counter(calls).values(), default=0)


def rounds_alike(rounds: Sequence[Round], *, results_too: bool) -> int:
    """How often in a row the same was called, the last round included, whose results are not there yet.

    One for a round that is new. Of several rounds that take turns, each time that all of them were made again counts once.
    """
    return max((_times(rounds, apart, results_too=results_too) for apart in range(1, MOST_ROUNDS_APART + 1)), default=1)


def _times(rounds: Sequence[Round], apart: int, *, results_too: bool) -> int:
    last = len(rounds) - 1
    same = 0
    while same + apart <= last:
        later, earlier = rounds[last - same], rounds[last - same - apart]
        if later.calls != earlier.calls or (results_too and same and later.gave != earlier.gave):
            break
        same += 1
    return 1 + same // apart


class CallsSeen:
    """Counts the calls of an answer that is still coming."""

    __slots__ = ("_arguments", "_index", "_name", "_times")

    def __init__(self) -> None:
        self._index: int | None = None
        self._name = ""
        self._arguments: list[str] = []
        self._times: Counter[bytes] = Counter()

    def take(self, index: int, name: str, arguments: str) -> int:
        """A piece of a call; how often the call before it was made, where this piece begins another one, else 0."""
        times = 0
        if index != self._index:
            if self._index is not None:
                whole = call_digest(self._name, "".join(self._arguments))
                self._times[whole] += 1
                times = self._times[whole]
            self._index, self._name, self._arguments = index, "", []
        self._name = self._name or name
        self._arguments.append(arguments)
        return times
