"""How one answer is made of several samples. Read `core/protocols/strategy.py` for what a strategy is given."""
