"""Tags of the codebook pages."""
