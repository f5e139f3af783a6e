"""What becomes of a Responses request's parameters and items when it leaves the dialect: tables, so that nothing is lost unsaid.

A parameter that is neither here nor carried by the conversation is unknown, and dropped as such.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from lanewise.core.errors import InvalidRequest


class Loss(NamedTuple):
    """Why a parameter does not go along, whether the request can still be sent, and which values ask for nothing."""

    reason: str
    refused: bool = False
    neutral: tuple[Any, ...] = ()


#: Read elsewhere: into the call, the conversation or Lanewise's own hints and records.
CARRIED = frozenset(
    {
        "model", "input", "instructions", "stream", "stream_options", "store", "background", "max_output_tokens", "lanewise", "reasoning",
        "tools", "tool_choice", "parallel_tool_calls", "text", "temperature", "top_p", "top_logprobs", "include", "user",
        "safety_identifier", "presence_penalty", "frequency_penalty", "previous_response_id", "metadata",
    }
)  # fmt: skip

LOSSES: dict[str, Loss] = {
    "conversation": Loss(
        "the conversation is kept by its vendor; send its items, or `previous_response_id`", refused=True
    ),
    "prompt": Loss("the prompt is kept by its vendor; send its text", refused=True),
    "truncation": Loss("this vendor does not shorten what is too long", neutral=("disabled",)),
    "service_tier": Loss("the levels are OpenAI's own", neutral=("auto", "default")),
    "max_tool_calls": Loss("this vendor runs no tools of its own here"),
    "prompt_cache_key": Loss("this vendor finds cached prefixes by its own markers"),
    "prompt_cache_retention": Loss("this vendor finds cached prefixes by its own markers"),
    "prompt_cache_options": Loss("this vendor finds cached prefixes by its own markers"),
    "client_metadata": Loss("it is for the dialect's own vendor", neutral=({},)),
    "context_management": Loss("this vendor does not shorten conversations"),
}
_UNKNOWN = Loss("not known outside the dialect it was written in")

#: Values of `include` that ask for what every answer has anyway, or for what no other vendor has: the first need no word.
INCLUDED = ("message.output_text.logprobs", "reasoning.encrypted_content")


def losses(parameters: dict[str, Any]) -> list[str]:
    """What is dropped, each as `parameter: reason`. Raises InvalidRequest where without it the answer would be to another question."""
    dropped: list[str] = []
    for key, value in parameters.items():
        if key in CARRIED or value is None:
            continue
        loss = LOSSES.get(key, _UNKNOWN)
        if value in loss.neutral:
            continue
        if loss.refused:
            raise InvalidRequest(f"`{key}`: {loss.reason}", param=key)
        dropped.append(f"{key}: {loss.reason}")
    included = parameters.get("include")
    dropped += [
        f"include {each}: only the dialect's own vendors have it"
        for each in (included if isinstance(included, list) else ())
        if each not in INCLUDED
    ]
    text = parameters.get("text")
    if isinstance(text, dict) and text.get("verbosity") not in (None, "medium"):
        dropped.append("text.verbosity: this vendor has no such setting")
    return dropped
