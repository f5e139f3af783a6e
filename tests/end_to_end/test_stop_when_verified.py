"""Lanes with `stop_when_verified`: a vendor that talks on after a proven answer is hung up on; its caller has a whole, verified one."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anthropic
import pytest
import pytest_asyncio

from end_to_end.stage import DEPLOYMENTS, asks, bare_lanes, eventually, policy, run_of, sdk
from end_to_end.talker import Talker
from lanewise.core.usage import CHARS_PER_TOKEN
from patience import PATIENCE_S
from processes import GatewayProcess
from raw_vendor import raw_vendor

ANSWER = "17 * 23 = 391\nAnswer: 391\n"
MORE = "Let me go over every single digit of it once more. "
CAP = 4_000
PIECES = 20_000  # more than a vendor says within the time that a test has
QUESTION = "What is 17 * 23? Show the steps."


@pytest_asyncio.fixture
async def talkative() -> AsyncIterator[tuple[Talker, str]]:
    script = Talker((ANSWER[:20], ANSWER[20:], *(f"{MORE}{n}. " for n in range(PIECES))))
    async with raw_vendor(script) as vendor:
        yield script, vendor.address


@pytest.fixture
def served(simulator_url: str, talkative: tuple[Talker, str], tmp_path: Path) -> Any:
    sections = bare_lanes(talkative[1])
    for dialect in DEPLOYMENTS:
        lane = sections["lanes"][f"bare_{dialect}"] | {"verify": "math_answer", "stop_when_verified": True}
        sections["lanes"] |= {f"held_{dialect}": lane, f"released_{dialect}": lane | {"stream": "released"}}
    checked = {"verify": "math_answer", "stop_when_verified": True}
    responses = sections["lanes"]["bare_openai"] | checked | {"deployments": ["responses/bare"]}
    sections["lanes"]["first"] = {"deployments": [DEPLOYMENTS["openai"]], "verify": "math_answer"}
    sections["lanes"] |= {"held_responses": responses, "released_responses": responses | {"stream": "released"}}
    sections["providers"]["responses"] = sections["providers"]["openai"] | {"dialect": "openai_responses"}
    sections["prices"]["responses/bare"] = sections["prices"]["openai/bare"]
    (tmp_path / "lanewise.yaml").write_text(policy(simulator_url, **sections))
    process = GatewayProcess("--dev", cwd=tmp_path)
    yield process
    process.stop()


async def begin(url: str) -> None:
    """Have the workers of maths started, for whom a stream waits no longer than two seconds."""
    async with sdk(url) as client:
        told = {"lanewise": {"expected": "391"}}
        await client.chat.completions.create(model="lane:first", messages=asks(QUESTION), extra_body=told)


async def chat(url: str, lane: str, expected: str) -> tuple[str, str | None, int, str]:
    """What the official client of OpenAI heard: text, finish, output tokens, and the run."""
    async with sdk(url) as client:
        raw = await client.chat.completions.with_raw_response.create(
            model=f"lane:{lane}", messages=asks(QUESTION), max_tokens=CAP, stream=True,
            stream_options={"include_usage": True}, extra_body={"lanewise": {"expected": expected}},
        )  # fmt: skip
        text, finish, tokens = "", None, 0
        async for chunk in raw.parse():
            tokens = chunk.usage.completion_tokens if chunk.usage else tokens
            for choice in chunk.choices:
                text += choice.delta.content or ""
                finish = choice.finish_reason or finish
        return text, finish, tokens, raw.headers["x-lanewise-run"]


async def messages(url: str, lane: str, expected: str) -> tuple[str, str | None, int, str]:
    """The same of Anthropic's."""
    async with anthropic.AsyncAnthropic(base_url=url, api_key="any", max_retries=0) as client:
        async with client.messages.stream(
            model=f"lane:{lane}",
            messages=asks(QUESTION),
            max_tokens=CAP,
            extra_body={"lanewise": {"expected": expected}},
        ) as stream:
            message = await stream.get_final_message()
            run = stream.response.headers["x-lanewise-run"]
        text = "".join(block.text for block in message.content if block.type == "text")
        finish = {"end_turn": "stop"}.get(message.stop_reason or "", message.stop_reason)
        return text, finish, message.usage.output_tokens, run


async def test_a_vendor_that_talks_on_after_a_proven_answer_is_hung_up_on_whoever_asks_whomever(
    served: GatewayProcess, talkative: tuple[Talker, str]
) -> None:
    vendor = talkative[0]
    await begin(served.url)
    for ask, dialect, shown in itertools.product((chat, messages), DEPLOYMENTS, ("held", "released")):
        vendor.begin_anew()
        text, finish, tokens, run_id = await ask(served.url, f"{shown}_{dialect}", "391")

        assert text.startswith(ANSWER), (ask, dialect, shown)  # a busy gateway may have read some pieces more at once
        assert finish == "stop"
        await asyncio.wait_for(vendor.hung_up.wait(), PATIENCE_S)
        assert vendor.said < PIECES
        run = await run_of(served.url, run_id)
        assert (run["outcome"], run["verdict"], run["verdict_kind"]) == ("success", "accept", "proof")
        (call,) = run["trace"]["calls"]
        assert call["ended_early"]
        assert call["estimated"]
        assert call["output_tokens"] == -(-len(text) // CHARS_PER_TOKEN) == tokens
        assert call["spared_tokens"] == CAP - call["output_tokens"]
        assert sum(call["cost"].values()) == (call["input_tokens"] + call["output_tokens"]) * 1_000  # $1 per million

    vendor.begin_anew()
    asking = asyncio.create_task(chat(served.url, "held_openai", "392"))  # what is not right is heard on

    async def went_on() -> bool:
        return vendor.said > 20

    await eventually(went_on)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)


async def test_a_caller_of_responses_is_told_the_end_that_its_vendor_of_responses_was_not_heard_to(
    served: GatewayProcess, talkative: tuple[Talker, str]
) -> None:
    """By the official client, which puts the response together from the events and from the last one."""
    vendor = talkative[0]
    await begin(served.url)
    for shown in ("held", "released"):
        vendor.begin_anew()
        async with sdk(served.url) as client:
            events = []
            async with client.responses.stream(
                model=f"lane:{shown}_responses", input=QUESTION, max_output_tokens=CAP,
                extra_body={"lanewise": {"expected": "391"}},
            ) as stream:  # fmt: skip
                events = [event async for event in stream]
                response = await stream.get_final_response()
        assert response.output_text.startswith(ANSWER)
        (message,) = response.output
        assert message.type == "message"
        assert (response.id, response.status, message.id) == ("resp_1", "completed", "msg_1")
        assert (
            "".join(each.delta for each in events if each.type == "response.output_text.delta") == response.output_text
        )
        closing = [
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed",
        ]
        assert [each.type for each in events[-4:]] == closing
        assert [each.sequence_number for each in events] == list(range(len(events)))
        assert response.usage is not None
        assert response.usage.output_tokens == -(-len(response.output_text) // CHARS_PER_TOKEN)
        await asyncio.wait_for(vendor.hung_up.wait(), 10)
        assert vendor.said < 500
        async with sdk(served.url) as client:
            kept = await client.responses.retrieve("resp_1")
            assert kept.output_text == response.output_text
            await client.responses.delete("resp_1")
