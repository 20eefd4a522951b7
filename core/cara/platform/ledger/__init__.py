"""The append-only record of who did what to which record, when: the timeline and the section 62 log are readings of it."""

MADE = "demo.made"
"""The verb of the first entry where the demonstration made the database. It stands here to be known without opening one."""
