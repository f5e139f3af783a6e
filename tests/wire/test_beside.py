"""What goes on beside the body is a closed list, and no key or account is on it."""

from __future__ import annotations

import pytest

from lanewise.core.request import Dialect
from lanewise.wire.beside import BESIDE

SECRET = ("key", "auth", "cookie", "organization", "project", "token")


def test_every_dialect_has_a_list() -> None:
    assert set(BESIDE) == set(Dialect)


@pytest.mark.parametrize("dialect", Dialect)
def test_nothing_that_names_an_account_is_on_it(dialect: Dialect) -> None:
    names = [name.decode() for name in BESIDE[dialect].headers] + [name for name, _ in BESIDE[dialect].query]
    assert [name for name in names if any(word in name for word in SECRET)] == []
    assert names == [name.lower() for name in names]
