"""Safe contact with a victim, and what they refuse."""
