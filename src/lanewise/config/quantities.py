"""Amounts as people write them (`30s`, `$0.50`, `60/min`, `80%`, `32MiB`), both ways. A message here never repeats what was written."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from lanewise.core.digits import in_digits
from lanewise.core.money import parse_usd

_DEAREST_RATE = 100  # times the usual prices: more is a mistake
_NUMBER = r"(\d+(?:\.\d+)?)"
_DURATION = re.compile(_NUMBER + r"\s*(ms|s|m|h|d)")
_SECONDS = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600), "d": Decimal(86400)}
_RATE = re.compile(r"(\d[\d_]*)\s*/\s*(s|sec|second|m|min|minute|h|hour)")
_PER_MINUTE = {"s": 60.0, "m": 1.0, "h": 1 / 60}
_TOKEN_RATE = re.compile(r"(\d[\d_]*)\s*([kKmM]?)\s*/\s*(s|sec|second|m|min|minute|h|hour)")
_SHARE = re.compile(_NUMBER + r"\s*%")
_SIZE = re.compile(_NUMBER + r"\s*(B|KiB|MiB|GiB|KB|MB|GB)")
_BYTES = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "KB": 10**3, "MB": 10**6, "GB": 10**9}
_SPAN = re.compile(r"(.+?)\s*-\s*(.+)")
_DAYS = re.compile(r"(\d+)\s*d?")
_TOKENS = re.compile(r"(\d[\d_]*)\s*([kKmM]?)")
_TIMES = {"": 1, "k": 1_000, "m": 1_000_000}
_COUNT = re.compile(r"\d[\d_]*")
_TOO_MUCH = "is more than can be counted"
_MOST_COUNTED = 10**18  # nano-dollars or tokens: stores have room for nine times as much
_MOST_REQUESTS, _MOST_TOKENS = 10**9, 10**12  # a minute; a shared state counts in floats

MOST_REPAIRS = 4
"""An answer that is wrong five times is a matter for another lane."""


class NotUnderstood(ValueError):
    """A value that cannot be read: what is wrong, as the end of a sentence that begins with the value, and what to write."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}; {remedy}")
        self.problem = problem
        self.remedy = remedy


def text_of(value: object) -> str:
    """The value as text; mappings and lists are refused. Raises NotUnderstood."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise NotUnderstood("is not a single value", "write one value here, not a list, a mapping or nothing")
    return str(value).strip()


def parse_duration_s(value: object) -> float:
    """Seconds of `500ms`, `30s`, `5m`, `4h` or `1d`; more than zero. Raises NotUnderstood."""
    match = _DURATION.fullmatch(text_of(value))
    seconds = Decimal(match[1]) * _SECONDS[match[2]] if match else Decimal(0)
    if seconds <= 0:
        raise NotUnderstood(
            "is not a duration", "write a number above zero and its unit (ms, s, m, h or d), for example 30s"
        )
    return float(seconds)


def parse_window_s(value: object) -> float:
    """Seconds from `100ms` to `1h`. Raises NotUnderstood."""
    return _within(parse_duration_s(value), 0.1, 3_600.0)


def parse_rest_s(value: object) -> float:
    """Seconds from `10ms` to `1h`. Raises NotUnderstood."""
    return _within(parse_duration_s(value), 0.01, 3_600.0)


def _within(seconds: float, least_s: float, most_s: float) -> float:
    if not least_s <= seconds <= most_s:
        between = f"{format_duration(least_s)} to {format_duration(most_s)}"
        raise NotUnderstood("is out of range", f"write {between}")
    return seconds


def parse_money_nanousd(value: object) -> int:
    """Nano-dollars of `$0.50`. Raises NotUnderstood."""
    try:
        nanousd = parse_usd(text_of(value).replace(",", ""))
    except NotUnderstood:
        raise
    except ValueError:
        raise NotUnderstood("is not an amount of dollars", "write for example $50 or $0.50") from None
    if nanousd > _MOST_COUNTED:
        raise NotUnderstood(_TOO_MUCH, "write at most $1,000,000,000")
    return nanousd


def parse_cap_nanousd(value: object) -> int | None:
    """Nano-dollars of a cap; `none` is no cap. Zero is refused: nothing could be answered. Raises NotUnderstood."""
    if text_of(value) == "none":
        return None
    try:
        nanousd = parse_money_nanousd(value)
    except NotUnderstood as wrong:
        advice = wrong.remedy if wrong.problem == _TOO_MUCH else "write for example $50"
        raise NotUnderstood(wrong.problem, f"{advice}, or none for no cap at all") from None
    if nanousd == 0:
        raise NotUnderstood("caps spending at nothing", "write more than $0, or none for no cap at all")
    return nanousd


def parse_rate_per_minute(value: object) -> int:
    """Requests per minute of `60/min`, `5/s` or `600/hour`. Raises NotUnderstood."""
    match = _RATE.fullmatch(text_of(value))
    per_minute = int(match[1].replace("_", "")) * _PER_MINUTE[match[2][0]] if match else 0.0
    whole = round(per_minute)
    if whole < 1 or abs(per_minute - whole) > 1e-9:
        raise NotUnderstood("is not a rate", "write whole requests per second or minute, for example 5/s or 60/min")
    if whole > _MOST_REQUESTS:
        raise NotUnderstood(_TOO_MUCH, f"write at most {_MOST_REQUESTS}/min, or leave it out")
    return whole


def parse_token_rate_per_minute(value: object) -> int:
    """Tokens per minute of `100k/min`, `2M/hour` or `500/s`. Raises NotUnderstood."""
    match = _TOKEN_RATE.fullmatch(text_of(value))
    tokens = int(match[1].replace("_", "")) * _TIMES[match[2].lower()] * _PER_MINUTE[match[3][0]] if match else 0.0
    if tokens < 1:
        raise NotUnderstood("is not a rate of tokens", "write for example 100k/min or 2M/hour")
    if tokens > _MOST_TOKENS:
        raise NotUnderstood(_TOO_MUCH, f"write at most {_MOST_TOKENS // 1_000_000}M/min, or leave it out")
    return round(tokens)


def parse_burst(value: object) -> float:
    """A share above 0 of a minute's rate: at 0% nothing could come. Raises NotUnderstood."""
    share = parse_share(value)
    if share == 0:
        raise NotUnderstood("would let nothing in", "write more than 0%, for example 50%")
    return share


def parse_share(value: object) -> float:
    """A share between 0 and 1 of `80%` or `0.8`. Raises NotUnderstood."""
    text = text_of(value)
    match = _SHARE.fullmatch(text)
    share = Decimal(match[1]) / 100 if match else Decimal(text) if re.fullmatch(_NUMBER, text) else Decimal(-1)
    if not 0 <= share <= 1:
        raise NotUnderstood("is not a percentage", "write 0% to 100%, for example 80%")
    return float(share)


def parse_shares(value: object) -> tuple[float, ...]:
    """One share, or a list of them; the smallest first. Raises NotUnderstood."""
    values = value if isinstance(value, list | tuple) else [value]
    shares = sorted({parse_share(each) for each in values})
    if not shares:
        raise NotUnderstood("would warn of nothing", "write one share, or a list: [50%, 80%]")
    return tuple(shares)


def parse_token_cap(value: object) -> int | None:
    """Tokens of `2M`, `500k` or `2_000_000`; `none` is no cap. Raises NotUnderstood."""
    text = text_of(value)
    if text == "none":
        return None
    match = _TOKENS.fullmatch(text)
    tokens = int(match[1].replace("_", "")) * _TIMES[match[2].lower()] if match else 0
    if tokens < 1:
        raise NotUnderstood("is not a number of tokens", "write for example 500k or 2M, or none for no cap")
    if tokens > _MOST_COUNTED:
        raise NotUnderstood(_TOO_MUCH, f"write at most {_MOST_COUNTED}, or none for no cap")
    return tokens


def parse_stop(value: object) -> str:
    """What follows at a cap: `refuse`, `wait` or `lane:NAME`. Raises NotUnderstood."""
    text = text_of(value)
    if text in ("queue", "webhook"):
        raise NotUnderstood("needs durable jobs, which this version does not have", "write wait, refuse or lane:NAME")
    if text not in ("refuse", "wait") and not (text.startswith("lane:") and len(text) > len("lane:")):
        raise NotUnderstood("is not what can follow at a cap", "write refuse, wait, or lane:NAME for a cheaper lane")
    return text


def parse_error_rate(value: object) -> float:
    """A share above 0: at 0% a single failure would be too many. Raises NotUnderstood."""
    share = parse_share(value)
    if share == 0:
        raise NotUnderstood("would never let a call through", "write more than 0%, for example 50%")
    return share


def parse_factor(value: object) -> float | None:
    """A number from 1 on, of `3` or `2.5`; `none` is None. Raises NotUnderstood."""
    text = text_of(value)
    if text == "none":
        return None
    factor = float(text) if re.fullmatch(_NUMBER, text) else 0.0
    if factor < 1:
        raise NotUnderstood(
            "is not a number from 1 on", "write how many times the usual, for example 3, or none for never"
        )
    return factor


def parse_weight(value: object) -> float:
    """A number from 0 on. Raises NotUnderstood."""
    text = text_of(value)
    if not re.fullmatch(_NUMBER, text):
        raise NotUnderstood("is not a weight", "write a number from 0 on, for example 9 beside 1")
    return float(text)


def parse_rate(value: object) -> float:
    """What a rate is of the usual prices. Raises NotUnderstood."""
    text = text_of(value)
    if not re.fullmatch(_NUMBER, text) or float(text) > _DEAREST_RATE:
        raise NotUnderstood(
            "is not a factor of the usual prices", f"write a number from 0 to {_DEAREST_RATE}, for example 0.5 for half"
        )
    return float(text)


def parse_size_bytes(value: object) -> int:
    """Bytes of `32MiB`, `64KiB` or `10MB`; more than zero. Raises NotUnderstood."""
    match = _SIZE.fullmatch(text_of(value))
    size = int(Decimal(match[1]) * _BYTES[match[2]]) if match else 0
    if size <= 0:
        raise NotUnderstood(
            "is not a size", "write a number above zero and its unit (B, KiB, MiB or GiB), for example 32MiB"
        )
    return size


def parse_days(value: object) -> int | None:
    """Whole days of `30d` or `30`; `forever` keeps for good. Raises NotUnderstood."""
    text = text_of(value)
    if text == "forever":
        return None
    match = _DAYS.fullmatch(text)
    if match is None or int(match[1]) < 1:
        raise NotUnderstood("is not a number of days", "write for example 30d, or forever")
    return int(match[1])


def parse_count(value: object) -> int:
    """A whole number above zero. Raises NotUnderstood."""
    text = text_of(value)
    if not _COUNT.fullmatch(text) or int(text) < 1:
        raise NotUnderstood("is not a whole number above zero", "write for example 8")
    return int(text)


def parse_count_or_zero(value: object) -> int:
    """A whole number, zero included. Raises NotUnderstood."""
    text = text_of(value)
    if not _COUNT.fullmatch(text):
        raise NotUnderstood("is not a whole number", "write for example 0 or 2")
    return int(text)


def parse_repairs(value: object) -> int:
    """How often one answer may be asked for again, 0 to 4. Raises NotUnderstood."""
    text = text_of(value)
    if not _COUNT.fullmatch(text) or int(text) > MOST_REPAIRS:
        raise NotUnderstood(f"is not a whole number from 0 to {MOST_REPAIRS}", "write for example 2")
    return int(text)


def parse_flag(value: object) -> bool:
    """`true` or `false`. Raises NotUnderstood."""
    text = (str(value) if isinstance(value, bool) else text_of(value)).lower()
    if text not in {"true", "false"}:
        raise NotUnderstood("is neither true nor false", "write true or false")
    return text == "true"


def parse_date(value: object) -> dt.date:
    """A day, as `2027-03-31`. Raises NotUnderstood."""
    try:
        return dt.date.fromisoformat(text_of(value))
    except NotUnderstood:
        raise
    except ValueError:
        raise NotUnderstood("is not a date", "write year-month-day, for example 2027-03-31") from None


def format_duration(seconds: float) -> str:
    """The shortest text that `parse_duration_s` reads back as the same seconds, in the largest whole unit."""
    milliseconds = round(Decimal(repr(seconds)) * 1000, 6)
    for unit in ("d", "h", "m", "s", "ms"):
        amount = milliseconds / (_SECONDS[unit] * 1000)
        if amount == int(amount):
            return f"{int(amount)}{unit}"
    return f"{milliseconds.normalize():f}ms"


def format_number(number: float | None) -> str:
    """The shortest text of a number; `none` where there is none."""
    return "none" if number is None else in_digits(number)


def format_size(size_bytes: int) -> str:
    """The shortest text that `parse_size_bytes` reads back as the same bytes."""
    for unit in ("GiB", "MiB", "KiB"):
        if size_bytes % _BYTES[unit] == 0:
            return f"{size_bytes // _BYTES[unit]}{unit}"
    return f"{size_bytes}B"
