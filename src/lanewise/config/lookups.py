"""What a policy file names, looked up on what is written: lanes, deployments, and single values or lists of them."""

from __future__ import annotations

from collections.abc import Iterator

from lanewise.config.document import Data, Document
from lanewise.config.mistakes import Path
from lanewise.config.not_built import is_dropped
from lanewise.core.nearest import did_you_mean
from lanewise.core.similar import MADE_HERE

ASKED = "deployment"
"""The option by which a verifier is told which model to ask."""


def listed(value: Data) -> list[Data]:
    """The list that is written; an empty one where it is something else."""
    return value if isinstance(value, list) else []


def texts(value: Data, path: Path) -> Iterator[tuple[Path, str]]:
    """One text or each text of a list, with where it stands."""
    if isinstance(value, str):
        yield path, value
    for index, item in enumerate(listed(value)):
        if isinstance(item, str):
            yield (*path, index), item


def deployments_of(document: Document) -> dict[str, Path]:
    """Every deployment that a lane, the classifier, a verifier or a cache names, with where it is first written."""
    found: dict[str, Path] = {}
    for lane in document.table("lanes"):
        for path, name in texts(document.table("lanes", lane).get("deployments"), ("lanes", lane, "deployments")):
            if len(path) > 3:  # a text where a list should be is told by its shape
                found.setdefault(name, path)
    grader = document.table("routing", "small_model").get("deployment")
    if isinstance(grader, str):
        found.setdefault(grader, ("routing", "small_model", "deployment"))
    for path, _, options in written_uses(document):
        if isinstance(asked := options.get(ASKED), str):
            found.setdefault(asked, (*path, ASKED))
    for name in document.table("verifiers"):
        if isinstance(asked := document.table("verifiers", name, "options").get(ASKED), str):
            found.setdefault(asked, ("verifiers", name, "options", ASKED))
    for path, asked in similar_uses(document):
        found.setdefault(asked, path)
    return found


def similar_uses(document: Document) -> Iterator[tuple[Path, str]]:
    """Every deployment that is asked for what similar questions need, with where it stands."""
    for tenant in document.table("tenants"):
        section = document.table("tenants", tenant, "cache", "semantic")
        for key in ("embedding", "judge"):
            asked = section.get(key)
            if isinstance(asked, str) and not (key == "embedding" and asked in MADE_HERE):
                yield ("tenants", tenant, "cache", "semantic", key), asked


def written_uses(document: Document) -> Iterator[tuple[Path, str, dict[str, Data]]]:
    """Every use of a verifier: where its name stands, the name, and the options that stand with it."""
    for index, rule in enumerate(listed(document.data.get("verify"))):
        if isinstance(rule, dict):
            yield from _uses(rule.get("use"), ("verify", index, "use"))
    for lane in document.table("lanes"):
        yield from _uses(document.table("lanes", lane).get("verify"), ("lanes", lane, "verify"))
        yield from _uses(document.table("lanes", lane, "search").get("judge"), ("lanes", lane, "search", "judge"))


def _uses(value: Data, path: Path) -> Iterator[tuple[Path, str, dict[str, Data]]]:
    if isinstance(value, str) and value:
        yield path, value, {}
    elif isinstance(value, dict):
        for name, options in value.items():
            yield (*path, name), name, options if isinstance(options, dict) else {}
    for index, item in enumerate(listed(value)):
        if not isinstance(item, list):
            yield from _uses(item, (*path, index))


def check_lane(document: Document, path: Path, lane: str) -> None:
    """Note a lane that the file does not have."""
    lanes = document.table("lanes")
    if lane not in lanes and not is_dropped(document, ("lanes", lane)):
        document.at_value(path, "is not a lane of this file", did_you_mean(lane, lanes))


def check_deployment(document: Document, path: Path, name: str) -> None:
    """Note a deployment that is not `provider/model`, or whose provider the file does not have."""
    provider, slash, model = name.partition("/")
    providers = document.table("providers")
    if not slash or not provider or not model:
        example = f"{next(iter(providers), 'openai')}/gpt-5.4-mini"
        known = " or ".join(sorted(MADE_HERE)) + ", or " if path[-1] == "embedding" else ""
        document.at_value(path, "names no provider and model", f"Write {known}provider/model, for example {example}.")
    elif provider not in providers and not is_dropped(document, ("providers", provider)):
        document.at_value(path, "names a provider that is not in `providers`", did_you_mean(provider, providers))
