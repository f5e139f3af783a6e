"""Simulated vendors over HTTP: real wire formats, invented answers, own books. Read `models`, then `server`.

It shares no wire code with the gateway, so it cannot share the gateway's mistakes.
"""
