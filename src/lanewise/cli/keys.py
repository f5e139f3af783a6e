"""`lanewise keys`: create, list, rotate and revoke keys. A running gateway carries it out, or notices within a second."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Any

import click

from lanewise.cli.key_desks import Desk, desk_of
from lanewise.cli.late import late
from lanewise.cli.moments import future
from lanewise.cli.output import json_option, print_json, progress, say
from lanewise.cli.store_file import policy_document, store_of, store_options
from lanewise.core.durations import read_duration_s
from lanewise.core.errors import InvalidRequest, LanewiseError
from lanewise.core.nearest import nearest
from lanewise.core.scope import DOORS
from lanewise.stores.address import Store

with late():
    from lanewise.operations import keys as key_operations
    from lanewise.operations import render

_BATCH = 500  # keys of one transaction: a gateway's ledger waits for it
_MOST_OF_A_LINE = 100_000
_OPTIONS = {"lanes": "--lane", "doors": "--door", "read_only": "--read-only"}


@click.group()
def command() -> None:
    """Create, list, rotate and revoke keys: one for each application, an admin key for operators."""


def _expires(_context: click.Context, _parameter: click.Parameter, text: str | None) -> dt.datetime | None:
    return None if text is None else future(text, dt.datetime.now(dt.UTC))


def _overlap_s(_context: click.Context, _parameter: click.Parameter, text: str) -> int:
    seconds = read_duration_s(text)
    if seconds is None or seconds > key_operations.MOST_OVERLAP_S:
        raise click.BadParameter(
            f"{text!r} is no time up to 90d; write for example 24h, or 0s to end the old secret now"
        )
    return int(seconds)


@command.command()
@click.option("--tenant", default=None, help="Whose requests, budget and runs they are; an admin key is no tenant's.")
@click.option("--name", default="", help="For people: what uses the key.")
@click.option("--admin", is_flag=True, help="May read metrics, reload the policy and administer keys.")
@click.option("--expires", callback=_expires, default=None, help="When it ends: 30d, or a time in ISO 8601 (UTC).")
@click.option("--user", default=None, help="It speaks for this user alone, and sees nothing of others.")
@click.option("--feature", default=None, help="Its requests are this feature's.")
@click.option("--plan", default=None, help="A plan of the policy, beside the tenant's own.")
@click.option("--lane", "lanes", multiple=True, help="A lane it may use; again for more. Default: every lane.")
@click.option(
    "--door",
    "doors",
    multiple=True,
    type=click.Choice(DOORS),
    help="What it is for; again for more. Default: everything.",
)
@click.option("--read-only", is_flag=True, help="It may read runs, models and reports, and ask for nothing.")
@click.option(
    "--count", type=click.IntRange(1, _MOST_OF_A_LINE), default=1, show_default=True, help="How many keys to make."
)
@store_options
@json_option
def create(count: int, store: Store | None, config: Path | None, *, as_json: bool, **asked: Any) -> None:  # noqa: ANN401 - options
    """Create keys. Each is printed this once: the store keeps only its SHA-256."""
    if asked["tenant"] is None and not asked["admin"]:
        raise click.UsageError("Say whose key it is with --tenant NAME, or make an admin key with --admin")
    wanted = _wanted(asked)
    desk = desk_of(store_of(store, config))
    _note_unknown(wanted, config)
    made: list[dict[str, Any]] = []
    try:
        with progress("Making keys") as told:
            while len(made) < count:
                made += desk.create(wanted, min(_BATCH, count - len(made)))
                told(len(made), count)
    finally:
        # Whatever stopped it: nobody could learn later what is made by now.
        if made or not sys.exc_info()[0]:
            _print_made(made, as_json=as_json)


def _wanted(asked: dict[str, Any]) -> key_operations.Wanted:
    """What the options say, checked: a wrong line makes nothing, not even a store."""
    wanted = key_operations.Wanted(**{**asked, "lanes": list(asked["lanes"]), "doors": list(asked["doors"])})
    try:
        key_operations.spec_of(wanted, None)
    except InvalidRequest as error:
        param = error.param or ""
        raise click.UsageError(error.message.replace(f"`{param}`", _OPTIONS.get(param, f"--{param}"), 1)) from error
    return wanted


def _note_unknown(wanted: key_operations.Wanted, config: Path | None) -> None:
    """A tenant, lane or plan that a policy does not name may be a slip of the finger."""
    document = policy_document(config)
    if document is None or wanted.admin:
        return
    named = [name for name in document.table("tenants") if name != "*"]
    if named and wanted.tenant not in named:
        said = (
            f"the policy does not name the tenant {wanted.tenant!r} (it names {', '.join(named)}), so `*` holds for it."
        )
        say(f"Note: {said}")
    for lane in wanted.lanes:
        if lane not in document.table("lanes"):
            say(f"Note: the policy has no lane {lane!r} (it has {', '.join(document.table('lanes'))}).")
    if wanted.plan is not None and wanted.plan not in document.table("plans"):
        say(f"Note: the policy has no plan {wanted.plan!r}, so the key is refused until it has.")


def _print_made(made: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print_json(made)
        return
    for key in made:
        print(key["key"])
    first = made[0]
    what = "admin key" if first["admin"] else f"key of the tenant {first['tenant']}"
    ends = "expires never" if first["expires"] is None else f"expires {first['expires']}"
    if len(made) == 1:
        say(f"Made this {what}: id {first['key_id']}, {ends}.\nKeep it now: it is not shown again.")
    else:
        say(
            f"Made {len(made):,} times one {what}: {ends}.\nKeep them now: they are not shown again. --json adds the ids."
        )


@command.command("list")
@click.option("--tenant", default=None, help="Only this tenant's.")
@store_options
@json_option
def list_(tenant: str | None, store: Store | None, config: Path | None, as_json: bool) -> None:
    """List keys, revoked and expired ones too; never the secret."""
    keys = desk_of(store_of(store, config)).list(tenant)
    if as_json:
        print_json(keys)
    elif keys:
        render.show(render.keys_view(keys), sys.stdout)
    else:
        say("No keys." if tenant is None else f"No keys of the tenant {tenant!r}.")


@command.command()
@click.argument("key_id")
@click.option(
    "--overlap",
    "overlap_s",
    callback=_overlap_s,
    default="24h",
    show_default=True,
    help="How long the old secret stays good: 24h, up to 90d; 0s ends it now.",
)
@store_options
@json_option
def rotate(key_id: str, overlap_s: int, store: Store | None, config: Path | None, as_json: bool) -> None:
    """Give a key a new secret, by its id (key_...). It keeps its id, scope and end; an older old secret ends now."""
    _refuse_secret(key_id)
    desk = desk_of(store_of(store, config))
    made = desk.rotate(key_id, overlap_s)
    if made is None:
        raise LanewiseError(_why_not(key_id, desk))
    if as_json:
        print_json(made)
        return
    print(made["key"])
    old = "ended now" if made["previous_until"] is None else f"is good until {made['previous_until']}"
    say(
        f"This is the new secret of {key_id} of the tenant {made['tenant']}; the old one {old}.\nKeep it now: it is not shown again."
    )


@command.command()
@click.argument("key_id")
@store_options
@json_option
def revoke(key_id: str, store: Store | None, config: Path | None, as_json: bool) -> None:
    """Revoke a key for good, by its id (key_...). A running gateway refuses it at once."""
    _refuse_secret(key_id)
    desk = desk_of(store_of(store, config))
    now = desk.revoke(key_id)
    keys = {each["key_id"]: each for each in desk.list(None)}
    if key_id not in keys:
        raise LanewiseError(_no_such_key(key_id, list(keys)))
    key = keys[key_id] | {"was_revoked_before": not now}
    if as_json:
        print_json(key)
    elif key["was_revoked_before"]:
        print(f"{key_id} of the tenant {key['tenant']} was revoked already, at {key['revoked']}.")
    else:
        print(f"Revoked {key_id} of the tenant {key['tenant']}.")


def _refuse_secret(key_id: str) -> None:
    if key_id.startswith("lw_"):
        raise click.UsageError("That is a key itself. Write its id (key_...); `lanewise keys list` shows it")


def _why_not(key_id: str, desk: Desk) -> str:
    """Why a key has no new secret."""
    keys = {each["key_id"]: each for each in desk.list(None)}
    if key_id not in keys:
        return _no_such_key(key_id, list(keys))
    gone = keys[key_id]["revoked"]
    ended = f"was revoked at {gone}" if gone else f"expired at {keys[key_id]['expires']}"
    return f"{key_id} {ended}: make a new key with `lanewise keys create`"


def _no_such_key(key_id: str, known: list[str]) -> str:
    close = nearest(key_id, known)
    hint = f"Did you mean {close!r}?" if close else "`lanewise keys list` shows the ids."
    return f"There is no key with the id {key_id!r}. {hint}"
