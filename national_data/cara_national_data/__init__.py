"""What comes back from delivery, and what it proves. So far: what each figure will mean."""
