"""A company with a known truth, for the demo, for tests and for benchmarks."""

from balm.simulate.company import Planted, Simulation, simulate

__all__ = ["Planted", "Simulation", "simulate"]
