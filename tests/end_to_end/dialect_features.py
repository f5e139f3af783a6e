"""What is asked of every pair of dialects, how it is seen that it came through, and the vendor limits that may stand in its way."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from end_to_end.speaker import NAME, OTHER, Speaker, Told, Wish
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

QUESTION_IN_A_FILE = "What is 17 * 23?"
HARD = "What is 4871 * 6529 - 3187 * 2243?"  # the simulated models err on it, now and then
TRIGGER = "SIMULATED_TRIGGER_REFUSAL"
SEEDS = range(1, 7)


@dataclass(frozen=True, kw_only=True)
class Limit:
    """Something that the vendor's dialect has no word for. The answer is given all the same, and says what was left out."""

    words: str
    told_as: str  # how it begins in `lanewise.dropped`


#: What no gateway can give, because the vendor does not: the closed list, by name.
LIMITS: dict[str, Limit] = {
    "no seed": Limit(words="the vendor takes no seed; it samples as it likes", told_as="seed"),
    "no logprobs": Limit(words="the vendor gives no log-probabilities", told_as="logprobs"),
    "no stop": Limit(words="the vendor takes no stop sequences; the answer goes on to its own end", told_as="stop"),
    "parallel": Limit(
        words="the vendor's models cannot be told to call one tool at a time", told_as="parallel_tool_calls"
    ),
}


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One thing that a request can ask for. `play` raises AssertionError where it did not come through."""

    name: str
    play: Callable[[Ask, type[Speaker]], Awaitable[None]]
    thinks: bool = False
    unsaid: frozenset[Dialect] = frozenset()  # callers' dialects that have no word for it
    models: dict[Dialect, str] = field(default_factory=dict)  # who is asked, where it is not the usual model
    # (caller's, vendor's) → a name of `LIMITS`.
    limits: dict[tuple[Dialect, Dialect], str] = field(default_factory=dict)


FINISHED = {CHAT: "stop", RESPONSES: "completed", MESSAGES: "end_turn", GEMINI: "STOP"}
CALLED = {CHAT: "tool_calls", RESPONSES: "completed", MESSAGES: "tool_use", GEMINI: "STOP"}
CUT = {CHAT: "length", RESPONSES: "max_output_tokens", MESSAGES: "max_tokens", GEMINI: "MAX_TOKENS"}
FILTERED = {CHAT: "content_filter", RESPONSES: "content_filter", MESSAGES: "refusal", GEMINI: "SAFETY"}
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


async def system(ask: Ask, speaks: type[Speaker]) -> None:
    """Only the system prompt knows the answer."""
    speaker = speaks(Wish(system="Zephyrine Quill was born in Reykjavik. She likes tea."))
    speaker.ask("Where was Zephyrine Quill born?")
    assert "Reykjavik" in (await ask(speaker)).text


async def turns(ask: Ask, speaks: type[Speaker]) -> None:
    """Only the earlier turn has the question."""
    speaker = speaks(Wish(system="You are kind."))
    speaker.ask(SUM)
    assert "391" in (await ask(speaker)).text
    speaker.ask("That is wrong, try again.")
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


async def tiny(ask: Ask, speaks: type[Speaker]) -> None:
    """As connection tests ask. A vendor that takes no such cap is sent the least that it takes."""
    speaker = speaks(Wish(cap=1))
    speaker.ask("Tell me about fences")
    told = await ask(speaker)
    assert told.finish == CUT[speaks.dialect]
    assert len(told.text.split()) <= 16


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


async def named(ask: Ask, speaks: type[Speaker]) -> None:
    """The other tool fits the question better."""
    speaker = speaks(Wish(tools=True, choice="named"))
    speaker.ask("What is the weather in Paris, in celsius?")
    assert {call.name for call in (await ask(speaker)).calls} == {OTHER}


async def one_at_a_time(ask: Ask, speaks: type[Speaker]) -> None:
    speaker = speaks(Wish(tools=True, parallel=False))
    speaker.ask(TWO_CITIES)
    assert [call.name for call in (await ask(speaker)).calls] == [NAME]


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


async def thinking_with_tools(ask: Ask, speaks: type[Speaker]) -> None:
    """Vendors that sign their thinking refuse a tool's result that comes back without it."""
    speaker = speaks(Wish(thinks=True, tools=True))
    speaker.ask("What is the weather in Paris, in celsius?")
    told = await ask(speaker)
    speaker.give([(call, "21 degrees") for call in told.calls])
    assert "21" in (await ask(speaker)).text
    speaker.ask("And what is the weather in Rome, in celsius?")
    assert (await ask(speaker)).calls


async def file(ask: Ask, speaks: type[Speaker]) -> None:
    """The question stands in a PDF."""
    speaker = speaks(Wish())
    speaker.attach("Answer the question in this file.", pdf_of(QUESTION_IN_A_FILE))
    assert "391" in (await ask(speaker)).text


def pdf_of(words: str) -> str:
    """The least of a PDF that draws these words, in base64."""
    stream = f"BT /F1 12 Tf 72 720 Td ({words}) Tj ET"
    body = f"%PDF-1.4\n1 0 obj\n<< /Length {len(stream)} >>\nstream\n{stream}\nendstream\nendobj\n%%EOF\n"
    return base64.b64encode(body.encode()).decode()


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


async def json_alone(ask: Ask, speaks: type[Speaker]) -> None:
    speaker = speaks(Wish(json=True))
    speaker.ask("Extract the person as a json object: Ada Lovelace is 36 years old.")
    assert isinstance(json.loads((await ask(speaker)).text), dict)


async def stopped(ask: Ask, speaks: type[Speaker]) -> None:
    speaker = speaks(Wish(stop="Answer"))
    speaker.ask(SUM)
    told = await ask(speaker)
    assert told.text
    assert "Answer" not in told.text
    assert told.finish in {FINISHED[speaks.dialect], "stop_sequence"}


async def seeds(ask: Ask, speaks: type[Speaker]) -> None:
    """A simulated model's mistakes depend on the seed: with several of them there are several answers, each the same again."""

    async def answer(seed: int) -> str:
        speaker = speaks(Wish(seed=seed))
        speaker.ask(HARD)
        return (await ask(speaker)).text

    answers = [await answer(seed) for seed in SEEDS]
    assert len(set(answers)) > 1
    assert await answer(SEEDS[0]) == answers[0]


async def logprobs(ask: Ask, speaks: type[Speaker]) -> None:
    speaker = speaks(Wish(logprobs=True))
    speaker.ask(SUM)
    told = await ask(speaker)
    assert told.logprobs
    assert "".join(token for token, _ in told.logprobs) == told.text
    assert all(number <= 0 for _, number in told.logprobs)


async def refusal(ask: Ask, speaks: type[Speaker]) -> None:
    """A vendor's filter is told as one, and nobody else is asked."""
    speaker = speaks(Wish())
    speaker.ask(f"{TRIGGER} {SUM}")
    told = await ask(speaker)
    assert told.finish == FILTERED[speaks.dialect]
    assert "391" not in told.text


FEATURES = (
    Feature(name="text", play=text),
    Feature(name="system prompt", play=system),
    Feature(name="several turns", play=turns),
    Feature(name="usage", play=usage),
    Feature(name="cut at the cap", play=length),
    Feature(name="a cap of one token", play=tiny),
    Feature(
        name="stop sequences",
        play=stopped,
        unsaid=frozenset({RESPONSES}),
        limits={(caller, RESPONSES): "no stop" for caller in (CHAT, MESSAGES, GEMINI)},
    ),
    Feature(name="refusals", play=refusal),
    Feature(name="parallel tool calls", play=parallel),
    Feature(name="tool results", play=results),
    Feature(name="a tool must be called", play=forced),
    Feature(name="one tool must be called, by its name", play=named),
    Feature(name="no tool may be called", play=none),
    Feature(
        name="one tool call at a time",
        play=one_at_a_time,
        unsaid=frozenset({GEMINI}),
        limits={(caller, GEMINI): "parallel" for caller in (CHAT, RESPONSES, MESSAGES)},
    ),
    Feature(name="thinking", play=thinking, thinks=True),
    Feature(name="an answer without thinking, where nobody asked for it", play=unasked, thinks=True),
    Feature(name="thinking beside tools, over several turns", play=thinking_with_tools, thinks=True),
    Feature(name="pictures", play=picture),
    Feature(name="files", play=file),
    Feature(name="answers by JSON schema", play=schema),
    Feature(name="JSON without a schema", play=json_alone, unsaid=frozenset({MESSAGES})),
    Feature(
        name="seeds",
        play=seeds,
        unsaid=frozenset({RESPONSES, MESSAGES}),
        models={GEMINI: "simini/sim-flash-lite"},
        limits={(caller, vendor): "no seed" for caller in (CHAT, GEMINI) for vendor in (RESPONSES, MESSAGES)},
    ),
    Feature(
        name="log-probabilities",
        play=logprobs,
        unsaid=frozenset({MESSAGES}),
        models={GEMINI: "simini/sim-flash-lite"},
        limits={(caller, MESSAGES): "no logprobs" for caller in (CHAT, RESPONSES, GEMINI)},
    ),
)
