"""Runs the provider's contract suite on every provider, in every dialect."""

from __future__ import annotations

from contracts.provider_contract import ProviderContract


class TestProvider(ProviderContract):
    """The suite is in `contracts/provider_contract.py`."""
