"""What a program may do beside its tests, read without running it."""

from __future__ import annotations

import pytest

from lanewise.verifiers.programs.plain import is_plain

TESTS = "import math\nexpected = 2\nfor case in [1]:\n    assert f(case) == expected\n"
PLAIN = {
    "a function": "def f(n):\n    total = 0\n    for each in range(n):\n        total += each\n    return total",
    "a module of both": "import math\ndef f(n): return math.sqrt(n)",
    "a module by another name": "import collections as c\ndef f(n): return c.Counter(n)",
    "a class": "class A:\n    def __init__(self, n):\n        self.n = n\n    def on(self): self.n += 1\ndef f(n): return A(n).on()",
    "a class of its own above": "class A(ValueError): pass\nclass B(A): pass\ndef f(n): raise B('no')",
    "names of builtins within": "def f(list, id=1):\n    max = len(list)\n    return max + id",
    "a text that is formatted": "def f(n): return '{} of {:d}'.format(n, 3)",
    "a decorator": (
        "from functools import wraps\ndef d(g):\n    @wraps(g)\n    def h(*a): return g(*a)\n    return h\n"
        "@d\ndef f(n): return n"
    ),
    "comprehensions": "def f(n): return {k: [v for v in range(k)] for k in range(n) if (m := k)}",
    "a name of its own that changes": "count = 0\ndef f(n):\n    global count\n    count += n\n    return count",
    "an error that is its own": (
        "def f(n):\n    try:\n        return int(n)\n    except (ValueError, TypeError) as error:\n"
        "        return str(error)"
    ),
}
NOT_PLAIN = {
    "a name of its tests": "def f(n): return expected",
    "a name of its tests in a loop": "def f(n): return case + 1",
    "a name that nobody has": "def f(n): return nothing",
    "a local elsewhere": "def g():\n    expected = 1\ndef f(n): return expected",
    "it binds a name of its tests": "def f(n):\n    global expected\n    expected = n",
    "it binds it by a pattern": "def f(n):\n    global expected\n    for expected in [n]: pass",
    "a name of Python's": "len = None\ndef f(n): return n",
    "a module": "import os\ndef f(n): return n",
    "a module of a module": "import random\ndef f(n): return random._os",
    "a module as a value": "import json\ndef f(n):\n    j = json\n    return j",
    "a module's function replaced": "import json\njson.dumps = None\ndef f(n): return n",
    "a module in a function": "def f(n):\n    import gc\n    return gc",
    "everything of a module": "from math import *\ndef f(n): return n",
    "what wraps is told": "from functools import wraps\ndef f(n): return wraps(f, ('a',))(n)",
    "by name": "def f(n): return getattr(n, 'a')",
    "a class by name": "def f(n): return type('A', (), {})",
    "what stands in it": "def f(n): return f.__globals__",
    "half a name": "def f(n): return n.__dict",
    "a text with names": "def f(n): return '__globals__'",
    "a format that is not there": "def f(n): return n.format(f)",
    "an equality of a number": "class E(int): pass\ndef f(n): return E(n)",
    "an order of its own": "class E:\n    def __lt__(self, o): return True\ndef f(n): return E()",
    "an order by a lambda": "class E:\n    __lt__ = lambda s, o: True\ndef f(n): return E()",
    "a class of classes": "class M: pass\nclass E(metaclass=M): pass\ndef f(n): return E()",
    "another self": (
        "class A:\n    def on(self): self.most_common = None\nfrom collections import Counter\n"
        "A.on(Counter)\ndef f(n): return n"
    ),
    "a self of its own": "def p(self): self.most_common = None\ndef f(n): return n",
    "a self that is another": "class A:\n    def on(self, n):\n        self = n\n        self.a = 1\ndef f(n): return n",
    "an attribute of another": "def f(n):\n    n.a = 1\n    return n",
    "it catches all": "def f(n):\n    try: n()\n    except Exception: return 1",
    "it catches all without a word": "def f(n):\n    try: n()\n    except: return 1",
    "it deletes": "def f(n):\n    del n.a",
}


@pytest.mark.parametrize("name", PLAIN)
def test_what_is_its_own_is_plain(name: str) -> None:
    assert is_plain(PLAIN[name], TESTS)


@pytest.mark.parametrize("name", NOT_PLAIN)
def test_what_may_reach_its_tests_is_not(name: str) -> None:
    assert not is_plain(NOT_PLAIN[name], TESTS)


def test_a_program_without_end_is_not() -> None:
    assert not is_plain("x = [" + "1, " * 200_000 + "]", TESTS)


def test_what_is_no_python_is_told() -> None:
    with pytest.raises(SyntaxError):
        is_plain("def f(", TESTS)
