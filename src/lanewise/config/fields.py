"""The types of values in a policy file: each reads one way of writing an amount, and tells editors how it is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar, get_args
from urllib.parse import urlsplit

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from lanewise.config.quantities import (
    NotUnderstood,
    format_duration,
    format_number,
    format_size,
    parse_burst,
    parse_cap_nanousd,
    parse_count,
    parse_count_or_zero,
    parse_date,
    parse_days,
    parse_duration_s,
    parse_error_rate,
    parse_factor,
    parse_flag,
    parse_money_nanousd,
    parse_rate,
    parse_rate_per_minute,
    parse_repairs,
    parse_rest_s,
    parse_share,
    parse_shares,
    parse_size_bytes,
    parse_stop,
    parse_token_cap,
    parse_token_rate_per_minute,
    parse_weight,
    parse_window_s,
    text_of,
)
from lanewise.core.digits import in_percent
from lanewise.core.money import format_usd
from lanewise.core.policy import GRADES, Grade
from lanewise.core.request import LatencyClass, Risk

ResponseFormat = Literal["json_schema", "json_object"]

VARIABLE_PATTERN = r"\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^{}]*)?\}"
_VARIABLE = {
    "type": "string",
    "pattern": VARIABLE_PATTERN,
    "description": "from the environment: ${NAME} or ${NAME:-default}",
}


def _text(pattern: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^({pattern})$|{VARIABLE_PATTERN}", "examples": [example]})


def _text_or_number(pattern: str, example: str, *, minimum: int = 0) -> WithJsonSchema:
    written = {"type": "string", "pattern": f"^({pattern})$|{VARIABLE_PATTERN}"}
    return WithJsonSchema({"anyOf": [written, {"type": "number", "minimum": minimum}], "examples": [example]})


def _words(known: tuple[str, ...]) -> WithJsonSchema:
    one = {"type": "string", "enum": list(known)}
    return WithJsonSchema({"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]})


def _whole(minimum: int) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [{"type": "integer", "minimum": minimum}, _VARIABLE]})


_BOOLEAN = WithJsonSchema({"anyOf": [{"type": "boolean"}, _VARIABLE]})
_TEXTS = WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]})


def _texts(value: object) -> tuple[str, ...]:
    """One text, or a list of them."""
    values = value if isinstance(value, list | tuple) else [value]
    texts = tuple(text_of(item) for item in values)
    if not texts or not all(texts):
        raise NotUnderstood("names nothing", "write one value, or a list of at least one")
    return texts


def _url(value: object) -> str:
    text = text_of(value).rstrip("/")
    wrong = NotUnderstood("is not a web address", "write for example https://api.example.com/v1")
    try:
        parts = urlsplit(text)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is not a number, a bracket left open
        raise wrong from None
    if not sound:
        raise wrong
    if parts.query or parts.fragment or parts.username is not None:
        raise NotUnderstood(
            "has more than an address in it",
            "move ?name=value to `query`, and name and password to `headers` or `api_key`",
        )
    return text


def _texts_by_name(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise NotUnderstood("is not a mapping", "write `name: value` lines below it")
    return {str(name): text_of(text) for name, text in value.items()}


def _store(value: object) -> str:
    text = text_of(value)
    scheme = text.partition("://")[0]
    if "://" in text and scheme.lower() not in ("postgres", "postgresql"):
        raise NotUnderstood(
            "is an address of a kind that holds no record",
            "write a SQLite file's path, or postgresql://USER@HOST/DATABASE with the password from a ${VARIABLE}",
        )
    if not text:
        raise NotUnderstood("is empty", "write a file's path, or remove the line")
    return text


def _redis_url(value: object) -> str:
    text = text_of(value)
    scheme, marks, rest = text.partition("://")
    if not marks or scheme not in ("redis", "rediss", "unix") or not rest:
        raise NotUnderstood(
            "is no address of a Redis or Valkey server",
            "write redis://HOST:6379/0, rediss:// for TLS, or unix:///PATH, with the password from a ${VARIABLE}",
        )
    return text


def _folder(value: object) -> str:
    text = text_of(value)
    if not text or "://" in text:
        raise NotUnderstood("is no folder", "write a folder's path on this machine, or remove the line")
    return text


def _days_text(days: int | None) -> str:
    return "forever" if days is None else f"{days}d"


def _cap_text(nanousd: int | None) -> str:
    return "none" if nanousd is None else format_usd(nanousd)


_DURATION = r"\d+(\.\d+)?\s*(ms|s|m|h|d)"
_NUMBER = r"\d+(\.\d+)?"
_DOLLARS = r"\$?\s*\d[\d,]*(\.\d+)?"
Seconds = Annotated[float, BeforeValidator(parse_duration_s), PlainSerializer(format_duration), _text(_DURATION, "30s")]
Window = Annotated[float, BeforeValidator(parse_window_s), PlainSerializer(format_duration), _text(_DURATION, "60s")]
Rest = Annotated[float, BeforeValidator(parse_rest_s), PlainSerializer(format_duration), _text(_DURATION, "30s")]
Dollars = Annotated[
    int, BeforeValidator(parse_money_nanousd), PlainSerializer(format_usd), _text_or_number(_DOLLARS, "$0.50")
]
Cap = Annotated[
    int | None,
    BeforeValidator(parse_cap_nanousd),
    PlainSerializer(_cap_text),
    _text_or_number(f"none|{_DOLLARS}", "$50"),
]
TokenCap = Annotated[
    int | None,
    BeforeValidator(parse_token_cap),
    PlainSerializer(lambda tokens: "none" if tokens is None else tokens),
    _text_or_number(r"none|\d[\d_]*\s*[kKmM]?", "2M"),
]
AtStop = Annotated[str, BeforeValidator(parse_stop), _text(r"refuse|wait|lane:.+", "lane:standard")]
PerMinute = Annotated[
    int, BeforeValidator(parse_rate_per_minute), PlainSerializer(lambda rate: f"{rate}/min"),
    _text(r"\d[\d_]*\s*/\s*(s|sec|second|m|min|minute|h|hour)", "60/min"),
]  # fmt: skip
TokensPerMinute = Annotated[
    int, BeforeValidator(parse_token_rate_per_minute), PlainSerializer(lambda rate: f"{rate}/min"),
    _text(r"\d[\d_]*\s*[kKmM]?\s*/\s*(s|sec|second|m|min|minute|h|hour)", "100k/min"),
]  # fmt: skip
Burst = Annotated[
    float, BeforeValidator(parse_burst), PlainSerializer(in_percent), _text_or_number(r"\d+(\.\d+)?\s*%?", "50%")
]
Share = Annotated[
    float, BeforeValidator(parse_share), PlainSerializer(in_percent), _text_or_number(r"\d+(\.\d+)?\s*%?", "80%")
]
Shares = Annotated[
    tuple[float, ...],
    BeforeValidator(parse_shares),
    PlainSerializer(lambda shares: [*map(in_percent, shares)]),
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "array", "minItems": 1}], "examples": ["80%"]}
    ),
]
ErrorRate = Annotated[
    float, BeforeValidator(parse_error_rate), PlainSerializer(in_percent), _text_or_number(r"\d+(\.\d+)?\s*%?", "50%")
]
Factor = Annotated[
    float | None,
    BeforeValidator(parse_factor),
    PlainSerializer(format_number),
    _text_or_number(f"none|{_NUMBER}", "3", minimum=1),
]
Weight = Annotated[float, BeforeValidator(parse_weight), PlainSerializer(format_number), _text_or_number(_NUMBER, "9")]
RateFactor = Annotated[
    float, BeforeValidator(parse_rate), PlainSerializer(format_number), _text_or_number(_NUMBER, "0.5")
]
Size = Annotated[
    int,
    BeforeValidator(parse_size_bytes),
    PlainSerializer(format_size),
    _text(r"\d+(\.\d+)?\s*(B|KiB|MiB|GiB|KB|MB|GB)", "32MiB"),
]
Days = Annotated[
    int | None, BeforeValidator(parse_days), PlainSerializer(_days_text), _text_or_number(r"\d+\s*d?|forever", "30d")
]
Count = Annotated[int, BeforeValidator(parse_count), _whole(1)]
CountOrZero = Annotated[int, BeforeValidator(parse_count_or_zero), _whole(0)]
Repairs = Annotated[
    int, BeforeValidator(parse_repairs),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0, "maximum": 4}, _VARIABLE]}),
]  # fmt: skip
Flag = Annotated[bool, BeforeValidator(parse_flag), _BOOLEAN]
Day = Annotated[dt.date, BeforeValidator(parse_date), _text(r"\d{4}-\d{2}-\d{2}", "2027-03-31")]
Text = Annotated[str, BeforeValidator(text_of), WithJsonSchema({"type": "string"})]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts), _TEXTS]
Grades = Annotated[tuple[Grade, ...], BeforeValidator(_texts), _words(GRADES)]
Latencies = Annotated[tuple[LatencyClass, ...], BeforeValidator(_texts), _words(get_args(LatencyClass))]
ResponseFormats = Annotated[tuple[ResponseFormat, ...], BeforeValidator(_texts), _words(get_args(ResponseFormat))]
Risks = Annotated[tuple[Risk, ...], BeforeValidator(_texts), _words(get_args(Risk))]
Url = Annotated[str, BeforeValidator(_url), _text(r"https?://.+", "https://api.example.com/v1")]
TextsByName = Annotated[
    dict[str, str],
    BeforeValidator(_texts_by_name),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "string"}}),
]
StorePath = Annotated[
    str,
    BeforeValidator(_store),
    WithJsonSchema(
        {"type": "string", "examples": ["./lanewise.db", "postgresql://lanewise:${PG_PASSWORD}@db/lanewise"]}
    ),
]
RedisUrl = Annotated[
    str,
    BeforeValidator(_redis_url),
    _text(r"(redis|rediss|unix)://.+", "redis://127.0.0.1:6379/0"),
]
Folder = Annotated[str, BeforeValidator(_folder), WithJsonSchema({"type": "string", "examples": ["./lanewise-spool"]})]

T = TypeVar("T")


def _nothing_is_empty(value: object) -> object:
    """`tenants:` with nothing below it is an empty table, as its writer means it."""
    return {} if value is None else value


Table = Annotated[dict[str, T], BeforeValidator(_nothing_is_empty)]
