"""What the type checker says of programs, alone and as a process."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from lanewise.core.clock import SystemClock
from lanewise.verifiers.code_compiles import TYPE_CHECKER, TYPE_CHECKERS, type_checked_by
from lanewise.verifiers.programs.compiles import TypeChecked
from lanewise.verifiers.programs.type_checks import checked
from lanewise.verifiers.worker_pool import Folder, WorkerPool


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One for all, so that the standard library is read once."""
    return str(tmp_path_factory.mktemp("types"))


FIT = {
    "no annotations": "def double(n):\n    return n * 2\nprint(double('a'), double(2))\n",
    "an empty list": "def f():\n    found = []\n    for n in range(3):\n        found.append(n)\n    return found\n",
    "a default of None": "def f(n: int = None) -> int:\n    return n or 0\n",
    "a name for two things": "def f(x: str) -> str:\n    n = len(x)\n    n = str(n)\n    return n\n",
    "defined twice": "def f():\n    return 1\ndef f():\n    return 2\n",
    "a library that is not here": "import numpy as np\nfrom torch import nn\nclass Net(nn.Module):\n    x: np.ndarray = np.zeros(3)\n",
    "told to look away": "x: int = 'a'  # type: ignore\n",
    "a search that begins at infinity": "def f(n: int) -> int:\n    best = float('inf')\n    best = min(best, n)\n    return best\n",
    "nothing": "",
}
WRONG = {
    "a name that is not there": (
        "import collections\ndef f(xs):\n    return collections.Counter(xs).most_comon()\n",
        "most_comon",
    ),
    "another type": ("def f(n: int) -> str:\n    return n\n", "Incompatible return value"),
    "too many arguments": ("def f(a):\n    return a\nf(1, 2)\n", "Too many arguments"),
    "a list of texts": ("def f() -> list[int]:\n    return ['a']\n", "expected"),
    "text and number": ("def f():\n    return 'a' + 1\n", "Unsupported operand"),
    "nobody's name": ("def f():\n    return undefined_name\n", "is not defined"),
    "its own orders": ("# mypy: ignore-errors\nx: int = 'a'\n", "Incompatible types"),
}


@pytest.mark.parametrize("name", FIT)
def test_what_runs_and_was_never_promised_fits(name: str, folder: str) -> None:
    assert checked(FIT[name], folder) == TypeChecked()


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_told_with_its_line(name: str, folder: str) -> None:
    text, why = WRONG[name]
    (complaint,) = checked(text, folder).complaints
    assert why in complaint.why
    assert " in line " in complaint.why


def test_a_name_that_is_not_defined_is_told_apart(folder: str) -> None:
    found = checked("def f(xs: List[int]) -> Optional[int]:\n    return xs[0]\n", folder)
    assert {each.undefined for each in found.complaints} == {"List", "Optional"}


@pytest.mark.parametrize(
    "text", ["def f(:\n", "from . import neighbours\n", "x = " + "(" * 300 + ")" * 300, "x = '\x00'", "\ud800"]
)
def test_what_cannot_be_read_is_beyond_it(text: str, folder: str) -> None:
    found = checked(text.encode("utf-8", "replace").decode(), folder)
    assert found.beyond or not found.complaints


async def test_a_process_checks_and_runs_and_imports_nothing(tmp_path: Path) -> None:
    canary, kept = tmp_path / "canary", Folder("lanewise-types-test-")
    pool = WorkerPool(TYPE_CHECKER, SystemClock(), TYPE_CHECKERS, folder=kept)
    try:
        told = await type_checked_by(pool)(f"import lanewise\nopen({str(canary)!r}, 'w')\nlanewise.nothing_of_it\n")
        assert told == TypeChecked()
        (worker,) = [each for each in psutil.Process().children() if TYPE_CHECKER in " ".join(each.cmdline())]
        assert worker.environ() == {}
        assert worker.nice() > psutil.Process().nice()
        told = await type_checked_by(pool)("x: int = 'a'\n")
        assert len(told.complaints) == 1
        where = Path(kept.path())
        assert where.is_dir()
    finally:
        await pool.close()
    assert not where.exists()
    assert not canary.exists()
