"""An invented country of four forces, for tests that cross rooms: its databases, people, cases, and browsers to visit it with."""
