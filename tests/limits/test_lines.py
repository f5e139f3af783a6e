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
