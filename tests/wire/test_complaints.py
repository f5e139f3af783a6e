"""A decoder's words become a caller's: which parameter, and what to write."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lanewise.core.errors import InvalidRequest
from lanewise.core.request import Dialect, Target
from lanewise.wire import INBOUND
from lanewise.wire.complaints import Complaints, refuse_no_text
from lanewise.wire.own_keys import OwnKeys


class _Body(msgspec.Struct):
    model: str
    lanewise: OwnKeys | None = None


BODY = msgspec.json.Decoder(_Body)
COMPLAINTS = Complaints({"model": 'write a string such as "m"'})


@pytest.mark.parametrize(
    ("body", "param", "words"),
    [
        (b'{"model":5}', "model", ['write a string such as "m"']),
        (b"{}", "model", ["it is missing", 'write a string such as "m"']),
        (b'{"model":"m","lanewise":{"tsk":"x"}}', "lanewise.tsk", ["does not know this key", "task, user, feature"]),
        (b"[]", None, ["must be a JSON object"]),
    ],
)
def test_the_parameter_is_named_and_what_to_write(body: bytes, param: str | None, words: list[Any]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        COMPLAINTS.read(BODY, body)
    assert refused.value.param == param
    assert all(word in refused.value.message for word in words)


@pytest.mark.parametrize(
    ("body", "why"), [(b'{"model":', "truncated"), (b'{"model":"\xff"}', "not UTF-8"), (b'{"x":' * 9_999, "too deeply")]
)
def test_what_is_no_json_is_told_where(body: bytes, why: str) -> None:
    with pytest.raises(InvalidRequest, match=f"The body is not valid JSON: .*{why}"):
        COMPLAINTS.read(BODY, body)


def test_a_parameter_without_a_remedy_still_gets_a_word() -> None:
    assert "see the API reference" in COMPLAINTS.refusal("other[2].x", "it is odd").message


@pytest.mark.parametrize("body", [b"{}", '{"a":"wörld"}'.encode(), b""])
def test_text_is_text(body: bytes) -> None:
    refuse_no_text(body)


SAID = {
    Dialect.OPENAI_CHAT: b'"messages":[{"role":"user","content":"Hi"}],"tools":[{"type":"function","function":{"name":"%b"}}]',
    Dialect.OPENAI_RESPONSES: b'"input":[{"type":"later","a":"%b"}]',
    Dialect.ANTHROPIC_MESSAGES: b'"max_tokens":9,"messages":[{"role":"user","content":"Hi"}],"later":{"a":"%b"}',
    Dialect.GEMINI: b'"contents":[{"parts":[{"text":"Hi"}]}],"later":"%b"',
}


@pytest.mark.parametrize("dialect", SAID)
def test_what_is_no_text_is_refused_wherever_it_stands(dialect: Dialect) -> None:
    body = b'{"model":"m",' + SAID[dialect] + b"}"
    INBOUND[dialect].read_request(body % b"f", Target(model="m", stream=False))
    with pytest.raises(InvalidRequest, match=r"byte \d+ is not UTF-8"):
        INBOUND[dialect].read_request(body % b"\xff", Target(model="m", stream=False))
