"""The telephone appointments, and group work that is suspended."""
