"""What lanes refer to: their deployments and weights, and the lane that answers when they cannot."""

from __future__ import annotations

from lanewise.config.build_lanes import NO_LANE
from lanewise.config.document import Document
from lanewise.config.lookups import check_deployment, check_lane, listed
from lanewise.config.mistakes import Path
from lanewise.core.nearest import did_you_mean


def check_lanes(document: Document) -> None:
    """Note what is wrong with the lanes' references."""
    for lane in document.table("lanes"):
        if lane == NO_LANE:
            document.at_key(
                ("lanes", lane), "is what `degrade_to` says for: no other lane", "Give the lane another name."
            )
        _check_deployments(document, lane)
        _check_weights(document, lane)
        _check_degrade_to(document, lane)


def _check_deployments(document: Document, lane: str) -> None:
    path: Path = ("lanes", lane, "deployments")
    seen: set[str] = set()
    for index, name in enumerate(listed(document.table("lanes", lane).get("deployments"))):
        if isinstance(name, str):
            check_deployment(document, (*path, index), name)
            if name in seen:
                document.at_value((*path, index), "is in this lane twice", "Keep one of the two.")
            seen.add(name)


def _check_weights(document: Document, lane: str) -> None:
    deployments = [name for name in listed(document.table("lanes", lane).get("deployments")) if isinstance(name, str)]
    weights = document.table("lanes", lane, "weights")
    for name in weights:
        if name not in deployments:
            document.at_key(
                ("lanes", lane, "weights", name), "is no deployment of this lane", did_you_mean(name, deployments)
            )
    if weights and all(isinstance(weight, str) and not weight.strip("0.") for weight in weights.values()):
        document.at_key(
            ("lanes", lane, "weights"),
            "are all 0, so nobody would be asked first",
            "Write a number above 0 for at least one, or remove them.",
        )


def _check_degrade_to(document: Document, lane: str) -> None:
    path: Path = ("lanes", lane, "degrade_to")
    written = document.table("lanes", lane).get("degrade_to")
    if not isinstance(written, str) or written == NO_LANE:
        return
    if written == lane:
        document.at_value(path, "is this lane itself", f"Write another lane, or {NO_LANE}.")
        return
    check_lane(document, path, written)
    circle = _circle(document, lane)
    if circle and lane == min(circle, key=list(document.table("lanes")).index):  # a circle is told once
        way = " → ".join((*circle, lane))
        document.at_value(path, f"closes a circle: {way}", f"Let one of them be {NO_LANE}.")


def _circle(document: Document, lane: str) -> list[str]:
    """The lanes from here back to here, each degrading to the next; empty where there is no such way."""
    way = [lane]
    while True:
        following = document.table("lanes", way[-1]).get("degrade_to")
        if following == lane:
            return way
        if not isinstance(following, str) or following in way or following not in document.table("lanes"):
            return []
        way.append(following)
