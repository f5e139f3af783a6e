from __future__ import annotations

import io

from lanewise.operations.cached import TenantCache
from lanewise.operations.cached_view import stats_view
from lanewise.operations.render import show


def shown(*found: TenantCache) -> str:
    file = io.StringIO()
    show(stats_view(found), file)
    return file.getvalue()


def test_a_row_for_each_tenant() -> None:
    row = TenantCache(tenant="acme", answers=2, bytes=6_000, runs=4, given_again=1, saved_nanousd=300_000)
    (line,) = [line for line in shown(row).splitlines() if "acme" in line]
    assert line.split() == ["acme", "4", "1", "25.0%", "$0.00030", "2", "6,000"]


def test_where_nothing_is_cached_it_says_how_to_begin() -> None:
    quiet = TenantCache(tenant="acme", answers=0, bytes=0, runs=4, given_again=0, saved_nanousd=0)
    assert "`cache: {exact: true}`" in shown()
    assert "`cache: {exact: true}`" in shown(quiet)
