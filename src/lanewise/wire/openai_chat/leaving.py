"""What becomes of a chat completion's parameters when the request leaves the dialect: a table, so that nothing is lost unsaid.

A parameter that is neither here nor carried by the conversation is unknown, and dropped as such.
"""

from __future__ import annotations

from typing import Any

from lanewise.wire.losses import Leaving, Loss

NO_THOUGHTS = "thinking is never sent to another vendor"


#: Read elsewhere: into the call, the conversation or Lanewise's own hints.
CARRIED = frozenset(
    {
        "model", "messages", "stream", "stream_options", "max_tokens", "max_completion_tokens", "lanewise", "reasoning_effort",
        "reasoning", "tools", "tool_choice", "parallel_tool_calls", "response_format", "temperature", "top_p", "top_k", "stop", "user",
        "safety_identifier", "presence_penalty", "frequency_penalty", "seed", "logprobs", "top_logprobs",
    }
)  # fmt: skip

LOSSES: dict[str, Loss] = {
    "n": Loss("this vendor gives one answer per call; ask n times", refused=True, neutral=(1,)),
    "audio": Loss("this vendor gives no audio", refused=True),
    "modalities": Loss("this vendor answers in text only", refused=True, neutral=(["text"],)),
    "functions": Loss("write `tools` instead, which every vendor has", refused=True, neutral=([],)),
    "function_call": Loss(
        "write `tool_choice` instead, which every vendor has", refused=True, neutral=("auto", "none")
    ),
    "web_search_options": Loss("the search tool is OpenAI's own", refused=True),
    "logit_bias": Loss("this vendor takes no token biases", neutral=({},)),
    "prediction": Loss("this vendor takes no predicted output"),
    "verbosity": Loss("this vendor has no such setting", neutral=("medium",)),
    "service_tier": Loss("the levels are OpenAI's own", neutral=("auto", "default")),
    "store": Loss("this vendor keeps no completions", neutral=(False,)),
    "metadata": Loss("this vendor keeps no completions to tag", neutral=({},)),
    "prompt_cache_key": Loss("this vendor finds cached prefixes by its own markers"),
    "prompt_cache_retention": Loss("this vendor finds cached prefixes by its own markers"),
}
_LEAVING = Leaving(CARRIED, LOSSES)


def losses(parameters: dict[str, Any]) -> list[str]:
    """What is dropped, each as `parameter: reason`. Raises InvalidRequest where without it the answer would be to another question."""
    return _LEAVING.losses(parameters)
