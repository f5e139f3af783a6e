"""What plans and tenants refer to: lanes, models, providers, regions, and plans themselves."""

from __future__ import annotations

from lanewise.config.document import Document
from lanewise.config.lookups import check_deployment, check_lane, deployments_of, texts
from lanewise.config.mistakes import Path
from lanewise.core.nearest import did_you_mean


def check_tenants(document: Document) -> None:
    """Note what is wrong with the references of `plans`, and of the tenants' plans and residencies."""
    for plan in document.table("plans"):
        section = document.table("plans", plan)
        for path, lane in texts(section.get("lanes"), ("plans", plan, "lanes")):
            check_lane(document, path, lane)
        for path, model in texts(section.get("models"), ("plans", plan, "models")):
            _check_model(document, path, model)
    plans = document.table("plans")
    for tenant in document.table("tenants"):
        written = document.table("tenants", tenant).get("plan")
        if plans and isinstance(written, str) and written not in plans:
            document.at_value(("tenants", tenant, "plan"), "is not in `plans`", did_you_mean(written, plans))
        _check_residency(document, tenant)
        for what in ("users", "features"):
            names = document.table("tenants", tenant, what)
            if names.get("others") == "refuse" and not names.get("declared"):
                here = ("tenants", tenant, what)
                document.at_key(
                    here, "declares none and refuses all others", "Write them at `declared`, or `others: allow`."
                )


def _check_model(document: Document, path: Path, model: str) -> None:
    deployments = deployments_of(document)
    models = {name.partition("/")[2] for name in deployments}
    if model not in deployments and model not in models:
        document.at_value(path, "is no model of this file", did_you_mean(model, (*models, *deployments)))


def _check_residency(document: Document, tenant: str) -> None:
    here: Path = ("tenants", tenant, "residency")
    section = document.table("tenants", tenant, "residency")
    if "residency" in document.table("tenants", tenant) and not any(section.values()):
        document.at_key(
            here, "names nothing, so that nobody could be asked", "Write `deployments`, `providers` or `regions`."
        )
    deployments = deployments_of(document)
    for path, name in texts(section.get("deployments"), (*here, "deployments")):
        check_deployment(document, path, name)
        if "/" in name and name not in deployments:
            document.at_value(path, "is no deployment of this file", did_you_mean(name, deployments))
    providers = document.table("providers")
    for path, name in texts(section.get("providers"), (*here, "providers")):
        if name not in providers:
            document.at_value(path, "is not in `providers`", did_you_mean(name, providers))
    regions = {
        region for name in providers if isinstance(region := document.table("providers", name).get("region"), str)
    }
    for path, name in texts(section.get("regions"), (*here, "regions")):
        if name not in regions:
            document.at_value(path, "is the `region` of no provider", did_you_mean(name, regions))
