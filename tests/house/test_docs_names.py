"""Every name a user can meet is in the reference: config keys, routes, metrics, flags, headers, errors, advice."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import pytest
from prometheus_client.metrics_core import Metric
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from house.pages import REFERENCE, ROOT
from lanewise.cli import lanewise
from lanewise.config import doctor
from lanewise.config.schema import PolicyFile
from lanewise.core import errors
from lanewise.core.failure import FailureKind
from lanewise.core.request import Dialect, Hints
from lanewise.server import hints
from lanewise.server.admin import Figures, create_admin
from lanewise.server.app import Front, ServerParts, create_app
from lanewise.server.outcome import Told
from lanewise.server.similar_routes import tell_of_similar
from lanewise.server.stored_responses import StoredResponses
from lanewise.telemetry.metrics import Metrics


def page(name: str) -> str:
    return (REFERENCE / f"{name}.md").read_text()


def config_keys(model: type[BaseModel]) -> Iterator[str]:
    """Every key of the file, wherever it stands."""
    schema = model.model_json_schema()
    for section in [schema, *schema.get("$defs", {}).values()]:
        yield from section.get("properties", {})


def test_every_config_key_is_in_the_policy_reference() -> None:
    assert [key for key in sorted(set(config_keys(PolicyFile))) if not re.search(rf"\b{key}\b", page("policy"))] == []


def routes(app: Starlette | Front, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every method and path of a route table. Building it asks nothing of its parts."""
    for route in app.routes:
        if isinstance(route, Mount):
            assert isinstance(route.app, Starlette)
            yield from routes(route.app, prefix + route.path)
        elif isinstance(route, Route):
            path = prefix + route.path.replace(":path}", "}")
            yield from ((method, path) for method in sorted((route.methods or set()) - {"HEAD"}))


def route_table() -> list[tuple[str, str]]:
    """The whole server's, put together from parts that are not there."""
    absent: Any = None
    make: Any = ServerParts
    admin = create_admin(
        gateway=absent, door=absent, reload=absent, keys=absent, audit=absent, figures=Figures(absent, absent)
    )
    tell_of_similar(admin, absent)
    responses = StoredResponses(store=absent, words=absent, gateway=absent, clock=absent)
    given = {
        "admin": admin,
        "responses": responses,
        "inbound": dict.fromkeys(Dialect, absent),
        "beside": dict.fromkeys(Dialect, absent),
    }
    return list(routes(create_app(make(**{each.name: absent for each in fields(ServerParts)} | given))))


ROUTES = route_table()


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_route_is_in_the_http_reference(method: str, path: str) -> None:
    assert f"| `{method} {path}` |" in page("http")


def test_the_http_reference_has_no_route_that_is_not_there() -> None:
    assert set(re.findall(r"^\| `([A-Z]+) (/[^`]*)` \|", page("http"), flags=re.MULTILINE)) == set(ROUTES)


def metric_name(metric: Metric) -> str:
    return f"{metric.name}_total" if metric.type == "counter" else metric.name


@pytest.mark.parametrize("metric", list(Metrics().collect()), ids=metric_name)
def test_a_metric_is_in_the_reference_with_its_kind(metric: Metric) -> None:
    assert re.search(rf"\| `{metric_name(metric)}` \| {metric.type} \|", page("metrics"))


def commands(group: click.Group, prefix: str = "") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group, help_option_names=["-h", "--help"])
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, f"{name} is listed and does not exist"
        yield f"{prefix}{name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix}{name} ")


COMMANDS = dict(commands(lanewise))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_and_its_flags_are_in_the_reference(name: str) -> None:
    heading = re.search(rf"^##+ `lanewise {name}`$(.*?)(?=^##+ |\Z)", page("cli"), flags=re.MULTILINE | re.DOTALL)
    assert heading, f"docs/reference/cli.md has no heading `lanewise {name}`"
    flags = {flag for each in COMMANDS[name].params for flag in each.opts if each.param_type_name == "option"}
    documented = set(re.findall(r"^\| `(--[\w-]+)", heading[1], flags=re.MULTILINE))
    assert documented == flags


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_explains_itself(name: str) -> None:
    assert COMMANDS[name].get_short_help_str(limit=300)
    assert all(each.help for each in COMMANDS[name].params if isinstance(each, click.Option))


@pytest.mark.parametrize("kind", FailureKind)
def test_a_failure_kind_is_in_the_errors_reference(kind: FailureKind) -> None:
    assert f"| `{kind}` |" in page("errors")


def refusals(kind: type[errors.LanewiseError] = errors.LanewiseError) -> Iterator[type[errors.LanewiseError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from refusals(each)


@pytest.mark.parametrize("kind", {(each.status, each.kind) for each in refusals()})
def test_a_refusal_is_in_the_errors_reference(kind: tuple[int, str]) -> None:
    status, name = kind
    vendors = name == "upstream_error"  # told as a failure of the run
    assert vendors or re.search(rf"^\| {status} \| `{name}` \|", page("errors"), flags=re.MULTILINE)


@pytest.mark.parametrize("header", sorted([*hints._TEXT, *hints._CHOICES, hints._PROGRESS]))
def test_a_request_header_is_in_the_reference(header: bytes) -> None:
    assert f"`{header.decode()}`" in page("events-and-headers").lower()


@pytest.mark.parametrize("key", [*Told.__struct_fields__])
def test_a_key_of_the_lanewise_field_is_in_the_reference(key: str) -> None:
    assert f"`{key}`" in page("events-and-headers")


#: Hints that are too long for a header.
IN_BODY_ONLY = ("expected", "tests")


@pytest.mark.parametrize("hint", IN_BODY_ONLY)
def test_a_hint_without_a_header_is_in_the_reference(hint: str) -> None:
    assert f"| `{hint}` |" in page("events-and-headers")


@pytest.mark.parametrize("hint", sorted(inspect.signature(Hints).parameters.keys() - set(IN_BODY_ONLY)))
def test_a_hint_has_its_header_in_the_reference(hint: str) -> None:
    assert f"`x-lanewise-{hint.removesuffix('_s')}`" in page("events-and-headers").lower()


def advice() -> set[str]:
    """The doctor's codes: they are literals of the keyword `code`."""
    calls = ast.walk(ast.parse(Path(doctor.__file__).read_text()))
    values = [each.value for each in calls if isinstance(each, ast.keyword) and each.arg == "code"]
    texts = [node.value for value in values for node in ast.walk(value) if isinstance(node, ast.Constant)]
    return {text for text in texts if isinstance(text, str)}


def test_every_code_of_the_doctor_is_in_the_reference() -> None:
    assert [code for code in sorted(advice()) if f"| `{code}` |" not in page("cli")] == []


def test_the_doctor_was_found() -> None:
    assert {"uncapped", "model_retired"} <= advice()


def test_every_make_target_is_in_the_contributors_guide() -> None:
    targets = re.findall(r"^(\w+):.*##", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    guide = (ROOT / "CONTRIBUTING.md").read_text()
    assert targets
    assert [target for target in targets if f"make {target}" not in guide] == []
