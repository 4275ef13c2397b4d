"""Tags that every page uses."""
