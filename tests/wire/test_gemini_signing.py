"""What stands where a proof of thinking is missing."""

from __future__ import annotations

import base64

from lanewise.wire.gemini.signing import NOT_MINE, is_not_mine


def test_the_words_are_base64_and_known_in_either_alphabet() -> None:
    raw = base64.urlsafe_b64decode(NOT_MINE)
    assert base64.urlsafe_b64encode(raw).decode() == NOT_MINE
    for encoded in (base64.b64encode(raw).decode(), NOT_MINE, "context_engineering_is_the_way_to_go"):
        assert is_not_mine(encoded)


def test_a_proof_is_none_of_them() -> None:
    assert not is_not_mine("")
    assert not is_not_mine("EucECuQEAb4+9vsY")
