"""A door at which some are in, some wait and some were refused."""

from __future__ import annotations

from lanewise.core.protocols.admission import CrowdState
from lanewise.core.protocols.hot_state import HotStanding

CROWD = CrowdState(
    running=7,
    queued=3,
    refused={"tenant.rate": 4, "key.token_rate": 1},
    waited={"entered": 5, "refused": 2},
    hot=HotStanding(shared=True, alone=True, processes=3),
)
