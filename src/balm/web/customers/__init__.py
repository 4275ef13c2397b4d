"""One customer across channels: timeline, merge and undo."""
