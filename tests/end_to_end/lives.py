"""One life after another on a file: each is killed at some moment, and the last one spends what is left."""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from end_to_end.fleet import CAP, Fleet, Outcome


class Kill(NamedTuple):
    """When a life ends: so much of the cap after it has begun, and a moment later."""

    after_share: float
    and_s: float


def lived(fleet: Fleet, kills: Sequence[Kill], orders: dict[str, Any]) -> Outcome:
    """What a cap came to of which so many processes spent, one after another; it was never passed on the way."""
    for number, kill in enumerate(kills):
        name = f"life-{number:02}"
        begun_at = fleet.really_spent() / CAP
        fleet.begin(name, **orders)
        fleet.spent_by(name, begun_at + kill.after_share)
        time.sleep(kill.and_s)
        fleet.send(name, signal.SIGKILL)
        assert fleet.really_spent() <= CAP
    fleet.begin("last", **orders | {"lasts_s": 0.0})
    fleet.all_gone()
    return fleet.outcome()
