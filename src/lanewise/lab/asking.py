"""Asks the gateway one question the way an application does, and notes what came back: answer, lane, marks, cost, time."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp
import msgspec

from lanewise.lab.grading import Expected, GradeKind, grade_text
from lanewise.lab.workload import Item

_COMMENT = b": lanewise "


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What is asked, and how its answer is graded (`kind` and `expected` as in `grading`)."""

    id: str
    task: str | None
    messages: list[dict[str, str]]
    kind: GradeKind
    expected: Expected
    schema: dict[str, Any] | None = None
    """Of the JSON that is asked for; None where any text will do."""

    @classmethod
    def of(cls, item: Item) -> Question:
        """A workload's item as a question."""
        return cls(id=item.id, task=item.task, messages=item.messages, kind=item.kind, expected=item.expected)


@dataclass(frozen=True, kw_only=True, slots=True)
class Switch:
    """A downgrade, as the answer tells it: from one deployment to another, and why."""

    from_: str
    to: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """How one question ended. `problem` is empty where it was answered in full; `marked` where the answer says it was degraded."""

    question_id: str
    stream: bool
    problem: str = ""
    status: int = 0
    """Of HTTP; 0 where nothing came back."""
    retry_after_s: float | None = None
    told_error: str = ""
    """The gateway's own words about a failure: as an HTTP error, or as the event that ends a stream. Empty where it said none."""
    text: str = ""
    run_id: str = ""
    lane: str = ""
    deployment: str = ""
    marked: bool = False
    switches: tuple[Switch, ...] = ()
    cost_nanousd: int = 0
    latency_us: int = 0
    first_token_us: int | None = None
    right: bool | None = None
    """None where the question has no gradable answer."""
    in_outage: bool = False
    """Asked after the fault was in force and answered before it was lifted."""


@dataclass(kw_only=True, slots=True)
class Outage:
    """A vendor that fails, while `vendor` is set."""

    vendor: str | None = None


@dataclass(kw_only=True, slots=True)
class _Heard:
    """What has been heard of an answer so far."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    finish: str | None = None
    ended: bool = False
    told: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    """In the gateway's words."""
    lost: str = ""
    """In ours: the connection or its bytes were not what they should be."""
    first_token_us: int | None = None

    @property
    def text(self) -> str:
        return "".join(self.parts)

    @property
    def problem(self) -> str:
        if self.error or self.lost or self.status != 200:
            return f"HTTP {self.status}: {self.error or self.lost or 'no words'}"
        if not self.ended or self.finish is None:
            return "the answer stopped before its end"
        return "" if self.text.strip() else "the answer is empty"


class Asker:
    """An application with one base URL."""

    def __init__(self, session: aiohttp.ClientSession, gateway_url: str, outage: Outage) -> None:
        self._session = session
        self._url = f"{gateway_url}/v1/chat/completions"
        self._outage = outage

    async def ask(
        self,
        question: Question,
        *,
        model: str,
        stream: bool,
        latency: Literal["interactive", "can_wait"] | None = None,
        expected: str | None = None,
    ) -> Answered:
        """Ask and grade; with `expected` the gateway is told the right answer too. A failure is a value: all end as an Answered."""
        body: dict[str, Any] = {"model": model, "messages": question.messages}
        hints = {
            name: said
            for name, said in (("task", question.task), ("latency", latency), ("expected", expected))
            if said is not None
        }
        if hints:
            body["lanewise"] = hints
        if question.schema is not None:
            form = {"name": "answer", "strict": True, "schema": question.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": form}
        if stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        failing, begun_s, heard = self._outage.vendor, time.perf_counter(), _Heard()
        try:
            async with self._session.post(self._url, json=body) as response:
                heard.status = response.status
                heard.headers = {name.lower(): value for name, value in response.headers.items()}
                if response.status == 200 and stream:
                    await _hear_stream(response, heard, begun_s)
                else:
                    _hear_whole(await response.read(), heard)
        except (aiohttp.ClientError, TimeoutError, msgspec.MsgspecError, LookupError) as error:
            heard.lost = repr(error)
        return _noted(
            question,
            heard,
            stream=stream,
            latency_us=_since_us(begun_s),
            in_outage=failing is not None and self._outage.vendor == failing,
        )


def _noted(question: Question, heard: _Heard, *, stream: bool, latency_us: int, in_outage: bool) -> Answered:
    told = heard.told
    switches = tuple(
        Switch(from_=each["from"], to=each["to"], reason=each["reason"]) for each in told.get("degraded", ())
    )
    return Answered(
        question_id=question.id,
        stream=stream,
        problem=heard.problem,
        status=heard.status,
        retry_after_s=float(after) if (after := heard.headers.get("retry-after")) else None,
        told_error=heard.error,
        text=heard.text,
        run_id=heard.headers.get("x-lanewise-run", ""),
        lane=heard.headers.get("x-lanewise-lane", ""),
        deployment=told.get("deployment", ""),
        marked=bool(switches) or "x-lanewise-degraded" in heard.headers,
        switches=switches,
        cost_nanousd=told.get("cost_nanousd", 0),
        latency_us=latency_us,
        first_token_us=heard.first_token_us,
        right=grade_text(question.kind, question.expected, heard.text),
        in_outage=in_outage,
    )


def _hear_whole(data: bytes, heard: _Heard) -> None:
    body = msgspec.json.decode(data)
    if "error" in body:
        heard.error = str(body["error"].get("message", body["error"]))
        return
    choice = body["choices"][0]
    heard.parts.append(choice["message"].get("content") or "")
    heard.finish, heard.ended, heard.told = choice["finish_reason"], True, body.get("lanewise", {})


async def _hear_stream(response: aiohttp.ClientResponse, heard: _Heard, begun_s: float) -> None:
    async for line in _lines(response):
        if line.startswith(_COMMENT):
            # A heartbeat begins alike; only the run's own record is JSON.
            with_record = line.removeprefix(_COMMENT)
            heard.told = msgspec.json.decode(with_record) if with_record.startswith(b"{") else heard.told
        elif line == b"data: [DONE]":
            heard.ended = True
        elif line.startswith(b"data: "):
            _hear_event(msgspec.json.decode(line.removeprefix(b"data: ")), heard, begun_s)


async def _lines(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    rest = b""
    async for data in response.content.iter_any():
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            yield line.rstrip(b"\r")
    if rest:
        yield rest


def _hear_event(event: dict[str, Any], heard: _Heard, begun_s: float) -> None:
    if "error" in event:
        heard.error = str(event["error"].get("message", event["error"]))
        return
    for choice in event.get("choices", ()):
        words = choice["delta"].get("content")
        if words:
            heard.parts.append(words)
            heard.first_token_us = heard.first_token_us or _since_us(begun_s)
        heard.finish = choice.get("finish_reason") or heard.finish


def _since_us(begun_s: float) -> int:
    return int((time.perf_counter() - begun_s) * 1e6)
