"""Every write of meetings."""
