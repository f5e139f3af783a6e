from __future__ import annotations

from pathlib import Path

from stores.opening import sql


def test_a_state_has_one_row_and_is_found_by_when_it_ends(store: Path) -> None:
    with sql(store) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(reasoning_states)")]
        indexes = [row[1] for row in connection.execute("PRAGMA index_list(reasoning_states)")]
    assert columns == ["name", "expires_us", "sealed"]
    assert "ix_reasoning_states_expires_us" in indexes
