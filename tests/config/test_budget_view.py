from __future__ import annotations

from lanewise.config.budget_view import caps_in_words
from lanewise.core.caps import Cap, Terms

FEATURES = Terms(alarm_at=(0.5, 0.95), roll_over=0.2, at_stop="wait")


def test_caps_are_said_in_words_those_of_one_kind_together() -> None:
    caps = (
        Cap(scope="tenant", period="monthly", amount=300 * 10**9),
        Cap(scope="tenant", period="daily", amount=2_000_000, unit="tokens"),
        Cap(scope="user", period="daily", amount=2 * 10**9),
        Cap(scope="user", period="daily", amount=7 * 10**9, of="ann"),
        Cap(scope="feature", period="total", amount=500_000, unit="thinking_tokens", terms=FEATURES),
        Cap(scope="lane", period="weekly", amount=10**11, terms=Terms(at_stop="lane", lane="standard")),
    )
    of_features = "each feature: 500,000 thinking tokens in all; warned at 50% and 95%, then who can wait waits, "
    assert caps_in_words(caps) == [
        "all of it: $300.00 a month, 2,000,000 tokens a day; warned at 80%, then refused",
        "each user: $2.00 a day; warned at 80%, then refused",
        "the user ann: $7.00 a day; warned at 80%, then refused",
        of_features + "up to 20% of what is left goes on",
        "all tenants together: $100.00 a week; warned at 80%, then the lane standard answers",
    ]
