"""The runner of SDK makers' own tests, on a handful written as theirs are: a gateway, a vendor that answers as mocks do, their pytest."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from clients.cases import CHAT, RESPONSES
from clients.counted import Counted, counted
from clients.refusals import Rule
from clients.suites import UPSTREAM
from clients.upstream import Upstream, read_report, run_tests

FILE = "tests/shapes.py"


def suite(api: str, group: str) -> Upstream:
    return Upstream(
        name="sample",
        environment="own",
        package="openai",
        api=api,
        files={"samples": (f"{FILE}::{group}",)},
        base="/v1",
        options=("-p", "kept_responses") if api == RESPONSES else (),
    )


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A folder as an sdist unpacks to: nothing of this repository's settings holds in it."""
    shutil.copytree(Path(__file__).parent / "as_upstream", tmp_path / "tests")
    return tmp_path


def rule(says: str, *tests: str) -> Rule:
    named = frozenset(f"shapes.py::{test}" for test in tests)
    return Rule(suite="sample", subject="samples", reason="", stated="", says=says, tests=named)


async def test_chat_completions_and_vectors(sources: Path) -> None:
    tested = await run_tests(suite(CHAT, "TestChat"), Path(sys.executable), sources)
    refused = rule("DELETE /v1/chat/completions/completion_id: Not Found", "TestChat::test_delete")
    assert counted(tested, [refused]) == Counted(passed=6, refused=2, failures=())


async def test_responses(sources: Path) -> None:
    tested = await run_tests(suite(RESPONSES, "TestResponses"), Path(sys.executable), sources)
    seen = counted(tested, [rule("answers in the background are not available", "TestResponses::test_background")])
    assert (seen.passed, seen.refused) == (4, 2)
    assert [each.partition(":: ")[0] for each in seen.failures if "a skip shows nothing" in each] == list(seen.failures)
    assert len(seen.failures) == 1


REPORT = """<testsuites><testsuite>
<testcase classname="tests.api_resources.chat.test_completions.TestChat" name="test_a[loose]"/>
<testcase classname="tests.api_resources.chat.test_completions.TestChat" name="test_b">
  <failure message="no">line
  two</failure></testcase>
<testcase classname="tests.api_resources.test_models.TestModels" name="test_c"><error message="broken"/></testcase>
</testsuite></testsuites>"""


def test_a_report_is_read() -> None:
    first, second, third = read_report(REPORT)
    assert (first.test, first.bare, first.wrong) == (
        "test_completions.py::TestChat::test_a[loose]",
        "test_completions.py::TestChat::test_a",
        "",
    )
    assert second.wrong == "failure: no line two"
    assert (third.test, third.wrong) == ("test_models.py::TestModels::test_c", "error: broken")
    assert UPSTREAM[0].subject_of(first.test) == "chat completions"
    assert UPSTREAM[0].subject_of(third.test) == "models"


def test_every_suite_s_options_are_those_of_its_makers_or_of_ours() -> None:
    plugins = {each.stem for each in (Path(__file__).parents[2] / "clients" / "plugins").glob("*.py")}
    named = {option for each in UPSTREAM for option in each.options if option != "-p"}
    assert named - plugins == {"tests._alias_httpx"}


@pytest.mark.parametrize("of", UPSTREAM, ids=lambda each: each.api)
def test_its_lock_has_the_version_that_the_tests_of_this_repository_use(of: Upstream) -> None:
    root = Path(__file__).parents[2]
    ours = (root / "requirements" / "dev.lock").read_text().splitlines()
    theirs = (root / "clients" / "locks" / f"{of.environment}.lock").read_text().splitlines()
    (version,) = [line for line in ours if line.startswith(f"{of.package}==")]
    assert version in theirs
