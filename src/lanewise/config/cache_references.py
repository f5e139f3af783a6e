"""What the caches of tenants refer to: deployments, and the exact cache, in which similar questions find their answers."""

from __future__ import annotations

from lanewise.config.document import Document
from lanewise.config.lookups import check_deployment, similar_uses

_EVERYONE = "*"


def check_caches(document: Document) -> None:
    """Note deployments that are none, and similar questions without an exact cache."""
    for path, name in similar_uses(document):
        check_deployment(document, path, name)
    for tenant in document.table("tenants"):
        if document.table("tenants", tenant, "cache").get("semantic") is not None and _exact_is_off(document, tenant):
            document.at_key(
                ("tenants", tenant, "cache", "semantic"),
                "has no answers to give: this tenant's are not kept",
                "Write `exact: true` beside it, or at `cache`.",
            )


def _exact_is_off(document: Document, tenant: str) -> bool:
    places = (("tenants", tenant, "cache"), ("tenants", _EVERYONE, "cache"), ("cache",))
    written = (document.table(*place).get("exact") for place in places)
    return next((each for each in written if each is not None), False) in (False, "false")
