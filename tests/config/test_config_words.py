from __future__ import annotations

import dataclasses

import pytest

from lanewise.config.words import breaker_in_words, condition_in_words, reason_in_words, trouble_in_words
from lanewise.core.policy import BreakerPolicy, Condition, Routing, Rule, Task
from walking import lane, policy

POLICY = policy(
    lane("standard", "a/m"),
    routing=Routing(rules=(Rule(when=Condition(task=("proof",)), lane="standard", number=1),)),
    tasks={"proof": Task(name="proof", gain="wins", grade="expert", check="judge")},
)


def test_every_field_of_a_condition_has_its_words() -> None:
    written = {
        "task": ("a",), "feature": ("b",), "tenant": ("c",), "model": ("d",), "plan": ("gold",), "profile": ("chatbot",),
        "difficulty": ("hard", "expert"), "keywords": ("why",), "regex": (r"prove\s+that", "lemma"), "min_chars": 1000,
        "max_chars": 5, "tools": False, "images": True, "response_format": ("json_schema",), "latency": ("can_wait",),
        "risk": ("high",),
    }  # fmt: skip
    assert written.keys() == {field.name for field in dataclasses.fields(Condition)}
    assert condition_in_words(Condition(**written)) == (  # type: ignore[arg-type]
        "the task is a, and the feature is b, and the tenant is c, and the tenant's plan is gold, and the application is chatbot, "
        "and the model name is d, and the response format is json_schema, and the latency class is can_wait, and the risk is high, "
        "and the last message looks hard or expert, and the last message has the word why, "
        r"and the last message matches /prove\s+that/ or /lemma/, "
        "and it has at least 1,000 characters, and it has at most 5 characters, and it offers no tools, and it holds images"
    )
    assert condition_in_words(Condition()) == "always"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("caller", "the caller names the lane"),
        ("rule:1", "rule 1 holds: the task is proof"),
        ("task:proof", "the task proof is expert"),
        ("profile:chatbot", "its application is of the kind chatbot"),
        ("difficulty:hard", "by its words and its shape it looks hard"),
        ("small_model:easy", "the small model finds it easy"),
        ("default", "nothing else decides, so the default lane answers"),
        ("of another version", "of another version"),
    ],
)
def test_a_reason_is_said_in_words(reason: str, words: str) -> None:
    assert reason_in_words(reason, POLICY) == words


def test_what_follows_trouble_is_said_in_the_order_in_which_it_is_tried() -> None:
    thinking = lane(
        "high", "a/m", "b/m", first_token_timeout_s=3.0, hedge_after=1.5, slow_after=2.0, degrade_to="standard"
    )
    assert trouble_in_words(thinking) == (
        "a stream silent for 3s goes to the next deployment; after 1.5 times its usual P95 a call is made a second time elsewhere; "
        "standard answers instead when nobody here can, or takes 2 times its usual P95"
    )


def test_what_cannot_happen_is_not_said() -> None:
    alone = lane("standard", "a/m", hedge_after=1.5)
    assert trouble_in_words(alone) == "no other lane answers instead"
    impatient = lane("standard", "a/m", first_token_timeout_s=3.0)
    assert trouble_in_words(impatient) == "a stream silent for 3s is given up; no other lane answers instead"
    patient = lane("high", "a/m", slow_after=None, degrade_to="standard")
    assert trouble_in_words(patient) == "standard answers instead when nobody here can"


def test_a_breaker_says_when_it_opens_and_for_how_long() -> None:
    assert breaker_in_words(BreakerPolicy(error_rate=0.2, window_s=120, min_calls=4, open_s=5)) == (
        "a deployment rests for 5s when 20% of at least 4 calls within 2m failed"
    )
