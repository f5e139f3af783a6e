"""Vendors: the HTTP call, and what is known about them as data. Read `http` first; `catalog`, `model_facts` and `prices` are tables."""
