"""Routers: from a request to a plan. `ladder.py` asks the others in order."""
