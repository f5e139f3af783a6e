"""The vendor `recorded` answers over HTTP with what a recording says, and bills by its stated model. The recording here is made up."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from lanewise.simulator.recorded import RECORDED_VENDOR, RecordingError, read_recording
from lanewise.simulator.server import RunningSimulator, SimulatorOptions, running

EGGS = "A hen lays 3 eggs a day. How many in 5 days?"
OUTCOMES = (
    "qid,model,correct,output_chars,extracted_answer",
    "q1,gemma-2-9b-it,0,400,14",
    "q1,o1-mini-2024-09-12,1,81,15",
    "q1,a-model-nobody-serves,1,10,15",
    "q2,gemma-2-9b-it,1,10,7",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [
        {"qid": "q1", "dataset": "zeroeval-gsm", "query": EGGS, "answer": "# 15"},
        {"qid": "q2", "dataset": "zeroeval-other", "query": "What is 3 + 4?", "answer": "7"},
    ]
    (tmp_path / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "outcomes.csv").write_text("\n".join(OUTCOMES) + "\n")
    return tmp_path


@pytest.fixture
async def simulator(folder: Path) -> AsyncIterator[RunningSimulator]:
    async with running(SimulatorOptions(time_scale=0, recorded=read_recording(folder))) as simulator:
        yield simulator


async def ask(at: RunningSimulator, model: str, question: str = EGGS, **more: Any) -> tuple[int, dict[str, Any]]:
    body = {"model": model, "messages": [{"role": "user", "content": question}], **more}
    url = at.base_url + RECORDED_VENDOR.base_path
    async with (
        aiohttp.ClientSession(headers={"authorization": "Bearer any"}) as session,
        session.post(f"{url}/chat/completions", json=body) as response,
    ):
        return response.status, await response.json()


async def test_the_recorded_answer_is_given_right_or_wrong(simulator: RunningSimulator) -> None:
    status, wrong = await ask(simulator, "gemma-2-9b-it")
    assert status == 200
    assert wrong["choices"][0]["message"]["content"].endswith("\n\nAnswer: 14")
    _, right = await ask(simulator, "o1-mini-2024-09-12")
    assert right["choices"][0]["message"]["content"].endswith("\n\nAnswer: 15")


async def test_tokens_follow_the_stated_model_and_are_billed_at_list_price(simulator: RunningSimulator) -> None:
    _, plain = await ask(simulator, "gemma-2-9b-it")
    assert plain["usage"]["completion_tokens"] == 100  # 400 recorded characters
    _, thinking = await ask(simulator, "o1-mini-2024-09-12")
    visible = 21  # 81 recorded characters, rounded up
    assert thinking["usage"]["completion_tokens"] == visible + 4 * visible
    assert thinking["usage"]["completion_tokens_details"]["reasoning_tokens"] == 4 * visible
    books = simulator.simulator.books.books_json()["vendors"]["recorded"]
    paid = books["gemma-2-9b-it"]
    assert paid["cost_nanousd"] == (paid["input_tokens"] + 100) * 200


async def test_an_output_limit_cuts_the_answer(simulator: RunningSimulator) -> None:
    _, cut = await ask(simulator, "gemma-2-9b-it", max_tokens=40)
    assert cut["choices"][0]["finish_reason"] == "length"
    assert cut["usage"]["completion_tokens"] == 40


@pytest.mark.parametrize(
    ("model", "question", "code"),
    [
        ("gemma-2-9b-it", "What is 3 + 4?", "not_recorded"),
        ("gpt-4o-2024-08-06", EGGS, "model_not_found"),
        ("a-model-nobody-serves", EGGS, "model_not_found"),
        ("sim-small", EGGS, "model_not_found"),
    ],
)
async def test_what_was_not_recorded_is_not_answered(
    simulator: RunningSimulator, model: str, question: str, code: str
) -> None:
    status, refused = await ask(simulator, model, question)
    assert (status, refused["error"]["code"]) == (404, code)


async def test_the_other_vendors_are_there_as_ever_and_models_are_listed(simulator: RunningSimulator) -> None:
    async with aiohttp.ClientSession(headers={"authorization": "Bearer any"}) as session:
        for vendor, first in (("recorded", "gemma-2-9b-it"), ("simopen", "sim-small")):
            async with session.get(f"{simulator.base_url}/{vendor}/v1/models") as response:
                assert (await response.json())["data"][0]["id"] == first


async def test_without_a_recording_there_is_no_such_vendor() -> None:
    async with (
        running(SimulatorOptions(time_scale=0)) as simulator,
        aiohttp.ClientSession() as session,
        session.get(f"{simulator.base_url}/recorded/v1/models") as response,
    ):
        assert response.status == 404


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("outcomes.csv", None, "outcomes.csv"),
        ("queries.jsonl", "not json\n", "holds no recording"),
        ("outcomes.csv", "qid,model\nq1,gemma-2-9b-it\n", "extracted_answer"),
        ("outcomes.csv", "qid,model,correct,output_chars,extracted_answer\n", "has no answers"),
    ],
)
def test_a_folder_without_a_recording_is_refused(folder: Path, file: str, text: str | None, said: str) -> None:
    if text is None:
        (folder / file).unlink()
    else:
        (folder / file).write_text(text)
    with pytest.raises(RecordingError, match=said):
        read_recording(folder)
