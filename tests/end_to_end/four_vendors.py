"""Simulated vendors of every dialect that a policy can name, each with a model that takes everything its dialect can say."""

from __future__ import annotations

from typing import Any

import yaml

from end_to_end.stage import policy
from lanewise.config.build import DIALECTS
from lanewise.core.request import Dialect

GEMINI: dict[str, Any] = {
    "simini/sim-flash-lite": {"schema_with_tools": False, "max_output_tokens": 8_192},
    "simini/sim-flash": {
        "thinking": "budget",
        "min_thinking_tokens": 1,
        "max_thinking_tokens": 24_576,
        "logprobs": False,
        "schema_with_tools": False,
        "max_output_tokens": 65_536,
    },
    "simini/sim-pro": {
        "thinking": "effort",
        "efforts": ["low", "medium", "high"],
        "thinking_always": True,
        "signed_calls": True,
        "logprobs": False,
        "max_output_tokens": 65_536,
    },
}
RESPONSES: dict[str, Any] = {
    "native/sim-standard": {"logprobs": True},
    "native/sim-reasoner": {
        "thinking": "effort",
        "efforts": ["minimal", "low", "medium", "high", "xhigh"],
        "sampling": False,
        "logprobs": False,
        "max_output_tokens": 128_000,
    },
}
#: For each dialect that vendors speak: who is asked, and who where thinking is to be seen.
ASKED = {
    Dialect.OPENAI_CHAT: ("simopen/sim-standard", "simdeep/sim-deep-reasoner"),
    Dialect.OPENAI_RESPONSES: ("native/sim-standard", "native/sim-reasoner"),
    Dialect.ANTHROPIC_MESSAGES: ("simthropic/sim-sonnet", "simthropic/sim-sonnet"),
    Dialect.GEMINI: ("simini/sim-flash", "simini/sim-flash"),
}
SPOKEN = tuple(dialect for dialect in ASKED if dialect in DIALECTS.values())


def settings(simulator_url: str, *more: str) -> str:
    """The simulated policy with a provider of each dialect, and a lane that can be pinned to all of these deployments."""
    whole: dict[str, Any] = yaml.safe_load(policy(simulator_url))
    providers, facts = whole["providers"], whole["facts"]
    same = {"simulated": True, "api_key": "simulated"}
    providers["simini"] = {"dialect": "gemini", "base_url": f"{simulator_url}/simini/v1beta", **same}
    facts |= GEMINI
    if Dialect.OPENAI_RESPONSES in SPOKEN:
        providers["native"] = {"dialect": "openai_responses", "base_url": f"{simulator_url}/simopen/v1", **same}
        facts |= RESPONSES
    providers["elsewhere"] = providers["simthropic"] | {"api_key": "another account"}
    for section in ("facts", "prices"):
        if "simthropic/sim-haiku" in whole[section]:
            whole[section]["elsewhere/sim-haiku"] = whole[section]["simthropic/sim-haiku"]
    asked = [name for dialect in SPOKEN for name in ASKED[dialect]] + ["simini/sim-flash-lite", *more]
    whole["lanes"] = {"all": {"deployments": list(dict.fromkeys(asked))}}
    whole["routing"] = {"default": "all"}
    whole["models"] = {"*": "pin"}
    named = set(whole["lanes"]["all"]["deployments"])
    for section in ("facts", "prices"):
        whole[section] = {name: value for name, value in whole[section].items() if name in named}
    unpriced = named - set(whole["prices"])
    whole["prices"] |= {name: {"input": "$1", "output": "$4"} for name in unpriced}
    return yaml.safe_dump(whole, sort_keys=False)
