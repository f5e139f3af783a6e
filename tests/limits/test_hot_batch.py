"""What is asked and answered, in the words of the shared state."""

from __future__ import annotations

import msgspec
import pytest

from lanewise.core.protocols.hot_state import Short
from lanewise.limits.hot_batch import Batch, answered, read
from limiting import claim


async def test_each_subject_is_named_once_and_no_two_alike() -> None:
    batch = Batch()
    batch.tell(claim("acme"))
    batch.tell(claim("acme"))
    batch.tell(claim("acme", "1:k"))
    batch.tell(claim("acme:1", "k"))
    assert len(batch.subjects) == len(set(batch.subjects)) == 3
    assert len(batch) == 4


async def test_what_is_given_back_in_a_batch_was_running_before_it() -> None:
    batch = Batch()
    batch.give_back(claim(), 0.5)
    batch.undo(claim(rate=60), 0.0)
    batch.tell(claim("globex"))
    process, lease_us, word, before, operations = msgspec.msgpack.decode(
        batch.pack("p", 6.0, "w", lambda tenant, _: {"acme": 3}.get(tenant, 0))
    )
    assert (process, lease_us, word, before) == ("p", 6e6, "w", [5, 0])
    assert operations[0] == [2, 1, 500_000]
    assert operations[1] == [3, 1, 1_000_000, 0]


async def test_the_claim_that_is_short_is_told_with_what_is_left_of_the_narrower_one() -> None:
    claims = (claim(rate=10), claim(key_id="a", rate=60, at_once=2))
    told = answered(claims, [1, 2, 1_000_000, 6_000_000, 0, 59_000_000, 0])
    assert isinstance(told, Short)
    assert (told.claim, told.kind, told.retry_after_s) == (claims[1], "concurrency", 1.0)
    assert told.standing is not None
    assert told.standing.requests is not None
    assert (told.standing.requests.limit, told.standing.requests.remaining) == (60, 1)


@pytest.mark.parametrize("answer", [b"", b"\x93\x01\x02\x03", b"\xc1"])
async def test_what_is_no_answer_is_not_taken_for_one(answer: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, TypeError)):
        read(answer)
