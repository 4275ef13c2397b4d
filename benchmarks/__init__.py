"""Measures Balm beside its peers: `python -m benchmarks [NAME…]`, written to docs/benchmarks.md."""
