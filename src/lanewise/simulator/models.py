"""The simulated vendors' models as data: dialect, prices, capabilities, speed and skill.

`lanewise serve --simulate` builds its policy from `SIMULATED_MODELS`, so this table is the one place that knows them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Dialect = Literal["openai", "anthropic", "gemini"]
Kind = Literal["small", "standard", "frontier", "reasoning"]
Thinking = Literal["none", "effort", "always", "budget"]

CREATED_AT = 1_767_225_600
"""When every simulated model says it was created (Unix seconds)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """What a token costs, in integer nano-dollars (1000 = one dollar per million tokens)."""

    input_nanousd: int
    cached_input_nanousd: int
    cache_write_nanousd: int
    output_nanousd: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Capabilities:
    """What a model accepts; anything else is refused with the vendor's 400.

    `thinking`: `none`; `effort` (OpenAI `reasoning_effort`); `always` (thinks, cannot be steered); `budget`
    (Anthropic `thinking.budget_tokens`). `adaptive_thinking`: Anthropic `thinking: {type: adaptive}` with
    `output_config.effort`.
    """

    thinking: Thinking = "none"
    adaptive_thinking: bool = False
    efforts: tuple[str, ...] = ()
    sampling: bool = True
    json_schema: bool = True
    images: bool = False
    logprobs: bool = False
    tools: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Speed:
    """How long the model takes: seconds to the first token, then tokens per second (thinking included)."""

    first_token_s: float
    tokens_per_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedModel:
    """One model of a simulated vendor.

    `skill` is the difficulty (1 to 5) it solves half of the time without thinking; `thinking_gain` is how much skill
    each doubling of its thinking adds. `shows_thinking` says whether the caller sees the reasoning text.
    """

    id: str
    vendor: str
    dialect: Dialect
    kind: Kind
    price: Price
    speed: Speed
    skill: float
    capabilities: Capabilities = field(default_factory=Capabilities)
    thinking_gain: float = 0.0
    shows_thinking: bool = False
    context_tokens: int = 128_000
    max_output_tokens: int = 16_384
    cache_unit_tokens: int = 128
    min_cacheable_tokens: int = 1_024
    tool_prompt_tokens: int = 0
    """Input tokens the vendor adds of its own as soon as a request carries tools."""

    @property
    def reasons(self) -> bool:
        """Whether the model can think before it answers."""
        return self.capabilities.thinking != "none" or self.capabilities.adaptive_thinking


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedVendor:
    """One vendor: where it is mounted, which dialect it speaks and what its base URL ends with."""

    name: str
    dialect: Dialect
    base_path: str
    """What the official SDK's `base_url` needs after scheme, host and port."""


SIMULATED_VENDORS: tuple[SimulatedVendor, ...] = (
    SimulatedVendor(name="simopen", dialect="openai", base_path="/simopen/v1"),
    SimulatedVendor(name="simdeep", dialect="openai", base_path="/simdeep/v1"),
    SimulatedVendor(name="simthropic", dialect="anthropic", base_path="/simthropic"),
)


def _price(*, input_: int, cached: int, output: int, write: int | None = None) -> Price:
    return Price(
        input_nanousd=input_,
        cached_input_nanousd=cached,
        cache_write_nanousd=input_ if write is None else write,
        output_nanousd=output,
    )


_EFFORTS = ("minimal", "low", "medium", "high", "xhigh")
_CHAT = Capabilities(logprobs=True, images=True)

SIMULATED_MODELS: tuple[SimulatedModel, ...] = (
    SimulatedModel(
        id="sim-small",
        vendor="simopen",
        dialect="openai",
        kind="small",
        price=_price(input_=150, cached=75, output=600),
        speed=Speed(first_token_s=0.25, tokens_per_s=160.0),
        skill=2.7,
        capabilities=_CHAT,
    ),
    SimulatedModel(
        id="sim-standard",
        vendor="simopen",
        dialect="openai",
        kind="standard",
        price=_price(input_=750, cached=75, output=4_500),
        speed=Speed(first_token_s=0.4, tokens_per_s=110.0),
        skill=3.5,
        capabilities=_CHAT,
        context_tokens=400_000,
    ),
    SimulatedModel(
        id="sim-frontier",
        vendor="simopen",
        dialect="openai",
        kind="frontier",
        price=_price(input_=2_500, cached=250, output=15_000),
        speed=Speed(first_token_s=0.7, tokens_per_s=70.0),
        skill=4.1,
        capabilities=_CHAT,
        context_tokens=400_000,
    ),
    SimulatedModel(
        id="sim-reasoner",
        vendor="simopen",
        dialect="openai",
        kind="reasoning",
        price=_price(input_=1_250, cached=125, output=10_000),
        speed=Speed(first_token_s=0.9, tokens_per_s=110.0),
        skill=3.5,
        thinking_gain=0.46,
        capabilities=Capabilities(thinking="effort", efforts=_EFFORTS, sampling=False, images=True),
        context_tokens=400_000,
        max_output_tokens=128_000,
    ),
    SimulatedModel(
        id="sim-deep-standard",
        vendor="simdeep",
        dialect="openai",
        kind="standard",
        price=_price(input_=280, cached=28, output=420),
        speed=Speed(first_token_s=0.5, tokens_per_s=60.0),
        skill=3.3,
        capabilities=Capabilities(logprobs=True),
        max_output_tokens=8_192,
        cache_unit_tokens=64,
        min_cacheable_tokens=64,
    ),
    SimulatedModel(
        id="sim-deep-reasoner",
        vendor="simdeep",
        dialect="openai",
        kind="reasoning",
        price=_price(input_=550, cached=140, output=2_190),
        speed=Speed(first_token_s=0.8, tokens_per_s=75.0),
        skill=3.2,
        thinking_gain=0.46,
        shows_thinking=True,
        capabilities=Capabilities(thinking="always"),
        max_output_tokens=65_536,
        cache_unit_tokens=64,
        min_cacheable_tokens=64,
    ),
    SimulatedModel(
        id="sim-haiku",
        vendor="simthropic",
        dialect="anthropic",
        kind="small",
        price=_price(input_=1_000, cached=100, write=1_250, output=5_000),
        speed=Speed(first_token_s=0.3, tokens_per_s=150.0),
        skill=3.1,
        thinking_gain=0.36,
        shows_thinking=True,
        capabilities=Capabilities(thinking="budget", images=True),
        context_tokens=200_000,
        max_output_tokens=64_000,
        tool_prompt_tokens=346,
    ),
    SimulatedModel(
        id="sim-sonnet",
        vendor="simthropic",
        dialect="anthropic",
        kind="standard",
        price=_price(input_=3_000, cached=300, write=3_750, output=15_000),
        speed=Speed(first_token_s=0.6, tokens_per_s=80.0),
        skill=3.7,
        thinking_gain=0.4,
        shows_thinking=True,
        capabilities=Capabilities(
            thinking="budget", adaptive_thinking=True, efforts=("low", "medium", "high", "max"), images=True
        ),
        context_tokens=200_000,
        max_output_tokens=64_000,
        tool_prompt_tokens=346,
    ),
    SimulatedModel(
        id="sim-opus",
        vendor="simthropic",
        dialect="anthropic",
        kind="reasoning",
        price=_price(input_=5_000, cached=500, write=6_250, output=25_000),
        speed=Speed(first_token_s=0.9, tokens_per_s=85.0),
        skill=4.0,
        thinking_gain=0.46,
        shows_thinking=True,
        capabilities=Capabilities(
            thinking="none",
            adaptive_thinking=True,
            efforts=("low", "medium", "high", "xhigh", "max"),
            sampling=False,
            images=True,
        ),
        context_tokens=200_000,
        max_output_tokens=128_000,
        tool_prompt_tokens=346,
    ),
)

EMBEDDING_MODELS: tuple[SimulatedModel, ...] = tuple(
    SimulatedModel(
        id="sim-embed",
        vendor=vendor,
        dialect="openai",
        kind="small",
        price=_price(input_=20, cached=20, output=0),
        speed=Speed(first_token_s=0.05, tokens_per_s=10_000.0),
        skill=0.0,
        capabilities=Capabilities(tools=False, json_schema=False),
        context_tokens=8_192,
        max_output_tokens=0,
    )
    for vendor in ("simopen", "simdeep")
)
"""Models that give vectors, the same ones at both vendors; no lane for answers has them."""

GEMINI_VENDOR = SimulatedVendor(name="simini", dialect="gemini", base_path="/simini")
"""Spoken to by who names it: no lane of the simulated policy has its models, so demo and drill stay what they are."""

GEMINI_MODELS: tuple[SimulatedModel, ...] = (
    SimulatedModel(
        id="sim-flash-lite",
        vendor="simini",
        dialect="gemini",
        kind="small",
        price=_price(input_=100, cached=25, output=400),
        speed=Speed(first_token_s=0.25, tokens_per_s=220.0),
        skill=2.9,
        capabilities=Capabilities(images=True, logprobs=True),
        context_tokens=1_048_576,
        max_output_tokens=8_192,
    ),
    SimulatedModel(
        id="sim-flash",
        vendor="simini",
        dialect="gemini",
        kind="standard",
        price=_price(input_=300, cached=75, output=2_500),
        speed=Speed(first_token_s=0.4, tokens_per_s=180.0),
        skill=3.4,
        thinking_gain=0.4,
        shows_thinking=True,
        capabilities=Capabilities(thinking="budget", images=True),
        context_tokens=1_048_576,
        max_output_tokens=65_536,
    ),
    SimulatedModel(
        id="sim-pro",
        vendor="simini",
        dialect="gemini",
        kind="reasoning",
        price=_price(input_=2_000, cached=200, output=12_000),
        speed=Speed(first_token_s=1.0, tokens_per_s=100.0),
        skill=3.8,
        thinking_gain=0.46,
        shows_thinking=True,
        capabilities=Capabilities(thinking="effort", efforts=("low", "medium", "high"), images=True),
        context_tokens=1_048_576,
        max_output_tokens=65_536,
    ),
)
"""`sim-flash` thinks by budget as Gemini 2.5 does; `sim-pro` by level, signs its calls and wants the proof back, as Gemini 3 does."""

MODELS_BY_NAME: dict[tuple[str, str], SimulatedModel] = {
    (m.vendor, m.id): m for m in (*SIMULATED_MODELS, *GEMINI_MODELS)
}
"""The models by (vendor, id)."""
