"""Problems a simulated model can really solve, by computing. Read `solving` first."""
