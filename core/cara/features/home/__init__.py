"""The first page after sign-in: what waits for each role."""
