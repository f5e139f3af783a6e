"""The policy doctor on what is written: keys that stand in the file itself, and names that are nearly known ones."""

from __future__ import annotations

from collections.abc import Iterator

from lanewise.config.advice import Advice
from lanewise.config.build import is_private
from lanewise.config.document import Document
from lanewise.config.lookups import listed, texts
from lanewise.config.mistakes import Path, dotted
from lanewise.config.sources import CatalogRow, Sources
from lanewise.core.nearest import nearest
from lanewise.core.policy import Policy

_AUTHORIZING = frozenset({"authorization", "x-api-key", "api-key", "x-goog-api-key"})
_SLIP = 0.85
"""How alike a slip of the finger and what was meant are: `sumarize` is one, `translation` is a word of its own."""


def written_advice(document: Document, policy: Policy, sources: Sources) -> tuple[Advice, ...]:
    """Everything that only the file itself tells."""
    return (*_secrets(document, policy, sources), *_tasks(document, sources), *_models(policy, sources))


def _secrets(document: Document, policy: Policy, sources: Sources) -> Iterator[Advice]:
    own = {each.provider for each in policy.deployments.values()}  # a model server at hand is given any word for a key
    trusted = {each.name for each in own if each.local or each.simulated or is_private(each.base_url)}
    for name in document.table("providers"):
        if name in trusted:
            continue
        vendor = document.table("providers", name).get("vendor")
        variable = _variable(name, sources.catalog.get(vendor if isinstance(vendor, str) else name))
        headers = [each for each in document.table("providers", name, "headers") if each.lower() in _AUTHORIZING]
        for path in (("api_key",), *(("headers", each) for each in headers)):
            if _is_literal(document, ("providers", name, *path)):
                yield _in_the_open(("providers", name, *path), variable)
    for path, variable in ((("redis", "url"), "REDIS_URL"), (("store",), "DATABASE_URL")):
        if "@" in document.written.get(path, "") and _is_literal(document, path):
            yield _in_the_open(path, variable)


def _variable(provider: str, row: CatalogRow | None) -> str:
    if row is not None and row.key_env:
        return row.key_env[0]
    return "".join(each if each.isascii() and each.isalnum() else "_" for each in provider.upper()) + "_API_KEY"


def _is_literal(document: Document, path: Path) -> bool:
    written = document.written.get(path, "")
    return bool(written) and "${" not in written


def _in_the_open(path: Path, variable: str) -> Advice:
    return Advice(
        code="secret_in_file",
        message=f"{dotted(path)} holds a secret itself, so every copy of the file, and its history, does too",
        remedy=f"Set the environment variable {variable}, and write {path[-1]}: ${{{variable}}}.",
    )


def _tasks(document: Document, sources: Sources) -> Iterator[Advice]:
    """Callers may name any task; one that is nearly a known one is more likely mistyped."""
    known = {*sources.tasks, *document.table("tasks")}
    for section, rules in (("routing", document.table("routing").get("rules")), ("", document.data.get("verify"))):
        for index, rule in enumerate(listed(rules)):
            place: Path = (section, "rules", index, "when", "task") if section else ("verify", index, "when", "task")
            when = rule.get("when") if isinstance(rule, dict) else None
            named = list(texts(when.get("task") if isinstance(when, dict) else None, place))
            for path, task in named:
                meant = None if task in known else nearest(task, known, alike=_SLIP)
                if meant is not None and meant not in (other for _, other in named):
                    yield Advice(
                        code="task_unknown",
                        message=f"{dotted(path)} is {task!r}, which is no task that is known here: the rule holds only for callers who "
                        "write it so",
                        remedy=f"Did you mean {meant!r}? A task of your own goes under `tasks`.",
                    )


def _models(policy: Policy, sources: Sources) -> Iterator[Advice]:
    for deployment in policy.deployments.values():
        if deployment.prices is not None:
            continue
        meant = nearest(deployment.model, sources.models_of(deployment.provider))
        if meant is not None:
            yield Advice(
                code="model_unknown",
                message=f"The price list of {deployment.provider.name}'s vendor has no model {deployment.model!r}",
                remedy=f"Did you mean {deployment.provider.name}/{meant}?",
            )
