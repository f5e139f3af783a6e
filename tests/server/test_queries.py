from __future__ import annotations

import pytest

from asgi_calls import scope
from lanewise.core.errors import InvalidRequest
from lanewise.server.queries import query_of


def test_what_is_known_is_read_and_a_key_is_left_to_the_door() -> None:
    assert query_of(scope("/v1/report?by=user&since=&key=lw_1"), ("by", "since")) == {"by": "user", "since": ""}
    assert query_of(scope("/v1/report"), ("by",)) == {}


@pytest.mark.parametrize(
    ("query", "param", "says"),
    [
        ("bye=user", "bye", "`bye` is no parameter of this path. Did you mean 'by'? Known: by, since."),
        ("by=user&by=model", "by", "`by` is written twice"),
        ("x=", "x", "`x` is no parameter of this path. Known: by, since."),
        ("y" * 5_000 + "=1", "y" * 100, "`" + "y" * 100 + "` is no parameter"),
    ],
)
def test_what_would_be_ignored_is_refused_by_name(query: str, param: str, says: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        query_of(scope(f"/v1/report?{query}"), ("by", "since"))
    assert refused.value.message.startswith(says)
    assert refused.value.param == param


def test_a_path_without_parameters_says_so() -> None:
    with pytest.raises(InvalidRequest, match=r"`count` is no parameter of this path\. It takes none\."):
        query_of(scope("/admin/policy?count=1"), ())
