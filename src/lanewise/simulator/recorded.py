"""The vendor `recorded`: real models' recorded answers to real questions, served over HTTP like any other vendor's.

What is real: which final answer each model gave to each question. What is not in the recording and therefore comes from the stated
model in this file: the working's words (its length is recorded), tokens, hidden thinking, speed and delays. Prices are list prices.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from lanewise.simulator import tokens
from lanewise.simulator.exchange import Ask, RejectedError, Reply
from lanewise.simulator.models import Capabilities, Kind, Price, SimulatedModel, SimulatedVendor, Speed

RECORDED_VENDOR = SimulatedVendor(name="recorded", dialect="openai", base_path="/recorded/v1")
DATASET = "zeroeval-gsm"
"""Whose questions are served: ZeroEval's run of GSM8K (grade school mathematics, answers are numbers)."""

STATED_MODEL = (
    "tokens = recorded characters / 4, input by the simulator's tokenizer; o1-mini's hidden thinking = 4 tokens per visible one "
    "(a guess); delay = first token + tokens / speed by the table in simulator/recorded.py; prices are list prices"
)
_CHARS_PER_TOKEN = 4
_THINKING_PER_VISIBLE_TOKEN = {"o1-mini-2024-09-12": 4}
_WORKING = tuple(tokens.pieces("The recording has the length of this working, not its words. "))


def _model(
    name: str, kind: Kind, *, input_: int, output: int, first_token_s: float, tokens_per_s: float
) -> SimulatedModel:
    thinks = name in _THINKING_PER_VISIBLE_TOKEN
    return SimulatedModel(
        id=name,
        vendor=RECORDED_VENDOR.name,
        dialect="openai",
        kind=kind,
        price=Price(
            input_nanousd=input_, cached_input_nanousd=input_, cache_write_nanousd=input_, output_nanousd=output
        ),
        speed=Speed(first_token_s=first_token_s, tokens_per_s=tokens_per_s),
        skill=0.0,  # nothing is solved here
        capabilities=Capabilities(thinking="always" if thinks else "none"),
        min_cacheable_tokens=128_000,
    )


# fmt: off
RECORDED_MODELS: tuple[SimulatedModel, ...] = (
    _model("Meta-Llama-3.1-8B-Instruct", "small",     input_=50,    output=80,     first_token_s=0.2, tokens_per_s=180),
    _model("gemma-2-9b-it",              "small",     input_=200,   output=200,    first_token_s=0.2, tokens_per_s=160),
    _model("gpt-4o-mini-2024-07-18",     "standard",  input_=150,   output=600,    first_token_s=0.5, tokens_per_s=90),
    _model("claude-3-5-haiku-20241022",  "standard",  input_=800,   output=4_000,  first_token_s=0.7, tokens_per_s=65),
    _model("gpt-4o-2024-08-06",          "frontier",  input_=2_500, output=10_000, first_token_s=0.6, tokens_per_s=80),
    _model("claude-3-5-sonnet-20241022", "frontier",  input_=3_000, output=15_000, first_token_s=0.9, tokens_per_s=65),
    _model("o1-mini-2024-09-12",         "reasoning", input_=1_100, output=4_400,  first_token_s=0.8, tokens_per_s=150),
)
# fmt: on
"""The models whose answers are served, with list prices (nano-dollars per token) and assumed speeds."""


class RecordingError(ValueError):
    """The folder does not hold a recording that can be served; the message says what is missing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedAnswer:
    """A model's final answer, and how long its whole text was."""

    final: str
    output_chars: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Recording:
    """Answers by (model, question text)."""

    answers: Mapping[tuple[str, str], RecordedAnswer]

    @property
    def models(self) -> tuple[SimulatedModel, ...]:
        """The models that are in the recording."""
        there = {model for model, _ in self.answers}
        return tuple(model for model in RECORDED_MODELS if model.id in there)

    def reply(self, ask: Ask, _seed: int) -> Reply:
        """The recorded answer to a question; raises RejectedError for a question that is not in the recording."""
        found = self.answers.get((ask.model.id, ask.conversation.question.strip()))
        if found is None:
            message = (
                f"The recording has no answer of {ask.model.id} to this question; it answers only what it recorded."
            )
            raise RejectedError(404, message, kind="invalid_request_error", code="not_recorded", param="messages")
        final = tokens.pieces(f"\n\nAnswer: {found.final}")
        length = max(0, -(-found.output_chars // _CHARS_PER_TOKEN) - len(final))
        answer = (*islice(cycle(_WORKING), length), *final)
        thought = _THINKING_PER_VISIBLE_TOKEN.get(ask.model.id, 0) * len(answer)
        reasoning = tuple(islice(cycle(_WORKING), thought))
        left = ask.max_tokens - len(reasoning)
        if left < len(answer):
            return Reply(reasoning=reasoning[: ask.max_tokens], answer=answer[: max(0, left)], finish="length")
        return Reply(reasoning=reasoning, answer=answer)


def read_recording(folder: Path) -> Recording:
    """Read `queries.jsonl` and `outcomes.csv` of a folder. Raises RecordingError."""
    try:
        questions = dict(_questions(folder / "queries.jsonl"))
        answers = dict(_answers(folder / "outcomes.csv", questions))
    except (OSError, KeyError, ValueError) as error:
        raise RecordingError(
            f"{str(folder)!r} holds no recording: it needs queries.jsonl (qid, dataset, query, answer) and outcomes.csv (qid, model, "
            f"correct, output_chars, extracted_answer): {error!r}"
        ) from error
    if not answers:
        known = ", ".join(model.id for model in RECORDED_MODELS)
        raise RecordingError(f"{str(folder)!r} has no answers to questions of {DATASET!r} by any of {known}")
    return Recording(answers=answers)


def _questions(file: Path) -> Iterator[tuple[str, str]]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["dataset"] == DATASET:
                yield row["qid"], row["query"].strip()


def _answers(file: Path, questions: Mapping[str, str]) -> Iterator[tuple[tuple[str, str], RecordedAnswer]]:
    served = {model.id for model in RECORDED_MODELS}
    with file.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            if row["model"] in served and row["qid"] in questions:
                answer = RecordedAnswer(final=row["extracted_answer"], output_chars=int(row["output_chars"]))
                yield (row["model"], questions[row["qid"]]), answer
