"""Keys and the private files that hold them."""
