"""`make clients` fails for what failed and for what could not be had, and says which."""

from __future__ import annotations

import pytest
from bench.install import NotInstalledError
from clients.__main__ import prove
from clients.chosen import Chosen
from clients.counted import Counted
from clients.place import Place
from clients.shell_vendor import ShellVendor
from clients.suites import Row, Suite

AT = Place(url="http://127.0.0.1:9", agents=ShellVendor())


def suite(counted: Counted | None) -> Suite:
    async def run(of: Suite, at: Place) -> list[Row]:
        if counted is None:
            raise NotInstalledError("There is no sdist of it.")
        return [Row(suite=of.name, version="1", subject="all", vendor="v", counted=counted)]

    return Suite(name="theirs", environment="their-suite", rows=(("all", "v"),), run=run)


async def test_a_suite_that_cannot_be_had_is_a_failure_that_says_what_was_missing_and_how_to_go_on_without(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert await prove(Chosen(clients=(), suites=(suite(None),)), AT) == 1
    assert (
        "could not be had (CLIENTS_SKIP=their-suite goes on without): There is no sdist of it."
        in capsys.readouterr().out
    )


async def test_a_test_that_failed_is_a_failure_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    failed = Counted(passed=3, refused=1, failures=("f.py::T::a: 500",))
    assert await prove(Chosen(clients=(), suites=(suite(failed),)), AT) == 1
    assert "3 passed, 1 refused by a stated rule, 1 failed\n  f.py::T::a: 500" in capsys.readouterr().out


async def test_where_all_is_well_it_is_well() -> None:
    assert await prove(Chosen(clients=(), suites=(suite(Counted(passed=3, refused=1, failures=())),)), AT) == 0
