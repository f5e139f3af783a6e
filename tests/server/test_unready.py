from __future__ import annotations

import asyncio

import pytest

from lanewise.server.unready import BODY_BYTES_PER_S, BODY_S, HEAD_BYTES, HEAD_S, Patience
from virtual_time import VirtualTimeLoop


def given_up(pieces: list[tuple[float, str, int]]) -> tuple[list[bool], float | None]:
    """What is said to pieces that come at these moments, and when it is given up."""
    loop, at = VirtualTimeLoop(), list[float]()
    said = []

    async def story() -> None:
        begun = loop.time()
        patience = Patience(loop, lambda: at.append(loop.time() - begun))
        for moment, kind, size in pieces:
            await asyncio.sleep(moment - (loop.time() - begun))
            if kind == "over":
                patience.over()
                continue
            if kind == "head":
                said.append(patience.head(size))
            else:
                patience.body(size)
        await asyncio.sleep(HEAD_S + BODY_S + 1)

    loop.run_until_complete(story())
    loop.close()
    return said, at[0] if at else None


def test_a_head_has_its_time_in_all_however_it_drips() -> None:
    said, at = given_up([(0, "head", 0), (10, "head", 1), (20, "head", 1)])
    assert (said, at) == ([True] * 3, HEAD_S)


def test_a_body_has_its_time_from_each_piece_on() -> None:
    fast = 15 * BODY_BYTES_PER_S
    assert given_up([(0, "head", 1), (5, "body", fast), (20, "body", fast)])[1] == 20 + BODY_S


def test_a_body_that_drips_has_its_time_in_all() -> None:
    drips = [(5.0 + second, "body", 1) for second in range(29)]
    assert given_up([(0, "head", 1), *drips])[1] == pytest.approx(5 + BODY_S, abs=0.01)


def test_a_body_that_comes_slowly_and_well_is_waited_for_to_its_end() -> None:
    pieces = [(float(second), "body", 10 * BODY_BYTES_PER_S) for second in range(0, 120, 10)]
    assert given_up([*pieces, (130, "over", 0)])[1] is None


def test_the_next_body_of_a_connection_begins_anew() -> None:
    before = [(float(second), "body", 1) for second in range(0, 30, 10)]
    assert given_up([*before, (25, "over", 0), (40, "body", 1), (60, "body", 1)])[1] == pytest.approx(
        40 + BODY_S, abs=0.01
    )


def test_a_whole_request_is_waited_for_no_more() -> None:
    assert given_up([(0, "head", 1), (5, "over", 0)])[1] is None


def test_a_head_that_grows_too_long_is_told_and_the_next_one_begins_at_nothing() -> None:
    said, _ = given_up([(0, "head", HEAD_BYTES), (1, "head", 1), (2, "over", 0), (3, "head", HEAD_BYTES)])
    assert said == [True, False, True]
