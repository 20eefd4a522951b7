"""What the field does, a folder a feature."""
