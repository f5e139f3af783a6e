"""The sections `record` and `responses` of `lanewise.yaml`: what is kept, and for how long."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lanewise.config.fields import Days, Flag, Seconds, Share, Size
from lanewise.config.section import Section


class RetentionSection(Section):
    """How long rows are kept; `forever` keeps them for good."""

    runs: Days = Field(default=400, description="Days the ledger's rows are kept.")
    traces: Days = Field(default=30, description="Days traces are kept.")
    contents: Days = Field(default=7, description="Days captured words are kept.")
    audit: Days = Field(default=None, description="Days the audit log's rows are kept.")


class RecordSection(Section):
    """What is kept of each run besides its ledger row and its trace."""

    content: Literal["off", "sampled", "full"] = Field(
        default="off", description="Whether the words of requests and answers are kept: `off`, `sampled` or `full`."
    )
    sample: Share = Field(default=0.01, description="The share that is kept where `content` is `sampled`.")
    retention: RetentionSection = Field(default=RetentionSection(), description="How long rows are kept.")


class ResponsesSection(Section):
    """Answers of the Responses API that are kept, so that a later request may go on from them by their id."""

    keep: Flag = Field(
        default=True, description="Whether they are kept. Without, `previous_response_id` is answered with 404."
    )
    keep_for: Seconds = Field(default=86_400.0, description="How long, since they were last gone on from.")
    max_size: Size = Field(
        default=1024 * 1024 * 1024, description="How much is kept of all tenants; beyond it, the first to expire go."
    )
    unknown: Literal["refuse", "send_on"] = Field(
        default="refuse",
        description="What becomes of a `previous_response_id` that is not kept: `refuse` it with 404, or `send_on` to vendors that speak "
        "Responses, for a single tenant whose conversations began before Lanewise stood in front of its account.",
    )
