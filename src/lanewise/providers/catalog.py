"""Vendors Lanewise knows by name: rows of `catalog.json`. A row is all that a further OpenAI-compatible vendor needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import msgspec

from lanewise.core.policy import AuthHeader
from lanewise.core.request import Dialect


class Vendor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row: how a vendor is spoken to. An operator's own settings go before it."""

    name: str
    dialect: Dialect
    base_url: str  # `{model}` stands for the model's name, `{endpoint}` for what `endpoint_env` holds
    source: str  # where this row was read
    as_of: dt.date
    key_env: tuple[str, ...] = ()  # environment variables that hold the key; the first that is set counts
    # The environment variable with the account's own address, for vendors that have no common one.
    endpoint_env: str | None = None
    auth_header: AuthHeader = "authorization"
    query: tuple[tuple[str, str], ...] = ()
    local: bool = False
    stream_usage: bool = True  # understands stream_options.include_usage
    reasoning_field: str | None = None  # where a stream carries thinking
    price_provider: str | None = None  # its id in genai-prices
    note: str = ""

    def key(self, environ: Mapping[str, str]) -> str:
        """The key that the environment holds for it, or the empty string."""
        return next((environ[name] for name in self.key_env if environ.get(name)), "")

    def address(self, environ: Mapping[str, str]) -> str | None:
        """Its base URL, or None where the environment lacks the account's own address."""
        if self.endpoint_env is None:
            return self.base_url
        endpoint = environ.get(self.endpoint_env, "").rstrip("/")
        return self.base_url.replace("{endpoint}", endpoint) if endpoint else None


def load(rows: bytes) -> dict[str, Vendor]:
    """Vendors by name. Raises msgspec.ValidationError on a row with an unknown or missing field, ValueError on a name that comes twice."""
    vendors = msgspec.json.decode(rows, type=list[Vendor])
    by_name = {vendor.name: vendor for vendor in vendors}
    if len(by_name) < len(vendors):
        raise ValueError("a vendor's name stands twice in the catalog")
    return by_name


VENDORS = load(Path(__file__).with_name("catalog.json").read_bytes())


def lookup(name: str) -> Vendor | None:
    """The vendor of this name, if the catalog has it."""
    return VENDORS.get(name)
