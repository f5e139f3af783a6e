"""What a caller who waits is told: for how long already, how long it usually takes, and why it takes this long."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from lanewise.core.answer import Delta
from lanewise.core.events import (
    Degraded,
    Escalated,
    Event,
    FellBack,
    Hedged,
    Queued,
    Repairing,
    Routed,
    Searching,
    Verifying,
)
from lanewise.core.plan import Timing
from lanewise.core.plurals import counted
from lanewise.core.usage import CHARS_PER_TOKEN
from lanewise.server.outcome import Expected, expected_of, short

Usual = Callable[[str], Timing | None]
"""How long a call of a lane takes; None where nobody knows yet."""


class Heartbeat(NamedTuple):
    """A sign of life: as a comment, and as a typed event."""

    comment: str
    word: str
    payload: bytes


class _Beat(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    elapsed_s: float
    reason: str
    tokens: int | None = None
    budget_tokens: int | None = None
    wait_s: float | None = None  # until it is asked again
    expected: Expected | None = None


class Progress:
    """Follows one stream's run. `lane` is the one that answers as things stand, `expected` how long it usually takes."""

    __slots__ = (
        "_answering",
        "_budget_tokens",
        "_queued_until_s",
        "_queued_why",
        "_reasoning_chars",
        "_routed",
        "_thinks",
        "_usual",
        "_why",
        "expected",
        "lane",
    )

    def __init__(self, routed: Routed, usual: Usual) -> None:
        self._routed = routed
        self._usual = usual
        self._reasoning_chars = 0
        self._answering = False
        self._queued_until_s, self._queued_why = 0.0, ""
        self._begin()

    def _begin(self) -> None:
        """The first lane of the plan is asked, for the first time or after a wait."""
        routed = self._routed
        self.lane, self.expected = routed.lane, routed.expected
        self._thinks, self._budget_tokens = routed.thinks, routed.thinking_budget_tokens
        self._why = f"lane {routed.lane} thinks" if routed.thinks else f"lane {routed.lane} has not begun to answer"

    def hear(self, deltas: list[Delta]) -> None:
        """A piece of the answer, or of the thinking before it, came by."""
        for delta in deltas:
            if delta.reasoning:
                self._reasoning_chars += len(delta.reasoning)
                if not self._thinks:
                    self._thinks, self._why = True, f"lane {self.lane} thinks"
            elif not self._answering and delta.answers:
                self._answering, self._why = True, "the answer has begun, its next words are awaited"

    def follow(self, event: Event, now_s: float) -> None:
        """Something happened beside the stream. `now_s` is of the clock that `heartbeat` is given."""
        if isinstance(event, Queued):
            self._begin()
            self._queued_until_s, self._queued_why = now_s + event.wait_s, f"nobody can answer now ({event.reason})"
            self._why = f"lane {self.lane} is asked again ({event.reason})"
        elif isinstance(event, FellBack):
            self._why = _why_again(event)
        elif isinstance(event, Hedged):
            self._why = f"{event.deployment} is slow, so {event.twin} is asked as well"
        elif isinstance(event, Verifying):
            self._why = f"the answer is checked by {', '.join(event.verifiers)}"
        elif isinstance(event, Repairing):
            self._why = f"the answer did not pass {event.verifier}, and is asked for again"
        elif isinstance(event, Searching):
            self._why = f"an answer is searched for step by step, {counted(event.steps, 'step')} so far"
        elif isinstance(event, Escalated):
            self._why = f"{event.to} is asked, because the answer of {event.from_} is not good enough ({event.reason})"
            self._move_to(event.to)
        elif isinstance(event, Degraded):
            self._why = f"{event.to} answers instead of {event.from_} ({event.reason})"
            if event.lane:
                self._move_to(event.lane)

    def _move_to(self, lane: str) -> None:
        """Another lane answers from here on."""
        self.lane, self.expected = lane, self._usual(lane)
        self._thinks, self._budget_tokens = False, None

    def payload(self, event: Event) -> bytes:
        """A typed event's JSON, without what is not known."""
        plain = {name: value for name, value in msgspec.to_builtins(event).items() if value not in (None, "")}
        plain.pop("expected", None)
        if self.expected is not None and (isinstance(event, Routed) or "lane" in plain):
            plain["expected"] = expected_of(self.expected)
        return msgspec.json.encode(plain)

    def heartbeat(self, elapsed_s: float, now_s: float) -> Heartbeat:
        """What to say after a while of silence."""
        wait_s = self._queued_until_s - now_s
        word = "queued" if wait_s > 0 else "thinking" if self._thinks and not self._answering else "waiting"
        beat = _Beat(
            elapsed_s=round(elapsed_s, 1),
            reason=self._queued_why if wait_s > 0 else self._why,
            tokens=self._reasoning_chars // CHARS_PER_TOKEN or None,
            budget_tokens=self._budget_tokens,
            wait_s=round(wait_s, 1) if wait_s > 0 else None,
            expected=None if self.expected is None else expected_of(self.expected),
        )
        return Heartbeat(_comment(word, beat), word, msgspec.json.encode(beat))


def waiting(elapsed_s: float, reason: str) -> Heartbeat:
    """What to say where nothing else is known of a run."""
    beat = _Beat(elapsed_s=round(elapsed_s, 1), reason=reason)
    return Heartbeat(_comment("waiting", beat), "waiting", msgspec.json.encode(beat))


def _why_again(event: FellBack) -> str:
    how = "again" if event.next == event.deployment else f"instead of {event.deployment}"
    later = f" in {short(event.wait_s)} s" if event.wait_s else ""
    return f"{event.next} is asked {how}{later} ({event.reason})"


def _comment(word: str, beat: _Beat) -> str:
    said = f"{word} elapsed_s={beat.elapsed_s:.1f}"
    if beat.tokens:
        said += f" tokens={beat.tokens}" + (f" of={beat.budget_tokens}" if beat.budget_tokens else "")
    if beat.wait_s is not None:
        said += f" wait_s={beat.wait_s:.1f}"
    if beat.expected is not None:
        said += f" expected_p50_s={short(beat.expected.p50_s)} expected_p95_s={short(beat.expected.p95_s)}"
    return f"{said} reason={beat.reason}"
