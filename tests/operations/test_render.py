from __future__ import annotations

import pytest

from lanewise.operations.books import Difference
from lanewise.operations.render import differences_view, duration, keys_view, plain, share
from operations.screens import Terminal, shown


def test_colour_is_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    view = differences_view([Difference(where="a/b", what="calls", ledger=1, books=2)])
    assert "\x1b[" not in shown(view)
    assert "\x1b[" in shown(view, Terminal())


def test_what_callers_and_vendors_say_cannot_steer_the_terminal_or_be_read_as_markup() -> None:
    text = shown(plain("[red]x[/red] \x1b]0;owned\x07\x1b[2J \u202e é ü 漢"))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text
    assert "[red]x[/red] \\x1b]0;owned" in text
    assert "é ü 漢" in text


def test_keys_are_shown_without_what_is_not_there() -> None:
    key = {
        "key_id": "key_1",
        "tenant": "acme",
        "name": "",
        "admin": True,
        "created": "2026-09-21T00:00:00+00:00",
        "expires": None,
        "revoked": None,
        "user": "anna",
        "feature": None,
        "plan": None,
        "lanes": ["small"],
        "doors": [],
        "read_only": True,
    }
    text = shown(keys_view([key]))
    assert "key_1" in text
    assert "user anna; small; reading" in text
    assert "None" not in text


def test_books_that_agree_are_said_to() -> None:
    assert "equals the vendors' books to the unit" in shown(differences_view([]))
    assert "-1" in shown(differences_view([Difference(where="a/b", what="calls", ledger=1, books=2)]))


@pytest.mark.parametrize(
    ("us", "text"),
    [(None, "-"), (0, "0 µs"), (999, "999 µs"), (1500, "2 ms"), (999_000, "999 ms"), (45_000_000, "45.0 s")],
)
def test_a_duration_is_told_in_the_unit_that_people_would_take(us: int | None, text: str) -> None:
    assert duration(us) == text


def test_a_share_has_one_decimal() -> None:
    assert share(225 / 411) == "54.7%"
