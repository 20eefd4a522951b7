"""The days by which a course must be done, and the board of them."""
