"""Names that refer to something: providers to vendors, model names to lanes and models; the rest in the files that are imported here.

They are checked on what is written, so that a mistake elsewhere hides none of these.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from lanewise.config.budget_references import check_budgets
from lanewise.config.cache_references import check_caches
from lanewise.config.check_references import check_checks
from lanewise.config.document import Document
from lanewise.config.lane_references import check_lanes
from lanewise.config.lookups import check_lane, deployments_of
from lanewise.config.mistakes import Path, dotted
from lanewise.config.not_built import is_dropped
from lanewise.config.routing_references import check_routing
from lanewise.config.sources import CatalogRow, Sources
from lanewise.config.tenant_references import check_tenants
from lanewise.core.nearest import did_you_mean

MEANINGS = ("auto", "pin", "lane:NAME")


def check_references(document: Document, sources: Sources) -> None:
    """Note every reference to something that neither the file nor what is shipped has."""
    if not document.data:
        return
    _check_empty_tables(document)
    for provider in document.table("providers"):
        _check_provider(document, provider, sources.catalog)
    check_lanes(document)
    check_routing(document, sources)
    check_checks(document, sources)
    check_tenants(document)
    check_caches(document)
    check_budgets(document)
    _check_unknown_responses(document)
    _check_models(document, ("models",))
    for tenant in document.table("tenants"):
        _check_models(document, ("tenants", tenant, "models"))
    for section in ("prices", "facts", "adaptations"):
        _check_overrides(document, section)


def _check_empty_tables(document: Document) -> None:
    for section, example in (("providers", "openai: {}"), ("lanes", "standard: {deployments: [openai/gpt-5.4-mini]}")):
        if section in document.data and not document.data[section] and not _has_dropped(document, section):
            document.at_key((section,), "has nothing in it", f"Write at least one, for example `{example}`.")


def _check_unknown_responses(document: Document) -> None:
    """A vendor knows its account and not the tenant: whoever named another tenant's response would be told its conversation."""
    if document.table("responses").get("unknown") == "send_on" and len(document.table("tenants")) > 1:
        document.at_value(
            ("responses", "unknown"),
            "is for a single tenant: a vendor does not know tenants apart",
            "Write `refuse`, or run a gateway of its own for each tenant.",
        )


def _has_dropped(document: Document, section: str) -> bool:
    return any(path[0] == section for path in document.dropped)


def _check_provider(document: Document, name: str, catalog: Mapping[str, CatalogRow]) -> None:
    """A provider must say what the catalog does not: how it is spoken to, and where it is."""
    section = document.table("providers", name)
    vendor = section.get("vendor")
    row = catalog.get(vendor if isinstance(vendor, str) else name)
    if isinstance(vendor, str) and row is None:
        document.at_value(
            ("providers", name, "vendor"), "is not a vendor of the catalog", did_you_mean(vendor, catalog)
        )
        return
    if row is None and section.get("dialect") is None:
        document.at_key(
            ("providers", name, "dialect"),
            "is missing, and the catalog has no vendor of this name",
            f"Write `dialect: openai`, `dialect: anthropic` or `dialect: gemini`. {did_you_mean(name, catalog)}",
        )
    if section.get("base_url") is None and (row is None or row.base_url is None):
        remedy = (
            "Write for example `base_url: https://api.example.com/v1`, or `vendor: openai` for a vendor of the catalog."
        )
        if row is not None and row.endpoint_env:
            remedy = f"Set {row.endpoint_env} to your account's own address, or write `base_url`."
        document.at_key(("providers", name, "base_url"), "is missing", remedy)


def _check_models(document: Document, path: tuple[str, ...]) -> None:
    models = {deployment.partition("/")[2] for deployment in deployments_of(document)}
    for name, meaning in document.table(*path).items():
        here: Path = (*path, name)
        if "*" in name and name != "*":
            document.at_key(here, 'is a pattern, and only "*" alone is one', 'Write each name, and "*" for all others.')
        if not isinstance(meaning, str):
            continue
        if name == "auto" and meaning != "auto":
            document.at_value(here, "cannot be what `auto` means: it is always routed", "Remove the line.")
        elif meaning.startswith("lane:"):
            check_lane(document, here, meaning.removeprefix("lane:"))
        elif meaning == "pin" and name != "*" and name not in models and name not in deployments_of(document):
            document.at_value(
                here,
                f"needs a deployment of {name!r}, and no lane has one",
                f"Add one to a lane, or write auto. {did_you_mean(name, models)}",
            )
        elif meaning not in ("auto", "pin"):
            _check_meaning(document, here, meaning)


def _check_meaning(document: Document, path: Path, meaning: str) -> None:
    if meaning in document.table("lanes"):
        document.at_value(path, "is not what a model name can mean", f'Write "lane:{meaning}".')
    elif not any(mistake.key == dotted(path) for mistake in document.mistakes):
        document.at_value(path, "is not what a model name can mean", did_you_mean(meaning, MEANINGS))


def _check_overrides(document: Document, section: str) -> None:
    known: Collection[str] = deployments_of(document)
    if section == "adaptations":
        known = [*document.table("providers"), *known]
    for name in document.table(section):
        if name not in known and not is_dropped(document, ("providers", name.partition("/")[0])):
            document.at_key((section, name), "is no deployment of any lane", did_you_mean(name, known))
