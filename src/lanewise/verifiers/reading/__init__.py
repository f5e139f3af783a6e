"""What answers hold, read out by pure functions: JSON (`answers_json.py`), final answers for votes and maths (`final_answer.py`)."""
