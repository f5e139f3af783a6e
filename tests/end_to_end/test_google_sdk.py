"""Google's official SDK works unmodified: only its base URL is changed. In front of vendors of three dialects."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import openai
import pytest
import pytest_asyncio
from google import genai
from google.genai import errors, types

from end_to_end.stage import ANSWER, QUESTION, policy
from processes import GatewayProcess, gateway, simulator

# The SDK's own.
pytestmark = pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning")

#: A model of each vendor's dialect: Gemini's own, OpenAI's, Anthropic's.
MODELS = ("sim-flash", "sim-standard", "sim-sonnet")
SIGNED = "sim-pro"
WEATHER = "What is the weather in Paris, in celsius?"
FACTS: dict[str, Any] = {
    "simini/sim-flash-lite": {"logprobs": False, "schema_with_tools": False, "max_output_tokens": 8_192},
    "simini/sim-flash": {
        "thinking": "budget",
        "min_thinking_tokens": 1,
        "max_thinking_tokens": 24_576,
        "logprobs": False,
        "schema_with_tools": False,
    },
    "simini/sim-pro": {
        "thinking": "effort",
        "efforts": ["low", "medium", "high"],
        "thinking_always": True,
        "logprobs": False,
        "signed_calls": True,
    },
}
PRICES = {name: {"input": "$0.30", "cached": "$0.075", "output": "$2.50"} for name in FACTS}


def with_gemini(vendors: str) -> str:
    """The simulated policy, and the Gemini vendor's models each in a lane of its own."""
    lanes: dict[str, Any] = {name.partition("/")[2]: {"deployments": [name]} for name in FACTS}
    lanes |= {
        "hard": {"deployments": ["simini/sim-pro"], "effort": "high"},
        "thinking_claude": {"deployments": ["simthropic/sim-sonnet"], "effort": "low"},
    }
    return policy(
        vendors,
        providers={
            "simini": {"dialect": "gemini", "base_url": f"{vendors}/simini/v1beta", "api_key": "k", "simulated": True}
        },
        lanes=lanes,
        facts=FACTS,
        prices=PRICES,
        models={name.partition("/")[2]: "pin" for name in FACTS},
    )


@pytest.fixture(scope="module")
def vendors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with simulator(tmp_path_factory.mktemp("vendors")) as url:
        yield url


@pytest.fixture(scope="module")
def served(vendors: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    folder = tmp_path_factory.mktemp("google")
    (folder / "lanewise.yaml").write_text(with_gemini(vendors))
    with gateway("--dev", "--config", "lanewise.yaml", cwd=folder) as process:
        yield process


def client_of(url: str) -> genai.Client:
    return genai.Client(api_key="any", http_options=types.HttpOptions(base_url=url))


@pytest_asyncio.fixture
async def google(served: GatewayProcess) -> AsyncIterator[Any]:
    client = client_of(served.url).aio
    yield client.models
    await client.aclose()


@pytest_asyncio.fixture
async def fails(vendors: str) -> AsyncIterator[Any]:
    """Put a fault in force; all end with the test."""
    async with aiohttp.ClientSession() as http:

        async def put(**fault: Any) -> None:
            async with http.post(f"{vendors}/__faults__", json=fault) as response:
                assert response.status == 201

        yield put
        async with http.delete(f"{vendors}/__faults__"):
            pass


@pytest.mark.parametrize("model", [*MODELS, SIGNED])
async def test_the_asynchronous_client_gets_an_answer_of_its_vendor_s_shape(google: Any, model: str) -> None:
    answer = await google.generate_content(model=model, contents=QUESTION)
    assert ANSWER in answer.text
    assert answer.candidates[0].finish_reason is types.FinishReason.STOP
    usage = answer.usage_metadata
    thought = usage.thoughts_token_count or 0
    assert usage.prompt_token_count + (usage.candidates_token_count or 0) + thought == usage.total_token_count
    assert answer.model_version == model
    assert answer.response_id


@pytest.mark.parametrize("model", MODELS)
async def test_the_synchronous_client_gets_the_same_whole_and_streamed(served: GatewayProcess, model: str) -> None:
    def whole_and_streamed() -> tuple[str, str]:
        with client_of(served.url) as client:
            whole = client.models.generate_content(model=model, contents=QUESTION)
            chunks = client.models.generate_content_stream(model=model, contents=QUESTION)
            return whole.text or "", "".join(chunk.text or "" for chunk in chunks)

    whole, streamed = await asyncio.to_thread(whole_and_streamed)
    assert ANSWER in whole
    assert streamed == whole


@pytest.mark.parametrize("model", [*MODELS, SIGNED])
async def test_a_stream_brings_the_same_words_and_ends_with_usage(google: Any, model: str) -> None:
    whole = await google.generate_content(model=model, contents=QUESTION)
    chunks = [chunk async for chunk in await google.generate_content_stream(model=model, contents=QUESTION)]
    assert "".join(chunk.text or "" for chunk in chunks) == whole.text
    assert len(chunks) > 3
    assert [chunk.candidates[0].finish_reason for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1].candidates[0].finish_reason is types.FinishReason.STOP
    assert chunks[-1].usage_metadata.total_token_count == whole.usage_metadata.total_token_count


async def test_the_array_form_of_a_stream_has_the_same_chunks(served: GatewayProcess, google: Any) -> None:
    asked = {"contents": [{"parts": [{"text": QUESTION}]}]}
    for model in MODELS:
        whole = await google.generate_content(model=model, contents=QUESTION)
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{served.url}/v1beta/models/{model}:streamGenerateContent?key=any", json=asked) as response,
        ):
            assert response.content_type == "application/json"
            chunks = json.loads(await response.text())
        parts = [part for chunk in chunks for part in chunk["candidates"][0]["content"]["parts"]]
        assert "".join(part["text"] for part in parts if not part.get("thought")) == whole.text
        assert chunks[-1]["lanewise"]["outcome"] == "success"


def get_weather(city: str, unit: str) -> str:
    """The weather in a city."""
    return f"21 degrees {unit} in {city}"


@pytest.mark.parametrize("model", [*MODELS, SIGNED])
async def test_automatic_function_calling(google: Any, model: str) -> None:
    config = types.GenerateContentConfig(tools=[get_weather])
    answer = await google.generate_content(model=model, contents=WEATHER, config=config)
    assert "21 degrees" in answer.text
    history = answer.automatic_function_calling_history
    assert [content.role for content in history] == ["user", "model", "user"]


def manual() -> types.GenerateContentConfig:
    declared = types.FunctionDeclaration.from_callable_with_api_option(callable=get_weather, api_option="GEMINI_API")
    return types.GenerateContentConfig(
        tools=[types.Tool(function_declarations=[declared])],
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", [*MODELS, SIGNED])
async def test_a_tool_loop_by_hand(google: Any, model: str, *, stream: bool) -> None:
    asked: list[types.Content] = [types.Content(role="user", parts=[types.Part(text=WEATHER)])]
    said = await said_by(google, model, asked, stream=stream)
    (part,) = [part for part in said if part.function_call]
    called: Any = part.function_call
    assert (called.name, called.args["city"]) == ("get_weather", "Paris")
    assert part.thought_signature
    result = types.Part.from_function_response(name="get_weather", response={"result": "21"})
    asked += [types.Content(role="model", parts=said), types.Content(role="user", parts=[result])]
    answer = await said_by(google, model, asked, stream=stream)
    assert "21" in "".join(part.text or "" for part in answer if not part.thought)


async def said_by(google: Any, model: str, asked: Any, *, stream: bool) -> list[types.Part]:
    if not stream:
        answer = await google.generate_content(model=model, contents=asked, config=manual())
        return list(answer.candidates[0].content.parts)
    chunks = await google.generate_content_stream(model=model, contents=asked, config=manual())
    return [part async for chunk in chunks for part in chunk.candidates[0].content.parts or ()]


async def test_a_tool_conversation_changes_models_at_every_turn(google: Any) -> None:
    """The model that signs its calls takes over a turn that others began, and they take over its turns."""
    asked: list[types.Content] = []
    for turn, model in enumerate(("sim-standard", SIGNED, "sim-sonnet", SIGNED, "sim-standard", SIGNED)):
        asked.append(types.Content(role="user", parts=[types.Part(text=WEATHER)]))
        said = await said_by(google, model, asked, stream=bool(turn % 2))
        result = types.Part.from_function_response(name="get_weather", response={"result": "21"})
        asked += [types.Content(role="model", parts=said), types.Content(role="user", parts=[result])]
        follower = "sim-sonnet" if model == SIGNED else SIGNED
        answer = await said_by(google, follower, asked, stream=False)
        asked.append(types.Content(role="model", parts=answer))
        assert "21" in "".join(part.text or "" for part in answer if not part.thought)
        if SIGNED in {follower, model}:
            asked = [types.Content(role=each.role, parts=unsigned(each)) for each in asked]


async def test_a_turn_that_moves_to_another_model_of_google_s_goes_on_without_the_first_one_s_proof(
    google: Any,
) -> None:
    """The SDK writes proofs back in the other alphabet of base64 than they came in."""
    for first, second in (("sim-flash", SIGNED), (SIGNED, "sim-flash"), (SIGNED, SIGNED)):
        asked: list[types.Content] = [types.Content(role="user", parts=[types.Part(text=WEATHER)])]
        said = await said_by(google, first, asked, stream=False)
        result = types.Part.from_function_response(name="get_weather", response={"result": "21"})
        asked += [types.Content(role="model", parts=said), types.Content(role="user", parts=[result])]
        answer = await said_by(google, second, asked, stream=False)
        assert "21" in "".join(part.text or "" for part in answer if not part.thought)


def unsigned(content: types.Content) -> list[types.Part]:
    """What a client keeps that knows nothing of proofs once a turn is over."""
    return [part.model_copy(update={"thought_signature": None}) for part in content.parts or ()]


@pytest.mark.parametrize("model", [*MODELS, SIGNED])
async def test_a_json_schema(google: Any, model: str) -> None:
    schema = {"type": "object", "properties": {"answer": {"type": "integer"}}, "required": ["answer"]}
    config = types.GenerateContentConfig(response_mime_type="application/json", response_json_schema=schema)
    answer = await google.generate_content(model=model, contents=QUESTION, config=config)
    assert json.loads(answer.text) == {"answer": 391}
    google_s = types.Schema(
        type=types.Type.OBJECT, properties={"answer": types.Schema(type=types.Type.INTEGER)}, required=["answer"]
    )
    config = types.GenerateContentConfig(response_mime_type="application/json", response_schema=google_s)
    answer = await google.generate_content(model=model, contents=QUESTION, config=config)
    assert json.loads(answer.text) == {"answer": 391}


@pytest.mark.parametrize("model", ["sim-flash", SIGNED, "lane:hard", "lane:thinking_claude"])
async def test_thinking_is_seen_and_counted_once(google: Any, model: str) -> None:
    thinking = types.ThinkingConfig(include_thoughts=True)
    config = types.GenerateContentConfig(thinking_config=thinking)
    answer = await google.generate_content(model=model, contents=QUESTION, config=config)
    thoughts = [part.text for part in answer.candidates[0].content.parts if part.thought]
    assert thoughts
    assert thoughts[0] not in answer.text
    usage = answer.usage_metadata
    assert usage.thoughts_token_count > 0
    assert usage.total_token_count == (
        usage.prompt_token_count + usage.candidates_token_count + usage.thoughts_token_count
    )


async def test_what_lanewise_says_stands_beside_the_answer(served: GatewayProcess) -> None:
    asked = {"contents": [{"parts": [{"text": QUESTION}]}], "lanewise": {"task": "sum"}}
    async with (
        aiohttp.ClientSession(headers={"x-goog-api-key": "any"}) as http,
        http.post(f"{served.url}/v1beta/models/sim-flash:generateContent", json=asked) as response,
    ):
        told = await response.json()
        assert response.headers["x-lanewise-run"] == told["lanewise"]["run"]
        assert told["lanewise"]["deployment"] == "simini/sim-flash"
        assert told["responseId"] != told["lanewise"]["run"]  # the vendor's own


async def test_a_heartbeat_is_nothing_to_the_sdk(vendors: str, tmp_path: Any, fails: Any) -> None:
    """Silent thinking never looks dead, and a client that takes every line for JSON is not broken by a sign of life."""
    whole = with_gemini(vendors).replace("  sim-flash:\n", "  sim-flash:\n    heartbeat_after: 0.2s\n", 1)
    (tmp_path / "lanewise.yaml").write_text(whole)
    await fails(kind="slow_first_token", s=1.0, vendor="simini", times=2)
    with gateway("--dev", "--config", "lanewise.yaml", cwd=tmp_path) as process:
        client = client_of(process.url).aio
        stream = await client.models.generate_content_stream(model="lane:sim-flash", contents=QUESTION)
        chunks = [chunk async for chunk in stream]
        await client.aclose()
        async with (
            aiohttp.ClientSession() as http,
            http.post(
                f"{process.url}/v1beta/models/lane:sim-flash:streamGenerateContent?alt=sse",
                json={"contents": [{"parts": [{"text": QUESTION}]}]},
            ) as response,
        ):
            raw = await response.read()
    assert ANSWER in "".join(chunk.text or "" for chunk in chunks)
    assert raw.startswith(b"\r\n" * 3)
    assert raw.lstrip().startswith(b"data: {")


async def test_errors_are_what_the_sdk_raises_for_google(google: Any, served: GatewayProcess, fails: Any) -> None:
    with pytest.raises(errors.ClientError) as raised:
        await google.generate_content(model="lane:nobody", contents="Hi")
    assert (raised.value.code, raised.value.status) == (404, "NOT_FOUND")
    with pytest.raises(errors.ClientError) as raised:
        await google.generate_content(
            model="sim-standard", contents="Hi", config={"cached_content": "cachedContents/x"}
        )
    assert (raised.value.code, raised.value.status) == (400, "INVALID_ARGUMENT")
    assert "cachedContent" in str(raised.value.message)
    await fails(kind="status", code=503, vendor="simini")
    with pytest.raises(errors.ServerError) as broken:
        await google.generate_content(model="sim-flash", contents="Hi")
    assert (broken.value.code, broken.value.status) == (503, "UNAVAILABLE")


async def hear(stream: Any, heard: list[Any]) -> None:
    """Keep what comes, up to what goes wrong."""
    async for chunk in stream:
        heard.append(chunk)  # noqa: PERF401 - what came before an error counts


@pytest.mark.parametrize("kind", ["cut", "error_event", "malformed"])
async def test_a_stream_that_breaks_is_raised_and_never_taken_for_whole(google: Any, fails: Any, kind: str) -> None:
    await fails(kind=kind, vendor="simini", after=2, code=503)
    heard: list[Any] = []

    stream = await google.generate_content_stream(model="sim-flash", contents=QUESTION)
    with pytest.raises(errors.APIError) as raised:
        await hear(stream, heard)
    assert heard
    assert not any(chunk.candidates[0].finish_reason for chunk in heard)
    assert raised.value.status == "UNAVAILABLE"


async def test_a_filter_s_word_stays_one(google: Any, fails: Any) -> None:
    for vendor, model in (("simini", "sim-flash"), ("simopen", "sim-standard"), ("simthropic", "sim-sonnet")):
        await fails(kind="refusal", vendor=vendor, times=1)
        answer = await google.generate_content(model=model, contents=QUESTION)
        assert answer.candidates[0].finish_reason is types.FinishReason.SAFETY, model


@pytest.mark.parametrize("model", ["sim-flash-lite", "sim-flash", SIGNED])
async def test_openai_s_sdk_is_answered_by_gemini(served: GatewayProcess, model: str) -> None:
    tool: Any = {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather in a city",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        },
    }
    asked: list[Any] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": WEATHER}]
    async with openai.AsyncOpenAI(base_url=f"{served.url}/v1", api_key="any", max_retries=0) as client:
        first = await client.chat.completions.create(model=model, messages=asked, tools=[tool])
        calls: Any = first.choices[0].message.tool_calls
        (call,) = calls
        assert json.loads(call.function.arguments)["city"] == "Paris"
        asked += [first.choices[0].message, {"role": "tool", "tool_call_id": call.id, "content": "21"}]
        second = await client.chat.completions.create(model=model, messages=asked, tools=[tool])
        assert "21" in (second.choices[0].message.content or "")
        stream = await client.chat.completions.create(model=model, messages=asked, tools=[tool], stream=True)
        words = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]
        assert "".join(words) == second.choices[0].message.content
