from __future__ import annotations

from lanewise.stores.migration_steps import Steps
from lanewise.stores.schema import HEAD


def test_what_is_left_to_do_follows_from_the_schema() -> None:
    steps = Steps()
    assert steps.head == HEAD
    assert list(steps.after(HEAD)) == []
    assert steps.after(None)[0].startswith("0001: ")
    assert steps.after("0001") == steps.after(None)[1:]
    assert ("0002" in steps, "9999" in steps) == (True, False)
