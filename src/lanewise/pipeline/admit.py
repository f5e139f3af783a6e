"""Admission: may this request begin at all?"""

from __future__ import annotations

from lanewise.core.errors import Unavailable
from lanewise.core.policy import TenantPolicy
from lanewise.pipeline.parts import Parts


def admit(tenant: TenantPolicy, parts: Parts) -> None:
    """Take a place for one run; the limiter is to be left when it is over.

    Raises Unavailable while the ledger cannot be written, LimitReached at the tenant's limits: then no place was taken.
    """
    if not parts.ledger.healthy:
        raise Unavailable("The ledger cannot be written, so no new request is taken", retry_after_s=5.0)
    parts.limiter.enter(tenant)
