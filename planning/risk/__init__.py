"""Risk: where supply does not meet the campaigns, and what was accepted."""
