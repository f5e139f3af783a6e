"""Core: the values everything else speaks in. Read `request.py`, `policy.py`, `plan.py`, `answer.py`, `record.py`, in this order."""
