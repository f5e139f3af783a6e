"""What a run has learned of its answers: shared by all of its parts, written down when it is over."""

from __future__ import annotations

from lanewise.core.events import Escalated
from lanewise.core.judged import Judged
from lanewise.core.record import CheckRecord
from lanewise.core.verdict import Verdict
from lanewise.pipeline.held import Held
from lanewise.pipeline.run import Run

OTHERS = "The vendor gave more answers than were asked for, so none of them was checked."


class Weighing:
    """Checks, attempts and climbs of one run."""

    __slots__ = ("answer", "attempts", "checks", "confidence", "escalated", "steps", "strategy", "verdict")

    def __init__(self) -> None:
        self.checks: list[CheckRecord] = []
        self.escalated: list[Escalated] = []
        self.attempts = 0
        self.steps = 0  # of searches, on the way to answers
        self.confidence: float | None = None  # in the first rung's answer
        self.verdict: Verdict | None = None  # of the answer that is given
        self.answer = ""  # the path of that answer
        self.strategy = ""


class Attempted(Judged, frozen=True, kw_only=True):
    """A judged answer with the part of the run that made it, and what of it was not shown yet."""

    part: Run
    held: Held | None = None  # None: it was shown as it came

    @property
    def hands_on_others(self) -> bool:
        """Whether the caller gets the vendor's own bytes, with answers in them that nobody has read."""
        return self.generation.others and self.generation.dialect is self.part.request.dialect
