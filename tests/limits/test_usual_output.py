"""What a request is counted with before it is over."""

from __future__ import annotations

from lanewise.limits.usual_output import FIRST_GUESS_TOKENS, UsualOutput


def test_the_first_guess_gives_way_to_what_answers_usually_have() -> None:
    usual = UsualOutput()
    assert usual.estimate("acme", 10, None) == 10 + FIRST_GUESS_TOKENS
    for _ in range(50):
        usual.learn("acme", 200)
    assert 200 <= usual.estimate("acme", 0, None) <= 202
    assert usual.estimate("globex", 0, None) == FIRST_GUESS_TOKENS


def test_a_caller_s_own_cap_is_the_most_that_is_counted() -> None:
    assert UsualOutput().estimate("acme", 10, 5) == 15


def test_who_has_asked_for_nothing_for_longest_is_forgotten_first() -> None:
    usual = UsualOutput()
    for number in range(20_000):
        usual.learn("busy", 0)
        usual.learn(f"tenant-{number}", 0)
    assert usual.estimate("tenant-0", 0, None) == FIRST_GUESS_TOKENS
    assert usual.estimate("busy", 0, None) < 5
