"""The gateway of `bench.checks`: beside its requests its maths verifier never rests, or as many processes burn CPU, as it is told.

`python -m bench.checks_server POLICY PORT`: a line of its input names the mode it takes on; the answer says what was seen since the last.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Literal, get_args

import msgspec
import psutil

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

MANY, NICENESS = PoolOptions().workers, PoolOptions().niceness
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
#: It begins as a worker does, with a session of its own and `step_back`; a byte and it burns, another and it rests, none and it ends.
BURN = f"""
import os, select
from lanewise.verifiers.worker import step_back
step_back({NICENESS})
print(flush=True)
while os.read(0, 1):
    while not select.select([0], [], [], 0)[0]:
        for _ in range(100_000): pass
    os.read(0, 1)
"""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What the gateway saw of a mode: how late its loop woke, how many checks it made, and the CPU that ran beside it, in seconds."""

    lag: Lag
    checks: int
    beside_cpu_s: float


class Standing(msgspec.Struct, frozen=True):
    """What the scheduler knows of a process: its niceness, its policy, and its session's niceness, where there is such a thing."""

    niceness: int
    policy: int
    session: str


def standing_of(pid: int) -> Standing:
    """How the machine's scheduler treats a process."""
    session = ""
    with contextlib.suppress(OSError):
        session = Path(f"/proc/{pid}/autogroup").read_text(encoding="ascii").strip().partition(" ")[2]
    policy = os.sched_getscheduler(pid) if sys.platform == "linux" else 0
    return Standing(os.getpriority(os.PRIO_PROCESS, pid), policy, session)


class Beside:
    """What runs beside the requests."""

    def __init__(self, workers: Workers) -> None:
        self.mode: Mode = "rest"
        self.checks = 0
        self._verifier = MathAnswerVerifier(calculate=workers.calculate)
        self._checking: list[asyncio.Task[None]] = []
        self._burners: list[Process] = []
        self._workers: list[psutil.Process] = []
        self._cpu_s = 0.0

    async def open(self) -> None:
        """Start the workers and the burners, which wait. Raises RuntimeError where they are not treated alike."""
        before = psutil.Process().children()
        await self.enter("checks")
        await self.enter("rest")
        self._workers = [each for each in psutil.Process().children() if each not in before]
        for _ in range(MANY):
            burner = await asyncio.create_subprocess_exec(
                sys.executable, "-c", BURN, stdin=PIPE, stdout=PIPE, start_new_session=True
            )
            assert burner.stdout
            await burner.stdout.readline()
            self._burners.append(burner)
        alike = {standing_of(pid) for pid in self._pids()}
        if len(alike) != 1 or len(self._workers) != len(self._burners):
            raise RuntimeError(f"burners are not what the {len(self._workers)} maths workers are: {alike}")

    def cpu_s(self) -> float:
        """The CPU that workers and burners have taken since it was last asked for."""
        before, self._cpu_s = self._cpu_s, 0.0
        for pid in self._pids():
            with contextlib.suppress(psutil.NoSuchProcess):
                times = psutil.Process(pid).cpu_times()
                self._cpu_s += times.user + times.system
        return self._cpu_s - before

    async def enter(self, mode: Mode) -> int:
        """Leave one mode for another; gives the checks made in the one that is left."""
        if (mode == "burner") != (self.mode == "burner"):
            self._turn_burners()
        self.mode = "rest"
        await asyncio.gather(*self._checking)
        self._checking.clear()
        self.mode = mode
        made, self.checks = self.checks, 0
        if mode == "checks":
            self._checking += [asyncio.create_task(self._check()) for _ in range(2 * MANY)]
        return made

    async def close(self) -> None:
        """End what was started."""
        for burner in self._burners:
            burner.kill()
            await burner.wait()
        for checking in self._checking:
            checking.cancel()
        await asyncio.gather(*self._checking, return_exceptions=True)

    async def _check(self) -> None:
        checking = True
        while checking:
            verdict = await self._verifier.verify(HEAVY, _nobody)
            assert verdict.word != "reject", verdict
            # On a machine that is too busy a worker may not come to its end in time.
            self.checks += verdict.word == "accept"
            checking = self.mode == "checks"

    def _pids(self) -> list[int]:
        return [*(each.pid for each in self._workers), *(each.pid for each in self._burners)]

    def _turn_burners(self) -> None:
        for burner in self._burners:
            assert burner.stdin
            burner.stdin.write(b"\n")


async def _nobody(_: Question) -> str | None:
    return None


async def obey(beside: Beside, watch: Watch, answers: Answers) -> None:
    """Take on the modes that are asked for, one a line."""
    asked = await lines_of_input()
    while line := await asked.readline():
        mode = line.decode().strip()
        assert mode in get_args(Mode), mode
        lag = watch.take()
        made = await beside.enter(mode)  # type: ignore[arg-type]
        answers.say(Seen(lag=lag, checks=made, beside_cpu_s=beside.cpu_s()))


async def run(policy: Path, port: int) -> None:
    """Serve until told to stop."""
    watch, workers, answers = Watch(), Workers(SystemClock()), Answers()
    beside = Beside(workers)
    await beside.open()
    try:
        # A check that goes wrong ends the run: nobody waits for an answer that never comes.
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in (watch.watch(), obey(beside, watch, answers))]
            await serve(ServeOptions(config=policy, bind=Bind(port=port)))
            for task in tasks:
                task.cancel()
    finally:
        await beside.close()
        await workers.close()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(run(Path(sys.argv[1]), int(sys.argv[2])))
