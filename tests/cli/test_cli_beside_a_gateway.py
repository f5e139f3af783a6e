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
from patience import PATIENCE_S
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
            timeout=PATIENCE_S,
            stdin=subprocess.DEVNULL,
        )

    def status(self, key: str) -> int:
        asked = urllib.request.Request(f"{self.url}/v1/models", headers={"Authorization": f"Bearer {key}"})
        try:
            with urllib.request.urlopen(asked, timeout=PATIENCE_S) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    def becomes(self, key: str, status: int) -> bool:
        """The gateway notices within a second; a slow machine is given more."""
        deadline = time.monotonic() + PATIENCE_S
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
        with urllib.request.urlopen(asked, timeout=PATIENCE_S) as response:
            return str(response.headers["X-Lanewise-Run"])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("gateway")
    with gateway("--simulate", "--time-scale", "0", cwd=folder) as process:
        yield Place(url=process.url, folder=folder)


def test_a_key_counts_when_the_command_that_made_it_is_over_and_is_dead_when_it_was_revoked(
    place: Place, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place.folder)
    (made,) = shell("keys", "create", "--tenant", "acme", "--json").json
    assert place.status(made["key"]) == 200
    new = shell("keys", "rotate", made["key_id"], "--overlap", "0s", "--json").json
    assert (place.status(made["key"]), place.status(new["key"])) == (401, 200)
    revoked = place.command("keys", "revoke", made["key_id"])
    assert place.status(new["key"]) == 401
    assert (revoked.returncode, revoked.stdout) == (0, f"Revoked {made['key_id']} of the tenant acme.\n")
    refused = shell("keys", "create", "--tenant", "acme", "--lane", "standrad")
    assert (refused.code, "no 'standrad'; write one of" in refused.err) == (1, True)


def test_a_key_that_is_revoked_past_the_gateway_is_dead_within_a_second(place: Place, tmp_path: Path) -> None:
    made = json.loads(place.command("keys", "create", "--tenant", "acme", "--json").stdout)[0]
    assert place.status(made["key"]) == 200
    control = next(place.folder.glob("*.control"))
    hidden = control.rename(tmp_path / "hidden")
    try:
        assert place.command("keys", "revoke", made["key_id"]).returncode == 0
    finally:
        hidden.rename(control)
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
