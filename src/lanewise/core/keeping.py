"""What is kept of requests and answers, and for how long: what the policy says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Capture = Literal["off", "sampled", "full"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Retention:
    """Days each table keeps its rows; None keeps them for good."""

    runs_days: int | None = 400
    traces_days: int | None = 30
    contents_days: int | None = 7
    audit_days: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """What is kept of each run besides its ledger row and its trace."""

    content: Capture = "off"
    sample: float = 0.01  # the share captured when content is `sampled`
    retention: Retention = Retention()


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptResponses:
    """How long answers of the Responses API are kept, so that a later request may name them."""

    keep: bool = True
    keep_for_s: float = 86_400.0  # since they were last gone on from
    most_bytes: int = 1024 * 1024 * 1024  # of all tenants together
    unknown: Literal["refuse", "send_on"] = "refuse"  # what becomes of an id that is not kept


USUAL_RECORD = Record()
USUAL_RESPONSES = KeptResponses()
