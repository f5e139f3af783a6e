"""Every dependency has bounds and stands in the locks, with hashes and without anyone's address."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from scripts import lock

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME = [Requirement(each) for each in PROJECT["project"]["dependencies"]]
DEVELOPMENT = [Requirement(each) for group in PROJECT["dependency-groups"].values() for each in group]


def locked(name: str) -> dict[str, tuple[Version, int]]:
    """Each package of a lock with its version and how many hashes it has."""
    packages = re.split(r"\n(?=\w)", (ROOT / "requirements" / f"{name}.lock").read_text())
    pinned = [
        (re.match(r"([\w.-]+)(?:\[[\w,-]+\])?==([\w.+!]+)", each), each.count("--hash=sha256:")) for each in packages
    ]
    assert all(match for match, _ in pinned), f"requirements/{name}.lock has a line that pins nothing"
    return {canonicalize_name(match[1]): (Version(match[2]), hashes) for match, hashes in pinned if match}


@pytest.mark.parametrize("requirement", RUNTIME + DEVELOPMENT, ids=lambda each: each.name)
def test_a_dependency_has_a_lower_and_an_upper_bound(requirement: Requirement) -> None:
    operators = {specifier.operator for specifier in requirement.specifier}
    assert {">=", "<"} <= operators


@pytest.mark.parametrize(("name", "requirements"), [("runtime", RUNTIME), ("dev", RUNTIME + DEVELOPMENT)])
def test_a_lock_holds_every_dependency_within_its_bounds(name: str, requirements: list[Requirement]) -> None:
    packages = locked(name)
    for requirement in requirements:
        version, _ = packages[canonicalize_name(requirement.name)]
        assert version in requirement.specifier, f"{requirement} is locked at {version}: run `make lock`"


@pytest.mark.parametrize("name", lock.LOCKS)
def test_every_locked_package_has_hashes(name: str) -> None:
    packages = locked(name)
    assert packages
    assert [package for package, (_, hashes) in packages.items() if not hashes] == []


@pytest.mark.parametrize("name", lock.LOCKS)
def test_no_lock_names_an_address(name: str) -> None:
    file = ROOT / "requirements" / f"{name}.lock"
    assert lock.addresses(file) == []
    assert "http://" not in file.read_text()
    assert "https://" not in file.read_text()


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https" + "://packages.example/simple",
        "--find-links ../wheels",
        "click @ https" + "://example/click.whl",
    ],
)
def test_an_address_is_found_in_a_bad_lock(line: str, tmp_path: Path) -> None:
    bad = tmp_path / "bad.lock"
    bad.write_text(f"anyio==4.0.0\n{line}\n")
    assert lock.addresses(bad) == [f"bad.lock:2: {line}"]


def test_clients_are_resolved_too_and_those_with_suites_within_our_own_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = tmp_path / "clients" / "locks"
    clients.mkdir(parents=True)
    (tmp_path / "requirements").mkdir()
    for name in ("instructor", "openai-suite"):
        (clients / f"{name}.in").write_text("openai\n")
    (clients / "instructor.lock").write_text("openai==3.0.0\n")
    seen: dict[str, tuple[list[str], str]] = {}

    def resolve(sources: list[str], file: Path, extra: list[str]) -> None:
        assert ("--no-annotate" in extra) == (file.stem not in lock.LOCKS)
        seen[file.stem] = (sources, file.read_text() if file.exists() else "")
        file.write_text("openai==3.1.0\n")

    monkeypatch.setattr(lock, "ROOT", tmp_path)
    monkeypatch.setattr(lock, "resolve", resolve)
    assert lock.main([]) == 0
    assert {file.name for file in clients.glob("*.lock")} == {"instructor.lock", "openai-suite.lock"}
    assert {file.read_text() for file in clients.glob("*.lock")} == {"openai==3.1.0\n"}
    assert seen["instructor"] == (["clients/locks/instructor.in"], "openai==3.0.0\n")
    wanted, _ = seen["openai-suite"]
    assert wanted[:2] == ["clients/locks/openai-suite.in", "--constraint"]
    assert Path(wanted[2]).name == "dev.lock"


def test_nothing_is_written_when_a_lock_has_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "requirements").mkdir()
    kept = tmp_path / "requirements" / "runtime.lock"
    kept.write_text("anyio==4.0.0\n")

    def resolve(sources: list[str], file: Path, extra: list[str]) -> None:
        file.write_text("--index-url https" + "://packages.example/simple\n")

    monkeypatch.setattr(lock, "ROOT", tmp_path)
    monkeypatch.setattr(lock, "resolve", resolve)
    assert lock.main([]) == 1
    assert kept.read_text() == "anyio==4.0.0\n"
    assert [path.name for path in kept.parent.iterdir()] == ["runtime.lock"]
