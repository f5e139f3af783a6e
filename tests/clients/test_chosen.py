"""CLIENTS_SKIP leaves out what it names, and nothing is left out by mistake."""

from __future__ import annotations

import pytest
from clients.chosen import ENVIRONMENTS, UnknownEnvironmentError, chosen


def left_out(skip: str, *only: str) -> set[str]:
    what = chosen(skip, only)
    run = {client.environment for client in what.clients} | {suite.environment for suite in what.suites}
    return set(ENVIRONMENTS) - run


@pytest.mark.parametrize("skip", ["", " ", ","])
def test_nothing_named_leaves_nothing_out(skip: str) -> None:
    assert left_out(skip) == set()
    assert chosen(skip).whole


def test_what_is_named_is_left_out_and_the_page_is_not_written_from_the_rest() -> None:
    assert left_out("schemathesis, codex") == {"schemathesis", "codex"}
    assert not chosen("schemathesis").whole
    assert not chosen("codex").whole


def test_of_what_is_named_to_be_run_the_same_is_left_out() -> None:
    assert left_out("", "openai-suite") == set(ENVIRONMENTS) - {"openai-suite"}
    assert left_out("codex", "codex", "own") == set(ENVIRONMENTS) - {"own"}


@pytest.mark.parametrize(("skip", "only"), [("schemathesys", ()), ("", ("openai",))])
def test_a_name_that_nothing_has_is_refused_with_all_that_there_are(skip: str, only: tuple[str, ...]) -> None:
    with pytest.raises(UnknownEnvironmentError, match=r"Environments: own, langchain, .*, schemathesis$"):
        chosen(skip, only)
