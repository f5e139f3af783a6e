"""The systems measured: how each is started, asked and known to be ready. One function a system, `TABLE` names them all."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench import beside, install

ROOT = install.ROOT
EVERYTHING = ROOT / "bench" / "everything.yaml"
MODEL = "bench-small"
CHAT = "/v1/chat/completions"
UPSTREAM_KEY = "sk-bench-upstream-0123456789abcdef"
CALLER_KEY = "sk-bench-caller-0123456789abcdef"


@dataclass(frozen=True, kw_only=True, slots=True)
class System:
    """How one system is started and asked; without `argv` there is nothing to start: the upstream itself.

    `most_rounds` spares a slow system the later rounds; its figures are then medians over fewer.
    """

    name: str
    argv: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    ready_path: str = "/ready"
    headers: list[tuple[str, str]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    version: str = ""
    most_rounds: int = 1000
    caches: bool = False  # answers a question again that it was asked before


def direct(upstream: str, port: int) -> System:
    """The upstream without anything in between: what added latency is compared with."""
    del upstream, port
    return System(name="direct", keys=[UPSTREAM_KEY])


def bare(upstream: str, port: int) -> System:
    return System(
        name="bare",
        argv=uvicorn(sys.executable, "bench.bare:app", port),
        env={"BENCH_UPSTREAM": upstream, "BENCH_KEY": UPSTREAM_KEY, "PYTHONPATH": str(ROOT)},
        keys=[CALLER_KEY],
        version=version_of(sys.executable, ["uvicorn", "starlette", "aiohttp", "msgspec"]),
    )


def uvicorn(python: str, app: str, port: int) -> list[str]:
    quiet = ["--no-access-log", "--log-level", "warning", "--loop", "asyncio"]
    return [python, "-m", "uvicorn", app, "--host", "127.0.0.1", "--port", str(port), *quiet]


def lanewise(upstream: str, port: int) -> System:
    """Lanewise with everything on, in a fresh state folder, with 1,000 keys that rotate."""
    state = fresh_folder("lanewise")
    return lanewise_of(
        EVERYTHING, {"BENCH_STATE": str(state), "BENCH_STORE": str(state / "lanewise.db")}, upstream, port
    )


def lanewise_scaled(upstream: str, port: int) -> System:
    """The same policy on a PostgreSQL and a Redis of its own, as one of several gateways would be."""
    state = fresh_folder("lanewise-scaled")
    policy = state / "everything.yaml"
    policy.write_text(f'{EVERYTHING.read_text()}redis: {{url: "${{BENCH_REDIS}}"}}\n')
    stores = {"BENCH_STATE": str(state), "BENCH_STORE": beside.postgres(state), "BENCH_REDIS": beside.redis(state)}
    return lanewise_of(policy, stores, upstream, port)


def lanewise_of(policy: Path, stores: dict[str, str], upstream: str, port: int) -> System:
    command, config = str(Path(sys.executable).with_name("lanewise")), str(policy)
    env = {"BENCH_UPSTREAM": upstream, "BENCH_KEY": UPSTREAM_KEY, **stores}
    install.run([command, "migrate", "--config", config], env={**os.environ, **env})
    return System(
        name=Path(stores["BENCH_STATE"]).name,
        argv=[command, "serve", "--config", config, "--port", str(port)],
        env=env,
        keys=lanewise_keys(command, config, env),
        version=version_of(sys.executable, ["lanewise"]),
        caches=True,
    )


def lanewise_keys(command: str, config: str, env: dict[str, str]) -> list[str]:
    """1,000 keys, spread over the tenants of the policy."""
    create = [command, "keys", "create", "--tenant", "bench", "--count", "1000", "--json", "--config", config]
    try:
        made = subprocess.run(
            create, env={**os.environ, **env}, check=True, capture_output=True, text=True, timeout=120
        )
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", "") or ""
        raise install.NotInstalledError(f"{' '.join(create)} failed: {error} {said[-1000:]}") from error
    return [row["key"] for row in json.loads(made.stdout)]


def litellm(upstream: str, port: int) -> System:
    python = install.litellm() / "bin" / "python"
    config = str(install.PEERS / "litellm.yaml")
    env = {
        "BENCH_BASE_URL": f"{upstream}/v1",
        "BENCH_KEY": UPSTREAM_KEY,
        "LITELLM_MASTER_KEY": CALLER_KEY,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_MODE": "PRODUCTION",
        "LITELLM_LOG": "ERROR",
    }
    return System(
        name="litellm",
        argv=[str(python.with_name("litellm")), "--config", config, "--host", "127.0.0.1", "--port", str(port)],
        env=env,
        ready_path="/health/liveliness",
        keys=[CALLER_KEY],
        version=version_of(str(python), ["litellm"]),
        most_rounds=3,
    )


def portkey(upstream: str, port: int) -> System:
    package = install.portkey() / "node_modules" / "@portkey-ai" / "gateway"
    server = package / "build" / "start-server.js"
    known = json.loads((package / "package.json").read_text())
    node = subprocess.run(["node", "--version"], check=True, capture_output=True, text=True).stdout.strip()
    return System(
        name="portkey",
        argv=["node", "--require", str(install.PEERS / "loopback.cjs"), str(server), f"--port={port}", "--headless"],
        env={"NODE_ENV": "production"},
        ready_path="/",
        headers=[("x-portkey-provider", "openai"), ("x-portkey-custom-host", f"{upstream}/v1")],
        keys=[UPSTREAM_KEY],
        version=f"@portkey-ai/gateway {known['version']}, node {node}",
    )


TABLE: dict[str, Callable[[str, int], System]] = {
    "direct": direct,
    "bare": bare,
    "lanewise": lanewise,
    "lanewise-scaled": lanewise_scaled,
    "litellm": litellm,
    "portkey": portkey,
}


def fresh_folder(name: str) -> Path:
    folder = install.HOME / "state" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def version_of(python: str, packages: list[str]) -> str:
    """Which versions an environment has, asked of that environment."""
    code = "import sys, importlib.metadata as m; print(', '.join(f'{p} {m.version(p)}' for p in sys.argv[1:]))"
    return subprocess.run([python, "-c", code, *packages], check=True, capture_output=True, text=True).stdout.strip()
