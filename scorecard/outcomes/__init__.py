"""What a campaign came to, for Marketing and Planning together."""
