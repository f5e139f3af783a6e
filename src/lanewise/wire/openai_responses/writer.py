"""A caller's stream of response events, its whole answers and its errors."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.answer import Delta, Finish, Generation
from lanewise.core.protocols.dialect import ErrorReport
from lanewise.core.request import Dialect, Request
from lanewise.core.usage import Usage
from lanewise.wire.openai_responses.hung_up import Shown
from lanewise.wire.openai_responses.output import Output
from lanewise.wire.openai_responses.render import Rendering, ending
from lanewise.wire.own_keys import with_record

_encode = msgspec.json.Encoder().encode


class _Began(msgspec.Struct, gc=False):
    """A vendor's own first event."""

    type: Any = ""
    response: dict[str, Any] | None = None


class _Numbered(msgspec.Struct, gc=False):
    sequence_number: int = -1


_BEGAN = msgspec.json.Decoder(_Began)
_NUMBERED = msgspec.json.Decoder(_Numbered)


class ResponseStreamWriter:
    """Relays the vendor's own bytes where it speaks this dialect, else writes events of the same meaning.

    The vendor's terminal event is held until the run's record is there to be told before it.
    """

    __slots__ = (
        "_created_s",
        "_finish",
        "_first",
        "_latest",
        "_output",
        "_request",
        "_run_id",
        "_shown",
        "_terminal",
        "_usage",
    )

    def __init__(self, request: Request, *, run_id: str, created_s: int) -> None:
        self._request = request
        self._run_id = run_id
        self._created_s = created_s
        self._output: Output | None = None  # where another vendor's words are told
        self._first = self._latest = self._terminal = b""  # of a vendor's own events
        self._shown = Shown()
        self._finish: Finish | None = None
        self._usage: Usage | None = None

    def write(self, source: Dialect, deltas: list[Delta]) -> bytes:
        """The caller's bytes for these deltas."""
        if source is Dialect.OPENAI_RESPONSES:
            return self._relay(deltas)
        parts: list[bytes] = []
        if self._first and self._output is None and all(each.finish is not None and not each.shows for each in deltas):
            return self._ended_here(deltas)
        output = self._opened(parts)
        for delta in deltas:
            parts.append(output.write(delta))
            self._usage = delta.usage or self._usage
            self._finish = delta.finish or self._finish
        return b"".join(parts)

    def comment(self, text: str) -> bytes:
        """One comment line, without a blank line after it: some clients fail on an event without data."""
        return b": " + " ".join(text.split()).encode() + b"\n"

    def progress(self, name: str, payload: bytes) -> bytes:
        """An event of a type of its own, which clients of this dialect pass over; sent on opt-in only."""
        rest = payload.strip()[1:-1].strip()
        data = b'{"type":"lanewise.progress","event":' + _encode(name) + (b"," + rest if rest else b"") + b"}"
        return b"event: lanewise.progress\ndata: " + data + b"\n\n"

    def error(self, report: ErrorReport) -> bytes:
        """The end of a stream that failed, both ways in which clients look for it: a failed response, and an error event."""
        told = {
            "type": report.kind,
            "code": report.code or report.kind,
            "message": report.message,
            "param": report.param,
        }
        failure = {"code": told["code"], "message": report.message}
        parts: list[bytes] = []
        if self._first:
            response, number = _vendor_s(self._first, self._latest)
            failed = response | {"status": "failed", "error": failure}
        else:
            output = self._opened(parts)
            failed, number = output.response("failed", error=failure), output.numbered
        parts.append(event("response.failed", number, response=failed))
        refusal = {} if report.refusal is None else {"lanewise": {"refusal": report.refusal}}
        parts.append(
            event(
                "error", number + 1, **{key: told[key] for key in ("code", "message", "param")}, error=told, **refusal
            )
        )
        return b"".join(parts)

    def finish(self, lanewise: bytes) -> bytes:
        """Lanewise's record as a comment, and the terminal event with the whole response."""
        parts: list[bytes] = []
        terminal = self._terminal
        if not terminal and self._first and self._output is None:
            terminal = self._closed(parts)
        elif not terminal:
            output = self._opened(parts)
            finish = self._finish or Finish.STOP
            parts.append(output.close(finish))
            status, reason = ending(finish)
            response = output.response(status, usage=self._usage, reason=reason)
            terminal = event(f"response.{status}", output.numbered, response=response)
        parts += (b": lanewise ", lanewise.replace(b"\n", b" "), b"\n", terminal)
        return b"".join(parts)

    def _ended_here(self, deltas: list[Delta]) -> bytes:
        """A vendor's own events go no further: it was hung up on, and these say why it stopped and what it used."""
        for delta in deltas:
            self._usage = delta.usage or self._usage
            self._finish = delta.finish or self._finish
        return b""

    def _closed(self, parts: list[bytes]) -> bytes:
        """The events that close what its vendor left open; the terminal one is returned."""
        response, number = _vendor_s(self._first, self._latest)
        rendering = Rendering(self._request, run_id=self._run_id, created_s=self._created_s)
        events, output = self._shown.read().ending(rendering)
        parts += [event(kind, number + place, **members) for place, (kind, members) in enumerate(events)]
        status, reason = ending(self._finish or Finish.STOP)
        made = rendering.response(status, output, usage=self._usage, reason=reason)
        told = {key: made[key] for key in ("status", "output", "usage", "incomplete_details", "error")}
        return event(f"response.{status}", number + len(events), response=made | response | told)

    def _opened(self, parts: list[bytes]) -> Output:
        if self._output is None:
            rendering = Rendering(self._request, run_id=self._run_id, created_s=self._created_s)
            self._output = Output(rendering)
            parts.append(self._output.begin())
        return self._output

    def _relay(self, deltas: list[Delta]) -> bytes:
        parts: list[bytes] = []
        for delta in deltas:
            raw = delta.raw
            if delta.finish is not None:
                self._terminal = raw
            elif raw and not delta.last:
                parts.append(raw)
                self._shown.note(delta)
                self._first = self._first or raw
                self._latest = raw
        return b"".join(parts)


def event(kind: str, number: int, **members: object) -> bytes:
    """One event in OpenAI's form: named, with its type and number in its data."""
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), _encode({"type": kind, "sequence_number": number, **members}))


def write_answer(generation: Generation, request: Request, lanewise: bytes, *, run_id: str, created_s: int) -> bytes:
    """The caller's body: the vendor's own bytes where it spoke this dialect, else a response of the same meaning."""
    own = generation.dialect is Dialect.OPENAI_RESPONSES
    if own and generation.body:
        return with_record(generation.body, lanewise)
    if generation.content is None:
        raise ValueError("An answer of another dialect needs its content: the call must be made with want_content")
    response = Rendering(request, run_id=run_id, created_s=created_s).whole(
        generation.content,
        generation.finish or Finish.STOP,
        model=generation.served_model,
        usage=generation.usage,
        own=own,
    )
    return with_record(_encode(response), lanewise)


def write_error(report: ErrorReport) -> bytes:
    """An error's body, with the key `lanewise` beside it where it is a refusal."""
    body: dict[str, Any] = {
        "error": {"message": report.message, "type": report.kind, "param": report.param, "code": report.code}
    }
    if report.refusal is not None:
        body["lanewise"] = {"refusal": report.refusal}
    return _encode(body)


def _vendor_s(first: bytes, latest: bytes) -> tuple[dict[str, Any], int]:
    """The response that a vendor began, and the number of what would come next."""
    try:
        response = _BEGAN.decode(_data(first)).response or {}
        number = _NUMBERED.decode(_data(latest)).sequence_number
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}, 0
    return response, number + 1


def _data(raw: bytes) -> bytes:
    lines = [line.removeprefix(b"data:").strip() for line in raw.splitlines() if line.startswith(b"data:")]
    return b"".join(lines)
