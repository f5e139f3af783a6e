"""What checks refer to: verifiers with their options, tools, the ladder; and settings of a lane that exclude one another."""

from __future__ import annotations

from collections.abc import Mapping

from lanewise.config.document import Data, Document
from lanewise.config.lookups import check_deployment, check_lane, listed, texts, written_uses
from lanewise.config.mistakes import Path
from lanewise.config.options import WrongOptions, read_options
from lanewise.config.routing_references import check_when
from lanewise.config.sources import Sources, VerifierRow
from lanewise.core.nearest import did_you_mean
from lanewise.core.plan import HUMAN
from lanewise.core.policy import Deployment, ProviderPolicy
from lanewise.core.request import Dialect

_SEVERAL = ("vote", "best_of_n", "search")
_SOMEBODY = Deployment(provider=ProviderPolicy(name="any", dialect=Dialect.OPENAI_CHAT, base_url=""), model="any")


def check_checks(document: Document, sources: Sources) -> None:
    """Note what is wrong with the references of `verify`, `verifiers`, the lanes' checks and the ladder."""
    verifiers = sources.verifiers
    for name in document.table("verifiers"):
        _check_verifier(document, name, verifiers)
    for index, rule in enumerate(listed(document.data.get("verify"))):
        if isinstance(rule, dict):
            check_when(document, ("verify", index, "when"), rule.get("when"), sources)
    for path, name, options in written_uses(document):
        place = document.at_key if path[-1] == name else document.at_value
        if name not in verifiers:
            place(path, "is no verifier", did_you_mean(name, verifiers))
        elif path[2] == "search" and not verifiers[name].partial:
            able = ", ".join(each.name for each in verifiers.values() if each.partial)
            place(path, "cannot judge the first steps of an answer, only a whole one", f"Those that can: {able}.")
        else:
            defaults = document.table("verifiers", name).get("options")
            whole = (defaults if isinstance(defaults, dict) else {}) | options
            _check_options(document, path, verifiers[name], whole)
    for lane in document.table("lanes"):
        _check_lane(document, lane)
    _check_ladder(document)


def _check_verifier(document: Document, name: str, verifiers: Mapping[str, VerifierRow]) -> None:
    path: Path = ("verifiers", name)
    section = document.table("verifiers", name)
    if name not in verifiers:
        document.at_key(path, "is no verifier", did_you_mean(name, verifiers))
        return
    stand_in = section.get("stand_in")
    if isinstance(stand_in, str) and stand_in != "none":
        if stand_in == name:
            document.at_value((*path, "stand_in"), "is this verifier itself", "Write another one, or none.")
        elif stand_in not in verifiers:
            document.at_value((*path, "stand_in"), "is no verifier", did_you_mean(stand_in, verifiers))
    options = section.get("options")
    if isinstance(options, dict) and set(verifiers[name].needed) <= options.keys():
        _check_options(document, (*path, "options"), verifiers[name], options)


def _check_options(document: Document, path: Path, row: VerifierRow, options: dict[str, Data]) -> None:
    missing = [name for name in row.needed if name not in options]
    if missing:
        keys = " and ".join(f"`{key}`" for key in missing)
        remedy = f"Write it with its options: `{row.name}: {{{missing[0]}: ...}}`, or for all uses at `verifiers.{row.name}.options`."
        document.at_value(path, f"has no {keys}, which {row.name} cannot do without", remedy)
        return
    read: dict[str, Data | Deployment] = dict(options)
    for name in row.models:
        if isinstance(asked := options.get(name), str):
            check_deployment(document, (*path, name), asked)
            read[name] = _SOMEBODY
    try:
        read_options(row, read, {})
    except WrongOptions as error:
        known = ", ".join(field.encode_name for field in row.fields)
        document.at_value((*path, *error.place), f"cannot be used: {error.problem}", f"Options of {row.name}: {known}.")


def _check_lane(document: Document, lane: str) -> None:
    section = document.table("lanes", lane)
    several = section.get("strategy") in _SEVERAL
    if several and section.get("stream") == "released":
        document.at_value(
            ("lanes", lane, "stream"),
            f"cannot be, since {section['strategy']} chooses among several answers",
            "Write held, or remove the line.",
        )
    if section.get("strategy") != "search" and "search" in section:
        document.at_key(
            ("lanes", lane, "search"), "has no effect without the strategy", "Write `strategy: search`, or remove it."
        )
    if not several and section.get("samples") not in (None, "1"):
        document.at_key(
            ("lanes", lane, "samples"),
            "has no effect without a strategy of several samples",
            f"Write `strategy: vote` (or {', '.join(_SEVERAL[1:])}), or remove it.",
        )


def _check_ladder(document: Document) -> None:
    path: Path = ("routing", "escalate")
    seen: list[str] = []
    for here, name in texts(document.table("routing").get("escalate"), path):
        if seen and seen[-1] == HUMAN:
            document.at_value(here, "comes after human, who decides for good", "Let human be the last one.")
        if name in seen:
            document.at_value(here, "is in the ladder twice", "Keep one of the two.")
        elif name == HUMAN and not seen:
            document.at_value(here, "is the whole ladder", "Write at least one lane before it.")
        elif name != HUMAN:
            check_lane(document, here, name)
        seen.append(name)
    if len(seen) == 1 and seen[0] != HUMAN:
        document.at_key(path, "has one lane, from which there is nowhere to climb", "Add the next one, or remove it.")
