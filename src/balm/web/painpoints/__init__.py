"""Pain points: figures, state, owner, priorities."""
