"""Runs one client against the gateway, and says of every check what was seen."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clients import install
from clients.cases import Client, vendors_of
from clients.place import Place, model_of
from clients.shell_vendor import FILE, answer_of
from processes import clean_environment

PASS = "yes"
_SCRIPT_TIMEOUT_S = 300.0
_AGENT_TIMEOUT_S = 120.0
_PROMPT = f"Tell me what the file {FILE} in this folder says."
#: Whatever a client would like to reach elsewhere, it meets nobody.
_NOWHERE = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")
_ALONE = _NOWHERE | {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}

Key = tuple[str, str, str]
"""(API, check, dialect of the vendor)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Driven:
    """What a client was seen to do: `yes`, or what went wrong."""

    client: Client
    version: str
    seen: Mapping[Key, str]

    @property
    def passed(self) -> bool:
        return all(word == PASS for word in self.seen.values())


async def drive(client: Client, at: Place) -> Driven:
    """Install it, where it is not, and make all its checks."""
    if client.kind == "python":
        python = install.python_environment(client.environment)
        version = install.python_versions(python, client.packages)
        command, cwd = [str(python), str(install.HERE / "scripts" / client.script)], install.ROOT
    else:
        cwd = install.node_folder(client.environment)
        version = install.node_versions(cwd, client.packages)
        node = cwd / "node_modules" / "node" / "bin" / "node"
        command = [str(node), str(install.HERE / "scripts" / client.script)]
    seen = await _loops(client, cwd, at) if client.kind == "agent" else await _script(client, command, cwd, at)
    return Driven(client=client, version=version, seen=seen)


async def _script(client: Client, command: list[str], cwd: Path, at: Place) -> dict[Key, str]:
    models = {
        (api, check, vendor): model_of(api, vendor, agent=False)
        for api, check in client.rows
        for vendor in vendors_of(api)
    }
    wanted = [[check, model] for (_, check, _), model in models.items()]
    asked = {"CLIENTS_URL": at.url, "CLIENTS_WANTED": json.dumps(wanted), "PYTHONPATH": str(install.ROOT)}
    with tempfile.TemporaryDirectory() as home:
        said = await run_alone(command, cwd=cwd, env=asked | {"HOME": home}, within_s=_SCRIPT_TIMEOUT_S)
    told = {
        (row["check"], row["model"]): row["wrong"]
        for row in map(json.loads, (line for line in said.splitlines() if line.startswith('{"check"')))
    }
    missing = f"nothing was told; the client's last words: {said[-1500:]}"
    return {key: told.get((key[1], model), missing) or PASS for key, model in models.items()}


async def _loops(client: Client, folder: Path, at: Place) -> dict[Key, str]:
    return {
        (api, check, vendor): await _loop(client, folder, at, model_of(api, vendor, agent=True))
        for api, check in client.rows
        for vendor in vendors_of(api)
    }


async def _loop(client: Client, folder: Path, at: Place, model: str) -> str:
    word = f"KEPT-{secrets.token_hex(8)}"
    at.agents.begin()
    binaries = folder / "node_modules" / ".bin"
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as work:
        Path(work, FILE).write_text(word)
        command, env = _AGENTS[client.environment](str(binaries), at.url, model, home)
        said = await run_alone(command, cwd=Path(work), env={"HOME": home, **env}, within_s=_AGENT_TIMEOUT_S)
    if at.agents.calls != 1 or answer_of(word) not in said:
        return f"{at.agents.requests} requests, {at.agents.calls} calls; the agent's last words: {said[-1500:]}"
    return PASS


def _codex(binaries: str, url: str, model: str, home: str) -> tuple[list[str], dict[str, str]]:
    provider = {"name": "Lanewise", "base_url": f"{url}/v1", "env_key": "AGENT_KEY", "wire_api": "responses"}
    settings = {"model_provider": "lanewise"} | {
        f"model_providers.lanewise.{name}": to for name, to in provider.items()
    }
    options = [part for name, value in settings.items() for part in ("-c", f'{name}="{value}"')]
    # Its own sandbox needs what a container may not have; the folder is a throw-away, and so is what the model asks for.
    command = [f"{binaries}/codex", "exec", "--skip-git-repo-check", "--sandbox", "danger-full-access", "-m", model]
    return [*command, *options, _PROMPT], {"AGENT_KEY": "any", "CODEX_HOME": home}


def _claude_code(binaries: str, url: str, model: str, home: str) -> tuple[list[str], dict[str, str]]:
    command = [f"{binaries}/claude", "-p", _PROMPT, "--output-format", "json", "--allowedTools", "Bash"]
    models = dict.fromkeys(("ANTHROPIC_MODEL", "ANTHROPIC_SMALL_FAST_MODEL", "ANTHROPIC_DEFAULT_HAIKU_MODEL"), model)
    quiet = {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_AUTOUPDATER": "1", "CLAUDE_CONFIG_DIR": home}
    return command, {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_AUTH_TOKEN": "any", **models, **quiet}


_AGENTS = {"codex": _codex, "claude-code": _claude_code}


async def run_alone(command: list[str], *, cwd: Path, env: dict[str, str], within_s: float) -> str:
    """What a command wrote, once it ended; it is ended when it takes too long."""
    if shutil.which(command[0]) is None:
        return f"{command[0]} is not there"
    child = await asyncio.create_subprocess_exec(
        *command,
        cwd=cwd,
        env=clean_environment() | _ALONE | env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await asyncio.wait_for(child.communicate(), within_s)
    except TimeoutError:
        child.kill()
        await child.wait()
        print(f"{command[0]} took more than {within_s:.0f} s", file=sys.stderr)
        return f"it took more than {within_s:.0f} s"
    return said.decode(errors="replace")
