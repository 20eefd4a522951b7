"""The course: cohorts of people who take workshop A and, four to five weeks later, workshop B."""
