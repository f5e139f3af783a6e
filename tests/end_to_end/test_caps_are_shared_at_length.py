"""Promise 1 at length, for `make proof`: whatever is drawn, killed and stopped, and with the database gone for a while."""

from __future__ import annotations

import itertools
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from end_to_end.fleet import Fleet, Outcome, fleet_on, zygote_in
from lanewise.core.clock import SystemClock
from lanewise.stores.address import PostgresStore, Store
from lanewise.stores.migrate import migrate
from postgres_server import OwnServer, Stores, binaries, own_server
from processes import Process

TERM_S = 0.6
NAMES = "abcd"

#: At which share of the cap something happens to a process, to which one, and what.
EVENTS = st.lists(
    st.tuples(st.floats(0, 0.95), st.sampled_from(NAMES), st.sampled_from(["kill", "stop"])),
    max_size=4,
    unique_by=lambda event: event[1],
)
ORDERS = st.fixed_dictionaries(
    {
        "callers": st.integers(4, 12),
        "truth": st.floats(0.5, 1),
        "lasts_s": st.floats(0, 0.06),
        "cancelled": st.floats(0, 0.5),
    }
)
Open = Callable[[], AbstractContextManager[Store]]


@pytest.fixture(scope="module", autouse=True)
def at_length(request: pytest.FixtureRequest) -> None:
    """They take most of a minute."""
    if request.config.getoption("markexpr") != "data":
        pytest.skip("`make proof` runs them; test_caps_are_shared.py has the short ones")


@pytest.fixture(scope="module")
def zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with zygote_in(tmp_path_factory.mktemp("zygote")) as process:
        yield process


def holds(came_to: Outcome) -> None:
    assert came_to.really <= came_to.settled <= 1
    assert came_to.in_rows + came_to.unaccounted <= 1
    assert (came_to.lost, came_to.doubled) == (0, 0)
    assert came_to.settled >= 0.95


def play(fleet: Fleet, events: list[tuple[float, str, str]], orders: dict[str, Any]) -> None:
    """Have four processes spend while these things happen, and then whoever comes last all that is left."""
    killed, stopped = set[str](), set[str]()
    for name in NAMES:
        fleet.begin(name, **orders)
    for share, name, what in sorted(events):
        fleet.spent(share)
        fleet.send(name, signal.SIGKILL if what == "kill" else signal.SIGSTOP)
        (killed if what == "kill" else stopped).add(name)
    for name in set(NAMES) - killed - stopped:
        fleet.wait_for("gone", name)
    late = (f"late-{number}" for number in itertools.count())
    while not all(fleet.is_reclaimed(name) for name in killed | stopped):
        another = next(late)
        fleet.begin(another, **orders)
        fleet.wait_for("gone", another)
    for name in stopped:
        fleet.send(name, signal.SIGCONT)
    fleet.all_gone()
    fleet.begin("last")
    fleet.all_gone()


def proven(opened: Open, zygote: Process, examples: int, events: st.SearchStrategy[Any]) -> None:
    @given(events, ORDERS)
    @settings(max_examples=examples, database=None)
    def whatever_happens(events: list[tuple[float, str, str]], orders: dict[str, Any]) -> None:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            fleet = stack.enter_context(fleet_on(stack.enter_context(opened()), folder, zygote, TERM_S))
            play(fleet, events, orders)
            holds(fleet.outcome())

    whatever_happens()


@pytest.mark.data
def test_on_a_database_a_cap_holds_and_can_be_spent_whoever_is_killed_or_stopped(
    postgres_stores: Stores, zygote: Process, tmp_path: Path
) -> None:
    @contextmanager
    def opened() -> Iterator[Store]:
        with postgres_stores.one() as url:
            yield PostgresStore(url, tmp_path)

    proven(opened, zygote, 3, EVENTS)


@pytest.mark.data
def test_a_process_that_stands_still_for_longer_than_its_term_spends_nothing_that_others_have(
    postgres_store: PostgresStore, zygote: Process, tmp_path: Path
) -> None:
    with fleet_on(postgres_store, tmp_path, zygote, TERM_S) as fleet:
        fleet.begin("stopped", lasts_s=0.2)
        fleet.begin("other", lasts_s=0.2)
        fleet.spent(0.2)
        fleet.send("stopped", signal.SIGSTOP)
        fleet.wait_for("gone", "other")
        fleet.send("stopped", signal.SIGCONT)
        fleet.all_gone()
        came_to = fleet.outcome()
    holds(came_to)
    assert came_to.unaccounted == 0
    assert came_to.settled == came_to.really >= 0.95


@pytest.fixture
def server() -> Iterator[OwnServer]:
    if binaries() is None:
        pytest.skip("no wheel of PostgreSQL for this machine")
    with own_server() as server:
        yield server


@pytest.mark.data
async def test_a_database_that_is_gone_for_a_while_loses_no_row_and_no_money(
    server: OwnServer, zygote: Process, tmp_path: Path
) -> None:
    store = PostgresStore(server.url, tmp_path)
    await migrate(store, SystemClock())
    with fleet_on(store, tmp_path, zygote, TERM_S) as fleet:
        for name in NAMES:
            fleet.begin(name, lasts_s=0.1)
        fleet.spent(0.3)
        server.stop(signal.SIGQUIT)
        fleet.until(lambda: fleet.refusals("unknown") >= 4)
        server.start()
        fleet.all_gone()
        came_to = fleet.outcome()
    holds(came_to)
    assert came_to.in_rows + came_to.unaccounted == came_to.settled
