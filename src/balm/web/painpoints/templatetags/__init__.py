"""Template tags of pain points."""
