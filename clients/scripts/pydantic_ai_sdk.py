"""Pydantic AI's agents over OpenAI's and Anthropic's models."""

from __future__ import annotations

from pydantic import BaseModel
from pydantic_ai import Agent
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider

from clients.scripts.told import KEY, PERSON, QUESTION, URL, V1, is_ada, is_answer, tell

OPENAI = OpenAIProvider(base_url=V1, api_key=KEY)
ANTHROPIC = AnthropicProvider(base_url=URL, api_key=KEY)


class Person(BaseModel):
    """A person."""

    name: str
    age: int


def chat(model: str) -> None:
    is_answer(Agent(OpenAIChatModel(model, provider=OPENAI)).run_sync(QUESTION).output)


def chat_tool_output(model: str) -> None:
    is_ada(Agent(OpenAIChatModel(model, provider=OPENAI), output_type=Person).run_sync(PERSON).output.age)


def responses(model: str) -> None:
    is_answer(Agent(OpenAIResponsesModel(model, provider=OPENAI)).run_sync(QUESTION).output)


def messages(model: str) -> None:
    is_answer(Agent(AnthropicModel(model, provider=ANTHROPIC)).run_sync(QUESTION).output)


def messages_tool_output(model: str) -> None:
    is_ada(Agent(AnthropicModel(model, provider=ANTHROPIC), output_type=Person).run_sync(PERSON).output.age)


tell(
    {
        "chat": chat,
        "chat tool output": chat_tool_output,
        "responses": responses,
        "messages": messages,
        "messages tool output": messages_tool_output,
    }
)
