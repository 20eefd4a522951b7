"""Engine, sessions, scope wall, keys and migrations. Nothing above `cara.work` opens a session."""
