"""Access, erasure and retention of a victim's data."""
