"""What is held of a person, for that person: everything of theirs, and nothing of anybody else's."""
