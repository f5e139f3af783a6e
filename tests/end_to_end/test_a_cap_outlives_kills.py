"""Promise 1 on a file: `kill -9` and a new start, again and again, and what vendors billed is never more than the cap.

The calls' true costs stand in books of the vendors' own, written before a call is "sent". `test_a_cap_outlives_kills_at_length` has more.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from end_to_end.fleet import Fleet, fleet_on, zygote_in
from end_to_end.lives import Kill, lived
from processes import Process


@pytest.fixture(scope="module")
def zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with zygote_in(tmp_path_factory.mktemp("zygote")) as process:
        yield process


@pytest.fixture
def fleet(sqlite_store: Path, tmp_path: Path, zygote: Process) -> Iterator[Fleet]:
    with fleet_on(sqlite_store, tmp_path, zygote, 1.0) as fleet:
        yield fleet


def test_one_process_spends_a_cap_to_its_end_and_not_beyond(fleet: Fleet) -> None:
    fleet.begin("only")
    fleet.all_gone()
    came_to = fleet.outcome()
    assert came_to.unaccounted == 0
    assert 0.95 <= came_to.settled == came_to.in_rows == came_to.really <= 1
    assert (came_to.lost, came_to.doubled) == (0, 0)


def test_whoever_is_killed_has_spent_what_it_may_have_spent(fleet: Fleet) -> None:
    drawn = random.Random(14)
    kills = [Kill(drawn.uniform(0, 0.06), drawn.uniform(0, 0.03)) for _ in range(6)]
    came_to = lived(fleet, kills, {"callers": 6, "most": 0.01, "lasts_s": 0.1})
    assert came_to.in_rows < came_to.really <= came_to.settled <= 1
    assert came_to.in_rows + came_to.unaccounted == pytest.approx(came_to.settled)  # shares
    assert (came_to.lost, came_to.doubled) == (0, 0)
