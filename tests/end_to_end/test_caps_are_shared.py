"""Promise 1 with several processes: a cap holds whatever becomes of them, and can be spent.

`test_caps_are_shared_at_length` has what takes longer, `test_a_cap_outlives_kills` the one process of a file.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from end_to_end.fleet import Fleet, Outcome, fleet_on, zygote_in
from lanewise.stores.address import Store
from processes import Process

TERM_S = 1.0


@pytest.fixture
def store(postgres_store: Store) -> Store:
    return postgres_store


@pytest.fixture(scope="module")
def zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with zygote_in(tmp_path_factory.mktemp("zygote")) as process:
        yield process


@pytest.fixture
def fleet(store: Store, tmp_path: Path, zygote: Process) -> Iterator[Fleet]:
    with fleet_on(store, tmp_path, zygote, TERM_S) as fleet:
        yield fleet


def holds(came_to: Outcome) -> None:
    """What is true of every outcome."""
    assert came_to.really <= 1
    assert came_to.really <= came_to.settled <= 1
    assert came_to.in_rows + came_to.unaccounted <= 1
    assert (came_to.lost, came_to.doubled) == (0, 0)


def test_four_processes_spend_a_cap_to_its_end_and_not_beyond(fleet: Fleet) -> None:
    for name in "abcd":
        fleet.begin(name)
    fleet.all_gone()
    came_to = fleet.outcome()
    holds(came_to)
    assert came_to.unaccounted == 0
    assert came_to.really >= 0.95
    assert came_to.settled == came_to.in_rows == came_to.really


def test_a_killed_process_s_money_is_back_within_two_terms(fleet: Fleet) -> None:
    fleet.term_s = 1.6
    fleet.begin("alive", callers=3, lasts_s=0.3)
    fleet.begin("killed", callers=4, lasts_s=60.0)
    fleet.spent(0.2)
    fleet.send("killed", signal.SIGKILL)
    killed_at_s = time.monotonic()
    fleet.until(lambda: fleet.is_reclaimed("killed"))
    assert time.monotonic() - killed_at_s < 2 * fleet.term_s
    fleet.begin("after", lasts_s=0.0)
    fleet.all_gone()
    came_to = fleet.outcome()
    holds(came_to)
    # Four calls of at most 0.01 were under way, and twice as much was held ahead.
    assert 0 < came_to.unaccounted <= 0.12
    assert came_to.settled >= 0.95
