"""A victim's views of the course, by a link that works once."""
