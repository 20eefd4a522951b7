"""Organisations and their capacities, people and their roles, sign-in, and the access policy."""
