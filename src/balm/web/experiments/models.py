"""Checks registered before a fix, experiments, verdicts, and what fixes brought."""
