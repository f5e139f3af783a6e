"""The place where clients are proven: one gateway process, simulated vendors of every dialect, and a vendor for agents."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from clients.cases import CHAT, EMBEDDINGS, GEMINI, MESSAGES, RESPONSES
from clients.shell_vendor import ShellVendor
from end_to_end.stage import policy
from processes import gateway, simulator
from raw_vendor import raw_vendor

EMBEDS = "simopen/sim-embed"
ASKED = {
    CHAT: "simopen/sim-standard",
    RESPONSES: "native/sim-standard",
    MESSAGES: "simthropic/sim-sonnet",
    GEMINI: "simini/sim-flash",
}
AGENTS = {
    CHAT: "agent-chat/agent",
    RESPONSES: "agent-responses/agent",
    MESSAGES: "agent-messages/agent",
    GEMINI: "agent-gemini/agent",
}
_DIALECTS = {CHAT: "openai", RESPONSES: "openai_responses", MESSAGES: "anthropic", GEMINI: "gemini"}
_FLASH = {"thinking": "budget", "min_thinking_tokens": 1, "max_thinking_tokens": 24_576, "logprobs": False}


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
    """The policy of simulated vendors, with the dialects it has none of, and every model asked by its own name."""
    whole: dict[str, Any] = yaml.safe_load(policy(simulated))
    same = {"simulated": True, "api_key": "simulated"}
    whole["providers"] |= {
        "simini": {"dialect": "gemini", "base_url": f"{simulated}/simini/v1beta", **same},
        "native": {"dialect": "openai_responses", "base_url": f"{simulated}/simopen/v1", **same},
    }
    for vendor, name in AGENTS.items():
        base = f"{agents}/{'v1beta' if vendor == GEMINI else 'v1'}"
        whole["providers"][name.partition("/")[0]] = {"dialect": _DIALECTS[vendor], "base_url": base, "api_key": "any"}
    asked = [*ASKED.values(), *AGENTS.values()]
    whole["lanes"] = {"all": {"deployments": asked}, "vectors": {"deployments": [EMBEDS]}}
    whole["routing"] = {"default": "all"}
    whole["models"] = {"*": "pin"}
    known = {name: facts for name, facts in whole["facts"].items() if name in asked}
    whole["facts"] = known | {"simini/sim-flash": _FLASH}
    whole["prices"] = {name: {"input": "$1", "output": "$4"} for name in asked} | {
        EMBEDS: {"input": "$0.02", "output": "$0"}
    }
    return yaml.safe_dump(whole, sort_keys=False)
