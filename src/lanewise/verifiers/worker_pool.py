"""A few processes of our own that work on text of models: asked over pipes, killed when they take too long, replaced one by one.

Neither `fork` nor an executor of the standard library: a forked gateway shares its memory and its locks, and one killed worker breaks
such an executor for all who wait. A worker is `python -m lanewise.verifiers.worker`, which steps back behind the gateway and becomes the
pool's module: it reads frames (four bytes of length, then as many) and answers each with one; an empty frame says that it is ready.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from lanewise.core.clock import Clock
from lanewise.verifiers.child import Child, Start, started
from lanewise.verifiers.processor import UNKNOWN, Share, own_share, share_of

_READ_BYTES = 64 * 1024
_WORKER = "lanewise.verifiers.worker"


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolOptions:
    """How many workers, how long a question may take, and how much may wait."""

    workers: int = 2
    limit_s: float = 2.0
    # For a question that nobody waits for any more: a worker that is killed for it has to be started anew.
    left_limit_s: float = 0.25
    start_limit_s: float = 15.0  # for a new worker to say that it is ready, on a busy machine too
    max_waiting: int = 64
    max_starts: int = 30  # in `starts_window_s`: more is a storm, and the pool rests until it is over
    starts_window_s: float = 60.0
    max_answer_bytes: int = 64 * 1024
    niceness: int = 10  # a tenth of the gateway's share where both would run: at 15 it is a thirtieth, and a busy machine checks nothing


class Folder:
    """A folder of the machine's temporary ones, there from when it is first asked for until it is removed."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._made: TemporaryDirectory[str] | None = None

    def path(self) -> str:
        """Where it is; made if it is not there yet, readable for nobody else."""
        if self._made is None:
            self._made = TemporaryDirectory(prefix=self._prefix, ignore_cleanup_errors=True)
        return self._made.name

    def remove(self) -> None:
        """Remove it with what is in it."""
        if self._made is not None:
            self._made.cleanup()
            self._made = None


class NoAnswer(Exception):
    """The pool could not answer: it is full, resting, closed, or the worker was killed. The text says which."""


class _AtHalfTime:
    """What a worker had got of the processor when half of its time was over."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.share = UNKNOWN

    def read(self) -> None:
        self.share = own_share(self._pid)


class _Question:
    """What is asked; `left` by whoever has asked, `put` to a worker."""

    __slots__ = ("frame", "left", "put")

    def __init__(self, frame: bytes) -> None:
        self.frame = frame
        self.left = self.put = False


class WorkerPool:
    """Bounded in workers, in waiting and in starts. Starts nothing before the first question."""

    def __init__(
        self, module: str, clock: Clock, options: PoolOptions | None = None, *, folder: Folder | None = None
    ) -> None:
        """With `folder`, each worker is told a folder that it may write to, which ends with the pool."""
        self._module = module
        self._folder = folder
        self._clock = clock
        self._options = options or PoolOptions()
        self._room = asyncio.Semaphore(self._options.workers)
        self._waiting = 0
        self._idle: list[Child] = []
        self._starts: deque[float] = deque()
        self._answering: set[asyncio.Task[bytes]] = set()
        self._closed = False

    async def ask(self, frame: bytes) -> bytes:
        """A worker's answer. Raises NoAnswer. Whoever is cancelled does not wait; his worker may come to its end, if that is soon."""
        if self._closed:
            raise NoAnswer("the pool is closed")
        if self._room.locked() and self._waiting >= self._options.max_waiting:
            raise NoAnswer("too many checks are waiting")
        self._waiting += 1
        try:
            await self._room.acquire()
        finally:
            self._waiting -= 1
        question = _Question(frame)
        answering = asyncio.ensure_future(self._answer(question))
        self._answering.add(answering)
        answering.add_done_callback(self._over)
        try:
            return await asyncio.shield(answering)
        except asyncio.CancelledError:
            if answering.cancelled():  # it is not the asker who was
                raise NoAnswer("the pool is closed") from None
            question.left = True
            if question.put:
                asyncio.get_running_loop().call_later(self._options.left_limit_s, answering.cancel)
            raise

    def _over(self, answering: asyncio.Task[bytes]) -> None:
        self._answering.discard(answering)
        self._room.release()
        if not answering.cancelled():
            answering.exception()  # whoever has asked was told, or is gone

    async def close(self) -> None:
        """End every worker."""
        self._closed = True
        for answering in (left := list(self._answering)):
            answering.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        idle, self._idle = self._idle, []
        for worker in idle:
            await _ended(worker)
        if self._folder is not None:
            self._folder.remove()

    async def _answer(self, question: _Question) -> bytes:
        worker = self._idle.pop() if self._idle else await self._started()
        if question.left:
            self._idle.append(worker)
            raise NoAnswer("nobody waits for it any more")
        question.put = True
        kept, at_half_time = False, _AtHalfTime(worker.pid)
        # Nothing is read of a worker that is quick: that would cost each check as much as the rest of asking for it.
        timer = asyncio.get_running_loop().call_later(self._options.limit_s / 2, at_half_time.read)
        try:
            async with asyncio.timeout(self._options.limit_s):
                answer = await _exchanged(worker, question.frame, self._options.max_answer_bytes)
        except TimeoutError:
            raise NoAnswer(await self._too_long(worker.pid, at_half_time.share)) from None
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            raise NoAnswer("the worker ended in the middle of it") from None
        else:
            kept = not self._closed
            return answer
        finally:
            timer.cancel()
            if kept:
                self._idle.append(worker)
            else:
                await asyncio.shield(_ended(worker))

    async def _too_long(self, pid: int, before: Share) -> str:
        """Why a worker is stopped at its limit: it worked all the time, or it was the machine that did not let it."""
        limit_s = self._options.limit_s
        share = (await asyncio.to_thread(share_of, pid)).since(before)
        starved = share.starved(wall_s=limit_s / 2, cpu_s=limit_s / 2)
        return (
            f"it did not come to its end, for {starved}"
            if starved
            else f"it took more than {limit_s:g} s and was stopped"
        )

    async def _started(self) -> Child:
        now_s, options = self._clock.monotonic_s(), self._options
        while self._starts and self._starts[0] <= now_s - options.starts_window_s:
            self._starts.popleft()
        if len(self._starts) >= options.max_starts:
            raise NoAnswer(
                f"workers ended {options.max_starts} times within {options.starts_window_s:g} s; the pool rests"
            )
        self._starts.append(now_s)
        arguments = [sys.executable, "-I", "-m", _WORKER, str(options.niceness), self._module]
        if self._folder is not None:
            arguments.append(self._folder.path())
        try:
            process = await started(Start(command=arguments, env={}))
        except OSError as error:
            raise NoAnswer(f"no worker can be started: {error.strerror}") from None
        ready = False
        try:
            async with asyncio.timeout(options.start_limit_s):
                ready = await _received(process, 0) == b""
        except (TimeoutError, asyncio.IncompleteReadError, ValueError):
            pass
        finally:
            if not ready:
                await asyncio.shield(_ended(process))
        if not ready:
            raise NoAnswer("a worker did not start")
        return process


async def _exchanged(process: Child, frame: bytes, most_bytes: int) -> bytes:
    process.stdin.write(len(frame).to_bytes(4) + frame)
    await process.stdin.drain()
    return await _received(process, most_bytes)


async def _received(process: Child, most_bytes: int) -> bytes:
    length = int.from_bytes(await process.stdout.readexactly(4))
    if length > most_bytes:
        raise ValueError("an answer larger than any a worker gives")
    return await process.stdout.readexactly(length)


async def _ended(process: Child) -> None:
    process.kill()
    process.stdin.close()
    while await process.stdout.read(_READ_BYTES):
        pass  # what nobody reads keeps the pipe open
    await process.wait()
