"""What becomes of a Responses request's parameters and items when it leaves the dialect: tables, so that nothing is lost unsaid.

A parameter that is neither here nor carried by the conversation is unknown, and dropped as such.
"""

from __future__ import annotations

from typing import Any

from lanewise.wire.losses import Leaving, Loss

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
_LEAVING = Leaving(CARRIED, LOSSES)

#: Values of `include` that ask for what every answer has anyway, or for what no other vendor has: the first need no word.
INCLUDED = ("message.output_text.logprobs", "reasoning.encrypted_content")


def losses(parameters: dict[str, Any]) -> list[str]:
    """What is dropped, each as `parameter: reason`. Raises InvalidRequest where without it the answer would be to another question."""
    dropped = _LEAVING.losses(parameters)
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
