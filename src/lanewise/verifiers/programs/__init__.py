"""Programs that models wrote: found in an answer, and run where they can do no harm. `sandbox.py` has the walls."""
