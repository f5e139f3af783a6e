"""The worker as a process: what it answers, what it survives, and what hostile text cannot make it do."""

from __future__ import annotations

import asyncio
import io
import os
import sys
from pathlib import Path

import msgspec
import psutil
import pytest

from lanewise.core.clock import SystemClock
from lanewise.verifiers.math_answer import WORKER, calculated_by
from lanewise.verifiers.maths.task import MathTask, MathTold
from lanewise.verifiers.maths.worker import read_frame, told_of
from lanewise.verifiers.worker_pool import PoolOptions, WorkerPool
from patience import PATIENCE_S

ATTACKS = [
    "__import__('os').system('touch {canary}')",
    "exec(\"open('{canary}', 'w')\")",
    "().__class__.__bases__[0].__subclasses__()",
    "lambda: open('{canary}', 'w').write('x')",
    r"\text{{__import__('os').system('touch {canary}')}}",
    r"\input{{|touch {canary}}}",
    r"\write18{{touch {canary}}}",
    "\\boxed{{__import__('pathlib').Path('{canary}').touch()}}",
    "{{{{''.__class__.__mro__[1].__subclasses__()}}}}",
    "sympify(\"__import__('os').getpid()\")",
    "Symbol('x').func.__globals__",
    "$(touch {canary})",
    "`touch {canary}`",
    "; touch {canary} ;",
    "1; import os; os.environ['LANEWISE_CANARY']",
    "The answer is eval(compile('open(\"{canary}\",\"w\")','','exec'))",
    "os.environ",
    "%s%s%s%n",
    "\x00\x01\x02\xff",
    "!!python/object/apply:os.system ['touch {canary}']",
]
HEAVY = [
    "9^9^9^9",
    "9**9**9**9",
    "1/9^{9^{9^9}}",
    "\\sqrt{" * 500 + "2" + "}" * 500,
    "((((" * 5_000,
    "100000000!",
    "9" * 100_000,
    "2^" * 900 + "2",
]
HEAVY += [
    "\\binom{10^9}{5*10^8}",
    "\\frac{1}{" * 300,
    "1," * 50_000,
    "e^{e^{e^{e^{e}}}}",
    "\\sin(10^{10^{8}})",
    "x" * 50_000,
    "-" * 100_000 + "1",
]


def test_a_frame_is_read_whole() -> None:
    pipe = io.BytesIO(b"\x00\x00\x00\x03abc\x00")
    assert [read_frame(pipe), read_frame(pipe)] == [b"abc", b""]


def test_a_question_is_answered() -> None:
    assert told_of(MathTask(text="12", expected="12")) == MathTold(right=True, answer="12")
    assert told_of(MathTask(text="391", question="What is 17 * 23?")).right is True


@pytest.mark.parametrize("text", HEAVY, ids=lambda text: text[:12])
def test_what_is_heavy_is_told_and_hangs_nobody(text: str) -> None:
    assert told_of(MathTask(text=text, expected="1")).right is not True
    assert told_of(MathTask(text="1", expected=text)).right is not True
    assert told_of(MathTask(text=text, question=f"What is {text}?")).right is None


async def test_text_of_models_is_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    canary, secret = tmp_path / "canary", "a-secret-of-the-gateway"
    monkeypatch.setenv("LANEWISE_CANARY", secret)
    pool = WorkerPool(WORKER, SystemClock(), PoolOptions(workers=1))
    try:
        for attack in ATTACKS:
            for task in (
                MathTask(text=attack.format(canary=canary), expected="2"),
                MathTask(text="7", expected=attack.format(canary=canary)),
                MathTask(text="x = 1", question=f"Solve for x: {attack.format(canary=canary)} = x"),
            ):
                told = await calculated_by(pool)(task)
                assert told.right is not True
                assert secret not in told.why + told.answer
        (worker,) = [each for each in psutil.Process().children() if WORKER in " ".join(each.cmdline())]
        assert worker.environ() == {}
        assert worker.nice() >= 10
        assert worker.memory_info().rss < 120 * 2**20
    finally:
        await pool.close()
    assert not canary.exists()


async def test_a_worker_whose_gateway_is_gone_ends() -> None:
    read_end, write_end = os.pipe()
    command = (sys.executable, "-I", "-m", "lanewise.verifiers.worker", "10", WORKER)
    process = await asyncio.create_subprocess_exec(
        *command, stdin=read_end, stdout=asyncio.subprocess.PIPE, env={}, cwd="/"
    )
    os.close(read_end)
    assert process.stdout is not None
    assert await process.stdout.readexactly(4) == bytes(4)
    frame = msgspec.msgpack.encode(MathTask(text="2", expected="2"))
    os.write(write_end, len(frame).to_bytes(4) + frame)
    length = int.from_bytes(await process.stdout.readexactly(4))
    assert msgspec.msgpack.decode(await process.stdout.readexactly(length), type=MathTold).right
    os.close(write_end)
    async with asyncio.timeout(PATIENCE_S):
        assert await process.wait() == 0
