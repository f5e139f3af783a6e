"""Scripted vendors that take their time: they stream in pieces, think aloud, hang, fail in the middle."""

from __future__ import annotations

import asyncio

import msgspec

from lanewise.core.answer import Delta, Finish, Generation, Meter
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.protocols.provider import Call, DeltaSink
from lanewise.core.usage import Usage
from walking import Script, answers

ROLE = Delta(raw=b"role;")


def said(text: str) -> Delta:
    """A piece of an answer."""
    return Delta(raw=f"{text};".encode(), text=text)


def thought(text: str = "hm") -> Delta:
    """A piece of thinking, shown."""
    return Delta(raw=f"({text});".encode(), reasoning=text)


def ended(finish: Finish = Finish.STOP) -> Delta:
    """The piece that says why the model stopped."""
    return Delta(raw=f"[{finish}];".encode(), finish=finish)


def after(wait_s: float, script: Script | None = None) -> Script:
    """A vendor that lets others wait before it does anything."""
    then = script or answers()

    async def slow(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        await asyncio.sleep(wait_s)
        return await then(call, meter, on_deltas)

    return slow


def streams(*pieces: Delta | float, fails: FailureKind | None = None, **details: object) -> Script:
    """A vendor that streams these pieces, with pauses in seconds between them, and then ends well or fails.

    Where no stream is asked for, the pauses pass in silence.
    """

    async def script(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        loop = asyncio.get_running_loop()
        finish = None
        for piece in pieces:
            if isinstance(piece, float):
                await asyncio.sleep(piece)
                continue
            meter.accepted = True
            meter.output_chars += len(piece.text)
            meter.reasoning_chars += len(piece.reasoning)
            finish = piece.finish or finish
            if call.stream:
                if piece.shows and meter.first_output_s is None:
                    meter.first_output_s = loop.time()
                await on_deltas([piece])
        generation = Generation(
            dialect=call.deployment.provider.dialect,
            failure=None if fails is None else Failure(kind=fails, message=f"scripted {fails}"),
            body=b"".join(piece.raw for piece in pieces if isinstance(piece, Delta)),
            finish=finish,
            usage=Usage(input_tokens=10, output_tokens=5) if fails is None else None,
            served_model=call.deployment.model,
        )
        return msgspec.structs.replace(generation, **details)

    return script


def cut_off(*, thought_tokens: int = 90, empty: bool = True) -> Script:
    """A vendor whose model has used up its cap on thinking."""
    usage = Usage(input_tokens=10, output_tokens=100, reasoning_tokens=thought_tokens)
    return streams(ROLE, ended(Finish.LENGTH), empty=empty, usage=usage)
