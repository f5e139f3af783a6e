"""What is asked of every pair of dialects, how it is seen that it came through, and the vendor limits that may stand in its way."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from end_to_end.speakers import Speaker, Told, Wish
from lanewise.core.request import Dialect

CHAT, RESPONSES, MESSAGES, GEMINI = Dialect
Ask = Callable[[Speaker], Awaitable[Told]]

SUM = "What is 17 * 23? Show the steps."
TWO_CITIES = "What is the weather in Paris and in Rome, in celsius?"
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}

#: What no gateway can give, because the vendor does not: the closed list, by name. It is empty so far.
LIMITS: dict[str, str] = {}


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One thing that a request can ask for. `play` raises AssertionError where it did not come through."""

    name: str
    play: Callable[[Ask, type[Speaker]], Awaitable[None]]
    thinks: bool = False
    limits: dict[tuple[Dialect, Dialect], str] = field(
        default_factory=dict
    )  # (caller's, vendor's) → a name of `LIMITS`


FINISHED = {CHAT: "stop", RESPONSES: "completed", MESSAGES: "end_turn", GEMINI: "STOP"}
CALLED = {CHAT: "tool_calls", RESPONSES: "completed", MESSAGES: "tool_use", GEMINI: "STOP"}
CUT = {CHAT: "length", RESPONSES: "max_output_tokens", MESSAGES: "max_tokens", GEMINI: "MAX_TOKENS"}
INPUT = {CHAT: "prompt_tokens", RESPONSES: "input_tokens", MESSAGES: "input_tokens", GEMINI: "promptTokenCount"}
OUTPUT = {
    CHAT: "completion_tokens",
    RESPONSES: "output_tokens",
    MESSAGES: "output_tokens",
    GEMINI: "candidatesTokenCount",
}


async def text(ask: Ask, speaks: type[Speaker]) -> None:
    speaker = speaks(Wish())
    speaker.ask(SUM)
    told = await ask(speaker)
    assert "391" in told.text
    assert told.finish == FINISHED[speaks.dialect]


async def turns(ask: Ask, speaks: type[Speaker]) -> None:
    speaker = speaks(Wish(system="You are kind."))
    speaker.ask("What is 2 + 2?")
    assert "4" in (await ask(speaker)).text
    speaker.ask(SUM)
    assert "391" in (await ask(speaker)).text


async def usage(ask: Ask, speaks: type[Speaker]) -> None:
    speaker = speaks(Wish())
    speaker.ask(SUM)
    told = await ask(speaker)
    assert told.usage[INPUT[speaks.dialect]] > 0
    assert told.usage[OUTPUT[speaks.dialect]] > 0


async def length(ask: Ask, speaks: type[Speaker]) -> None:
    speaker = speaks(Wish(cap=16))
    speaker.ask("Tell me about fences")
    assert (await ask(speaker)).finish == CUT[speaks.dialect]


async def parallel(ask: Ask, speaks: type[Speaker]) -> None:
    speaker = speaks(Wish(tools=True))
    speaker.ask(TWO_CITIES)
    told = await ask(speaker)
    assert {call.arguments["city"] for call in told.calls} == {"Paris", "Rome"}
    assert {call.name for call in told.calls} == {"get_weather"}
    assert told.finish == CALLED[speaks.dialect]


async def results(ask: Ask, speaks: type[Speaker]) -> None:
    speaker = speaks(Wish(tools=True))
    speaker.ask(TWO_CITIES)
    told = await ask(speaker)
    speaker.give([(call, f"{18 + number} degrees") for number, call in enumerate(told.calls)])
    answer = await ask(speaker)
    assert not answer.calls
    assert "18" in answer.text
    assert "19" in answer.text


async def forced(ask: Ask, speaks: type[Speaker]) -> None:
    speaker = speaks(Wish(tools=True, choice="forced"))
    speaker.ask(SUM)
    assert (await ask(speaker)).calls


async def none(ask: Ask, speaks: type[Speaker]) -> None:
    speaker = speaks(Wish(tools=True, choice="none"))
    speaker.ask(TWO_CITIES)
    assert not (await ask(speaker)).calls


async def thinking(ask: Ask, speaks: type[Speaker]) -> None:
    speaker = speaks(Wish(thinks=True))
    speaker.ask(SUM)
    told = await ask(speaker)
    assert told.thinking
    assert "391" in told.text


async def unasked(ask: Ask, speaks: type[Speaker]) -> None:
    """The vendor may think all the same. Chat's clients pass over thinking, and Responses' expect an item of it."""
    speaker = speaks(Wish())
    speaker.ask(SUM)
    told = await ask(speaker)
    assert "391" in told.text
    if speaks.dialect in {MESSAGES, GEMINI}:
        assert not told.thinking
    if speaks.dialect is MESSAGES:
        assert told.raw["content"][0]["type"] == "text"


async def picture(ask: Ask, speaks: type[Speaker]) -> None:
    speaker = speaks(Wish())
    speaker.show(SUM)
    assert "391" in (await ask(speaker)).text


async def schema(ask: Ask, speaks: type[Speaker]) -> None:
    speaker = speaks(Wish(schema=PERSON))
    speaker.ask("Extract the person: Ada Lovelace is 36 years old.")
    found = json.loads((await ask(speaker)).text)
    assert set(found) == {"name", "age"}
    assert found["age"] == 36


FEATURES = (
    Feature(name="text", play=text),
    Feature(name="system prompt, several turns", play=turns),
    Feature(name="usage", play=usage),
    Feature(name="cut at the cap", play=length),
    Feature(name="parallel tool calls", play=parallel),
    Feature(name="tool results", play=results),
    Feature(name="a tool must be called", play=forced),
    Feature(name="no tool may be called", play=none),
    Feature(name="thinking", play=thinking, thinks=True),
    Feature(name="an answer without thinking, where nobody asked for it", play=unasked, thinks=True),
    Feature(name="pictures", play=picture),
    Feature(name="answers by JSON schema", play=schema),
)
