"""Action items: who does what until when, and what the data says of it."""
