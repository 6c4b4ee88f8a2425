"""What came of it, and who does what about it: measures, actions, meetings and reviews, room by room."""
