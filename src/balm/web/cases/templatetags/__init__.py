"""Tags of the pages of cases."""
