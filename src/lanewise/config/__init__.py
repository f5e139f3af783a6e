"""Config: from `lanewise.yaml` (or what is found on this machine) to the frozen values of `core/policy.py`. Read `load.py` first."""
