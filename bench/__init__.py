"""Lanewise measured against a bare pass-through and its peers; read `cases.py`, then `rounds.py`, then `figures.py`."""
