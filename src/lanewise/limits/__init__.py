"""Limits: what a tenant may spend, how often it may ask, how much at once."""
