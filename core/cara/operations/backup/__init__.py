"""What an installation keeps apart from its pages: its keys, and backups of database and keys, each in a place of its own."""
