"""The program's end of the line: what it is asked, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lanewise.verifiers.programs.crossing import Line
from lanewise.verifiers.programs.inside import line_of, syntax
from verifiers.program_ends import program_end

Ask = Callable[..., list[Any]]


@pytest.fixture
def ask() -> Iterator[Ask]:
    with program_end() as (reads, writes):
        line = Line(reads, writes, lambda _: None)
        yield line.ask
        line.close()


def test_a_program_is_compiled_and_run_and_says_what_it_has(ask: Ask) -> None:
    assert ask("compile", "import math\nx = 1\ndef f(): return x")[:2] == ["ok", ""]
    assert ask("run")[0] == "ok"
    _, names, _, _ = ask("names", ["x", "math", "f", "other"])
    told = dict(names)
    assert (told["x"], told["math"]) == (1, ["M", "math"])
    assert told["f"][2]["name"] == "function"
    assert "__call__" in told["f"][2]["ops"]


def test_what_is_no_python_is_said(ask: Ask) -> None:
    assert "SyntaxError" in ask("compile", "def f(:")[1]


def test_what_is_raised_is_told_with_its_line(ask: Ask) -> None:
    ask("compile", "x = 1\nraise ValueError('no')")
    said = ask("run")
    assert said[:2] == ["raise", ["x", "ValueError", ["no"]]]
    assert said[2:4] == ["no", "raise ValueError('no')"]


def test_one_who_is_asked_nonsense_says_so(ask: Ask) -> None:
    assert ask("op", 5, "__call__", [], {})[1][1] == "KeyError"
    assert ask("nothing")[1][1] == "AttributeError"


def test_the_words_of_a_reason() -> None:
    assert line_of("a\n  b", 2) == "b"
    assert line_of("a", 9) == ""
    with pytest.raises(SyntaxError) as error:
        compile("(", "x", "exec")
    assert syntax(error.value).endswith("in line 1")
