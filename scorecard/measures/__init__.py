"""What came of it: measures by fiscal week, frozen when the week closes."""
