"""Proofs of thinking at the Gemini-dialect vendor: given, taken back, and missed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from google.genai import types

from simulator.googling import DECLARATION, SDK_WARNING, WEATHER, google_models, loop, posted, tools
from simulator.simulated import Vendors

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.filterwarnings(SDK_WARNING)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def google(at: Vendors) -> AsyncIterator[Any]:
    async with google_models(at.sim.vendor_url("simini")) as models:
        yield models


async def test_a_signed_call_comes_back_and_is_answered(google: Any) -> None:
    asked = [types.Content(role="user", parts=[types.Part(text=WEATHER)])]
    first = await google.generate_content(model="sim-pro", contents=asked, config=tools())
    (part,) = [part for part in first.candidates[0].content.parts if part.function_call]
    assert part.thought_signature
    assert part.function_call.id is None
    result = types.Part.from_function_response(name="get_weather", response={"result": "21"})
    asked += [first.candidates[0].content, types.Content(role="user", parts=[result])]
    second = await google.generate_content(model="sim-pro", contents=asked, config=tools())
    assert "21" in second.text


async def test_a_call_of_the_current_turn_without_its_proof_is_refused(at: Vendors) -> None:
    status, told = await posted(at, "sim-pro", contents=loop())
    assert (status, told["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert "missing a `thought_signature`" in told["error"]["message"]
    assert (await posted(at, "sim-flash", contents=loop()))[0] == 200
    later = [*loop(), {"role": "model", "parts": [{"text": "21"}]}, {"role": "user", "parts": [{"text": "Thanks"}]}]
    assert (await posted(at, "sim-pro", contents=later))[0] == 200


async def test_words_in_place_of_a_proof_are_taken_and_anything_else_is_not(at: Vendors) -> None:
    words = loop(thoughtSignature="skip_thought_signature_validator")
    assert (await posted(at, "sim-pro", contents=words))[0] == 200
    status, told = await posted(at, "sim-pro", contents=loop(thoughtSignature="bm90IG1pbmU="))
    assert (status, told["error"]["message"]) == (400, "Thought signature is not valid.")


async def test_another_model_s_proof_is_refused(at: Vendors) -> None:
    asked: dict[str, Any] = {"tools": [{"functionDeclarations": [DECLARATION]}], "contents": loop()[:1]}
    _, first = await posted(at, "sim-pro", **asked)
    content = first["candidates"][0]["content"]
    back: dict[str, Any] = {**asked, "contents": [*loop()[:1], content, loop()[2]]}
    assert (await posted(at, "sim-pro", **back))[0] == 200
    assert (await posted(at, "sim-flash", **back))[0] == 400
