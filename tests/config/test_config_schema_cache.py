from __future__ import annotations

import pytest

from lanewise.config.quantities import NotUnderstood
from lanewise.config.schema_cache import CacheSection, ttl_text
from lanewise.core.caching import UNTIL_CORRECTED


@pytest.mark.parametrize(
    ("written", "seconds"), [("2h", 7_200.0), ("until_corrected", UNTIL_CORRECTED), ("never", 0.0)]
)
def test_a_time_to_live_is_read_and_written_back(written: str, seconds: float) -> None:
    section = CacheSection(tasks={"chat": written})  # type: ignore[dict-item]
    assert section.tasks == {"chat": seconds}
    assert ttl_text(seconds) == written


@pytest.mark.parametrize("written", ["forever", 5, "0s", ""])
def test_anything_else_is_told_what_to_write(written: object) -> None:
    with pytest.raises(ValueError, match="write a duration such as 24h, until_corrected, or never") as told:
        CacheSection(tasks={"chat": written})  # type: ignore[dict-item]
    assert NotUnderstood.__name__ not in str(told.value)
