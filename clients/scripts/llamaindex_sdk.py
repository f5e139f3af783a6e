"""LlamaIndex's model for servers that speak as OpenAI does."""

from __future__ import annotations

from llama_index.llms.openai_like import OpenAILike

from clients.scripts.told import KEY, QUESTION, V1, is_answer, tell


def of(model: str) -> OpenAILike:
    return OpenAILike(model=model, api_base=V1, api_key=KEY, is_chat_model=True, max_retries=0)


def chat(model: str) -> None:
    is_answer(of(model).complete(QUESTION).text)


def chat_stream(model: str) -> None:
    is_answer("".join(part.delta or "" for part in of(model).stream_complete(QUESTION)))


tell({"chat": chat, "chat stream": chat_stream})
