"""What a client of any dialect can say and be told, in no dialect's words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

from lanewise.core.request import Dialect

WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]}},
    "required": ["city", "unit"],
    "additionalProperties": False,
}
NAME, ABOUT = "get_weather", "The weather in a city"
TIME = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
#: What is offered beside it where one tool is asked for by its name.
OTHER, ABOUT_OTHER = "get_time", "The time in a city"
#: One white pixel.
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4//8/AwAI/AL+p5qgoAAAAABJRU5ErkJggg=="


@dataclass(frozen=True, kw_only=True)
class Called:
    """A tool call as the client sees it."""

    id: str
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Told:
    """What an answer says to its client."""

    text: str
    calls: tuple[Called, ...]
    thinking: str
    finish: str
    usage: dict[str, Any]
    raw: dict[str, Any] = field(repr=False, default_factory=dict)
    logprobs: tuple[tuple[str, float], ...] = ()  # of the answer's tokens


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a conversation asks for beside its words."""

    thinks: bool = False
    tools: bool = False
    choice: str = "auto"  # or `forced`, `none`, `named`: the other tool
    parallel: bool = True
    system: str = ""
    schema: dict[str, Any] | None = None
    json: bool = False  # JSON without a schema
    cap: int = 8_192
    seed: int | None = None
    stop: str = ""
    logprobs: bool = False

    @property
    def offered(self) -> tuple[tuple[str, str, dict[str, Any]], ...]:
        """The tools: name, description, schema."""
        if not self.tools:
            return ()
        weather = (NAME, ABOUT, WEATHER)
        return (weather, (OTHER, ABOUT_OTHER, TIME)) if self.choice == "named" else (weather,)


class Speaker(ABC):
    """One conversation in one dialect."""

    dialect: Dialect

    def __init__(self, wish: Wish | None = None) -> None:
        self.said: list[Any] = []
        self.wish = wish or Wish(thinks=True, tools=True)

    @abstractmethod
    def path(self, model: str, *, stream: bool = False) -> str:
        """Where its SDK posts to."""

    @abstractmethod
    def body(self, model: str, *, stream: bool = False) -> dict[str, Any]:
        """The request, with all that was said."""

    @abstractmethod
    def show(self, text: str) -> None:
        """The user says something about a picture."""

    @abstractmethod
    def attach(self, text: str, pdf: str) -> None:
        """The user says something about a file, whose bytes come in base64."""

    @abstractmethod
    def gathered(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        """The whole answer that a stream's events make."""

    @abstractmethod
    def ask(self, text: str) -> None:
        """The user says something."""

    @abstractmethod
    def hear(self, answer: dict[str, Any]) -> Told:
        """Take an answer into the conversation, as it came."""

    @abstractmethod
    def give(self, results: list[tuple[Called, str]]) -> None:
        """What the tools gave."""
