"""Admission: may this request begin at all?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lanewise.core.errors import Unavailable
from lanewise.core.policy import TenantPolicy
from lanewise.pipeline.parts import Parts


@contextmanager
def admitted(tenant: TenantPolicy, parts: Parts) -> Iterator[None]:
    """Hold a place for one run. Raises Unavailable while the ledger cannot be written, LimitReached at the tenant's limits."""
    if not parts.ledger.healthy:
        raise Unavailable("The ledger cannot be written, so no new request is taken", retry_after_s=5.0)
    parts.limiter.enter(tenant)
    try:
        yield
    finally:
        parts.limiter.leave(tenant)
