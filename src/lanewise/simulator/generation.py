"""Generates a model's reply to an ask: solve, think, maybe err, phrase, and stop where the caller said.

A mistake is decided by one draw that depends on the seed, the model and the prompt only; the effort moves the threshold. So
the same request always gets the same answer, and more thinking only ever turns wrong answers right.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import cycle, islice

from lanewise.simulator import tokens
from lanewise.simulator.exchange import Ask, Finish, Reply, ToolCall
from lanewise.simulator.problems.extraction import spoil
from lanewise.simulator.problems.solution import Solution
from lanewise.simulator.problems.solving import is_feedback, solve
from lanewise.simulator.stepwise import asked_stepwise, chance_left, next_step
from lanewise.simulator.structured import Source, fill
from lanewise.simulator.tool_choice import wanted_calls

EFFORTS: dict[str, tuple[float, int]] = {
    "minimal": (0.1, 64),
    "low": (0.35, 1_024),
    "medium": (1.0, 4_096),
    "high": (2.0, 12_288),
    "xhigh": (3.4, 24_576),
    "max": (4.5, 32_768),
}
"""Effort to (share of the thinking a problem takes, thinking tokens it is worth when skill is reckoned)."""

_NEEDED_TOKENS = {1: 180, 2: 400, 3: 800, 4: 1_400, 5: 1_800}
_STEEPNESS = 2.2
_SLIP_RATE = 0.004
_TERSE = re.compile(
    r"\b(only|just) (?:with )?(?:the |a )?(?:final )?(number|answer|value|result|json|output|object)|no explanation",
    re.IGNORECASE,
)
_JSON_ONLY = re.compile(r"\bonly\b[^.\n]{0,40}\bjson\b|\bjson\b[^.\n]{0,20}\bonly\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Outcome:
    answer: str
    solution: Solution
    right: bool
    chance: float
    draw: int


REFUSAL_TRIGGER = "SIMULATED_TRIGGER_REFUSAL"
"""A prompt that holds this is stopped by the vendor's filter, as the real vendors' test strings are."""


def generate(ask: Ask, seed: int) -> Reply:
    """The whole reply, before any fault; ids of tool calls depend on the prompt as well, so a replay is identical."""
    talk = ask.conversation
    if REFUSAL_TRIGGER in talk.everything:
        return refused(ask, Reply())
    solution = solve(talk.question, talk.earlier, talk.context)
    outcome = _outcome(ask, solution, seed)
    reasoning = _think(ask, outcome)
    calls = wanted_calls(ask)
    if calls:
        named = tuple(
            ToolCall(id=f"{_digest(seed, talk.everything, str(i))[:24]}", name=name, arguments=arguments)
            for i, (name, arguments) in enumerate(calls)
        )
        return _bounded(ask, outcome, reasoning, calls=named)
    return _bounded(ask, outcome, reasoning, text=_phrase(ask, outcome))


def refused(ask: Ask, reply: Reply) -> Reply:
    """The reply as the vendor's filter leaves it: only Anthropic's says a word about it."""
    words = tuple(tokens.pieces("I can't help with that.")) if ask.model.dialect == "anthropic" else ()
    return replace(reply, answer=words, tool_calls=(), finish="refusal", stop_sequence=None)


def chance_of_mistake(ask: Ask, difficulty: int) -> float:
    """How likely the model errs on a problem of this difficulty with the thinking it is allowed."""
    model = ask.model
    ability = model.skill
    if ask.thinking_tokens:
        worth = min(EFFORTS.get(ask.effort, EFFORTS["medium"])[1], ask.thinking_tokens)
        ability += model.thinking_gain * math.log2(1 + worth / 512)
    if is_feedback(ask.conversation.question, ask.conversation.earlier):
        ability += 0.6
    return min(0.98, _SLIP_RATE + 1 / (1 + math.exp(-_STEEPNESS * (difficulty - ability))))


def _outcome(ask: Ask, solution: Solution, seed: int) -> _Outcome:
    own_seed = "" if ask.seed is None else str(ask.seed)
    digest = _digest(seed, ask.model.id, own_seed, ask.conversation.everything)
    draw = int(digest[:13], 16) / 16**13
    which = int(digest[13:20], 16)
    chance = chance_of_mistake(ask, solution.difficulty) if solution.gradable else 0.0
    stepwise = asked_stepwise(ask.conversation.question)
    if stepwise is not None:
        chance = chance_left(chance, solution, ask.conversation.said, stepwise)
    right = draw >= chance
    answer = solution.answer
    if not right and solution.wrong:
        answer = solution.wrong[min(which % (len(solution.wrong) + 2), len(solution.wrong) + 1) % len(solution.wrong)]
    return _Outcome(answer=answer, solution=solution, right=right, chance=chance, draw=which)


def _think(ask: Ask, outcome: _Outcome) -> tuple[str, ...]:
    if not ask.thinking_tokens:
        return ()
    share = EFFORTS.get(ask.effort, EFFORTS["medium"])[0]
    noise = 0.75 + (outcome.draw % 1_000) / 2_000
    long_way = 1.0 if outcome.right else 1.3
    needed = int(_NEEDED_TOKENS[outcome.solution.difficulty] * share * noise * long_way)
    return tuple(islice(_thought_pieces(outcome.solution.work), max(16, min(needed, ask.thinking_tokens))))


_MUSINGS = (
    "Let me restate what is asked and what is given. ",
    "First I look for the simplest way to get there. ",
    "Checking this step again to be sure. ",
    "Another way to see it gives the same, so I go on. ",
    "Now I put the parts together. ",
)


def _thought_pieces(work: tuple[str, ...]) -> Iterator[str]:
    parts = [piece for line in work for piece in tokens.pieces(line + ".\n")]
    return cycle([*parts, *_musing_pieces()])


@lru_cache(maxsize=1)
def _musing_pieces() -> tuple[str, ...]:
    return tuple(piece for line in _MUSINGS for piece in tokens.pieces(line))


def _phrase(ask: Ask, outcome: _Outcome) -> str:
    talk, solution = ask.conversation, outcome.solution
    if asked_stepwise(talk.question) == "step" and solution.work:
        return next_step(
            solution, talk.said, right=outcome.right, wrong_answer=(solution.wrong or (outcome.answer,))[0]
        )
    fields = solution.fields
    if fields is not None and not outcome.right:
        fields = spoil(fields, outcome.draw)
    if ask.schema is not None:
        wrong_way = not outcome.right and solution.fields is None
        value = _number_in(outcome.answer) if wrong_way else solution.value
        source = Source(question=talk.question, answer=outcome.answer, value=value, work=solution.work, fields=fields)
        return json.dumps(fill(ask.schema, source), ensure_ascii=False)
    if ask.tool_use.results:
        return _from_results(ask)
    if fields is not None:
        text = json.dumps(fields, ensure_ascii=False)
        return text if ask.json_mode or _JSON_ONLY.search(talk.everything) else f"```json\n{text}\n```"
    if ask.json_mode:
        return json.dumps({"answer": outcome.answer if solution.value is None or not outcome.right else solution.value})
    if not solution.gradable or solution.kind == "code" or _TERSE.search(talk.everything[-20_000:]):
        return outcome.answer
    shown = solution.work[:-1] if not outcome.right else solution.work
    steps = "".join(f"{line}\n" for line in shown[:12])
    return f"{steps}\nAnswer: {outcome.answer}".lstrip()


def _number_in(answer: str) -> int | float | str:
    match = re.fullmatch(r"[$]?(?:[a-z] = )?(-?\d+(?:\.\d+)?)(?: \S+)?", answer)
    if not match:
        return answer
    return float(match.group(1)) if "." in match.group(1) else int(match.group(1))


def _from_results(ask: Ask) -> str:
    lines = []
    for name, text in ask.tool_use.results:
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        said = ", ".join(f"{k}: {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
        lines.append(f"According to {name}: {said}.")
    return " ".join(lines)


def _bounded(
    ask: Ask, outcome: _Outcome, reasoning: tuple[str, ...], *, text: str = "", calls: tuple[ToolCall, ...] = ()
) -> Reply:
    finish: Finish = "tool_calls" if calls else "stop"
    stopped_by = None
    cut = min(((text.find(mark), mark) for mark in ask.stop if mark and mark in text), default=None)
    if cut:
        text, stopped_by, finish = text[: cut[0]], cut[1], "stop_sequence"
    answer = tuple(tokens.pieces(text))
    left = ask.max_tokens - len(reasoning)
    if left < len(answer) or (left < 1 and (answer or calls)):
        finish, stopped_by = "length", None
        reasoning, answer, calls = reasoning[: ask.max_tokens], answer[: max(0, left)], ()
    if calls and sum(call.tokens for call in calls) > left:
        finish, calls = "length", ()
    return Reply(
        reasoning=reasoning,
        answer=answer,
        tool_calls=calls,
        finish=finish,
        stop_sequence=stopped_by,
        doubt=max(0.0, min(1.0, outcome.chance + (0.25 if not outcome.right else 0.0))),
        difficulty=outcome.solution.difficulty,
    )


def _digest(seed: int, *parts: str) -> str:
    state = hashlib.blake2b(str(seed).encode(), digest_size=16)
    for part in parts:
        state.update(b"\0" + part.encode())
    return state.hexdigest()
