"""What is asked and answered, in the words of the shared state."""

from __future__ import annotations

import msgspec
import pytest

from lanewise.core.protocols.hot_state import Short, Taken
from lanewise.limits.hot_batch import Batch, Figures, by_age, figures_of, read, short_of
from limiting import claim


async def test_each_subject_is_named_once_and_no_two_alike() -> None:
    batch = Batch()
    for whose in (("acme", ""), ("acme", ""), ("acme", "1:k"), ("acme:1", "k")):
        batch.tell(whose)
    assert len(batch.subjects) == len(set(batch.subjects)) == 3
    assert len(batch) == 3


async def test_a_batch_says_what_is_held_what_is_settled_and_what_never_began() -> None:
    batch, of = Batch(), claim(rate=60, tokens=60_000)
    batch.settle(of, -100, 7)
    batch.undo(of, Taken((of,), 90_000, at=8))
    batch.unused(("globex", ""), 5, 9)
    process, lease_us, word, known, before, operations = msgspec.msgpack.decode(
        batch.pack("p", 6.0, ("w", ""), lambda tenant, _: {"acme": 3}.get(tenant, 0))
    )
    assert (process, lease_us, word, known, before) == ("p", 6e6, "w", "", [3, 0])
    assert operations == [
        [2, 1, -100, -100_000, 7],
        [3, 1, 1, 1_000_000, 60_000, 60_000_000, 8],  # no more tokens than it was counted with
        [3, 2, 5, 0, 0, 0, 9],
    ]


async def test_what_is_asked_says_what_each_limit_is_and_how_much_of_it_a_sparing_request_may_take() -> None:
    batch = Batch()
    batch.take(
        (claim(at_once=10, rate=60), claim(key_id="a", tokens=1_000, burst=0.5)), 700, sparing=False, ahead=(4, 0)
    )
    batch.take((claim(at_once=10, rate=60),), 0, sparing=True)
    operations = msgspec.msgpack.decode(batch.pack("p", 6.0, ("w", ""), lambda *_: 0))[5]
    assert operations[0][:11] == [1, 1, 10, 60, 1_000_000, -1, -1, 0, 0, 0, 4]
    assert operations[0][11:] == [2, -1, -1, 0, -1, 1_000, 500, 30_000_000, 30_000_000, 0]
    assert operations[1][:6] == [1, 1, 9, 54, 1_000_000, 6_000_000]


async def test_the_claim_that_is_short_is_told_and_how_all_of_them_stand() -> None:
    claims = (claim(rate=10), claim(key_id="a", rate=60, at_once=2))
    result = [1, 2, 1_000_000, 1, 0, 0, 0, 3, 0, 59, 7, 5e5, 25e5, 2, 4]
    told = short_of(claims, result)
    assert isinstance(told, Short)
    assert (told.claim, told.kind, told.retry_after_s) == (claims[1], "concurrency", 1.0)
    assert figures_of(result, 1) == Figures(59, 7, 0.5, 2.5, 2, 4)
    assert short_of(claims, [0, 0, 0]) is None


async def test_buckets_are_told_by_their_age_and_those_that_are_over_not_at_all() -> None:
    assert by_age([(0, 5), (99, 1), (100, 0), (101, 2)], now=101) == [2, 1, 0, 2]


@pytest.mark.parametrize("answer", [b"", b"\x93\x01\x02\x03", b"\xc1"])
async def test_what_is_no_answer_is_not_taken_for_one(answer: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, TypeError)):
        read(answer)
