"""Supply: what is there, what is on its way, and how it reaches the doors."""
