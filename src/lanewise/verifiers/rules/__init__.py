"""A small language for rules over an answer's JSON: `grammar.py` reads it, `evaluate.py` runs it. No loops but over lists, no eval."""
