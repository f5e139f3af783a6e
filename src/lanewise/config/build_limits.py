"""Rates and concurrency as values: of tenants, of their keys, and of the process."""

from __future__ import annotations

from lanewise.config.schema_limits import KeyLimitsSection, LimitsSection, RedisSection
from lanewise.config.schema_tenants import TenantSection
from lanewise.core.limiting import NO_KEY_LIMITS, UNLIMITED, Crowd, KeyLimits, Limits, Sharing

_Written = TenantSection | KeyLimitsSection


def limits_of(*sections: _Written | None) -> Limits:
    """What these say, each where those before it say nothing."""
    limits = Limits(
        requests_per_minute=_first("rate", sections),
        tokens_per_minute=_first("token_rate", sections),
        burst=_first("burst", sections) or UNLIMITED.burst,
        concurrency=_first("concurrency", sections),
    )
    return UNLIMITED if limits == UNLIMITED else limits


def key_limits_of(section: TenantSection, everyone: TenantSection) -> KeyLimits:
    """What holds for a tenant's keys: a key's own word, then that for each key, of the tenant and of everyone."""
    each = (section.per_key, everyone.per_key)
    single = everyone.keys | section.keys
    if each == (None, None) and not single:
        return NO_KEY_LIMITS
    return KeyLimits(each=limits_of(*each), single={name: limits_of(own, *each) for name, own in single.items()})


def crowd_of(section: LimitsSection) -> Crowd:
    """What the process takes on at once."""
    return Crowd(places=section.concurrency, interactive_wait_s=section.interactive_wait)


def sharing_of(section: RedisSection | None) -> Sharing | None:
    """Where processes share what was taken."""
    if section is None:
        return None
    return Sharing(url=section.url, timeout_s=section.timeout, prefix=section.prefix, processes=section.processes)


def _first(key: str, sections: tuple[_Written | None, ...]) -> int | None:
    return next((value for each in sections if each is not None and (value := getattr(each, key)) is not None), None)
