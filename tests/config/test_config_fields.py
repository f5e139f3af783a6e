from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from lanewise.config import fields


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (fields.Seconds, "90s"),
        (fields.Dollars, "$0.50"),
        (fields.Cap, "none"),
        (fields.PerMinute, "60/min"),
        (fields.Share, "80%"),
        (fields.Size, "32MiB"),
        (fields.Days, "forever"),
        (fields.Days, "30d"),
        (fields.Url, "https://a.example/v1"),
        (fields.Factor, "2.5"),
        (fields.Factor, "none"),
        (fields.Weight, "9"),
        (fields.ErrorRate, "50%"),
        (fields.Window, "1m"),
        (fields.Rest, "10ms"),
    ],
)
def test_a_default_is_shown_as_it_would_be_written(kind: Any, text: str) -> None:
    adapter: TypeAdapter[object] = TypeAdapter(kind)
    assert adapter.dump_python(adapter.validate_python(text), mode="json") == text


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (fields.Url, "ftp://a"),
        (fields.Url, "https://"),
        (fields.Url, "https://a:port/"),
        (fields.Url, "https://u:p@a/"),
        (fields.Url, "https://a/?key=x"),
        (fields.Texts, []),
        (fields.Texts, [""]),
        (fields.Texts, [["a"]]),
        (fields.TextsByName, ["a"]),
        (fields.TextsByName, {"a": ["b"]}),
        (fields.StorePath, "mysql://x"),
        (fields.Folder, "s3://x"),
        (fields.StorePath, ""),
        (fields.Grades, "hrad"),
        (fields.Latencies, ["interactive", "fast"]),
        (fields.Risks, "none"),
        (fields.ResponseFormats, "text"),
    ],
)
def test_what_is_not_of_the_kind_is_refused(kind: Any, value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


def test_one_text_is_a_list_of_one_and_an_address_loses_its_last_slash() -> None:
    assert TypeAdapter(fields.Texts).validate_python("a") == ("a",)
    assert TypeAdapter(fields.Grades).validate_python("hard") == ("hard",)
    assert TypeAdapter(fields.Url).validate_python("https://a/v1/") == "https://a/v1"
