"""Sign-in by OpenID Connect, and the tokens of machines."""
