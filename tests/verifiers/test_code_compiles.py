"""What the verifier says of code's form."""

from __future__ import annotations

import pytest

from judging import candidate, nobody
from lanewise.core.answer import Finish
from lanewise.verifiers import code_compiles
from lanewise.verifiers.code_compiles import CodeCompilesVerifier, Options
from lanewise.verifiers.programs.compiles import Compiled, Complaint, TypeChecked, compiled
from lanewise.verifiers.worker_pool import NoAnswer


async def here(code: str) -> Compiled:
    return compiled(code)


async def fits(code: str) -> TypeChecked:
    return TypeChecked()


async def test_it_compiles_or_says_where_it_does_not() -> None:
    verifier = CodeCompilesVerifier(compiled=here, type_checked=fits)
    good = await verifier.verify(candidate("```python\nx = 1\n```"), nobody)
    bad = await verifier.verify(candidate("```python\nx = 1\ndef f(:\n```"), nobody)
    assert (good.word, good.kind) == ("accept", "form")
    assert (bad.word, bad.reason) == ("reject", "The program does not compile: SyntaxError: invalid syntax in line 2.")


async def test_no_program_or_no_compiler_is_unverifiable() -> None:
    async def busy(code: str) -> Compiled:
        raise NoAnswer("too many checks are waiting")

    assert (
        await CodeCompilesVerifier(compiled=here, type_checked=fits).verify(candidate("Four."), nobody)
    ).word == "unverifiable"
    assert (
        await CodeCompilesVerifier(compiled=busy, type_checked=fits).verify(candidate("x = 1"), nobody)
    ).word == "unverifiable"


def by_types(found: TypeChecked | NoAnswer) -> CodeCompilesVerifier:
    async def type_checked(code: str) -> TypeChecked:
        if isinstance(found, NoAnswer):
            raise found
        return found

    return CodeCompilesVerifier(Options(types=True), compiled=here, type_checked=type_checked)


async def test_types_that_do_not_fit_are_told_with_their_lines() -> None:
    wrong = TypeChecked(complaints=(Complaint("Too many arguments in line 3"), Complaint("No attribute in line 4")))
    said = await by_types(wrong).verify(candidate("x = 1"), nobody)
    assert (said.word, said.kind) == ("reject", "form")
    assert said.reason.endswith("its types do not fit: Too many arguments in line 3; No attribute in line 4.")
    assert said.repairable


async def test_types_are_looked_at_only_where_they_are_asked_for_and_the_program_compiles() -> None:
    wrong = TypeChecked(complaints=(Complaint("Too many arguments in line 3"),))

    async def type_checked(code: str) -> TypeChecked:
        return wrong

    verifier = CodeCompilesVerifier(compiled=here, type_checked=type_checked)
    assert (await verifier.verify(candidate("x = 1"), nobody)).word == "accept"
    assert "does not compile" in (await by_types(wrong).verify(candidate("def f(:"), nobody)).reason


@pytest.mark.parametrize(
    "found", [NoAnswer("it took more than 10 s and was stopped"), TypeChecked(beyond="the checker gave up")]
)
async def test_what_cannot_be_type_checked_is_no_mistake(found: TypeChecked | NoAnswer) -> None:
    said = await by_types(found).verify(candidate("x = 1"), nobody)
    assert said.word == "unverifiable"
    assert said.reason.startswith("The program compiles, and its types")


async def test_names_that_the_question_or_the_tests_use_come_from_there() -> None:
    undefined = TypeChecked(complaints=(Complaint('Name "List" is not defined in line 1', "List"),))
    of = "```python\ndef f(xs: List[int]):\n    pass\n```"
    stub = "Complete `def f(xs: List[int])`."
    assert (await by_types(undefined).verify(candidate(of, asked=stub), nobody)).word == "accept"
    assert (await by_types(undefined).verify(candidate(of, tests="f(List())"), nobody)).word == "accept"
    assert (await by_types(undefined).verify(candidate(of, asked="Write f."), nobody)).word == "reject"


def test_without_a_checker_the_policy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_compiles, "find_spec", lambda name: None)
    CodeCompilesVerifier(compiled=here, type_checked=fits)
    with pytest.raises(ValueError, match=r"pip install lanewise\[types\]"):
        by_types(TypeChecked())


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("```python\nprint 'Python 2'\n```", "reject"),
        ("```python\n# TODO\n```", "reject"),
        ("```python\n\ufeffx = 1\n```", "accept"),
        ("- so:\n  ```python\n  x = 1\n  ```", "accept"),
        ('```python\ndef f():\n    """\n    ```\n    """\n```', "accept"),
        ("```python\nx = 1\x00\n```", "reject"),
        ("```\nnpm install x\n```", "unverifiable"),
        ("```\ndef f(:\n    return 5\n```", "reject"),
        ("if you want this, say so.", "unverifiable"),
        ("import taxes are high these days.", "unverifiable"),
        ("return the book.", "unverifiable"),
    ],
)
async def test_what_is_meant_as_python_is_judged_as_python(text: str, word: str) -> None:
    assert (await CodeCompilesVerifier(compiled=here, type_checked=fits).verify(candidate(text), nobody)).word == word


async def test_a_program_that_is_cut_off_is_none_though_its_beginning_compiles() -> None:
    verifier = CodeCompilesVerifier(compiled=here, type_checked=fits)
    cut = candidate("```python\ndef f():\n    x = 5\n", finish=Finish.LENGTH)
    whole = candidate("```python\ndef f():\n    x = 5\n```\nThis means", finish=Finish.LENGTH)
    assert (await verifier.verify(cut, nobody)).word == "reject"
    assert (await verifier.verify(whole, nobody)).word == "accept"
