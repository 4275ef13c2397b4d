"""Tags of the work in the background."""
