"""What the papers of a meeting say, in words, and their layouts."""
