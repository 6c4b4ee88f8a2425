"""What an agenda says of itself: the points that the data puts on it."""
