"""Cohorts, their workshops and venues."""
