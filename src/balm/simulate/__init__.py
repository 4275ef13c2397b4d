"""A company with a known truth, for the demo, for tests and for benchmarks."""

from balm.simulate.company import Fix, Planted, Simulation, simulate

__all__ = ["Fix", "Planted", "Simulation", "simulate"]
