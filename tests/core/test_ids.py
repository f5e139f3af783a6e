"""Run ids are unique and sort by time."""

from __future__ import annotations

from lanewise.core.ids import RandomIds


def test_ids_of_one_process_never_repeat_even_past_the_counter_s_end() -> None:
    ids = RandomIds()
    made = {ids.run_id(1_790_000_000.0) for _ in range((1 << 20) + 10)}

    assert len(made) == (1 << 20) + 10


def test_a_later_millisecond_sorts_later() -> None:
    ids = RandomIds()
    made = [ids.run_id(1_790_000_000 + millisecond / 1000) for millisecond in range(0, 100_000, 997)]

    assert made == sorted(made)
    assert {len(each) for each in made} == {30}


def test_two_processes_do_not_share_ids() -> None:
    one, other = RandomIds(), RandomIds()

    assert one.run_id(1.0)[14:26] != other.run_id(1.0)[14:26]
