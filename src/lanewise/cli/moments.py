"""Moments as people write them: a distance such as `24h`, or a date or time in ISO 8601, in UTC unless it says otherwise."""

from __future__ import annotations

import datetime as dt

import click


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
    from lanewise.config.quantities import NotUnderstood, parse_duration_s

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
