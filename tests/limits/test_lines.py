"""Who waits for a limit stands in a line, and only the first of it is told to look."""

from __future__ import annotations

from lanewise.core.protocols.hot_state import Short
from lanewise.limits.lines import Lines
from limiting import claim

SHORT = Short(claim=claim(), kind="rate", retry_after_s=1.0)


async def test_only_the_first_of_each_line_is_woken_and_then_the_next() -> None:
    lines = Lines()
    of_a, first = lines.join("acme", "a", SHORT)
    _, second = lines.join("acme", "a", SHORT)
    _, other = lines.join("acme", "b", SHORT)
    _, stranger = lines.join("globex", "a", SHORT)
    assert lines.find("acme", "a") is of_a
    assert (lines.waiting, lines.of_tenant("acme")) == (4, 3)

    lines.wake("acme")
    assert [word.is_set() for word in (first, second, other, stranger)] == [True, False, True, False]

    lines.leave("acme", "a", first)
    assert second.is_set()


async def test_a_line_that_nobody_stands_in_is_gone() -> None:
    lines = Lines()
    _, word = lines.join("acme", "a", SHORT)
    lines.leave("acme", "a", word)
    assert lines.find("acme", "a") is None
    assert (lines.waiting, lines.of_tenant("acme")) == (0, 0)
    lines.wake("acme")


async def test_who_is_overdue_is_so_for_requests_that_draw_on_the_same_limit_and_only_while_it_stands_there() -> None:
    lines = Lines()
    of_tenant, first = lines.join("acme", "a", SHORT)
    of_key, _ = lines.join("acme", "b", Short(claim=claim(key_id="b"), kind="rate", retry_after_s=1.0))
    assert lines.overdue("acme", "a") is None
    of_key.overdue = True
    assert (lines.overdue("acme", "a"), lines.overdue("acme", "b")) == (None, of_key)
    of_tenant.overdue, of_tenant.passed_by = True, 3
    assert lines.overdue("acme", "c") is of_tenant
    assert lines.overdue("globex", "c") is None
    lines.join("acme", "a", SHORT)
    lines.leave("acme", "a", first)
    assert (of_tenant.overdue, of_tenant.passed_by) == (False, 0)
