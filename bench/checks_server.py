"""The gateway of `bench.checks`: beside its requests its maths verifier never rests, or as many processes burn CPU, as it is told.

`python -m bench.checks_server POLICY PORT`: a line of its input names the mode it takes on; the answer says what was seen since the last.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from asyncio.subprocess import Process
from pathlib import Path
from typing import Literal, get_args

import msgspec

from bench.lag import Answers, Lag, Watch, lines_of_input
from lanewise.bootstrap import ServeOptions, serve
from lanewise.bootstrap.workers import Workers
from lanewise.core.answer import Content
from lanewise.core.clock import SystemClock
from lanewise.core.conversation import Conversation
from lanewise.core.protocols.router import Question
from lanewise.core.protocols.verifier import Candidate
from lanewise.core.request import Dialect, Request
from lanewise.server.process import Bind, new_event_loop
from lanewise.verifiers.math_answer import MathAnswerVerifier
from lanewise.verifiers.worker_pool import PoolOptions

Mode = Literal["rest", "burner", "checks"]

NICENESS = 15  # that of the maths workers
MANY = PoolOptions().workers
#: A scratchpad of 20 KB that ends in a sum of 118 roots, against itself turned round: about 15 ms of work.
HEAVY = Candidate(
    request=Request(dialect=Dialect.OPENAI_CHAT, body=b"{}", model="auto", stream=False),
    conversation=Conversation(turns=()),
    content=Content(
        text="Let us see what follows from it, and check it again. " * 380
        + r"\boxed{"
        + "+".join(rf"\sqrt{{{n}}}" for n in range(2, 120))
        + "}"
    ),
    expected="+".join(rf"\sqrt{{{n}}}" for n in range(119, 1, -1)),
)
BURN = f"import os\nos.nice({NICENESS})\nwhile True: pass\n"


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What the gateway saw of a mode: how late its loop woke, and how many checks it made."""

    lag: Lag
    checks: int


class Beside:
    """What runs beside the requests."""

    def __init__(self, workers: Workers) -> None:
        self.mode: Mode = "rest"
        self.checks = 0
        self._verifier = MathAnswerVerifier(calculate=workers.calculate)
        self._checking: list[asyncio.Task[None]] = []
        self._burners: list[Process] = []

    async def open(self) -> None:
        """Start the burners, which wait, and the workers."""
        for _ in range(MANY):
            self._burners.append(await asyncio.create_subprocess_exec(sys.executable, "-c", BURN))
        self._signal(signal.SIGSTOP)
        await self.enter("checks")
        await self.enter("rest")

    async def enter(self, mode: Mode) -> int:
        """Leave one mode for another; gives the checks made in the one that is left."""
        self.mode = "rest"
        await asyncio.gather(*self._checking)
        self._checking.clear()
        self.mode = mode
        made, self.checks = self.checks, 0
        self._signal(signal.SIGCONT if mode == "burner" else signal.SIGSTOP)
        if mode == "checks":
            self._checking += [asyncio.create_task(self._check()) for _ in range(2 * MANY)]
        return made

    async def close(self) -> None:
        """End what was started."""
        await self.enter("rest")
        for burner in self._burners:
            burner.kill()
            await burner.wait()

    async def _check(self) -> None:
        checking = True
        while checking:
            verdict = await self._verifier.verify(HEAVY, _nobody)
            assert verdict.word == "accept", verdict
            self.checks += 1
            checking = self.mode == "checks"

    def _signal(self, what: signal.Signals) -> None:
        for burner in self._burners:
            burner.send_signal(what)


async def _nobody(_: Question) -> str | None:
    return None


async def obey(beside: Beside, watch: Watch, answers: Answers) -> None:
    """Take on the modes that are asked for, one a line."""
    asked = await lines_of_input()
    while line := await asked.readline():
        mode = line.decode().strip()
        assert mode in get_args(Mode), mode
        made = await beside.enter(mode)  # type: ignore[arg-type]
        answers.say(Seen(lag=watch.take(), checks=made))


async def run(policy: Path, port: int) -> None:
    """Serve until told to stop."""
    watch, workers, answers = Watch(), Workers(SystemClock()), Answers()
    beside = Beside(workers)
    await beside.open()
    tasks = [asyncio.create_task(each) for each in (watch.watch(), obey(beside, watch, answers))]
    try:
        await serve(ServeOptions(config=policy, bind=Bind(port=port)))
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await beside.close()
        await workers.close()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(run(Path(sys.argv[1]), int(sys.argv[2])))
