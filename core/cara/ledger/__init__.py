"""The append-only record of who did what to which record, when: the timeline and the section 62 log are readings of it."""
