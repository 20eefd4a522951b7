"""Tables, rules and queries of the course."""
