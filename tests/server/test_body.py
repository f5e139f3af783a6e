"""Bodies are bounded, one by one and together, and nothing stays counted that is not held."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgi_calls import Caller, scope
from lanewise.core.errors import BodyTooLarge, InvalidRequest, LanewiseError, Unavailable
from lanewise.core.policy import ServerLimits
from lanewise.server.body import Bodies, as_it_came
from lanewise.server.listening import ClientLeft

LIMITS = ServerLimits(max_body_bytes=100, max_bytes_in_flight=150)


async def test_a_body_in_pieces_is_put_together_and_counted_until_it_is_released() -> None:
    bodies = Bodies()
    body = await bodies.read(scope(), Caller(b"Hel", b"", b"lo"), LIMITS)

    assert (body, bodies.in_flight_bytes) == (b"Hello", 5)
    bodies.release(body)
    assert bodies.in_flight_bytes == 0


async def test_a_body_that_announces_too_much_is_refused_unread() -> None:
    caller = Caller(b"x" * 101)
    with pytest.raises(BodyTooLarge, match=r"100 bytes \(server\.max_body\)"):
        await Bodies().read(scope(content_length="101"), caller, LIMITS)
    assert caller.asked == 0


async def test_a_body_that_announces_nothing_is_refused_at_the_piece_that_is_too_much() -> None:
    caller = Caller(*[b"x" * 60] * 50)
    with pytest.raises(BodyTooLarge):
        await Bodies().read(scope(), caller, LIMITS)
    assert caller.asked == 2


async def test_one_that_announces_little_and_sends_much_is_refused_too() -> None:
    with pytest.raises(BodyTooLarge):
        await Bodies().read(scope(content_length="1"), Caller(b"x" * 101), LIMITS)


@pytest.mark.parametrize("length", ["", "12a", "-1", "1.5", "\xb2"])
async def test_a_length_that_is_no_number_is_a_mistake_of_the_caller(length: str) -> None:
    with pytest.raises(InvalidRequest, match="not a number of bytes"):
        await Bodies().read(scope(content_length=length), Caller(), LIMITS)


def test_a_compressed_body_that_cannot_be_read_is_told_why() -> None:
    error = InvalidRequest("The body is not valid JSON")
    assert "Content-Encoding 'gzip' is not read here" in as_it_came(scope(content_encoding="gzip"), error).message
    assert as_it_came(scope(content_encoding="identity"), error) is error
    assert as_it_came(scope(), error) is error


async def test_room_is_held_for_what_is_announced_before_it_comes() -> None:
    bodies = Bodies()
    first = await bodies.read(scope(content_length="100"), Caller(b"x" * 100), LIMITS)
    with pytest.raises(Unavailable, match=r"server\.max_bytes_in_flight") as refused:
        await bodies.read(scope(content_length="51"), Caller(b"x" * 51), LIMITS)
    assert refused.value.retry_after_s > 0

    bodies.release(first)
    assert await bodies.read(scope(content_length="51"), Caller(b"x" * 51), LIMITS)


async def test_a_body_alone_is_taken_even_where_it_is_more_than_all_may_be_together() -> None:
    """Else a limit set too low would refuse it for ever, with the advice to come back."""
    narrow = ServerLimits(max_body_bytes=100, max_bytes_in_flight=10)
    assert len(await Bodies().read(scope(content_length="100"), Caller(b"x" * 100), narrow)) == 100


PIECES = st.lists(st.integers(0, 60).map(lambda size: b"x" * size), min_size=1, max_size=4)


@given(st.lists(st.tuples(PIECES, st.none() | st.integers(0, 120), st.booleans()), max_size=6))
async def test_when_all_is_over_nothing_is_counted_whatever_callers_did(
    callers: list[tuple[list[bytes], int | None, bool]],
) -> None:
    bodies = Bodies()
    held: list[bytes] = []
    for pieces, announced, leaves in callers:
        headers = {} if announced is None else {"content_length": str(announced)}
        with contextlib.suppress(LanewiseError, ClientLeft):
            held.append(await bodies.read(scope(**headers), Caller(*pieces, leaves_in_the_middle=leaves), LIMITS))
        assert bodies.in_flight_bytes == sum(map(len, held))
    for body in held:
        bodies.release(body)
    assert bodies.in_flight_bytes == 0
