"""What a trade does to a cap's book and its leases, wherever they are kept: `leases` for processes that share a database, `file_leases`.

What holds after every trade: `settled` of a book and the amounts of its leases are together no more than the cap, but for what was billed
beyond what was set aside.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lanewise.core.caps import Cap, Tally
from lanewise.core.periods import Span, span_at, span_before
from lanewise.core.protocols.leases import Asked, Granted

GIVEN_BACK = 0
"""When a lease expires of which nothing is left; and one that is lost has expired for good, `lost_leases` says how."""

NEVER_US = 1 << 62

_SHARE = 8  # of what is free, the part of it that is leased ahead of need: so slices shrink with what is left

Key = tuple[str, str]
"""A tally's text, and the name of a period."""


@dataclass(slots=True)
class Lease:
    """A row of `leases`."""

    process: str
    amount: int = 0
    reported: int = 0
    unrecorded: int = 0
    begun_us: int = 0
    expires_us: int = GIVEN_BACK


@dataclass(slots=True)
class Book:
    """A row of `budget_books`, and the leases of its cap."""

    settled: int = 0
    unaccounted: int = 0
    leases: dict[str, Lease] = field(default_factory=dict)

    @property
    def leased(self) -> int:
        """What is leased of the cap."""
        return sum(each.amount for each in self.leases.values())


@dataclass(frozen=True, slots=True)
class Trader:
    """Who trades, when, and how long what it gets is good for."""

    process: str
    now_us: int
    expires_us: int


def settle(asked: Asked, books: Mapping[Key, Book], trader: Trader) -> Granted:
    """Bring one lease and its book up to date."""
    book = books[key_of(asked)]
    lease = book.leases.get(asked.lease)
    if lease is None:
        lease = book.leases[asked.lease] = Lease(trader.process, begun_us=trader.now_us)
    if lease.expires_us < GIVEN_BACK:  # it was taken for lost, and comes back to say what it really spent
        book.settled -= lease.unrecorded
        book.unaccounted -= lease.unrecorded
        lease.amount = lease.unrecorded
    more = asked.spent - lease.reported
    book.settled += more
    others = book.leased - lease.amount
    carried = _carried(asked, books)
    # Less than nothing of a cap that was lowered.
    left = asked.cap.amount + carried - book.settled - others - asked.held
    kept = asked.held + max(0, min(asked.keep, lease.amount - more - asked.held, left))
    room = left + asked.held - kept
    lease.amount = kept + _growth(asked, room)
    lease.reported, lease.unrecorded = asked.spent, asked.held
    if lease.amount:
        lease.expires_us = trader.expires_us
    elif lease.expires_us != GIVEN_BACK:
        lease.expires_us, lease.begun_us = GIVEN_BACK, trader.now_us
    others_held = sum(min(each.unrecorded, each.amount) for each in book.leases.values()) - asked.held
    return Granted(
        ceiling=asked.spent + lease.amount,
        carried=carried,
        settled=book.settled,
        others_held=others_held,
        others_idle=others - others_held,
        unaccounted=book.unaccounted,
    )


def _growth(asked: Asked, room: int) -> int:
    """What a lease gets beyond what is kept of it."""
    if room <= 0 or (asked.need and room < asked.least):
        return 0
    needed = min(asked.need, room)
    return needed + min(asked.wish, (room - needed) // _SHARE)


def _carried(asked: Asked, books: Mapping[Key, Book]) -> int:
    """What the period before left over; what is still leased of it may yet be spent."""
    most = _most_carried(asked.cap)
    earlier = span_before(asked.tally.period, asked.span)
    if not most or earlier is None:
        return 0
    before = books[asked.tally.text, earlier.name]
    return max(0, min(most, asked.cap.amount - before.settled - before.leased))


def _most_carried(cap: Cap) -> int:
    return int(cap.amount * cap.terms.roll_over)


def key_of(asked: Asked) -> Key:
    """The book of a lease."""
    return asked.tally.text, asked.span.name


def keys_of(asked: Iterable[Asked]) -> set[Key]:
    """Every book that a trade of these has to know, those of the periods before where they count."""
    keys = set()
    for each in asked:
        keys.add(key_of(each))
        earlier = span_before(each.tally.period, each.span)
        if _most_carried(each.cap) and earlier is not None:
            keys.add((each.tally.text, earlier.name))
    return keys


def rows_of(asked: Sequence[Asked], books: Mapping[Key, Book]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What is to be written after a trade: rows of `budget_books`, and of `leases`."""
    rows, opened = [], {}
    for each in asked:
        tally, period = key_of(each)
        book = books[tally, period]
        lease = book.leases[each.lease]
        opened[tally, period] = {
            "tally": tally,
            "period": period,
            "settled": book.settled,
            "unaccounted": book.unaccounted,
            "ends_us": ends_us(each.span),
        }
        rows.append(
            {
                "lease_id": each.lease,
                "tally": tally,
                "period": period,
                "process": lease.process,
                "amount": lease.amount,
                "reported": lease.reported,
                "unrecorded": lease.unrecorded,
                "begun_us": lease.begun_us,
                "expires_us": lease.expires_us,
            }
        )
    return list(opened.values()), rows


def ends_us(span: Span) -> int:
    """When a period ends; far away where it never does."""
    return NEVER_US if span.ends_s == math.inf else int(span.ends_s) * 1_000_000


def span_of(tally: Tally, name: str, now_s: float) -> Span | None:
    """The present period of a tally, or the one before, by its name; None for any other."""
    span = span_at(tally.period, now_s)
    earlier = span_before(tally.period, span)
    return next((each for each in (span, earlier) if each is not None and each.name == name), None)
