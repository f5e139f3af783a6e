"""Claims beside their sources: what a sentence says, and whether another one says the opposite. `contradiction.py` compares."""
