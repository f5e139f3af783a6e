"""Commands beside a gateway that runs on the same store, as an operator uses them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.shells import Shell
from processes import clean_environment, gateway


@dataclass(frozen=True)
class Place:
    """A running gateway, and the folder it was started in."""

    url: str
    folder: Path

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command in a process of its own."""
        return subprocess.run(
            [sys.executable, "-m", "lanewise", *arguments],
            check=False,
            cwd=self.folder,
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
        )

    def status(self, key: str) -> int:
        asked = urllib.request.Request(f"{self.url}/v1/models", headers={"Authorization": f"Bearer {key}"})
        try:
            with urllib.request.urlopen(asked, timeout=10) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    def becomes(self, key: str, status: int) -> bool:
        """The gateway notices within a second; a slow machine is given ten."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if self.status(key) == status:
                return True
            time.sleep(0.05)
        return False

    def ask(self, key: str, user: str) -> str:
        body = {
            "model": "auto",
            "messages": [{"role": "user", "content": "What is 17 * 23?"}],
            "lanewise": {"user": user},
        }
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        asked = urllib.request.Request(f"{self.url}/v1/chat/completions", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(asked, timeout=30) as response:
            return str(response.headers["X-Lanewise-Run"])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("gateway")
    with gateway("--simulate", "--time-scale", "0", cwd=folder) as process:
        yield Place(url=process.url, folder=folder)


def test_a_key_counts_soon_after_it_is_made_and_is_dead_soon_after_it_is_revoked(place: Place) -> None:
    created = place.command("keys", "create", "--tenant", "acme", "--json")
    (made,) = json.loads(created.stdout)
    assert (created.returncode, created.stderr) == (0, "")
    assert place.becomes(made["key"], 200)
    assert place.command("keys", "revoke", made["key_id"]).returncode == 0
    assert place.becomes(made["key"], 401)


def test_a_run_is_found_reported_backed_up_and_forgotten(
    place: Place, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place.folder)
    (made,) = shell("keys", "create", "--tenant", "globex", "--json").json
    assert place.becomes(made["key"], 200)
    run = place.ask(made["key"], "u-17")

    tree = shell("trace", run).out
    assert tree.startswith(run)
    plain = shell("trace", run, "--json").json
    assert (plain["user"], plain["lane"]) == ("u-17", "standard")
    assert f"because {plain['reason']}" in tree
    assert [each["run_id"] for each in shell("trace", "--last", "--json").json] == [run]

    told = shell("report", "--since", "1h", "--tenant", "globex", "--json").json
    assert (told["requests"], [lane["lane"] for lane in told["lanes"]]) == (1, ["standard"])
    assert "standard" in shell("report").out

    copy = shell("backup", "copy.db", "--json").json
    assert copy["size_bytes"] == (place.folder / "copy.db").stat().st_size
    assert shell("trace", run, "--store", "copy.db", "--json").json["run_id"] == run

    assert shell("migrate", "--json").json["steps"] == []
    done = shell("forget", "--user", "u-17", "--tenant", "globex", "--yes", "--json").json
    assert (done["runs"], done["traces"]) == (1, 1)
    assert shell("trace", run, "--json").json["user"] is None


def test_a_second_gateway_is_refused(place: Place) -> None:
    refused = place.command("serve", "--simulate", "--port", "0")
    assert refused.returncode == 1
    assert "in use by another gateway, process " in refused.stderr
