"""Who may do what: users, workspaces, roles, invitations, keys, the audit trail."""
