"""What the maths workers calculate with. `question.py` and `judge.py` say what is asked; the gateway imports nothing but `task.py`."""
