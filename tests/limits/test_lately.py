"""Who has had interactive requests lately."""

from __future__ import annotations

from lanewise.limits.lately import LATELY_S, LatelyInteractive
from walking import SetClock


def test_a_tenant_counts_for_a_minute_at_least_and_for_two_at_most_while_it_is_asked_for() -> None:
    clock = SetClock()
    lately = LatelyInteractive(clock)
    assert not lately.of("acme")
    clock.time_s += LATELY_S * 0.9
    lately.note("acme")
    told = []
    for _ in range(24):
        clock.time_s += LATELY_S / 10
        told.append(lately.of("acme"))
    assert told[:10] == [True] * 10
    assert told[-3:] == [False] * 3


def test_others_are_told_apart() -> None:
    lately = LatelyInteractive(SetClock())
    lately.note("acme")
    assert lately.of("acme")
    assert not lately.of("globex")


def test_tenants_without_number_are_not_kept() -> None:
    lately = LatelyInteractive(SetClock())
    for number in range(25_000):
        lately.note(str(number))
    assert len(lately._now) <= 10_000
    assert lately.of("24999")
