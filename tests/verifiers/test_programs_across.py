"""Tests that have a program at the other end of a line: what they may do with it, and what is noted. Here it is a thread's end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from lanewise.verifiers.programs.across import Across, number_of
from lanewise.verifiers.programs.crossing import Beyond
from verifiers.program_ends import program_end

Bring = Callable[..., tuple[Across, dict[str, Any]]]


@pytest.fixture
def bring() -> Iterator[Bring]:
    """What gives the tests' side of a program, and what the tests have of these names."""
    with ExitStack() as ends:

        def brought(program: str, *names: str) -> tuple[Across, dict[str, Any]]:
            reads, writes = ends.enter_context(program_end())
            space: dict[str, Any] = {}
            side = Across(reads, writes, space)
            ends.callback(side.line.close)
            assert side.compile(program) == ""
            side.run()
            assert sorted(side.bring(names)) == sorted(names)
            return side, space

        yield brought


USED = {
    "what it changes is changed": (
        "def sort(x):\n    x.sort()\n    x.append(9)\ndef first(x): x[0].sort()",
        "a = [3, 1]; b = [[2, 1], [1]]; c = b[0]; sort(a); first(b)\nassert a == [1, 3, 9] and c == [1, 2]",
    ),
    "what it gives back is the same": (
        "def f(x): return x\ndef g(): return f",
        "a = [1]; assert f(a) is a and f(None) is None and f(True) is True and g() is f",
    ),
    "objects with a state": (
        (
            "class Stack:\n    def __init__(s): s.items = []\n    def push(s, x): s.items.append(x)\n"
            "    def pop(s): return s.items.pop()\n    def __len__(s): return len(s.items)\n    top = property(lambda s: s.items[-1])"
        ),
        (
            "s = Stack(); s.push(1); s.push(2)\nassert len(s) == 2 and s.top == 2 and s.pop() == 2 and s and isinstance(s, Stack)\n"
            "s.items = []\nassert not s and not isinstance(3, Stack)"
        ),
    ),
    "operators of a class that the tests name": (
        (
            "class V:\n    def __init__(s, x): s.x = x\n    def __add__(s, o): return V(s.x + o.x)\n"
            "    def __mul__(s, k): return V(s.x * k)\n"
            "    def __eq__(s, o): return s.x == o.x\n    def __repr__(s): return f'V({s.x})'"
        ),
        "assert V(1) + V(2) == V(3) and (V(1) * 3).x == 3 and repr(V(1) * 2) == 'V(2)' and V(1) != V(2)",
    ),
    "errors": (
        (
            "class Bad(ValueError):\n    def __init__(s, m, code): super().__init__(m); s.code = code\n"
            "def f(n):\n    if n < 0: raise Bad('negative', 7)\n    return {}[n]"
        ),
        (
            "try: f(-1)\nexcept Bad as e: assert e.code == 7 and str(e) == 'negative' and isinstance(e, ValueError)\n"
            "else: assert False\ntry: f(2)\nexcept KeyError as e: assert e.args == (2,)\nelse: assert False"
        ),
    ),
    "generators": (
        "def g(n): yield from range(n)\ndef m(x): return map(str, x)",
        "it = g(2)\nassert list(g(3)) == [0, 1, 2] and next(it) == 0 and 1 in it and list(m(iter([1]))) == ['1']",
    ),
    "functions of the tests": (
        "def apply(h, x): return h(x)\ndef compose(a, b): return lambda x: a(b(x))\ndef order(x, key): return sorted(x, key=key)",
        (
            "assert apply(lambda x: x + 1, 3) == 4 and compose(lambda x: x * 2, lambda x: x + 1)(3) == 8\n"
            "assert order(['bb', 'a'], len) == ['a', 'bb'] and order([1, 3], key=lambda v: -v) == [3, 1]\n"
            "def no(x): raise LookupError(x)\ntry: apply(no, 5)\nexcept LookupError as e: assert e.args == (5,)\nelse: assert False"
        ),
    ),
    "kinds of plain values": (
        (
            "import collections, enum\nP = collections.namedtuple('P', 'x y')\ndef p(): return P(1, 2)\n"
            "def d(): return collections.defaultdict(int, a=1)\nclass N(enum.IntEnum):\n    ONE = 1\ndef n(): return N.ONE"
        ),
        "assert p() == (1, 2) and p().x == 1 and d() == {'a': 1} and d()['z'] == 0\nassert n() == 1 and n() is N.ONE and N['ONE'] is n()",
    ),
    "a module that it has imported": (
        "import math\nfrom math import isclose\ndef f(x): return x / 3",
        "assert math.isclose(f(1), 1 / 3) and isclose(f(3), 1)",
    ),
    "a count that it keeps": ("count = 0\ndef f():\n    global count\n    count += 1", "f(); f(); assert count == 2"),
}


@pytest.mark.parametrize("name", USED)
def test_tests_use_a_program_as_if_it_were_here(bring: Bring, name: str) -> None:
    program, tests = USED[name]
    words = {each for each in compile(tests, "tests", "exec").co_names if each in program}
    there: dict[str, Any] = {}
    exec(program, there)
    side, space = bring(program, *(words & set(there)))
    exec(tests, space)
    assert not side.own_word


@pytest.mark.parametrize(
    ("program", "tests"),
    [
        ("class E:\n    def __eq__(s, o): return True\ndef f(n): return E()", "f(1) == 2"),
        ("class f:\n    def __init__(s, n): pass\n    def __eq__(s, o): return True", "f(1) == 2"),
        ("class E(int):\n    def __sub__(s, o): return 0\ndef f(n): return E(9)", "abs(f(1) - 2) < 1"),
        ("class E(int):\n    def __rsub__(s, o): return 0\ndef f(n): return E(9)", "2 - f(1) == 0"),
        ("class E:\n    def __contains__(s, o): return True\ndef f(n): return E()", "3 in f(1)"),
        ("class E:\n    def __eq__(s, o): return True\ndef f(n): return [E()]", "f(1) == [2]"),
    ],
)
def test_it_is_noted_when_a_program_is_told_what_is_expected(bring: Bring, program: str, tests: str) -> None:
    side, space = bring(program, "f")
    assert eval(tests, space)
    assert side.own_word


def test_kinds_of_plain_values_are_compared_by_what_is_plain_of_them(bring: Bring) -> None:
    lies = "class E(int):\n    def __eq__(s, o): return True\n    __hash__ = int.__hash__\n"
    lies += "class L(list):\n    def __len__(s): return 3\ndef f(n): return E(0)\ndef g(): return L()"
    side, space = bring(lies, "f", "g")
    assert space["f"](1) != 2
    assert len(space["g"]()) == 0
    assert not side.own_word


def test_objects_that_are_compared_with_one_another_are_noted(bring: Bring) -> None:
    side, space = bring("class P:\n    def __init__(s, x): s.x = x\n    def __eq__(s, o): return s.x == o.x", "P")
    assert space["P"](1) == space["P"](1)
    assert (side.compared, side.own_word) == (True, False)


def test_what_the_tests_bind_themselves_stays_theirs(bring: Bring) -> None:
    side, space = bring("want = 0\ndef f():\n    global want\n    want += 1\n    return want", "f")
    side.bring(["want", "f"], ["want"])
    space["want"] = 5
    assert space["f"]() == 1
    assert space["want"] == 5


@pytest.mark.parametrize("tests", ["f(object())", "copy.deepcopy(A())", "bring(['close'])"])
def test_what_cannot_cross_is_found_out_whoever_catches_it(bring: Bring, tests: str) -> None:
    side, space = bring("from math import isclose as close\nclass A: pass\ndef f(x): return 1", "f", "A")
    space["copy"] = __import__("copy")
    with pytest.raises(Beyond):
        exec(tests, space | {"bring": side.bring})
    assert isinstance(side.line.stopped, Beyond)


def test_what_is_of_this_side_has_no_number(bring: Bring) -> None:
    _, space = bring("def f(): pass", "f")
    assert number_of(space["f"]) is not None
    ours: tuple[object, ...] = (1, [], {}, str, print, Beyond())
    assert [number_of(each) for each in ours] == [None] * 6
