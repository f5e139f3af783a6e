from __future__ import annotations

import pytest

from lanewise.core.plurals import counted


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 calls"), (1, "1 call"), (2, "2 calls"), (1_200, "1,200 calls"), (-1, "-1 calls")]
)
def test_one_is_one_and_all_other_numbers_are_several(count: int, said: str) -> None:
    assert counted(count, "call") == said


def test_a_plural_that_is_no_mere_s_is_written_beside_it() -> None:
    assert counted(1, "reply", "replies") == "1 reply"
    assert counted(3, "reply", "replies") == "3 replies"
