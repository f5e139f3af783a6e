"""A decoder's words become a caller's: which parameter, and what to write."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lanewise.wire.complaints import Complaints
from lanewise.wire.own_keys import OwnKeys


class _Body(msgspec.Struct):
    model: str
    lanewise: OwnKeys | None = None


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
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.json.decode(body, type=_Body)
    complaint = COMPLAINTS.wrong_type(str(error.value))
    assert complaint.param == param
    assert all(word in complaint.message for word in words)


def test_a_parameter_without_a_remedy_still_gets_a_word() -> None:
    assert "see the API reference" in COMPLAINTS.refusal("other[2].x", "it is odd").message
