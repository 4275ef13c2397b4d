"""Work in the background: what waits, runs, is done or failed."""
