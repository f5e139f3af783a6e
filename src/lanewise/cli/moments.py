"""Moments as people write them: a distance such as `24h`, or a date or time in ISO 8601, in UTC unless it says otherwise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, TypeVar

import click

from lanewise.config.quantities import NotUnderstood, parse_duration_s

Command = TypeVar("Command", bound=Callable[..., Any])


def since_option(what: str) -> Callable[[Command], Command]:
    """`--since`, for commands that tell of what is past; the command takes it as `since_us`, 0 for ever."""
    says = f"Only {what} from then on: 24h, or a time in ISO 8601 (UTC)."
    return click.option("--since", "since_us", callback=_since_us, default=None, help=says)


def _since_us(_context: click.Context, _parameter: click.Parameter, text: str | None) -> int:
    return 0 if text is None else int(past(text, dt.datetime.now(dt.UTC)).timestamp() * 1_000_000)


def past(text: str, now: dt.datetime) -> dt.datetime:
    """`24h` is a day ago. Raises click.BadParameter, also where it is still to come."""
    moment = _moment(text, now, sign=-1)
    if moment > now:
        raise click.BadParameter(f"{text!r} is still to come; write a past moment, for example 24h or 2026-11-20")
    return moment


def future(text: str, now: dt.datetime) -> dt.datetime:
    """`30d` is in thirty days. Raises click.BadParameter, also where it is over."""
    moment = _moment(text, now, sign=1)
    if moment <= now:
        raise click.BadParameter(f"{text!r} is over already; write a moment to come, for example 30d")
    return moment


def _moment(text: str, now: dt.datetime, *, sign: int) -> dt.datetime:
    try:
        return now + sign * dt.timedelta(seconds=parse_duration_s(text))
    except OverflowError:
        raise click.BadParameter(f"{text!r} is further away than any date") from None
    except NotUnderstood:
        pass
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no time; write for example 24h, 30d, 2026-11-20 or 2026-11-20T14:00:00Z"
        ) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)
