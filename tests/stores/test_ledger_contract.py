"""Runs the ledger's contract suite on every ledger."""

from __future__ import annotations

from contracts.ledger_contract import LedgerContract


class TestLedger(LedgerContract):
    """The suite is in `contracts/ledger_contract.py`."""
