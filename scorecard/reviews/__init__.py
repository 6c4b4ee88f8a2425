"""The quarterly review: its page, its decisions, and its pre-read."""
