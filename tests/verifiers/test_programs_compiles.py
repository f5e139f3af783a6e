"""The compiler's process."""

from __future__ import annotations

import pytest

from lanewise.core.clock import SystemClock
from lanewise.verifiers.code_compiles import COMPILER, compiled_by
from lanewise.verifiers.programs.compiles import Compiled, compiled
from lanewise.verifiers.worker_pool import PoolOptions, WorkerPool


def test_python_compiles_and_the_rest_is_told() -> None:
    assert compiled("x = 1") == Compiled()
    assert compiled("def f(:") == Compiled(why="SyntaxError: invalid syntax in line 1")
    assert "ValueError" in compiled("x = '\0'").why or "SyntaxError" in compiled("x = '\0'").why


@pytest.mark.parametrize("text", ["(" * 5_000 + ")" * 5_000, "-" * 100_000 + "1", "x = " + "[" * 300 + "]" * 300])
def test_what_is_nested_too_deeply_is_no_crash(text: str) -> None:
    found = compiled(text)
    assert found.beyond or found.why


async def test_nothing_is_run(tmp_path: object) -> None:
    pool = WorkerPool(COMPILER, SystemClock(), PoolOptions(workers=1))
    try:
        assert await compiled_by(pool)(f"open('{tmp_path}/canary', 'w')\nwhile True: pass") == Compiled()
    finally:
        await pool.close()
    assert not (tmp_path / "canary").exists()  # type: ignore[operator]
