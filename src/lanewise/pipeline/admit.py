"""Admission: may this request begin at all?"""

from __future__ import annotations

from lanewise.core.errors import Unavailable
from lanewise.core.policy import Policy
from lanewise.core.protocols.admission import Entrant, Place
from lanewise.core.request import Caller, Request
from lanewise.core.usage import CHARS_PER_TOKEN
from lanewise.pipeline.parts import Parts


async def admit(request: Request, caller: Caller, policy: Policy, parts: Parts) -> Place:
    """A place for one run, after a wait where the caller allows one; it is to be left when the run is over.

    Raises Unavailable while the ledger cannot be written, LimitReached at the limits of tenant, key and process: then nothing was taken.
    """
    if not parts.ledger.healthy:
        raise Unavailable("The ledger cannot be written, so no new request is taken", retry_after_s=5.0)
    hints = request.hints
    return await parts.limiter.enter(
        Entrant(
            tenant=policy.tenant(caller.tenant),
            key_id=caller.key_id,
            can_wait=hints.latency == "can_wait",
            deadline_s=hints.deadline_s,
            input_tokens=request.input_chars // CHARS_PER_TOKEN,
            most_output_tokens=request.max_output_tokens if request.choices else 0,
        ),
        policy,
    )
