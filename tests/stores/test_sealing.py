"""What is sealed: unreadable without the key, bound to its name; and where the key comes from."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.errors import StoreError
from lanewise.stores.sealing import KEY_VARIABLE, Seal, seal_for

SEAL = Seal(bytes(range(32)))


@given(content=st.binary(max_size=200), name=st.binary(min_size=1, max_size=40), at=st.integers(min_value=0))
def test_only_the_right_key_name_and_bytes_open_it(content: bytes, name: bytes, at: int) -> None:
    sealed = SEAL.close(content, name)
    assert SEAL.open(sealed, name) == content
    assert SEAL.open(sealed, name + b"x") is None
    assert Seal(bytes(32)).open(sealed, name) is None
    at %= len(sealed)
    changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
    assert SEAL.open(changed, name) is None
    assert SEAL.open(sealed[: at % 12], name) is None


def test_nothing_is_sealed_twice_the_same_way_or_readable() -> None:
    assert SEAL.close(b"a secret thought", b"n") != SEAL.close(b"a secret thought", b"n")
    assert b"secret" not in SEAL.close(b"a secret thought", b"n")


def test_a_missing_key_is_made_beside_the_store_for_its_owner_only_and_found_again(tmp_path: Path) -> None:
    store = tmp_path / "lanewise.db"
    sealed = seal_for(store, {}).close(b"x", b"n")
    file = tmp_path / "lanewise.db.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    assert seal_for(store, {}).open(sealed, b"n") == b"x"


def test_the_environment_s_key_wins_and_makes_no_file(tmp_path: Path) -> None:
    store, key = tmp_path / "lanewise.db", {KEY_VARIABLE: "0123456789abcdef" * 4}
    assert seal_for(store, key).open(seal_for(store, key).close(b"x", b"n"), b"n") == b"x"
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_cannot_be_one_is_refused_with_what_to_do(tmp_path: Path) -> None:
    store = tmp_path / "lanewise.db"
    with pytest.raises(StoreError, match="openssl rand"):
        seal_for(store, {KEY_VARIABLE: "short"})
    (tmp_path / "lanewise.db.key").write_bytes(b"short")
    with pytest.raises(StoreError, match="put the right one back"):
        seal_for(store, {})
    with pytest.raises(StoreError, match="Cannot read or make"):
        seal_for(tmp_path / "nowhere" / "lanewise.db", {})
