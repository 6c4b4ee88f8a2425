"""Standing meetings: their timetable, agenda, decisions and minutes, and the room in which they are held."""
