"""The place where clients are proven: one gateway process, simulated vendors of every dialect, and a vendor for agents."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from clients.cases import CHAT, DIALECTS, EMBEDDINGS, GEMINI, MESSAGES, RESPONSES
from clients.shell_vendor import ShellVendor
from end_to_end import four_vendors
from lanewise.core.request import Dialect
from processes import gateway, simulator
from raw_vendor import raw_vendor

EMBEDS = "simopen/sim-embed"
SPEAKS = {
    CHAT: Dialect.OPENAI_CHAT,
    RESPONSES: Dialect.OPENAI_RESPONSES,
    MESSAGES: Dialect.ANTHROPIC_MESSAGES,
    GEMINI: Dialect.GEMINI,
}
ASKED = {vendor: four_vendors.ASKED[dialect][0] for vendor, dialect in SPEAKS.items()}
AGENTS = {
    CHAT: "agent-chat/agent",
    RESPONSES: "agent-responses/agent",
    MESSAGES: "agent-messages/agent",
    GEMINI: "agent-gemini/agent",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where the gateway listens, and the vendor that agents are sent to."""

    url: str
    agents: ShellVendor


def model_of(api: str, vendor: str, *, agent: bool) -> str:
    """What a client asks for, to be answered by a vendor of this dialect."""
    if api == EMBEDDINGS:
        return EMBEDS
    return (AGENTS if agent else ASKED)[vendor]


@asynccontextmanager
async def place(folder: Path) -> AsyncIterator[Place]:
    """All of it, listening on loopback until the block ends."""
    agents = ShellVendor()
    async with raw_vendor(agents.answer) as raw:
        with simulator(folder) as simulated:
            (folder / "lanewise.yaml").write_text(settings(simulated, raw.address))
            with gateway("--dev", "--config", "lanewise.yaml", cwd=folder) as process:
                yield Place(url=process.url, agents=agents)


def settings(simulated: str, agents: str) -> str:
    """The policy of simulated vendors of every dialect and of the agents' own, every model asked by its own name."""
    whole: dict[str, Any] = yaml.safe_load(four_vendors.settings(simulated))
    for vendor, name in AGENTS.items():
        base = f"{agents}/{'v1beta' if vendor == GEMINI else 'v1'}"
        whole["providers"][name.partition("/")[0]] = {"dialect": DIALECTS[vendor], "base_url": base, "api_key": "any"}
    whole["lanes"]["all"]["deployments"] += AGENTS.values()
    whole["lanes"]["vectors"] = {"deployments": [EMBEDS]}
    whole["prices"] |= {name: {"input": "$1", "output": "$4"} for name in AGENTS.values()}
    whole["prices"] |= {EMBEDS: {"input": "$0.02", "output": "$0"}}
    return yaml.safe_dump(whole, sort_keys=False)


@contextmanager
def alone(vendor: str, folder: Path) -> Iterator[str]:
    """The URL of a gateway where a simulated vendor of this dialect answers everything, whatever model is named; vectors are OpenAI's."""
    with simulator(folder) as simulated:
        whole: dict[str, Any] = yaml.safe_load(four_vendors.settings(simulated))
        named = {ASKED[vendor], EMBEDS}
        whole["lanes"] = {"all": {"deployments": [ASKED[vendor]]}, "vectors": {"deployments": [EMBEDS]}}
        whole["models"] = {"*": "auto"}
        whole["facts"] = {name: facts for name, facts in whole["facts"].items() if name in named}
        whole["prices"] = {name: {"input": "$1", "output": "$4"} for name in named}
        (folder / "lanewise.yaml").write_text(yaml.safe_dump(whole, sort_keys=False))
        with gateway("--dev", "--config", "lanewise.yaml", cwd=folder) as process:
            yield process.url
