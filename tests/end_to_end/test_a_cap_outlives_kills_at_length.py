"""Promise 1 on a file at length, for `make proof`: fifty kills of one process after another, and whatever hypothesis draws."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from end_to_end.fleet import Outcome, fleet_on, zygote_in
from end_to_end.lives import Kill, lived
from processes import Process
from ready_store import ready_store

KILLS = st.lists(st.builds(Kill, st.floats(0, 0.2), st.floats(0, 0.08)), min_size=1, max_size=8)
ORDERS = st.fixed_dictionaries(
    {
        "callers": st.integers(1, 12),
        "most": st.sampled_from([0.001, 0.01, 0.05]),
        "truth": st.floats(0.5, 1),
        "lasts_s": st.floats(0, 0.06),
        "cancelled": st.floats(0, 0.5),
    }
)


@pytest.fixture(scope="module", autouse=True)
def at_length(request: pytest.FixtureRequest) -> None:
    """They take most of a minute."""
    if request.config.getoption("markexpr") != "data":
        pytest.skip("`make proof` runs them; test_a_cap_outlives_kills.py has the short ones")


@pytest.fixture(scope="module")
def zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with zygote_in(tmp_path_factory.mktemp("zygote")) as process:
        yield process


def holds(came_to: Outcome) -> None:
    assert came_to.really <= came_to.settled <= 1
    assert came_to.in_rows + came_to.unaccounted == pytest.approx(came_to.settled)  # shares
    assert came_to.settled >= 0.9, "the last one could spend what was left"
    assert (came_to.lost, came_to.doubled) == (0, 0)


@pytest.mark.data
def test_fifty_kills_do_not_pass_a_cap(sqlite_store: Path, zygote: Process, tmp_path: Path) -> None:
    drawn = random.Random(50)
    kills = [Kill(drawn.uniform(0, 0.01), drawn.uniform(0, 0.05)) for _ in range(50)]
    with fleet_on(sqlite_store, tmp_path, zygote, 1.0) as fleet:
        came_to = lived(fleet, kills, {"callers": 4, "most": 0.001, "lasts_s": 0.1})
    holds(came_to)
    assert came_to.in_rows < came_to.really, "some were killed while calls were under way"


@pytest.mark.data
def test_whenever_a_process_is_killed_a_cap_holds_and_what_is_left_of_it_can_be_spent(
    zygote: Process,
) -> None:
    @given(KILLS, ORDERS)
    @settings(max_examples=6, database=None)
    def whatever_happens(kills: list[Kill], orders: dict[str, Any]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            store = ready_store(Path(folder) / "lanewise.db")
            with fleet_on(store, Path(folder), zygote, 1.0) as fleet:
                holds(lived(fleet, kills, orders))

    whatever_happens()
