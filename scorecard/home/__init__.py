"""The front page: what needs me now, and what changed since I was last here."""
