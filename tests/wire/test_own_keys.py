"""The key `lanewise` and its names in `metadata`: read once, taken out before a vendor sees them."""

from __future__ import annotations

import msgspec
import pytest

from lanewise.core.errors import InvalidRequest
from lanewise.core.request import NO_HINTS, Hints
from lanewise.wire.own_keys import MAX_PROOF_CHARS, OwnKeys, hints_of, without_hints


def test_nothing_said_is_nothing_known() -> None:
    assert hints_of(None, b"") is NO_HINTS
    assert hints_of(None, b'{"ticket":"T"}') is NO_HINTS


def test_the_own_key_wins_over_metadata_and_both_fill_each_other() -> None:
    own = OwnKeys(task="summarize", deadline="2m")
    assert hints_of(own, b'{"task":"x","feature":"search"}') == Hints(
        task="summarize", feature="search", deadline_s=120.0
    )


@pytest.mark.parametrize(("written", "read"), [('"42"', "42"), ("42", "42"), ("1.5", "1.5"), ("null", None)])
def test_an_expected_answer_may_be_a_number(written: str, read: str | None) -> None:
    own = msgspec.json.decode(f'{{"expected":{written}}}', type=OwnKeys)
    assert hints_of(own, b"").expected == read


@pytest.mark.parametrize("key", ["expected", "tests"])
def test_what_is_too_long_to_keep_is_refused_by_name(key: str) -> None:
    def written(chars: int) -> OwnKeys:
        return msgspec.convert({key: "x" * chars}, OwnKeys)

    assert getattr(hints_of(written(MAX_PROOF_CHARS), b""), key)
    with pytest.raises(InvalidRequest) as refused:
        hints_of(written(MAX_PROOF_CHARS + 1), b"")
    assert refused.value.param == f"lanewise.{key}"


@pytest.mark.parametrize("key", ["task", "user", "feature", "lane", "profile"])
@pytest.mark.parametrize("name", ["a\0b", "u" * 201])
def test_what_cannot_be_a_name_is_refused_by_name_and_in_metadata_stays_the_callers_own(key: str, name: str) -> None:
    with pytest.raises(InvalidRequest, match="longer than 200 characters, or has control characters") as refused:
        hints_of(msgspec.convert({key: name}, OwnKeys), b"")
    assert refused.value.param == f"lanewise.{key}"
    metadata = msgspec.json.encode({key: name})
    assert hints_of(None, metadata) is NO_HINTS
    assert without_hints(metadata) == metadata


@pytest.mark.parametrize(
    ("written", "rest"),
    [
        (b'{"ticket":"T", "task":"x"}', b'{"ticket":"T"}'),
        (b'{"task":"x"}', None),
        (b'{"task":5}', b'{"task":5}'),
        (b"{}", b"{}"),
        (b"null", b"null"),
    ],
)
def test_a_vendor_sees_only_the_callers_own_metadata(written: bytes, rest: bytes | None) -> None:
    assert without_hints(written) == rest
