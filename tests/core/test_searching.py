from __future__ import annotations

from lanewise.config.build_checks import most_draws, most_steps
from lanewise.config.schema_lanes import SearchSection
from lanewise.core.searching import Search


def test_what_nobody_writes_is_the_same_in_the_file_and_in_force() -> None:
    assert most_steps(SearchSection()) == most_steps(Search()) == 27
    assert most_draws(SearchSection()) == 32
    assert SearchSection().step_tokens == Search().step_tokens
