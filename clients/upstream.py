"""An SDK makers' own tests, run by their own pytest in an environment of their own, against a gateway instead of a mock server."""

from __future__ import annotations

import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from bench.install import NotInstalledError

from clients import install, shape_vendor
from clients.cases import CHAT, DIALECTS
from clients.counted import Counted, Ended, counted
from clients.drive import run_alone
from clients.refusals import rules_of
from clients.sdist import sources_of
from processes import gateway
from raw_vendor import raw_vendor

_WITHIN_S = 300.0
_PLUGINS = install.HERE / "plugins"
_WRONG = frozenset({"failure", "error", "skipped"})
_OPTIONS = ("-o", "addopts=", "-p", "no:cacheprovider", "-q", "--tb=line")
#: Names that their tests expect to be there; all others are taken as they come.
_NAMED = ("gpt-6-astra", "model_id")


@dataclass(frozen=True, kw_only=True, slots=True)
class Upstream:
    """Files of an SDK's tests that one vendor can answer, by what they are about.

    `options` are pytest's, in place of those that its makers set for machines of their own.
    """

    name: str
    environment: str
    package: str
    api: str
    files: dict[str, tuple[str, ...]]
    base: str = ""  # what its base URL ends in
    options: tuple[str, ...] = ()

    def subject_of(self, test: str) -> str:
        """What a test is about."""
        file = f"/{test.partition('::')[0]}"
        found = (subject for subject, files in self.files.items() if any(file in each for each in files))
        return next(found, next(iter(self.files)))  # what could not even be collected is told with the first


async def run_upstream(suite: Upstream) -> dict[str, Counted]:
    """What its tests came to, by what they are about. Raises NotInstalledError."""
    sources = sources_of(suite.package, suite.environment)
    tested = await run_tests(suite, install.python_environment(suite.environment), sources)
    return {
        subject: counted(
            [each for each in tested if suite.subject_of(each.test) == subject], rules_of(suite.name, subject)
        )
        for subject in suite.files
    }


async def run_tests(suite: Upstream, python: Path, sources: Path) -> list[Ended]:
    """How each of its tests ended, in the folder that has them. Raises NotInstalledError where pytest could not even begin."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        async with raw_vendor(shape_vendor.answer) as vendor:
            (folder / "lanewise.yaml").write_text(_policy(suite.api, vendor.address))
            with gateway("--dev", "--config", "lanewise.yaml", cwd=folder) as process:
                report = folder / "report.xml"
                files = [file for files in suite.files.values() for file in files]
                said = await run_alone(
                    [str(python), "-m", "pytest", *_OPTIONS, f"--junitxml={report}", *suite.options, *files],
                    cwd=sources,
                    env={"TEST_API_BASE_URL": process.url + suite.base, "HOME": home, "PYTHONPATH": str(_PLUGINS)},
                    within_s=_WITHIN_S,
                )
        if not report.exists():
            raise NotInstalledError(f"{suite.name}: its pytest wrote no report; its last words: {said[-1500:]}")
        return read_report(report.read_text())


def read_report(xml: str) -> list[Ended]:
    """How each test ended, as pytest's report says. A skipped test has shown nothing, so it has failed."""
    return [_read(case) for case in ET.fromstring(xml).iter("testcase")]


def _read(case: ET.Element) -> Ended:
    *_, module, group = ("", *case.get("classname", "").rsplit(".", 2))
    wrong = [f"{each.tag}: {each.get('message', '')} {each.text or ''}" for each in case if each.tag in _WRONG]
    return Ended(test=f"{module}.py::{group}::{case.get('name')}", wrong=" ".join(" ".join(wrong).split()))


def _policy(api: str, address: str) -> str:
    """One vendor of the suite's own dialect: its makers' tests say what no other vendor could be told."""
    names = dict.fromkeys((*_NAMED, "*"), "auto")
    chat = {"vectors": {"deployments": ["shape/text-embedding-3-small"]}} if api == CHAT else {}
    lanes: Mapping[str, dict[str, list[str]]] = {"all": {"deployments": ["shape/shape"]}} | chat
    whole = {
        "providers": {"shape": {"dialect": DIALECTS[api], "base_url": f"{address}/v1", "api_key": "any"}},
        "lanes": lanes,
        "routing": {"default": "all"},
        "models": names,
        "prices": {name: {"input": "$1", "output": "$4"} for lane in lanes.values() for name in lane["deployments"]},
    }
    return yaml.safe_dump(whole, sort_keys=False)
