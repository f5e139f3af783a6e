from __future__ import annotations

from lanewise.stores.address import Store
from stores.opening import inspected


def test_a_state_has_one_row_and_is_found_by_when_it_ends(store: Store) -> None:
    with inspected(store) as inspector:
        columns = [column["name"] for column in inspector.get_columns("reasoning_states")]
        indexes = [index["name"] for index in inspector.get_indexes("reasoning_states")]
    assert columns == ["name", "expires_us", "sealed"]
    assert "ix_reasoning_states_expires_us" in indexes
