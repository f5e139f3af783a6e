"""The walk. Read `gateway.py`, then the steps in the order it calls them: admit, route, fall_back, generate, settle."""
