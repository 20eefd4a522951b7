"""Engine, sessions, scope wall, keys and migrations. Nothing above `cara.platform.unit_of_work` opens a session."""
