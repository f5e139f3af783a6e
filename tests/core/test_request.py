"""What a request only names is counted with it."""

from __future__ import annotations

from lanewise.core.request import Earlier


def test_what_was_said_before_counts_to_the_byte() -> None:
    assert Earlier().size_bytes == len("[]")
    assert Earlier(items=b'[{"role":"user"}]', named={"msg_1": b"{}", "msg_2": b'{"a":1}'}).size_bytes == 17 + 2 + 7
