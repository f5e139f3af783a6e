"""The catalog: rows of data that a provider can be made of."""

from __future__ import annotations

import msgspec
import pytest

from lanewise.core.request import Dialect
from lanewise.providers.catalog import VENDORS, load, lookup


def test_every_vendor_has_an_address_a_source_and_a_way_to_its_key() -> None:
    assert len(VENDORS) >= 13
    for vendor in VENDORS.values():
        assert vendor.base_url.startswith(("https://", "http://127.0.0.1:", "{endpoint}")), vendor.name
        assert not vendor.base_url.endswith("/")
        assert ("{endpoint}" in vendor.base_url) == (vendor.endpoint_env is not None)
        assert vendor.key_env or vendor.local, vendor.name
        assert vendor.source
        assert vendor.local == (vendor.price_provider is None)


def test_a_vendor_is_found_by_name_only() -> None:
    vendor = lookup("deepseek")
    assert vendor is not None
    assert (vendor.dialect, vendor.reasoning_field) == (Dialect.OPENAI_CHAT, "reasoning_content")
    assert lookup("DeepSeek") is None
    assert lookup("nobody") is None


def test_keys_and_addresses_come_from_the_environment() -> None:
    gemini, azure = VENDORS["gemini"], VENDORS["azure"]
    assert gemini.key({}) == ""
    assert gemini.key({"GEMINI_API_KEY": "", "GOOGLE_API_KEY": "g-1"}) == "g-1"
    assert gemini.key({"GEMINI_API_KEY": "g-0", "GOOGLE_API_KEY": "g-1"}) == "g-0"
    assert azure.address({}) is None
    assert azure.address({"AZURE_OPENAI_ENDPOINT": "https://mine.openai.azure.com/"}) == (
        "https://mine.openai.azure.com/openai/deployments/{model}"
    )
    assert VENDORS["openai"].address({}) == "https://api.openai.com/v1"


def test_a_row_is_all_that_a_newcomer_adds() -> None:
    row = {
        "name": "new",
        "dialect": "openai_chat",
        "base_url": "https://new.test/v1",
        "source": "s",
        "as_of": "2026-11-21",
    }
    assert load(msgspec.json.encode([row]))["new"].auth_header == "authorization"
    with pytest.raises(ValueError, match="twice"):
        load(msgspec.json.encode([row, row]))
    with pytest.raises(msgspec.ValidationError, match="unknown field `colour`"):
        load(msgspec.json.encode([row | {"colour": "red"}]))
