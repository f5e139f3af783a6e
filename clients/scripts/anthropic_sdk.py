"""The official Anthropic client."""

from __future__ import annotations

import anthropic
from anthropic.types import MessageParam

from clients.scripts.told import KEY, QUESTION, URL, is_answer, tell

CLIENT = anthropic.Anthropic(base_url=URL, api_key=KEY, max_retries=0)
ASKED: list[MessageParam] = [{"role": "user", "content": QUESTION}]


def messages(model: str) -> None:
    answer = CLIENT.messages.create(model=model, max_tokens=1024, messages=ASKED)
    is_answer("".join(block.text for block in answer.content if block.type == "text"))


def messages_stream(model: str) -> None:
    with CLIENT.messages.stream(model=model, max_tokens=1024, messages=ASKED) as stream:
        is_answer("".join(stream.text_stream))
        assert stream.get_final_message().stop_reason == "end_turn"


def count_tokens(model: str) -> None:
    assert CLIENT.messages.count_tokens(model=model, messages=ASKED).input_tokens > 0


tell({"messages": messages, "messages stream": messages_stream, "count tokens": count_tokens})
