"""What judges an answer: one file per verifier, one class with `Options` and one verb. Read `says.py` next, then the shortest of them."""
