"""One call's way to the caller's eyes: held back until there is something to see, so that a call that fails before leaves no mark."""

from __future__ import annotations

from collections.abc import Callable

from lanewise.core.answer import Delta
from lanewise.core.events import Deltas
from lanewise.core.policy import Deployment
from lanewise.core.request import Dialect
from lanewise.pipeline.deadlines import Deadline
from lanewise.pipeline.held import ANOTHER
from lanewise.pipeline.run import Run


class Showing:
    """Relays one call's stream. Of two calls made at once, the first that shows something is the run's; the other is heard no more.

    The end of a stream is held back too as long as it brought no piece of an answer: another call may still answer in its place.
    """

    __slots__ = ("_deadline", "_ends_s", "_held", "_run", "_whole_by_s", "deployment", "has_shown", "on_win", "outrun")

    def __init__(self, run: Run, deployment: Deployment, *, on_win: Callable[[Showing], None] | None = None) -> None:
        """`on_win` is told when this call becomes the run's, before any other."""
        self._run = run
        self._held: list[Delta] = []
        self.deployment = deployment
        self.on_win = on_win
        self.has_shown = False
        self.outrun = False  # another call made at the same time has won
        self._deadline: Deadline | None = None
        self._whole_by_s = self._ends_s = 0.0

    def keep_to(self, deadline: Deadline, *, whole_by_s: float, ends_s: float) -> None:
        """Let `deadline` end the call. Loop times: the answer must begin by `whole_by_s`, and what has begun may go on until `ends_s`."""
        self._deadline, self._whole_by_s, self._ends_s = deadline, whole_by_s, ends_s

    async def relay(self, deltas: list[Delta]) -> None:
        """Pass on what the caller may see now."""
        run = self._run
        if not run.answered or run.showing is not self:
            deltas = self._visible(deltas)
            if not deltas:
                return
        await run.emit(Deltas(dialect=self._dialect(deltas), deltas=deltas))

    @property
    def holds(self) -> bool:
        """Whether something came that the caller has not seen."""
        return bool(self._held)

    async def release(self) -> None:
        """Pass on what is still held: the stream ended well, and nobody answers in its place."""
        if self._held:
            deltas, self._held = self._held, []
            await self._run.emit(Deltas(dialect=self._dialect(deltas), deltas=deltas))

    def _dialect(self, deltas: list[Delta]) -> Dialect:
        """Whose bytes they are. Those that have none are told as another dialect's: a writer makes its own bytes of them."""
        return ANOTHER[self._run.request.dialect] if deltas[0].made else self.deployment.provider.dialect

    def _visible(self, deltas: list[Delta]) -> list[Delta]:
        run, held = self._run, self._held
        answers = _answer(deltas)
        if run.showing is not self:
            if self.outrun or run.committed or (self._deadline is not None and self._deadline.expired):
                return []
            held += deltas
            if not answers and not _show(deltas):
                return []
            deltas, self._held = held, []
            self._claim()
        if not answers:
            return self._before_the_end(deltas)
        run.answered = True
        self._give_until(self._ends_s)
        if self._held:
            deltas, self._held = self._held + deltas, []
        return deltas

    def _before_the_end(self, deltas: list[Delta]) -> list[Delta]:
        ends_at = 0 if self._held else next((at for at, each in enumerate(deltas) if each.finish is not None), None)
        if ends_at is None:
            return deltas
        self._held += deltas[ends_at:]
        return deltas[:ends_at]

    def _claim(self) -> None:
        self._run.showing = self
        self.has_shown = True
        self._give_until(self._whole_by_s)
        if self.on_win is not None:
            self.on_win(self)

    def _give_until(self, when_s: float) -> None:
        if self._deadline is not None and when_s != self._deadline.when_s:
            self._deadline.move(when_s)


# Loops: `any` over a generator costs several times as much, and every chunk of thinking comes by here.


def _answer(deltas: list[Delta]) -> bool:
    for delta in deltas:  # noqa: SIM110 - see above
        if delta.answers:
            return True
    return False


def _show(deltas: list[Delta]) -> bool:
    for delta in deltas:  # noqa: SIM110 - see above
        if delta.shows:
            return True
    return False
