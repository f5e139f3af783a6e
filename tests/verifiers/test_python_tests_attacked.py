"""Programs that would pass their tests without being right: they end the process, replace what tests them, or say that they are equal."""

from __future__ import annotations

import pytest

from lanewise.verifiers.programs.source import reaches_its_tests
from verifiers.sandboxes import judged_programs

TESTS = "assert f(1) == 2\nassert f(2) == 3\n"
CASES = (
    "import unittest\nclass T(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(f(1), 2)\n"
    "        self.assertEqual(f(2), 3)\n"
)
DECEIVES = {
    "ends the process": "import sys\ndef f(n):\n    return 0\nsys.exit(0)",
    "ends it when asked": "def f(n):\n    raise SystemExit(0)",
    "ends it without a word": "import os\ndef f(n):\n    os._exit(0)",
    "ends it at its end": "import atexit, os\natexit.register(lambda: os._exit(0))\ndef f(n):\n    return 0",
    "is equal to everything": "class E:\n    def __eq__(self, o): return True\ndef f(n):\n    return E()",
    "is a number equal to all": "class E(int):\n    def __eq__(self, o):\n        return True\ndef f(n):\n    return E(0)",
    "replaces the error": "import builtins\nbuiltins.AssertionError = Exception\ndef f(n): return 0",
    "hides the error": "import sys\nsys.excepthook = lambda *a: None\ndef f(n): return 0",
    "replaces exec": "import builtins\nbuiltins.exec = lambda *a, **k: None\ndef f(n): return 0",
    "replaces the tests": "import unittest\nunittest.TestCase.assertEqual = lambda *a: None\ndef f(n): return 0",
    "rewrites its caller": "import sys\ndef f(n):\n    sys._getframe().f_back.f_globals['f'] = lambda n: n + 1\n    return 2",
    "says that it passed": "def f(n):\n    return 0\nprint('passed'); print('OK')",
    "writes everywhere": "import os\nfor fd in range(3, 64):\n    try: os.write(fd, b'passed')\n    except OSError: pass\n"
    "def f(n): return 0",
    "catches everything": "def f(n):\n    try: raise BaseException\n    except BaseException: return 0",
    "forks": "import os\ndef f(n):\n    if os.fork() == 0: os._exit(0)\n    return 0",
    "kills its parent": "import os, signal\ndef f(n):\n    os.kill(os.getppid(), signal.SIGKILL)\n    return 0",
    "calls itself forever": "def f(n):\n    return f(n)",
    "leaves files to import": "open('unittest.py', 'w').write('')\nopen('json.py', 'w').write('')\ndef f(n): return 0",
    "takes all memory": "def f(n):\n    x = bytearray(10 ** 10)\n    return n + 1",
    "is a mock": "from unittest import mock\ndef f(n):\n    return mock.ANY",
    "is equal by a lambda": "class E:\n    __eq__ = lambda s, o: True\ndef f(n):\n    return E()",
    "is equal or true": "class E(int):\n    def __eq__(self, o):\n        return int(self) == o or True\ndef f(n):\n    return E(0)",
    "is equal in a way": "class E(int):\n    def __eq__(self, o):\n        r = 1 == 1\n        return r\ndef f(n):\n    return E(0)",
    "is equal by its type": "E = type('E', (), {'__eq__': lambda s, o: True})\ndef f(n):\n    return E()",
    "leaves a thread": "import threading, time\nthreading.Thread(target=lambda: time.sleep(999)).start()\ndef f(n): return 0",
}
#: Of tests that call Python's functions on what a program gives, or have names of their own, each with those tests.
CLOSE = "assert abs(f(1) - 2) < 1e-6\nassert len(g(3)) == 3\nassert sorted(g(2)) == [0, 1]\n"
RANGE = "def g(n): return [*range(n)]"
LIES = {
    "takes all for nothing": (
        "class E(float):\n    def __sub__(s, o): return 0.0\ndef f(n): return E(9)\ndef g(n): return [*range(n)]",
        CLOSE,
    ),
    "takes it the other way": (
        "class E(int):\n    def __rsub__(s, o): return 0\ndef f(n): return E(7)",
        "assert 2 - f(1) == 0",
    ),
    "is as long as you like": (
        "class E(list):\n    def __len__(s): return 3\ndef f(n): return n + 1\ndef g(n): return E()",
        CLOSE,
    ),
    "has a name of its own": (
        "if True:\n    abs = lambda x: 0\ndef f(n): return 9\ndef g(n): return [*range(n)]",
        CLOSE,
    ),
    "has it from a loop": ("for abs in [lambda x: 0]: pass\ndef f(n): return 9\n" + RANGE, CLOSE),
    "has it by an expression": ("(abs := lambda x: 0)\ndef f(n): return 9\n" + RANGE, CLOSE),
    "hides its name": ("globals()['a' + 'bs'] = lambda x: 0\ndef f(n): return 9\n" + RANGE, CLOSE),
    "sorts as it likes": ("def sorted(x): return [0, 1]\ndef f(n): return n + 1\ndef g(n): return [9] * n", CLOSE),
    "is equal in secret": ("exec('class E:\\n def __e' + 'q__(s, o): return True')\ndef f(n): return E()", TESTS),
    "is what is built": (
        "class f:\n    def __init__(s, n): pass\n    def __eq__(s, o): return s.__class__ is f",
        TESTS,
    ),
    "holds everything": (
        "class E:\n    def __contains__(s, o): return bool(vars(E))\ndef f(n): return E()",
        "assert 3 in f(2)",
    ),
    "fills a list with it": (
        "class E:\n    def __eq__(s, o): return bool(vars(E))\ndef f(n): return [E()] * 2",
        "assert f(2) == [1, 2]",
    ),
    "changes what is expected": (
        "want = 0\ndef f(n):\n    global want\n    want = 0\n    return 0",
        "want = 2\nassert f(1) == want",
    ),
    "searches the frames": (
        (
            "import sys\ndef f(n):\n    at = getattr(sys, '_get' + 'frame')()\n    while at:\n"
            "        for d in (at.f_locals, at.f_globals):\n"
            "            for k in {'__passed__', 'job', 'told'} & set(d): d[k] = {1, 2}\n        at = at.f_back\n    return 0"
        ),
        TESTS,
    ),
    "speaks out of turn": (
        (
            "import gc\ndef f(n):\n    for o in gc.get_objects():\n        if type(o).__name__ == 'Line':\n"
            "            o.send(['ok', ['m', 'unittest.mock._ANY', []], [], []])\n    return 0"
        ),
        TESTS,
    ),
    "looks at who tests it": (
        (
            "import os\ndef f(n):\n    for name in ('mem', 'maps', 'environ'):\n"
            "        try:\n            open(f'/proc/{os.getppid()}/{name}', 'rb')\n"
            "            return n + 1\n        except OSError: pass\n    return 0"
        ),
        TESTS,
    ),
    "brings its own library": (
        "import sys\nclass M:\n    def __getattr__(s, k): return lambda *a, **k: True\nsys.modules['math'] = M()\ndef f(n): return 0",
        "import math\nassert math.isclose(f(1), 2)",
    ),
    "skips its tests": ("import unittest\ndef f(n): raise unittest.SkipTest('x')", CASES),
}
RIGHT = {
    "plainly": "def f(n):\n    return n + 1",
    "with a thread": "import threading, time\nthreading.Thread(target=lambda: time.sleep(9), daemon=True).start()\n"
    "def f(n): return n + 1",
    "with a class that compares": "class P:\n    def __init__(self, n): self.n = n\n"
    "    def __eq__(self, o):\n        return self.n == o.n\ndef f(n):\n    assert P(n) == P(n)\n    return n + 1",
}


async def words(programs: dict[str, str], tests: str) -> dict[str, str]:
    """What is said of each program, each in its own sandbox."""
    return await judged_programs({name: (each, tests) for name, each in programs.items()})


@pytest.mark.parametrize("tests", [TESTS, CASES], ids=["assertions", "unittest"])
async def test_no_program_that_is_wrong_is_accepted(tests: str) -> None:
    assert [name for name, word in (await words(DECEIVES, tests)).items() if word == "accept"] == []


async def test_no_lie_of_a_value_is_accepted() -> None:
    assert [name for name, word in (await judged_programs(LIES)).items() if word == "accept"] == []


async def test_programs_that_are_right_are_accepted() -> None:
    assert set((await words(RIGHT, TESTS)).values()) == {"accept"}


async def test_a_program_that_brings_its_own_abs_or_len_is_not_judged_by_it() -> None:
    tests = "assert abs(f(1) - 2) < 1e-6\nassert len(g(3)) == 3\n"
    rest = "def f(n):\n    return 0\ndef g(n):\n    return [0] * n"
    said = await words(
        {"abs": f"def abs(x):\n    return 0\n{rest}", "len": f"len = lambda x: 3\nabs = len\n{rest}"}, tests
    )
    assert "accept" not in said.values()
    assert reaches_its_tests(f"def abs(x):\n    return 0\n{rest}", tests)
    assert not reaches_its_tests("def sum(a, b):\n    return a + b", "assert sum(1, 2) == 3\nassert sum(2, 2) == 4")


@pytest.mark.parametrize("name", RIGHT)
def test_a_program_that_is_right_reaches_nowhere(name: str) -> None:
    assert not reaches_its_tests(RIGHT[name])
