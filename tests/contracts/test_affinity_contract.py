"""What every Affinity must do. A new implementation adds one line to `AFFINITIES`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.clock import Clock
from lanewise.core.protocols.affinity import Affinity
from lanewise.core.request import Caller, Hints
from lanewise.limits.affinity import MemoryAffinity
from walking import CALLER, SetClock, request

Make = Callable[[Clock], Affinity]
AFFINITIES: dict[str, Make] = {MemoryAffinity.__name__: MemoryAffinity}

BEGINS = request(opening="You are kind.\nHow many legs has a spider?")
GOES_ON = request(opening=BEGINS.opening, continues=True)


@pytest.mark.parametrize("affinity_of", AFFINITIES.values(), ids=AFFINITIES)
class TestAffinity:
    """One run of it per affinity."""

    def test_a_later_turn_finds_who_answered_the_earlier_ones(self, affinity_of: Make) -> None:
        affinity = affinity_of(SetClock())
        assert affinity.last(GOES_ON, CALLER, "standard") is None
        affinity.keep(BEGINS, CALLER, "standard", "alpha/small")
        assert affinity.last(GOES_ON, CALLER, "standard") == "alpha/small"
        affinity.keep(GOES_ON, CALLER, "standard", "beta/small")
        assert affinity.last(GOES_ON, CALLER, "standard") == "beta/small"

    def test_a_first_turn_belongs_to_nobody_even_if_its_words_were_said_before(self, affinity_of: Make) -> None:
        affinity = affinity_of(SetClock())
        affinity.keep(BEGINS, CALLER, "standard", "alpha/small")
        assert affinity.last(BEGINS, CALLER, "standard") is None

    def test_conversations_without_a_word_at_their_begin_are_not_taken_for_one(self, affinity_of: Make) -> None:
        affinity = affinity_of(SetClock())
        affinity.keep(request(), CALLER, "standard", "alpha/small")
        assert affinity.last(request(continues=True), CALLER, "standard") is None

    def test_tenants_users_lanes_and_other_words_do_not_share_it(self, affinity_of: Make) -> None:
        affinity = affinity_of(SetClock())
        affinity.keep(BEGINS, CALLER, "standard", "alpha/small")
        ada = request(opening=BEGINS.opening, continues=True, hints=Hints(user="ada"))
        globex = Caller(tenant="globex", key_id="key-2")
        assert affinity.last(GOES_ON, globex, "standard") is None
        assert affinity.last(GOES_ON, CALLER, "reasoning") is None
        assert affinity.last(ada, CALLER, "standard") is None
        assert affinity.last(request(opening="Good morning", continues=True), CALLER, "standard") is None

    @given(
        st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["alpha/small", "beta/small", None])), max_size=30)
    )
    def test_each_conversation_keeps_its_latest_deployment_and_none_where_that_is_the_usual_one(
        self, affinity_of: Make, turns: list[tuple[str, str | None]]
    ) -> None:
        affinity = affinity_of(SetClock())
        for words, deployment in turns:
            affinity.keep(request(opening=words), CALLER, "standard", deployment)
        for words, deployment in dict(turns).items():
            assert affinity.last(request(opening=words, continues=True), CALLER, "standard") == deployment
