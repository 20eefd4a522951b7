"""The course as a case shows it, step by step."""
