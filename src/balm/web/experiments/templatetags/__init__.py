"""Tags of the pages of proof."""
