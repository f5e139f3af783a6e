from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lanewise.core.errors import Unavailable
from lanewise.core.record import KeptAnswer
from lanewise.server import recording as module
from lanewise.server.recording import RecordedBytes, Recording

START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]}


def piece(data: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


class Ear:
    """A caller that remembers what it was sent."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    async def __call__(self, message: Any) -> None:
        self.sent.append(dict(message))

    @property
    def body(self) -> bytes:
        return b"".join(each.get("body", b"") for each in self.sent)


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_who_comes_late_is_sent_all_of_it_and_then_follows() -> None:
    recording, early, late = Recording(RecordedBytes()), Ear(), Ear()
    first = asyncio.create_task(recording.listen(recording.add_listener(), early, []))
    await recording.send(START)
    await recording.send(piece(b"one "))
    await settled()
    second = asyncio.create_task(
        recording.listen(recording.add_listener(), late, [(b"x-lanewise-idempotent", b"joined")])
    )
    await settled()
    assert (early.body, late.body) == (b"one ", b"one ")
    await recording.send(piece(b"two", more=False))
    await asyncio.gather(first, second)

    assert early.body == late.body == b"one two"
    assert late.sent[0]["headers"] == [(b"content-type", b"text/event-stream"), (b"x-lanewise-idempotent", b"joined")]
    assert [each.get("more_body") for each in early.sent] == [None, True, False]


async def test_what_is_held_back_is_shown_to_nobody_until_it_is_released() -> None:
    recording, ear = Recording(RecordedBytes()), Ear()
    listening = asyncio.create_task(recording.listen(recording.add_listener(), ear, []))
    await recording.send(START)
    await recording.send(piece(b"words "))
    recording.hold_back()
    await recording.send(piece(b"end", more=False))
    await settled()
    assert ear.body == b"words "
    assert recording.whole() == (200, START["headers"], b"words end")
    await recording.release()
    await listening
    assert ear.body == b"words end"


async def test_something_else_may_be_said_than_what_was_held_back() -> None:
    recording, ear = Recording(RecordedBytes()), Ear()
    recording.hold_back()
    await recording.send(START)
    await recording.send(piece(b"a success", more=False))
    recording.drop()
    await recording.send({**START, "status": 503})
    await recording.send(piece(b"an error", more=False))
    await recording.listen(recording.add_listener(), ear, [])
    assert (ear.sent[0]["status"], ear.body) == (503, b"an error")


async def test_a_long_answer_waits_for_its_slowest_listener_and_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 1000)
    monkeypatch.setattr(module, "_AHEAD_BYTES", 300)
    together = RecordedBytes()
    recording, read = Recording(together), asyncio.Semaphore(0)
    heard: list[bytes] = []

    async def slow(message: Any) -> None:
        if "body" in message:
            await read.acquire()
            heard.append(message["body"])

    async def speak() -> None:
        await recording.send(START)
        for number in range(40):
            await recording.send(piece(b"%099d\n" % number, more=number < 39))

    listening = asyncio.create_task(recording.listen(recording.add_listener(), slow, []))
    speaking = asyncio.create_task(speak())
    await settled()
    assert not speaking.done()
    assert together.held <= 1200
    for _ in range(40):
        read.release()
        await settled()
        assert together.held <= 1200
    await asyncio.gather(speaking, listening)
    assert heard == [b"%099d\n" % number for number in range(40)]
    assert recording.whole() is None
    recording.close()
    assert together.held == 0


async def test_a_long_answer_without_a_listener_takes_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 1000)
    together = RecordedBytes()
    recording = Recording(together)
    await recording.send(START)
    for _ in range(100):
        await recording.send(piece(bytes(100)))
    assert together.held <= 1100


async def test_all_recordings_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES_TOGETHER", 1000)
    together = RecordedBytes()
    many = [Recording(together) for _ in range(20)]
    for recording in many:
        await recording.send(START)
        await recording.send(piece(bytes(100)))
    assert together.held <= 1100
    assert [each.overlong for each in many].count(True) == 10
    for recording in many:
        recording.close()
    assert together.held == 0


async def test_an_answer_that_was_kept_is_played_as_it_was() -> None:
    recording, ear = Recording(RecordedBytes()), Ear()
    recording.play(
        KeptAnswer(
            name=b"n",
            asked=b"a",
            run_id="run_1",
            created_us=0,
            expires_us=1,
            status=400,
            headers=((b"x-lanewise-run", b"run_1"),),
            body=b"no",
        )
    )
    await recording.listen(recording.add_listener(), ear, [])
    assert (ear.sent[0]["status"], ear.sent[0]["headers"], ear.body) == (400, [(b"x-lanewise-run", b"run_1")], b"no")


async def test_nobody_waits_for_an_answer_that_will_not_come() -> None:
    recording = Recording(RecordedBytes())
    listening = asyncio.create_task(recording.listen(recording.add_listener(), Ear(), []))
    await settled()
    recording.close()
    with pytest.raises(Unavailable):
        await listening


async def test_an_answer_that_breaks_off_is_no_whole_answer_to_anybody() -> None:
    recording, ear = Recording(RecordedBytes()), Ear()
    await recording.send(START)
    await recording.send(piece(b"half"))
    recording.close()
    with pytest.raises(ConnectionAbortedError):
        await recording.listen(recording.add_listener(), ear, [])
    assert all(each.get("more_body", True) for each in ear.sent)
