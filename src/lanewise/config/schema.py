"""`lanewise.yaml` as typed models: the one place that says which keys there are. Its sections are in `schema_*.py`.

`json_schema.py` and the reference are made from them.
"""

from __future__ import annotations

from pydantic import Field

from lanewise.config.fields import Folder, Seconds, Size, StorePath, Table, Text, Texts
from lanewise.config.schema_cache import CacheSection
from lanewise.config.schema_checks import Verifiers, VerifyRuleSection
from lanewise.config.schema_lanes import BreakerSection, LaneSection
from lanewise.config.schema_limits import LimitsSection, RedisSection
from lanewise.config.schema_providers import AdaptationSection, FactsSection, PriceSection, ProviderSection
from lanewise.config.schema_record import RecordSection, ResponsesSection
from lanewise.config.schema_routing import ProfileSection, RoutingSection, TaskSection
from lanewise.config.schema_tenants import PlanSection, TenantSection
from lanewise.config.section import Section


class ServerSection(Section):
    """What the process itself takes on."""

    max_body: Size = Field(
        default=32 * 1024 * 1024, description="The largest request body; a larger one is answered with 413."
    )
    max_bytes_in_flight: Size = Field(default=512 * 1024 * 1024, description="Bytes of all bodies held at one time.")
    drain: Seconds = Field(default=30.0, description="How long requests in flight may take after SIGTERM.")


class PolicyFile(Section):
    """The whole file. `${NAME}` and `${NAME:-default}` stand for environment variables in any value."""

    providers: Table[ProviderSection] = Field(description="Vendors' accounts, by the name used in `lanes`.")
    lanes: Table[LaneSection] = Field(
        description="Ways to answer, by name: small, standard, frontier, reasoning_low, reasoning, or your own. Write the weakest first: "
        "an interactive request that a lane would keep too long goes to one that is written before it."
    )
    models: Table[Text] | None = Field(
        default=None,
        description="What a model name in a request means: `auto` (routed), `pin` (only deployments of that model) or `lane:NAME`; "
        '`"*"` is every other name. `auto` itself is always routed, and so is a request that names no model. Default: `{"*": pin}`.',
    )
    routing: RoutingSection = Field(default=RoutingSection(), description="How a routed request finds its lane.")
    verify: list[VerifyRuleSection] = Field(
        default=[],
        description="Which answers are checked. Where neither a rule nor the lane has a check, the task's is made, else a thinking "
        "lane's default (`loops`); neither holds a stream back.",
    )
    verifiers: Verifiers = Field(default={}, description="How verifiers are used, by name.")
    irreversible_tools: Texts = Field(
        default=(),
        description="Tools whose calls cannot be taken back; `*` at the end: all that begin so. A call of one is handed out only after a "
        "check has accepted it, streams included. Default check: `json_schema`.",
    )
    breaker: BreakerSection = Field(
        default=BreakerSection(),
        description="When a deployment is left alone for a while, for every lane that says nothing else.",
    )
    profiles: Table[ProfileSection] = Field(
        default={}, description="Kinds of applications: changes of the shipped ones, and your own."
    )
    tasks: Table[TaskSection] = Field(
        default={}, description="Kinds of work: changes of the shipped ones, and your own."
    )
    tenants: Table[TenantSection] = Field(
        default={}, description='Limits by tenant; `"*"` holds for all that are not named.'
    )
    plans: Table[PlanSection] = Field(
        default={},
        description="What tenants (`tenants.NAME.plan`) and keys (`lanewise keys create --plan`) may use, by plan.",
    )
    limits: LimitsSection = Field(default=LimitsSection(), description="What one request may set in motion.")
    record: RecordSection = Field(default=RecordSection(), description="What is kept of each run.")
    cache: CacheSection = Field(default=CacheSection(), description="Answers that are given again.")
    responses: ResponsesSection = Field(
        default=ResponsesSection(), description="Answers that a later request may go on from by their id."
    )
    server: ServerSection = Field(
        default=ServerSection(), description="How much the process itself takes on, and how it ends."
    )
    prices: Table[PriceSection] = Field(
        default={}, description="Prices by `provider/model`, in dollars per million tokens."
    )
    facts: Table[FactsSection] = Field(default={}, description="What models can take, by `provider/model`.")
    adaptations: Table[AdaptationSection] = Field(
        default={},
        description="How requests of other dialects are put to vendors, by provider or `provider/model`; the latter's word counts first.",
    )
    store: StorePath | None = Field(
        default=None,
        description="The record: a SQLite file, or a PostgreSQL database's address. Default: `lanewise.db` where `serve` is started.",
    )
    redis: RedisSection | None = Field(
        default=None, description="Where several gateways share what was taken of rates and concurrency."
    )
    spool: Folder | None = Field(
        default=None,
        description="With PostgreSQL: the folder on this machine where rows wait for it. Default: `lanewise-spool` where it is started.",
    )
