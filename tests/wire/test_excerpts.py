"""Of long words the two ends are kept."""

from __future__ import annotations

from lanewise.wire.excerpts import MAX_LAST_TEXT, MAX_OPENING, last_text, opening


def test_a_short_text_is_kept_whole() -> None:
    assert last_text("x" * MAX_LAST_TEXT) == "x" * MAX_LAST_TEXT
    assert opening("You are kind.", "Hello") == "You are kind.\nHello"


def test_a_long_text_loses_its_middle() -> None:
    kept = last_text("a" * 50_000 + "b" * 50_000)
    assert len(kept) == MAX_LAST_TEXT
    assert (kept[0], kept[-1], kept.count("\n")) == ("a", "b", 1)


def test_an_opening_has_room_for_both_sides() -> None:
    kept = opening("s" * 9_999, "u" * 9_999)
    assert len(kept) < MAX_OPENING
    assert kept.count("s") == kept.count("u")
