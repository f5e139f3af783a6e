"""What was let in while nobody could be asked is told once, with when it was."""

from __future__ import annotations

import msgspec

from lanewise.limits.hot_batch import Batch
from lanewise.limits.taken_alone import TakenAlone
from limiting import claim

OF = claim(rate=60, tokens=6_000)


def told(taken: TakenAlone, now: int) -> list[list[object]]:
    batch = Batch()
    taken.tell(batch, now)
    said: list[list[object]] = msgspec.msgpack.decode(batch.pack("p", 1.0, ("", ""), lambda *_: 0))[5]
    return [operation[2:4] for operation in said]


def test_each_is_told_by_its_age_with_its_tokens_as_they_were_settled() -> None:
    taken = TakenAlone()
    taken.note((OF, claim(key_id="a", at_once=1)), 100, 10)
    taken.note((OF,), 9_999, 20)  # counted as all that may come at once
    taken.settle(OF, -30, then=10, now=25)
    taken.settle(OF, 500, then=20, now=25)
    assert told(taken, 30) == [[[20, 1, 10, 1], [20, 70, 10, 6_000, 5, 500]]]
    assert taken.of(OF[:2]) == {10: 1, 20: 1}
    assert taken.tokens_of(OF[:2]) == {10: 70, 20: 6_000, 25: 500}
    assert taken.of(("nobody", "")) == taken.tokens_of(("nobody", "")) == {}


def test_what_never_began_and_what_is_over_a_minute_old_is_not_told() -> None:
    taken = TakenAlone()
    taken.note((OF,), 100, 10)
    taken.undo((OF,), 100, 10)
    assert told(taken, 11) == []
    taken.note((OF,), 100, 10)
    taken.clock_was_set(1_000)
    taken.slide(1_010 + 100)
    assert taken.of(OF[:2])
    taken.slide(1_010 + 101)
    assert not taken.of(OF[:2])


def test_what_could_not_be_told_is_told_with_the_rest() -> None:
    taken, before = TakenAlone(), TakenAlone()
    before.note((OF,), 5, 10)
    taken.note((OF,), 7, 10)
    taken.add(before)
    assert told(taken, 10) == [[[0, 2], [0, 12]]]
