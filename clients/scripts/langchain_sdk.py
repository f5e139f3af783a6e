"""LangChain's chat models for OpenAI and Anthropic."""

from __future__ import annotations

from langchain_anthropic import ChatAnthropic
from langchain_openai import ChatOpenAI
from pydantic import BaseModel, SecretStr

from clients.scripts.told import KEY, PERSON, QUESTION, URL, V1, Check, is_ada, is_answer, tell


class Person(BaseModel):
    """A person."""

    name: str
    age: int


def of_openai(model: str, *, responses: bool = False) -> ChatOpenAI:
    return ChatOpenAI(model=model, base_url=V1, api_key=SecretStr(KEY), max_retries=0, use_responses_api=responses)


def of_anthropic(model: str) -> ChatAnthropic:
    return ChatAnthropic(model=model, base_url=URL, api_key=SecretStr(KEY), max_tokens=1024, max_retries=0)


def chat(model: str) -> None:
    is_answer(of_openai(model).invoke(QUESTION).text)


def chat_stream(model: str) -> None:
    is_answer("".join(str(chunk.content) for chunk in of_openai(model).stream(QUESTION)))


def responses(model: str) -> None:
    is_answer(of_openai(model, responses=True).invoke(QUESTION).text)


def messages(model: str) -> None:
    is_answer(of_anthropic(model).invoke(QUESTION).text)


def messages_stream(model: str) -> None:
    is_answer("".join(str(chunk.text) for chunk in of_anthropic(model).stream(QUESTION)))


def structured(method: str) -> Check:
    def check(model: str) -> None:
        is_ada(of_openai(model).with_structured_output(Person, method=method).invoke(PERSON).age)

    return check


def messages_structured(model: str) -> None:
    is_ada(of_anthropic(model).with_structured_output(Person).invoke(PERSON).age)


tell(
    {
        "chat": chat,
        "chat stream": chat_stream,
        "chat JSON schema": structured("json_schema"),
        "chat function calling": structured("function_calling"),
        "responses": responses,
        "messages": messages,
        "messages stream": messages_stream,
        "messages structured": messages_structured,
    }
)
