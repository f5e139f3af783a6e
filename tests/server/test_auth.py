"""The door: closed without a key; with `--dev` open to this machine, and to no web page of another site."""

from __future__ import annotations

import pytest

from asgi_calls import scope
from lanewise.core.errors import InvalidKey, NotAllowed
from lanewise.server.auth import DEV_CALLER, Door
from serving import Ring

DOOR = Door(Ring())
DEV = Door(Ring(), dev=True)


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer lw_acme"},
        {"authorization": "bearer lw_acme"},
        {"authorization": "BEARER   lw_acme "},
        {"x_api_key": "lw_acme"},
        {"x_goog_api_key": "lw_acme"},
        {"api_key": "lw_acme"},
        {"authorization": "Basic b3RoZXI6cHJveHk=", "x_api_key": "lw_acme"},
    ],
)
def test_a_key_is_taken_from_either_header(headers: dict[str, str]) -> None:
    assert DOOR.caller(scope(**headers)).tenant == "acme"


def test_a_key_is_taken_from_the_query_where_no_header_has_one() -> None:
    assert DOOR.caller(scope("/v1beta/models?alt=sse&key=lw_globex")).tenant == "globex"
    assert DOOR.caller(scope("/v1beta/models?key=lw_globex", authorization="Bearer lw_acme")).tenant == "acme"
    with pytest.raises(InvalidKey):
        DOOR.caller(scope("/v1beta/models?monkey=lw_globex"))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer "},
        {"authorization": "lw_acme"},
        {"authorization": "Basic lw_acme"},
        {"x_api_key": ""},
    ],
)
def test_without_a_key_the_caller_is_told_which_header_to_write(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidKey, match="Authorization: Bearer"):
        DOOR.caller(scope(**headers))


def test_the_admin_s_door_opens_to_admin_keys_only_and_names_what_makes_one() -> None:
    assert DOOR.admin(scope(authorization="Bearer lw_admin")).admin
    with pytest.raises(NotAllowed, match="keys create --admin"):
        DOOR.admin(scope(authorization="Bearer lw_acme"))
    with pytest.raises(InvalidKey):
        DOOR.admin(scope())


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]:8080"])
def test_in_dev_this_machine_needs_no_key(host: str) -> None:
    assert DEV.caller(scope(host=host)) == DEV_CALLER


def test_in_dev_a_key_that_is_known_still_says_whose_it_is_and_any_other_is_as_good_as_none() -> None:
    assert DEV.caller(scope(host="localhost", authorization="Bearer lw_acme")).tenant == "acme"
    assert DEV.caller(scope(host="localhost", authorization="Bearer sk-left-in-an-environment")) == DEV_CALLER


@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://127.0.0.1", "https://[::1]:5173"])
def test_in_dev_a_page_of_this_machine_may_ask(origin: str) -> None:
    assert DEV.caller(scope(host="localhost", origin=origin)) == DEV_CALLER


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "localhost", "origin": "https://evil.example"},
        {"host": "localhost", "origin": "http://localhost.evil.example"},
        {"host": "rebound.example:8080"},
        {"host": "192.168.1.7:8080"},
    ],
)
def test_in_dev_no_other_site_s_page_comes_in_by_a_developer_s_browser(headers: dict[str, str]) -> None:
    with pytest.raises(NotAllowed, match="--dev"):
        DEV.caller(scope(**headers))


def test_in_dev_a_sandboxed_frame_of_another_site_does_not_come_in_either() -> None:
    with pytest.raises(NotAllowed):
        DEV.caller(scope(host="localhost", origin="null"))


@pytest.mark.parametrize("headers", [{"host": "[::1"}, {"host": "localhost", "origin": "http://[nowhere"}])
def test_in_dev_a_host_that_is_none_is_turned_away_in_words(headers: dict[str, str]) -> None:
    with pytest.raises(NotAllowed):
        DEV.caller(scope(**headers))
