"""Whole responses of a vendor, read."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.failure import Failure, FailureKind
from lanewise.core.protocols.dialect import WireAnswer
from lanewise.wire.failure import failure_in_answer
from lanewise.wire.openai_responses.items import CALLS, MUTE_ITEMS, OutputItem, content_of, dicts, finish_of
from lanewise.wire.openai_responses.usage import read_usage
from lanewise.wire.silence import decoded, should_have_spoken


class Incomplete(msgspec.Struct, gc=False):
    """`incomplete_details`."""

    reason: Any = None


class _Unread(msgspec.Struct, gc=False):
    """An item of which only is known what it is."""

    type: str = ""
    content: msgspec.Raw = msgspec.Raw()


class _Response(msgspec.Struct, gc=False):
    status: str | None = None
    model: Any = ""
    output: list[OutputItem] | None = None
    usage: msgspec.Raw = msgspec.Raw()
    error: msgspec.Raw = msgspec.Raw()
    incomplete_details: Incomplete | None = None
    service_tier: Any = None


class _Outline(msgspec.Struct, gc=False):
    status: str | None = None
    model: Any = ""
    output: list[_Unread] | None = None
    usage: msgspec.Raw = msgspec.Raw()
    error: msgspec.Raw = msgspec.Raw()
    incomplete_details: Incomplete | None = None
    service_tier: Any = None


class _Items(msgspec.Struct, gc=False):
    output: msgspec.Raw = msgspec.Raw()


_WHOLE = msgspec.json.Decoder(_Response)
_OUTLINE = msgspec.json.Decoder(_Outline)
_OUTPUT = msgspec.json.Decoder(_Items)
#: Bytes of a message's content that may say nothing: an empty text with empty annotations and log-probabilities is shorter.
_LONGEST_SILENCE = 256
_FAILED = frozenset({"failed", "cancelled"})


def read_answer(body: bytes, *, want_content: bool) -> WireAnswer:
    """What a whole body says; its content is only decoded where it is wanted."""
    try:
        told: _Response | _Outline = (_WHOLE if want_content else _OUTLINE).decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return WireAnswer(finish=None, usage=None, served_model="", failure=failure_in_answer(body))
    served_model = told.model if isinstance(told.model, str) else ""
    usage = read_usage(told.usage, told.service_tier, _output(body))
    if told.output is None or told.status in _FAILED:
        failure = failure_of(body, told.status)
        return WireAnswer(finish=None, usage=usage, served_model=served_model, failure=failure)
    reason = None if told.incomplete_details is None else told.incomplete_details.reason
    # Some vendors of the dialect tell no status of an answer that is whole.
    finish = finish_of(told.status or "completed", reason, calls=any(item.type in CALLS for item in told.output))
    return WireAnswer(
        finish=finish,
        usage=usage,
        served_model=served_model,
        content=content_of(told.output) if isinstance(told, _Response) else None,
        empty=all(_is_silent(item) for item in told.output) and should_have_spoken(finish),
    )


def _output(body: bytes) -> msgspec.Raw | bytes:
    """The items as they came, for those that cost a fee; where there is no call at all, nothing is read for it."""
    return _OUTPUT.decode(body).output if b"_call" in body else b"[{}]"


def failure_of(body: bytes, status: str | None) -> Failure:
    """Why a body, or the response of a terminal event, is no answer."""
    failure = failure_in_answer(body)
    if failure.kind is FailureKind.MALFORMED and status in _FAILED:  # nothing was told beside the status
        return Failure(kind=FailureKind.ERROR_EVENT, message=f"The vendor's response ended as {status}")
    return failure


def _is_silent(item: OutputItem | _Unread) -> bool:
    if item.type != "message":
        return item.type in MUTE_ITEMS
    content = item.content
    if isinstance(content, msgspec.Raw):
        if len(memoryview(content)) > _LONGEST_SILENCE:
            return False
        content = decoded(content) if len(memoryview(content)) > 0 else None
    return not any(_speaks(part) for part in dicts(content))


def _speaks(part: dict[str, Any]) -> bool:
    words = part.get("text", part.get("refusal", part))
    return bool(words.strip()) if isinstance(words, str) else words is not None
