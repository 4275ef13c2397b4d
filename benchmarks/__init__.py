"""Measures Balm beside its peers: `python -m benchmarks [NAME…]`, written to docs/benchmarks.md."""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # before NumPy is imported; processes we start inherit it
