"""Telemetry: what the outside sees of Lanewise while it runs. The ledger, not this, is the source of truth."""
