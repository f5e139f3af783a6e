"""What routing refers to: lanes of rules and grades, the classifier's deployment, profiles, plans, and regular expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lanewise.config.document import Data, Document
from lanewise.config.lookups import check_deployment, check_lane, listed, texts
from lanewise.config.mistakes import Path
from lanewise.config.not_built import is_dropped
from lanewise.config.sources import Sources
from lanewise.core.nearest import did_you_mean
from lanewise.core.patterns import why_refused

Check = Callable[[Document, Path, str], None]


def check_routing(document: Document, sources: Sources) -> None:
    """Note what is wrong with the references of `routing`, `profiles`, `tasks` and the tenants' profiles."""
    _check_default(document)
    _check_rules(document, sources)
    _check_classifier(document)
    _check_additions(document, "profiles", sources.profiles, needed=("max_latency", "lanes"))
    _check_additions(document, "tasks", sources.tasks, needed=("grade",))
    for name in document.table("profiles"):
        _each(document, ("profiles", name, "lanes"), document.table("profiles", name).get("lanes"), check_lane)
    for tenant in document.table("tenants"):
        profile = document.table("tenants", tenant).get("profile")
        _each(document, ("tenants", tenant, "profile"), profile, _known_profile(document, sources))


def _check_default(document: Document) -> None:
    default, lanes = document.table("routing").get("default"), document.table("lanes")
    if isinstance(default, str):
        check_lane(document, ("routing", "default"), default)
    elif default is None and len(lanes) > 1 and "standard" not in lanes:
        document.at_key(
            ("routing", "default"), "is missing, and no lane is called standard", f"Write one of: {', '.join(lanes)}."
        )


def _check_rules(document: Document, sources: Sources) -> None:
    for index, rule in enumerate(listed(document.table("routing").get("rules"))):
        if not isinstance(rule, dict):
            continue
        path: Path = ("routing", "rules", index)
        if isinstance(lane := rule.get("lane"), str):
            check_lane(document, (*path, "lane"), lane)
        when = rule.get("when")
        if "when" in rule and not when:
            document.at_key(
                (*path, "when"),
                "has no condition, so no later rule is ever asked",
                "Write one, or use `routing.default`.",
            )
        check_when(document, (*path, "when"), when, sources)


def check_when(document: Document, path: Path, when: Data, sources: Sources) -> None:
    """Note what a condition refers to that is not there, and regular expressions that cannot be searched."""
    checks: dict[str, Check] = {
        "profile": _known_profile(document, sources),
        "plan": _known_plan(document),
        "regex": _sound_regex,
    }
    for key, check in checks.items():
        _each(document, (*path, key), when.get(key) if isinstance(when, dict) else None, check)


def _check_classifier(document: Document) -> None:
    routing = document.table("routing")
    for grade, lane in document.table("routing", "grades").items():
        _each(document, ("routing", "grades", grade), lane, check_lane)
    if isinstance(deployment := document.table("routing", "small_model").get("deployment"), str):
        check_deployment(document, ("routing", "small_model", "deployment"), deployment)
    if is_dropped(document, ("routing", "classifier")):
        return
    classifier = routing.get("classifier", "none")
    if classifier == "small_model" and "small_model" not in routing:
        document.at_value(
            ("routing", "classifier"),
            "needs `routing.small_model`, the deployment that grades",
            "Write for example `small_model: {deployment: openai/gpt-5.4-nano}`, or `classifier: heuristic`.",
        )
    if classifier in ("none", "heuristic") and "small_model" in routing:
        document.at_key(
            ("routing", "small_model"),
            f"has no effect while `routing.classifier` is {classifier}",
            "Write `classifier: small_model`, or remove it.",
        )
    if classifier == "none" and routing.get("grades"):
        document.at_key(
            ("routing", "grades"),
            "has no effect while `routing.classifier` is none",
            "Write `classifier: heuristic`, or remove it.",
        )


def _check_additions(
    document: Document, section: str, shipped: Mapping[str, object], *, needed: tuple[str, ...]
) -> None:
    """What is not shipped must be complete."""
    for name in document.table(section):
        missing = [key for key in needed if name not in shipped and key not in document.table(section, name)]
        if missing:
            keys = " and ".join(f"`{key}`" for key in missing)
            remedy = f"Write it for {section} of your own. {did_you_mean(name, shipped)}"
            document.at_key((section, name), f"is not shipped, and has no {keys}", remedy)


def _known_profile(document: Document, sources: Sources) -> Check:
    known = sources.profiles.keys() | document.table("profiles").keys()

    def check(document: Document, path: Path, name: str) -> None:
        if name not in known:
            document.at_value(path, "is no profile", did_you_mean(name, known))

    return check


def _known_plan(document: Document) -> Check:
    plans = [document.table("tenants", tenant).get("plan") for tenant in document.table("tenants")]
    known = {plan for plan in plans if isinstance(plan, str)} | set(document.table("plans"))

    def check(document: Document, path: Path, name: str) -> None:
        if name not in known:
            remedy = did_you_mean(name, known) if known else "Write `tenants.NAME.plan` for those who have bought it."
            document.at_value(path, "is the plan of no tenant", remedy)

    return check


def _sound_regex(document: Document, path: Path, text: str) -> None:
    wrong = why_refused(text)
    if wrong is not None:
        plain = document.written.get(path) == text  # else a variable is in it, which may be a secret
        why = f"{wrong[0].upper()}{wrong[1:].rstrip('.')}." if plain else "Write another one."
        document.at_value(path, "cannot be used", why)


def _each(document: Document, path: Path, value: Data, check: Check) -> None:
    for place, text in texts(value, path):
        check(document, place, text)
