"""Places in cohorts: offered, booked, released, and who is kept apart."""
