"""What goes out: an outbox in the database, letters, e-mail and SMS, calendar entries, and links to say what one thought."""
