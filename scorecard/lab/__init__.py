"""What another operating model would have done, replayed on the past."""
