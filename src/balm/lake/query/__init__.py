"""How the questions of `lake.queries` are put and answered."""
