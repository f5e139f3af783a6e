"""A policy whose requests a small model grades."""

from __future__ import annotations

from typing import Any

from lanewise.core.policy import Grade, Policy, Routing, SmallModel
from lanewise.core.request import Caller
from walking import deployment, lane, policy

LANE_OF: dict[Grade, str] = {"trivial": "small", "easy": "small", "hard": "reasoning", "expert": "reasoning"}
OTHER_CALLER = Caller(tenant="globex", key_id="key-2")


def graded_by_small_model(**small: Any) -> Policy:
    settings = SmallModel(**({"deployment": deployment("openai/nano")} | small))
    return policy(
        lane("small", "openai/mini"),
        lane("standard", "openai/gpt-4o"),
        lane("reasoning", "anthropic/opus"),
        routing=Routing(default="standard", classifier="small_model", grades=LANE_OF, small_model=settings),
    )
