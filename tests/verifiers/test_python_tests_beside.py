"""Programs that share a process with their tests and would deceive them there: each is wrong, and none may be accepted."""

from __future__ import annotations

import pytest

from verifiers.sandboxes import judged_programs

#: Tests that need the program in their own process: they catch what it prints.
CATCHING = "import io, sys\nasked = 1\nexpected = asked + 1\nsys.stdout = io.StringIO()\nassert f(asked) == expected\nassert f(2) == 3\n"
WRONG = "def f(n): return 0\n"
CHEATS = {
    "replaces how a failure is told": "import __main__ as m\nm._failed = lambda *a: dict(failed='', why='', passed=2)\n"
    + WRONG,
    "replaces what runs the tests": "import __main__ as m\nm.exec = lambda *a: None\n" + WRONG,
    "replaces it by its name in sys": "import sys\nsys.modules['__main' + '__'].exec = lambda *a: None\n" + WRONG,
    "replaces what writes the line": 'import json\njson.dumps = lambda *a, **k: \'{"failed": "", "why": "", "passed": 2}\'\n'
    + WRONG,
    "has a class made by pieces": "E = type('E', (int,), {'__e' + 'q__': lambda s, o: True})\ndef f(n): return E(0)",
    "has a class made by exec": "exec('class E(int):\\n def __e' + 'q__(s, o): return True')\ndef f(n): return E(0)",
    "imports a mock by pieces": "import importlib\nANY = importlib.import_module('unit' + 'test.mo' + 'ck').ANY\ndef f(n): return ANY",
    "imports what equals all": "from test.support import ALWAYS_EQ\ndef f(n): return ALWAYS_EQ",
    "traces its tests": "import sys\ndef go(frame, *a):\n    return go\ngetattr(sys, 'set' + 'trace')(go)\n" + WRONG,
    "walks up from an error": (
        "import os\ndef f(n):\n    try: 1 / 0\n    except ZeroDivisionError as e:\n        frame = e.__traceback__.tb_frame\n"
        "        while frame:\n            told = frame.f_locals.get('nonce') if hasattr(frame, 'f_locals') else None\n"
        '            if told:\n                line = told + \'{"failed": "", "why": "", "passed": 2}\\n\'\n'
        "                for fd in range(3, 64):\n                    try: os.write(fd, line.encode())\n"
        "                    except OSError: pass\n                os._exit(0)\n"
        "            frame = getattr(frame, 'f_' + 'back')\n    return 0"
    ),
    "collects everything": (
        "import gc\ndef f(n):\n    for each in getattr(gc, 'get_' + 'objects')():\n"
        "        if isinstance(each, dict) and 'expected' in each and 'asked' in each: return each['expected'] + n - 1\n    return 0"
    ),
    "reads what is expected": "def f(n): return expected if n == asked else 3",
    "calls what the tests know": "def f(n): return expected + n - asked",
    "changes what is expected": "def f(n):\n    global expected\n    expected = 0\n    return 0 if n == 1 else 3",
    "changes a number": (
        "import ctypes\ndef f(n):\n    ctypes.memmove(id(2) + 24, id(0) + 24, 4)\n"
        "    ctypes.memmove(id(3) + 24, id(0) + 24, 4)\n    return 0"
    ),
    "inspects the stack": (
        "import inspect\ndef f(n):\n    for each in inspect.stack():\n        space = each.frame.f_locals\n"
        "        if 'expected' in space: return space['expected'] + n - 1\n    return 0"
    ),
    "gets its names by an operator": (
        "import operator\ndef f(n):\n    space = operator.attrgetter('__glo' + 'bals__')(f)\n    return space['expected'] + n - 1"
    ),
    "reads its names in a text": (
        "import re\ndef f(n):\n    told = ('{0.__glo' + 'bals__}').format(f)\n"
        "    return int(re.search(\"'expected': (\\\\d+)\", told)[1]) + n - 1"
    ),
    "evaluates an annotation": (
        "import typing\ndef g(x: 'gl' 'obals()[\"expected\"]'): pass\ndef f(n): return typing.get_type_hints(g)['x'] + n - 1"
    ),
    "leaves a thread that changes names": (
        "import threading, time\nspace = globals()\ndef go():\n    while True: space['expected'] = 0; time.sleep(0)\n"
        "threading.Thread(target=go, daemon=True).start()\ndef f(n):\n    import time; time.sleep(.1); return 0 if n == 1 else 3"
    ),
    "derives a number": "class E(int):\n    def __lt__(s, o): return True\n    def __sub__(s, o): return 0\n" + WRONG,
    "replaces a method of Python's": "import io\nio.StringIO = None\n" + WRONG,
    "ends the process well": "import os, sys\ndef f(n):\n    sys.exit(0)",
    "reads its own source": "import linecache, sys\ndef f(n): return vars(sys.modules['program'])['expected']",
}
RIGHT = {
    "plain": "def f(n):\n    print(n)\n    return n + 1",
    "loops": (
        "from typing import List\nimport math, collections\n\ndef f(n: int) -> int:\n"
        "    counts = collections.Counter(range(n))\n    return sum(counts.values()) + math.gcd(1, 1)"
    ),
    "a class": (
        "from dataclasses import dataclass\n\n@dataclass\nclass Step:\n    size: int = 1\n\nclass Walk:\n"
        "    def __init__(self, at):\n        self._at = at\n"
        "    def on(self, step):\n        self._at += step.size\n        return self._at\n\ndef f(n):\n    return Walk(n).on(Step())"
    ),
    "reads and writes": (
        "import sys\ndef f(n):\n    sys.stdout.write(str(n))\n    return n + 1\n\n"
        "if __name__ == '__main__':\n    print(f(1))"
    ),
    "catches an error": "def f(n):\n    try:\n        return [1, 2, 3][n]\n    except IndexError:\n        return n + 1",
    "remembers": "from functools import lru_cache\n\n@lru_cache(maxsize=None)\ndef f(n):\n    return 1 if n < 1 else f(n - 1) + 1",
}


@pytest.mark.parametrize("tests", [CATCHING])
async def test_no_program_that_cheats_its_tests_in_their_process_is_accepted(tests: str) -> None:
    said = await judged_programs({name: (code, tests) for name, code in CHEATS.items()})
    assert {name: word for name, word in said.items() if word == "accept"} == {}


async def test_programs_that_are_right_are_accepted_beside_their_tests() -> None:
    said = await judged_programs({name: (code, CATCHING) for name, code in RIGHT.items()})
    assert said == dict.fromkeys(RIGHT, "accept")
