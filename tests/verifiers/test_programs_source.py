"""The program in an answer, and what its tests lack."""

from __future__ import annotations

import pytest

from lanewise.verifiers.programs.source import (
    can_share,
    depends_on_order,
    fenced,
    given_tests,
    is_cut_off,
    own_tests,
    program_of,
)

CODE = "def add(a, b):\n    return a + b\n"


def test_the_block_that_the_tests_name_is_the_program() -> None:
    answer = f"First:\n```python\n{CODE}```\nThen use it:\n```python\nprint(add(1, 2))\nprint('a much longer example of its use')\n```\n"
    assert program_of(answer, "", "assert add(1, 2) == 3") == CODE
    assert [language for language, _ in fenced(answer)] == ["python", "python"]


def test_code_without_a_fence_is_the_program_and_prose_is_none() -> None:
    assert program_of(CODE, "", "") == CODE
    assert program_of("I would add both numbers.", "", "") is None
    assert program_of("```sql\nselect 1\n```", "", "") is None


def test_a_body_is_put_under_the_head_of_the_question() -> None:
    question = "Complete this:\n```python\nimport math\n\ndef area(r):\n```"
    assert (
        program_of("    return math.pi * r * r\n", question, "")
        == "import math\n\ndef area(r):\n    return math.pi * r * r\n"
    )
    assert program_of("    return 1", "def one():\n", "") == "def one():\n    return 1"


@pytest.mark.parametrize(
    ("tests", "calls"),
    [
        ("assert add(1, 1) == 2", ""),
        ("def test_a():\n    assert add(1, 1) == 2\n\ndef test_b():\n    assert True\n\ntest_b()", "test_a()"),
        ("def check(candidate):\n    assert candidate(1, 1) == 2", "check(add)"),
        ("def check(candidate):\n    assert candidate(1, 1) == 2\ncheck(add)", ""),
    ],
)
def test_tests_that_nobody_calls_are_called(tests: str, calls: str) -> None:
    assert given_tests(tests, CODE, "").calls == calls


def test_cases_of_unittest_are_known() -> None:
    assert given_tests(
        "import unittest\nclass T(unittest.TestCase):\n    def test(self): self.assertEqual(1, 1)", CODE, ""
    ).unittest


def test_a_program_may_test_itself() -> None:
    assert own_tests(CODE + "assert add(1, 2) == 3\n")
    assert not own_tests(CODE)


@pytest.mark.parametrize("program", ["list(set(x))", "{1, 2}", "{x for x in y}", "hash('a')", "id(x)"])
def test_order_of_sets_is_seen(program: str) -> None:
    assert depends_on_order(program)
    assert not depends_on_order("{'a': 1}[x] + sorted(y)[0]")


def test_a_fence_in_a_list_takes_its_indentation_along_and_one_in_a_text_closes_nothing() -> None:
    assert fenced("- so:\n  ```python\n  if x:\n    y\n  ```") == [("python", "if x:\n  y\n")]
    assert fenced("```python\nx = '''\n    ```\n'''\n```") == [("python", "x = '''\n    ```\n'''\n")]
    assert fenced("   ```\nx\n```") == [("", "x\n")]


def test_an_answer_is_cut_off_where_its_last_fence_is_open() -> None:
    assert is_cut_off("```python\nx = 1\n")
    assert is_cut_off("```a\n```\n~~~python\nx = 1\n```\n")
    assert not is_cut_off("```python\nx = 1\n```\nSo")
    assert not is_cut_off("x = 1")


@pytest.mark.parametrize(
    "tests",
    [
        "expected = 2\nassert f(1) == expected",
        "for given, expected in [(1, 2)]:\n    assert f(given) == expected",
        "given, expected = 1, 2\nassert f(given) == expected",
        "def expected(n): return n + 1\nassert f(1) == expected(1)",
    ],
)
def test_a_program_that_names_what_its_tests_define_shares_nothing_with_them(tests: str) -> None:
    assert not can_share("def f(n): return expected", tests)
    assert not can_share("def f(n): return expected(n)", tests)
    assert can_share("def f(n): return n + 1", tests)
