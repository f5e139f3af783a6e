"""A policy without a file: vendors whose keys are in the environment, and a model server on this machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lanewise.config.build_routing import usual_grades
from lanewise.config.sources import CatalogRow
from lanewise.config.yaml_text import Line, routing_section, section
from lanewise.core.errors import PolicyError

LaneName = Literal["small", "standard", "frontier", "reasoning"]

Probe = Callable[[str], Awaitable[Sequence[str]]]
"""The models that a server at a loopback base URL lists; none where nothing answers. See `loopback.py`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A vendor's model for a lane, and why it."""

    vendor: str
    lane: LaneName
    model: str
    why: str


#: In order of preference within a lane: the first vendor whose key is there answers, the others stand behind it.
CHOICES: tuple[Choice, ...] = (
    Choice(vendor="openai", lane="small", model="gpt-5.4-nano", why="OpenAI's cheapest current model"),
    Choice(vendor="anthropic", lane="small", model="claude-haiku-4-5", why="Anthropic's small model"),
    Choice(vendor="gemini", lane="small", model="gemini-3.5-flash-lite", why="Google's cheapest current model"),
    Choice(vendor="deepseek", lane="small", model="deepseek-v4-flash", why="DeepSeek's small model"),
    Choice(vendor="mistral", lane="small", model="mistral-small-latest", why="Mistral's small model"),
    Choice(vendor="groq", lane="small", model="openai/gpt-oss-20b", why="open weights, fast there"),
    Choice(vendor="fireworks", lane="small", model="accounts/fireworks/models/gpt-oss-20b", why="open weights"),
    Choice(vendor="openai", lane="standard", model="gpt-5.4-mini", why="most of a frontier model's quality at a fraction of its price"),
    Choice(vendor="anthropic", lane="standard", model="claude-sonnet-4-6", why="Anthropic's everyday model"),
    Choice(vendor="gemini", lane="standard", model="gemini-3.5-flash", why="Google's everyday model"),
    Choice(vendor="deepseek", lane="standard", model="deepseek-v4-flash", why="its larger model thinks"),
    Choice(vendor="mistral", lane="standard", model="mistral-medium-latest", why="Mistral's everyday model"),
    Choice(vendor="groq", lane="standard", model="openai/gpt-oss-120b", why="the larger of the open weights"),
    Choice(vendor="xai", lane="standard", model="grok-4-1-fast-non-reasoning", why="xAI's model that does not think first"),
    Choice(vendor="fireworks", lane="standard", model="accounts/fireworks/models/deepseek-v4-flash", why="as at DeepSeek"),
    Choice(vendor="together", lane="standard", model="openai/gpt-oss-120b", why="open weights that several vendors serve"),
    Choice(vendor="openrouter", lane="standard", model="openai/gpt-5.4-mini", why="the same model by way of OpenRouter"),
    Choice(vendor="openai", lane="frontier", model="gpt-5.5", why="OpenAI's strongest general model with a known price"),
    Choice(vendor="anthropic", lane="frontier", model="claude-opus-4-7", why="Anthropic's strongest with effort levels"),
    Choice(vendor="openrouter", lane="frontier", model="anthropic/claude-opus-4.7", why="the same model by way of OpenRouter"),
    Choice(vendor="anthropic", lane="reasoning", model="claude-opus-4-7", why="thinks as long as a problem needs"),
    Choice(vendor="openai", lane="reasoning", model="gpt-5.5", why="thinks by effort"),
    Choice(vendor="deepseek", lane="reasoning", model="deepseek-v4-pro", why="DeepSeek's thinking model"),
    Choice(vendor="xai", lane="reasoning", model="grok-4-1-fast-reasoning", why="the thinking twin of its standard model"),
    Choice(vendor="openrouter", lane="reasoning", model="anthropic/claude-opus-4.7", why="the same model by way of OpenRouter"),
)  # fmt: skip

LANE_SETTINGS: dict[LaneName, dict[str, str]] = {
    "small": {"timeout": "30s"},
    "standard": {"timeout": "60s"},
    "frontier": {"timeout": "2m"},
    "reasoning": {"effort": "high", "timeout": "5m"},
}

#: Lanes that the default one can stand in for: less, and marked so, but an answer.
STRONG: tuple[LaneName, ...] = ("frontier", "reasoning")

#: The model servers looked for, with the address each listens at unless told otherwise.
LOCAL_SERVERS: tuple[tuple[str, str], ...] = (
    ("ollama", "http://127.0.0.1:11434/v1"),
    ("vllm", "http://127.0.0.1:8000/v1"),
)

#: As many of a model server's models can be asked for by name; the policy it is saved as can name more.
MOST_LOCAL_MODELS = 8

#: Words in the names of models that do not answer questions.
_NOT_FOR_ANSWERS = ("embed", "bge-", "minilm", "rerank", "whisper", "tts", "guard")

RULES: tuple[tuple[dict[str, object], LaneName], ...] = (
    ({"task": ["classify", "extract", "summarize", "translate"]}, "small"),
    ({"task": ["math", "proof", "code_review", "security_analysis"]}, "reasoning"),
)

NOTHING_FOUND = """There is no policy file, no vendor's key in the environment, and no model server on this machine. Three ways forward:
  lanewise serve --simulate               simulated vendors: no key and no file needed; `check` and `budgets` have --simulate too
  export OPENAI_API_KEY=...               or the key of another vendor ({keys}), then start again
  lanewise serve --config lanewise.yaml   your own policy; docs/reference/policy.md has every key"""

NOT_TO_GUESS = "{variable} is set, but its models have names of your own: write a policy with the provider {vendor}"


async def discover(environment: Mapping[str, str], catalog: Mapping[str, CatalogRow], probe: Probe) -> str:
    """The text of a policy for what is found here; load it like any other file, or save it and go on from there.

    Raises:
        PolicyError: nothing was found; the message says the three ways forward.
    """
    known = dict.fromkeys(choice.vendor for choice in CHOICES if choice.vendor in catalog)
    vendors = {name: catalog[name] for name in known if catalog[name].key(environment)}
    # A vendor may have a row for each of its dialects.
    used = {variable for row in vendors.values() for variable in row.key_env}
    others = [row for name, row in catalog.items() if name not in known and used.isdisjoint(row.key_env)]
    unused = _not_to_guess(environment, others)
    local = {name: models for name, url in LOCAL_SERVERS if (models := _answering(await probe(url)))}
    if not vendors and not local:
        keys = sorted(variable for name in known for variable in catalog[name].key_env)
        raise PolicyError("\n".join((NOTHING_FOUND.format(keys=", ".join(keys)), *unused)))
    return "".join(f"# {line}.\n" for line in unused) + _text(environment, vendors, local)


def _not_to_guess(environment: Mapping[str, str], rows: Sequence[CatalogRow]) -> list[str]:
    """What to say of keys that are set for vendors whose models nobody else can name; one line for each key."""
    lines = {_variable(row, environment): row.name for row in reversed(rows) if row.key(environment) and not row.local}
    return [NOT_TO_GUESS.format(variable=variable, vendor=vendor) for variable, vendor in lines.items()]


def _answering(models: Sequence[str]) -> list[str]:
    return [model for model in models if not any(word in model.lower() for word in _NOT_FOR_ANSWERS)]


def _text(environment: Mapping[str, str], vendors: Mapping[str, CatalogRow], local: Mapping[str, list[str]]) -> str:
    lanes = _lanes(vendors, local)
    deployments = list(dict.fromkeys(name for line in lanes.values() for name in line))
    default = next(name for name in ("standard", "small", "frontier", "reasoning") if name in lanes)
    urls = dict(LOCAL_SERVERS)
    return "# Made from what was found on this machine. Save it as lanewise.yaml to change it.\n" + "".join(
        (
            section(
                "providers",
                [
                    *(
                        Line(key=name, value={"api_key": f"${{{_variable(row, environment)}}}"})
                        for name, row in vendors.items()
                    ),
                    *(
                        Line(
                            key=name,
                            value={"vendor": name, "base_url": urls[name], "local": True},
                            why="found listening",
                        )
                        for name in local
                    ),
                ],
            ),
            section(
                "lanes",
                [
                    Line(
                        key=name,
                        value={"deployments": list(chosen), **LANE_SETTINGS[name], **_in_need(name, default)},
                        why="; ".join(dict.fromkeys(chosen.values())),
                    )
                    for name, chosen in lanes.items()
                ],
            ),
            section(
                "models", [*(Line(key=name, value="pin") for name in _names(deployments)), Line(key="*", value="auto")]
            ),
            routing_section(
                [(when, lane) for when, lane in RULES if lane in lanes], default, grades=usual_grades(lanes, default)
            ),
        )
    )


def _in_need(lane: LaneName, default: LaneName) -> dict[str, str]:
    """The strong lanes give way to the default one; that one has none behind it."""
    return {"degrade_to": default} if lane in STRONG and lane != default else {}


def _variable(row: CatalogRow, environment: Mapping[str, str]) -> str:
    return next(name for name in row.key_env if environment.get(name))


def _names(deployments: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(name.partition("/")[2] for name in deployments))


def _lanes(vendors: Mapping[str, CatalogRow], local: Mapping[str, list[str]]) -> dict[LaneName, dict[str, str]]:
    """For each lane that someone can answer its deployments in order, each with its reason."""
    lanes: dict[LaneName, dict[str, str]] = {}
    for lane in LANE_SETTINGS:
        chosen = {f"{row.vendor}/{row.model}": row.why for row in CHOICES if row.lane == lane and row.vendor in vendors}
        here = {
            f"{server}/{model}": "on this machine, costs nothing per token"
            for server, models in local.items()
            for model in models[:MOST_LOCAL_MODELS]
        }
        if lane == "small":
            chosen = here | chosen
        elif lane == "standard" and not chosen:
            chosen = here
        if chosen:
            lanes[lane] = chosen
    return lanes
