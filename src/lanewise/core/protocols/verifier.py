"""A verifier judges an answer; what follows is decided by repair and climb."""

from __future__ import annotations

from typing import Literal, Protocol, get_args

import msgspec

from lanewise.core.answer import Content, Finish
from lanewise.core.conversation import Conversation
from lanewise.core.protocols.router import Ask
from lanewise.core.request import Request
from lanewise.core.verdict import Verdict

Cost = Literal["reading", "calculation", "sandbox", "model", "outside"]
COSTS: tuple[Cost, ...] = get_args(Cost)
"""What a check costs, the cheapest first: the answer is read, worked on in a process of ours, run, shown to a model, sent to an address."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to be judged, and all that it can be judged by. Never holds what only the caller should know of other tenants."""

    request: Request
    conversation: Conversation
    content: Content
    finish: Finish | None = None
    answered_by: str = ""  # the model that gave it, as its vendor names it; empty: not known
    expected: str | None = None  # the right answer, from the caller or the policy
    tests: str | None = None  # the caller's tests
    partial: bool = False  # only its first steps are there: what is still to come is not missing. Expected answer and tests are left out


class VerifierDown(Exception):
    """Who should judge cannot be reached, or gives no verdict. The text says why, and is fit for a trace."""


class Verifier(Protocol):
    """One check. Knows its options; holds no state of a run.

    An option of the type `core.policy.Deployment` is written `provider/model` in the policy; by custom it is called `deployment`.
    """

    async def verify(self, candidate: Candidate, ask: Ask) -> Verdict:
        """Judge it. What it cannot judge is `unverifiable`, with the reason; it raises only where it is broken itself.

        Raises VerifierDown where somebody outside should have judged.

        `ask` puts questions to models, reserved and billed with the run. Cancellation ends whatever was started.
        """
