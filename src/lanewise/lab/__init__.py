"""Measures: workloads with known answers and how answers are graded. Read `workload` first."""
