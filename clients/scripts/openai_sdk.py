"""The official OpenAI client."""

from __future__ import annotations

import openai
from openai.types.chat import ChatCompletionUserMessageParam
from pydantic import BaseModel

from clients.scripts.told import KEY, PERSON, QUESTION, V1, is_ada, is_answer, tell

CLIENT = openai.OpenAI(base_url=V1, api_key=KEY, max_retries=0)


class Person(BaseModel):
    name: str
    age: int


def asked(text: str) -> list[ChatCompletionUserMessageParam]:
    return [{"role": "user", "content": text}]


def chat(model: str) -> None:
    answer = CLIENT.chat.completions.create(model=model, messages=asked(QUESTION))
    is_answer(answer.choices[0].message.content)
    assert answer.usage is not None
    assert answer.usage.total_tokens > 0


def chat_stream(model: str) -> None:
    chunks = CLIENT.chat.completions.create(
        model=model, messages=asked(QUESTION), stream=True, stream_options={"include_usage": True}
    )
    seen = list(chunks)
    is_answer("".join(choice.delta.content or "" for chunk in seen for choice in chunk.choices))
    assert any(chunk.usage for chunk in seen)


def chat_parsed(model: str) -> None:
    answer = CLIENT.chat.completions.parse(model=model, messages=asked(PERSON), response_format=Person)
    parsed = answer.choices[0].message.parsed
    is_ada(parsed.age if parsed else None)


def responses(model: str) -> None:
    is_answer(CLIENT.responses.create(model=model, input=QUESTION).output_text)


def responses_stream(model: str) -> None:
    with CLIENT.responses.stream(model=model, input=QUESTION) as stream:
        assert any(event.type == "response.output_text.delta" for event in stream)
        is_answer(stream.get_final_response().output_text)


def responses_parsed(model: str) -> None:
    parsed = CLIENT.responses.parse(model=model, input=PERSON, text_format=Person).output_parsed
    is_ada(parsed.age if parsed else None)


def embeddings(model: str) -> None:
    given = CLIENT.embeddings.create(model=model, input=["a", "b"], encoding_format="float")
    assert len(given.data) == 2


tell(
    {
        "chat": chat,
        "chat stream": chat_stream,
        "chat parsed": chat_parsed,
        "responses": responses,
        "responses stream": responses_stream,
        "responses parsed": responses_parsed,
        "embeddings": embeddings,
    }
)
