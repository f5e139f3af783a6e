from __future__ import annotations

import msgspec
import pytest

from lanewise.wire.refused import refuses


def completion(**message: object) -> bytes:
    return msgspec.json.encode({"choices": [{"message": {"role": "assistant", **message}, "finish_reason": "stop"}]})


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        (completion(content="Eight.", refusal=None), False),
        (completion(content="Eight."), False),
        (completion(content=None, refusal="I cannot help with that."), True),
        (b'{"message": {"refusal" : "no"}}', True),
        (b'{"output":[{"content":[{"type":"refusal","refusal":"no"}]}]}', True),
        (b'{"output":[{"content":[{"type" : \n  "refusal","words":"no"}]}]}', True),
        (b'["refusal", null]', False),
        (b'"refusal"', False),
        (b'{"refusal": null, "choices": [{"refusal": null, "message": {"refusal": "no"}}]}', True),
        (completion(content='She wrote {"refusal": "no"} on the wall', refusal=None), False),
    ],
)
def test_only_an_answer_that_refuses_does(body: bytes, refused: bool) -> None:
    assert refuses(body) is refused
