"""Who may do what: people, their roles, and the one table of role × action."""
